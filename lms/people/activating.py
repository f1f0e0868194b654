"""From a one-time code, printed or sent, to a signed-in teacher with a password of her own."""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from lms.inbox import texting
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.queueing import after_commit
from lms.lib.refusals import Refusal
from lms.people import access, codes, tasks
from lms.people.attempts import Counter, TooManyTries
from lms.people.identity import normalise
from lms.people.models import ActivationCode, Appointment, Posting, User

__all__ = ["TooManyTries", "activate", "give_password", "issue_code", "issue_codes", "replace", "send_codes"]

OFFICES = Appointment.RECORD_KEEPERS
VALID_FOR = dt.timedelta(days=14)
_BATCH = 500
_AT_ONCE = 20  # sent by one task: a gateway takes its time

# Wrong tries only: a whole exam room comes in from one address within a minute.
_BY_ADDRESS = Counter("activate from", limit=60, seconds=60)
_BY_CODE = Counter("activate with", limit=8, seconds=300)


class NoRecord(Refusal):
    sentence = _("{name} has no teacher's record, so there is no slip for this account.")


class AlreadyActivated(Refusal):
    sentence = _("{name} has activated the account already. Who lost the password is given a new slip on her own page.")


class NoPhone(Refusal):
    sentence = _("No mobile phone is on record for {name}. Print the slip, or put the number on record first.")


class NoTexts(Refusal):
    sentence = _("This installation sends no short messages. Print the slips and hand them out.")


class CodeNotAccepted(Refusal):
    """One sentence for every case, so that a stranger does not learn which codes exist."""

    sentence = _("Code and digits do not fit, or the code was used or has run out. Check both, or ask for a new slip.")
    field = "code"
    status = 422


class WeakPassword(Refusal):
    """What the password validators say, in the reader's language."""

    sentence = "{problems}"
    field = "password1"
    status = 422


def issue_code(*, user: User, by: User | None, at: dt.datetime) -> str:
    """A new one-time code for one person; see `issue_codes`."""
    return issue_codes(users=[user], by=by, at=at)[user.pk]


@transaction.atomic
def issue_codes(*, users: Sequence[User], by: User | None, at: dt.datetime) -> dict[int, str]:
    """A new code for each of these teachers, by the account's id, as a slip shows it (ABCDE-FGHJK): valid once,
    within 14 days; older codes of theirs no longer are. Only its keyed hash is kept. Who: a bureau, exam or school
    officer whose office covers each teacher's present school, or the installation itself.

    Refuses: NotYourOffice, NoRecord, AlreadyActivated.
    """
    people = _issuable(users, by, at)
    made = {each.pk: codes.new() for each in people}
    replace({pk: codes.hashed(code) for pk, code in made.items()}, by, at)
    _note("people.codes_issued", people, by, at)
    return made


@transaction.atomic
def send_codes(*, users: Sequence[User], by: User | None, at: dt.datetime) -> list[ActivationCode]:
    """A new code for each of these teachers, sent to the telephone on record. No code is made here: the task makes each
    at the moment of sending (lms/people/sending.py), so none lies in a row or in the queue; older codes stop working at
    once. Who: as for `issue_codes`.

    Refuses: NoTexts, NotYourOffice, NoRecord, AlreadyActivated, NoPhone.
    """
    if not texting.is_possible():
        raise NoTexts()
    people = _issuable(users, by, at)
    for each in people:
        if not each.phone:
            raise NoPhone(name=str(each))
    waiting = replace({each.pk: None for each in people}, by, at)
    _note("people.codes_sent", people, by, at)
    for first in range(0, len(waiting), _AT_ONCE):
        after_commit(tasks.send_activation_codes, *(each.pk for each in waiting[first : first + _AT_ONCE]))
    return waiting


def activate(*, code: str, id_last_four: str, password: str, at: dt.datetime, address: str = "") -> User:
    """Let a teacher in: with her code and the last four characters of her identity number she sets her password. Who
    comes back with a new slip (lms/people/readmitting.py) is told of it, and every session of the account ends.
    `address` is where the try comes from.

    Refuses: CodeNotAccepted (unknown, used or late code, wrong digits: never said which), TooManyTries (60 wrong ones
    a minute from an address, 8 in five minutes with a code), WeakPassword.
    """
    code_hash = codes.hashed(code)
    _BY_ADDRESS.require_free(address, at)
    _BY_CODE.require_free(code_hash, at)
    found = _fitting(code_hash, id_last_four, at)
    if found is None:
        _BY_ADDRESS.count(address, at)
        _BY_CODE.count(code_hash, at)
        raise CodeNotAccepted()
    try:
        validate_password(password, found.user)
    except ValidationError as error:
        raise WeakPassword(problems=" ".join(error.messages)) from error
    return _let_in(found.pk, make_password(password), at)


@transaction.atomic
def give_password(*, user: User, password: str, at: dt.datetime) -> None:
    """The installation itself gives an account its first password: to its first officers, and to the people of the
    demo. No page leads here. Refuses: AlreadyActivated, WeakPassword."""
    if user.activated_at:
        raise AlreadyActivated(name=str(user))
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(problems=" ".join(error.messages)) from error
    user.password, user.activated_at = make_password(password), at
    user.save(update_fields=["password", "activated_at"])
    journal.write("people.password_given", by=None, at=at, about=user)


@transaction.atomic
def _let_in(code_id: int, hashed: str, at: dt.datetime) -> User:
    """The account first, then the code, as whoever issues codes for one account has it."""
    user = User.objects.select_for_update(of=("self",)).get(activation_codes=code_id)
    code = ActivationCode.objects.select_for_update(of=("self",)).get(pk=code_id)
    if code.used_at or code.expires_at <= at or not user.is_active or bool(user.activated_at) != code.is_return:
        raise CodeNotAccepted()
    user.password, user.activated_at = hashed, user.activated_at or at
    user.save(update_fields=["password", "activated_at"])
    code.used_at = at
    code.save(update_fields=["used_at"])
    journal.write("people.slip_used" if code.is_return else "people.account_activated", by=user, at=at, about=user)
    if code.is_return:
        inbox.send(kind="people.slip_used", to=user, at=at)
    return user


def _fitting(code_hash: str, id_last_four: str, at: dt.datetime) -> ActivationCode | None:
    """The code that may still be used, if these are its teacher's digits."""
    found = (
        ActivationCode.objects.filter(code_hash=code_hash, used_at=None, expires_at__gt=at, user__is_active=True)
        .select_related("user__teacher")
        .first()
    )
    digits = normalise(id_last_four)
    if (
        found
        and len(digits) == 4
        and secrets.compare_digest(found.user.teacher.id_number[-4:], digits.encode().decode())
    ):
        return found
    return None


def _issuable(users: Sequence[User], by: User | None, at: dt.datetime) -> list[User]:
    people = _with_schools([user.pk for user in users], at)
    for each in people:
        _require_issuable(each, by, at)
    return people


def replace(
    hashes: dict[int, str | None], by: User | None, at: dt.datetime, *, is_return: bool = False
) -> list[ActivationCode]:
    """New codes by the account's id, each with the hash of a code or none yet; older ones no longer work. For acts
    that have asked who may."""
    for some in _batches(list(hashes)):
        ActivationCode.objects.filter(user__in=some, used_at=None, expires_at__gt=at).update(expires_at=at)
    given = {"issued_at": at, "expires_at": at + VALID_FOR, "issued_by": by, "is_return": is_return}
    rows = [ActivationCode(user_id=pk, code_hash=kept, **given) for pk, kept in hashes.items()]
    return ActivationCode.objects.bulk_create(rows, batch_size=_BATCH)


def _note(act: str, people: Sequence[User], by: User | None, at: dt.datetime) -> None:
    """One line for all of them."""
    if people:
        facts = {"count": len(people), "users": [each.pk for each in people]}
        journal.write(act, by=by, at=at, about=by or people[0], facts=facts)


def _with_schools(ids: list[int], at: dt.datetime) -> list[User]:
    current = Posting.objects.held_on(clock.local_date(at)).select_related("organisation")
    found = []
    for some in _batches(ids):
        query = User.objects.filter(pk__in=some).select_related("teacher")
        found += query.prefetch_related(Prefetch("teacher__postings", current, to_attr="current_postings"))
    return found


def _require_issuable(user: User, by: User | None, at: dt.datetime) -> None:
    teacher = getattr(user, "teacher", None)
    if teacher is None:
        raise NoRecord(name=str(user))
    covered = (
        [access.covers(by, each.organisation, at, *OFFICES) for each in teacher.current_postings] if by else [True]
    )
    if not any(covered):
        raise access.NotYourOffice()
    if user.activated_at:
        raise AlreadyActivated(name=str(user))


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for first in range(0, len(ids), _BATCH):
        yield ids[first : first + _BATCH]
