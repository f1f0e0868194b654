"""What allauth may do here: nobody signs up by herself, only failures are counted, and its secrets are encrypted."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib import clock, crypto
from lms.people import second_factor
from lms.people.attempts import Counter, TooManyTries, require_all_free
from lms.people.backends import account_named
from lms.people.models import User

# A whole exam room signs in from one address within a minute: what succeeds is never counted, and counting a failure
# takes no lock that others wait for.
_BY_ADDRESS = Counter("sign in from", limit=100, seconds=60)
_BY_ACCOUNT = Counter("sign in as", limit=8, seconds=300)

_BY_CODES = Counter("second factor of", limit=6, seconds=300)

_DO_NOT_FIT = _("The name and the password do not fit together. Check both.")


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are brought in by an office; passwords are guarded by 8 failures in five minutes an account and 100 a
    minute an address, counted in the database."""

    # One sentence whatever was typed and whatever is wrong with it.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _DO_NOT_FIT,
        "email_password_mismatch": _DO_NOT_FIT,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        """Whether one may be sent there after signing in or out: only to this very host, whatever others are ours."""
        return url_has_allowed_host_and_scheme(url, {self.request.get_host()}, require_https=self.request.is_secure())

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        at = clock.now()
        try:
            asked = [(_BY_ADDRESS, self.get_client_ip(request)), (_BY_ACCOUNT, _account(request, credentials))]
            require_all_free(asked, at)
        except TooManyTries as refusal:
            raise self.validation_error("too_many_login_attempts") from refusal

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        at = clock.now()
        _BY_ADDRESS.count(self.get_client_ip(request), at)
        _BY_ACCOUNT.count(_account(request, credentials), at)


def _account(request: HttpRequest, credentials: dict[str, Any]) -> str:
    """Under what tries are counted: the account by whichever of its names, or what was typed where there is none."""
    typed = str(credentials.get("username") or credentials.get("email") or "")
    found = account_named(request, typed)
    return f"account {found.pk}" if found else typed.strip().lower()


class MFAAdapter(DefaultMFAAdapter):
    """The keys of authenticators lie encrypted; who holds a staff office keeps at least one way."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _(
            "Your office needs a second factor, and this is the only one. Add another way first, then remove this one."
        ),
        "incorrect_code": _("This code does not fit. Wait for the next one, and type it at once."),
    }

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        return user.username

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        user = authenticator.user
        others = second_factor.ways(user).exclude(pk=authenticator.pk)
        return others.exists() or not second_factor.is_needed(user, clock.now())


class _Digits:
    """A code of digits, one try after another counted in the database: six wrong ones in five minutes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label, field.help_text, field.max_length = self.label, self.hint, 20
        field.widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "short", "spellcheck": "false"}
        )

    def clean_code(self) -> str:
        at = clock.now()
        try:
            _BY_CODES.require_free(str(self.user.pk), at)
        except TooManyTries as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        try:
            return super().clean_code()
        except forms.ValidationError:
            _BY_CODES.count(str(self.user.pk), at)
            raise


class CodeForm(_Digits, AuthenticateForm):
    label = pgettext_lazy("second factor", "Code")
    hint = _("The six digits that your app shows now, or one of your recovery codes.")


class CodeAgainForm(_Digits, ReauthenticateForm):
    label = pgettext_lazy("second factor", "Code")
    hint = _("The six digits that your app shows now, or one of your recovery codes.")


class SetUpForm(_Digits, ActivateTOTPForm):
    label = pgettext_lazy("second factor", "Code")
    hint = _("The six digits that the app shows for this account.")
