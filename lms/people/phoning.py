"""A telephone of one's own: asked for, confirmed by six digits sent to it, and good for a new password."""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import texting
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.crypto import keyed_hash
from lms.lib.queueing import after_commit
from lms.lib.refusals import Refusal
from lms.people import codes, phones, signing, tasks
from lms.people.activating import WeakPassword
from lms.people.attempts import Counter
from lms.people.models import PhoneCode, User
from lms.people.sending import GOOD_FOR


class NoTexts(Refusal):
    sentence = _("This installation sends no short messages, so no telephone can be confirmed here.")


class TooManyCodes(Refusal):
    sentence = _("Too many codes were asked for. Wait {minutes} min and ask again.")
    status = 429


class WrongPassword(signing.WrongPassword):
    sentence = _("That is not your password. Nothing was changed; type it again.")


class ConfirmedAlready(Refusal):
    sentence = _("This number is confirmed already, so there is nothing to do.")
    field = "phone"


class DigitsNotAccepted(Refusal):
    """One sentence for every case, so that a stranger does not learn which accounts and codes exist."""

    sentence = _("These digits do not fit, or they have run out. Check them, or have new ones sent.")
    field = "code"
    status = 422


class PhoneTaken(Refusal):
    sentence = _("This number is confirmed for another account. Use another number, or ask the officer of your bureau.")
    field = "code"


# How many codes are sent, and how many wrong digits are taken.
_ASKED_BY = Counter("phone code for", 5, 3600, TooManyCodes)
_ASKED_TO = Counter("phone code to", 5, 3600, TooManyCodes)
_ASKED_FROM = Counter("phone code from", 60, 3600, TooManyCodes)
_WRONG = Counter("phone digits of", 5, int(GOOD_FOR.total_seconds()))
_WRONG_FROM = Counter("phone digits from", 60, 60)


def ask(*, user: User, phone: str, password: str, at: dt.datetime, address: str = "") -> PhoneCode:
    """Have six digits sent to a telephone that the account wants to call its own. Another number than the one on
    record, or one in the place of a confirmed one, needs the password. `address` is where the wish comes from. What is
    official is the confirmation, so only that has a line in the journal.

    Refuses: NoTexts, BadPhone, ConfirmedAlready, WrongPassword, TooManyTries, TooManyCodes (5 an hour for an account
    or to a number).
    """
    _require_texts()
    phone = phones.check(phone)
    on_record = phones.normalise(user.phone)
    if user.phone_confirmed_at and phone == on_record:
        raise ConfirmedAlready()
    if user.phone_confirmed_at or phone != on_record:
        _require_password(user, password, at)
    counted = ((_ASKED_BY, str(user.pk)), (_ASKED_TO, phone), (_ASKED_FROM, address))
    for counter, what in counted:
        counter.require_free(what, at)
    for counter, what in counted:
        counter.count(what, at)
    return _await(user, phone, at)


@transaction.atomic
def _await(user: User, phone: str, at: dt.datetime) -> PhoneCode:
    """A row whose code is made when it is sent; an older one is wanted no more."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    PhoneCode.objects.filter(user=user, used_at=None, expires_at__gt=at).update(expires_at=at)
    row = PhoneCode.objects.create(user=user, phone=phone, sent_at=at, expires_at=at + GOOD_FOR)
    after_commit(tasks.send_phone_code, row.pk)
    return row


def awaited(user: User, at: dt.datetime) -> PhoneCode | None:
    """The telephone that waits for being confirmed, if one does."""
    return PhoneCode.objects.filter(user=user, used_at=None, expires_at__gt=at).order_by("-pk").first()


def confirm(*, user: User, code: str, at: dt.datetime) -> User:
    """Make the telephone to which the digits were sent the account's confirmed one. The person is told where it takes
    the place of another.

    Refuses: TooManyTries (5 wrong ones in ten minutes), DigitsNotAccepted, PhoneTaken.
    """
    _WRONG.require_free(str(user.pk), at)
    row = awaited(user, at)
    if row is None or not codes.fits(code, row.code_hash, purpose=codes.CONFIRM, row=row.pk):
        _WRONG.count(str(user.pk), at)
        raise DigitsNotAccepted()
    try:
        return _confirm(row.pk, at)
    except IntegrityError as error:
        raise PhoneTaken() from error


@transaction.atomic
def _confirm(row_id: int, at: dt.datetime) -> User:
    row = PhoneCode.objects.select_for_update(of=("self",)).get(pk=row_id)
    if row.used_at or row.expires_at <= at:
        raise DigitsNotAccepted()
    user = User.objects.select_for_update(of=("self",)).get(pk=row.user_id)
    had_another = bool(user.phone_confirmed_at)
    user.phone, user.phone_confirmed_at = row.phone, at
    user.save(update_fields=["phone", "phone_confirmed_at"])
    row.used_at = at
    row.save(update_fields=["used_at"])
    journal.write("people.phone_confirmed", by=user, at=at, about=user, facts={"another": had_another})
    if had_another:
        inbox.send(kind="people.phone_changed", to=user, at=at, address="/people/me/phone/")
    return user


def ask_reset(*, phone: str, at: dt.datetime, address: str = "") -> tuple[int, str]:
    """Have six digits for a new password sent to a confirmed telephone. Gives the account's id and a name for counting
    tries; whether there is such an account cannot be told from outside: for an unknown number the id is 0, and the same
    is done.

    Refuses: NoTexts, BadPhone, TooManyCodes.
    """
    _require_texts()
    phone = phones.check(phone)
    counted = ((_ASKED_TO, phone), (_ASKED_FROM, address))
    for counter, what in counted:
        counter.require_free(what, at)
    for counter, what in counted:
        counter.count(what, at)
    found = User.objects.filter(phone=phone, is_active=True).exclude(phone_confirmed_at=None)
    user_id = found.values_list("pk", flat=True).first() or 0
    after_commit(tasks.send_reset_code, user_id)
    return user_id, keyed_hash("reset", phone)


def reset(*, user_id: int, counted_as: str, code: str, password: str, at: dt.datetime, address: str = "") -> User:
    """Set a new password with six digits that were sent to the account's confirmed telephone; every session of the
    account ends. `user_id` and `counted_as` come from `ask_reset`.

    Refuses: TooManyTries (5 wrong ones in ten minutes for a number, 60 a minute from an address), DigitsNotAccepted,
    WeakPassword.
    """
    _WRONG.require_free(counted_as, at)
    _WRONG_FROM.require_free(address, at)
    row = PhoneCode.objects.filter(user=user_id, used_at=None, expires_at__gt=at).select_related("user")
    row = row.order_by("-pk").first()
    if row is None or not codes.fits(code, row.code_hash, purpose=codes.RESET, row=row.pk):
        _WRONG.count(counted_as, at)
        _WRONG_FROM.count(address, at)
        raise DigitsNotAccepted()
    try:
        validate_password(password, row.user)
    except ValidationError as error:
        raise WeakPassword(problems=" ".join(error.messages)) from error
    return _reset(row.pk, make_password(password), at)


@transaction.atomic
def _reset(row_id: int, hashed: str, at: dt.datetime) -> User:
    row = PhoneCode.objects.select_for_update(of=("self",)).get(pk=row_id)
    user = User.objects.select_for_update(of=("self",)).get(pk=row.user_id)
    is_hers = user.is_active and user.phone_confirmed_at and user.phone == row.phone
    if row.used_at or row.expires_at <= at or not is_hers:
        raise DigitsNotAccepted()
    user.password = hashed
    user.save(update_fields=["password"])
    row.used_at = at
    row.save(update_fields=["used_at"])
    journal.write("people.password_reset", by=user, at=at, about=user)
    inbox.send(kind="people.password_reset", to=user, at=at)
    return user


def _require_texts() -> None:
    if not texting.is_possible():
        raise NoTexts()


def _require_password(user: User, password: str, at: dt.datetime) -> None:
    try:
        signing.confirm(user, password, at)
    except signing.WrongPassword as error:
        raise WrongPassword() from error
