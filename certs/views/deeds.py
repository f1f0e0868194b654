"""The form of a second person who signs or returns; and, for the pages here, how a form becomes an act."""

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.lib.deeds import done

__all__ = ["SecondPersonForm", "done"]


class SecondPersonForm(forms.Form):
    """Signing needs the password, returning a reason; the button says which of the two. A subclass says what the
    reason is to tell."""

    reason_hint: str | Promise = ""

    password = forms.CharField(
        label=_("Your password"),
        required=False,
        strip=False,
        help_text=_("To sign, type your password again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    reason = forms.CharField(
        label=_("Reason for returning"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = self.reason_hint
