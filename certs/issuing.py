"""A list of people to certify: proposed by one person, signed and issued by another, or given back with a reason."""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from certs import numbering, tasks
from certs.models import Batch, Credential, Level
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock, crypto
from lms.lib.printing import plain
from lms.lib.queueing import after_commit
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Teacher, User

# What a source of certificates may say about what was done; anything else would be printed, so it is refused.
DEED = ("exam", "modules", "programme", "hours")
_BATCH = 500
_DRAWN_AT_ONCE = 20  # by one task: others are to get their turn
# Many rows by one statement: `bulk_update` writes a condition for each value, which takes ten seconds for a list of
# 5,000, and on SQLite nobody else can write meanwhile. The first row fits no certificate; it says what the types are.
_FIRST = ("", "", dt.date.min, dt.date.min, 0)
_ROW = "(%s, %s, %s, %s, %s)"
_ISSUE = (
    "UPDATE certs_credential SET state = 'issued', number = given.column1, token = given.column2,"
    " issued_on = given.column3, expires_on = given.column4 FROM (VALUES {rows}) AS given WHERE id = given.column5"
)
# What it may say besides; the level and its authority are known here.
_KNOWN = ("school", "level", "authority")


@dataclass(frozen=True)
class Award:
    """One person to be certified. `facts`, plain texts: `exam` and perhaps `modules`, or `programme` and `hours`;
    `school`, if it is not where she is posted on the day of issue. `basis` names what it rests on, such as an exam;
    on one basis a teacher gets a level once."""

    teacher: Teacher
    facts: dict[str, str]
    basis: str


class _Row(NamedTuple):
    """What signing needs to know of one row of a list."""

    pk: int
    place: int
    teacher: int
    name_now: str
    facts: dict[str, str]


class NobodyToCertify(Refusal):
    sentence = _("The list is empty. Propose it when somebody has earned the certificate.")


class AlreadyProposed(Refusal):
    sentence = _("This list has been proposed already. Open it under the certificate lists.")


class AlreadyCertified(Refusal):
    sentence = _("{name} already holds or awaits this certificate on the same basis. Take her or him off the list.")


class TwiceOnTheList(Refusal):
    sentence = _("{name} is on the list twice. Take one of the two off.")


class DatedInThePast(Refusal):
    sentence = _("Certificates are not dated back. Choose {today} or a later day of issue.")
    field = "issue_on"


class NotYetTheDay(Refusal):
    sentence = _("The list is dated {day}. It can be signed from that day on.")


class ListDecided(Refusal):
    sentence = _("This list has been decided already. Open it again to see the outcome.")


class OwnList(Refusal):
    sentence = _("You proposed this list yourself; another person must sign it.")


class ChangedSince(Refusal):
    sentence = _("The list has changed since you opened it. Look through it again, then sign.")


class NumberTaken(Refusal):
    sentence = _("The number {number} has been given since the list was proposed. Return the list to be corrected.")


class ReasonMissing(Refusal):
    sentence = _("Write the reason, so that the other person knows what to do.")
    field = "reason"


@transaction.atomic
def propose(
    *, level: Level, title: str, basis: str, awards: Sequence[Award], issue_on: dt.date, by: User, at: dt.datetime
) -> Batch:
    """Propose a list, in the order in which it is to be numbered. What will stand on each certificate is frozen now.
    Refuses: NotYourOffice, NobodyToCertify, DatedInThePast, TwiceOnTheList, AlreadyCertified, AlreadyProposed (one
    list for one basis, unless it was returned)."""
    level = Level.objects.select_for_update(of=("self",)).select_related("scheme__authority").get(pk=level.pk)
    access.require(by, level.scheme.authority, at, Appointment.Office.EXAM_OFFICER)
    _require_fit(level, awards, issue_on, at)
    if Batch.objects.filter(basis=basis).exclude(state=Batch.State.RETURNED).exists():
        raise AlreadyProposed()
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                level=level, title=title, basis=basis, issue_on=issue_on, proposed_by=by, proposed_at=at
            )
    except IntegrityError as twice:
        raise AlreadyProposed() from twice
    rows = [_proposed(batch, place, award) for place, award in enumerate(awards, 1)]
    Credential.objects.bulk_create(rows, batch_size=500)
    facts = {"level": str(level), "basis": basis, "count": len(rows), "issue_on": issue_on.isoformat()}
    journal.write("certs.list_proposed", by=by, at=at, about=batch, facts=facts)
    return batch


def batch_view(batch: Batch) -> dict[str, Any]:
    """The list as plain data, as the signatory sees it: what will be printed, row by row in the order of numbering.
    `name_now` differs from `holder` where the person's name was changed after the proposal."""
    return _view(batch, _rows(batch))


def view_digest(view: dict[str, Any]) -> str:
    """The digest of what `batch_view` shows: what the signatory signs."""
    return crypto.digest(view)


@transaction.atomic
def issue(*, batch: Batch, seen_digest: str, by: User, at: dt.datetime) -> Batch:
    """Sign the list: every row becomes a certificate with a number, in the list's order. After the commit the holders
    are told (certs/telling.py) and the documents drawn. Paper certificates taken in keep the numbers and dates of the
    paper, and none is drawn. `seen_digest` is that of the list as the signatory saw it. Refuses: NotYourOffice,
    ListDecided, OwnList, NotYetTheDay, ChangedSince, SeriesExhausted, NumberTaken."""
    batch = _to_decide(batch, by, at)
    if clock.local_date(at) < batch.issue_on:
        raise NotYetTheDay(day=batch.issue_on.isoformat())
    rows = _rows(batch)
    if view_digest(_view(batch, rows)) != seen_digest:
        raise ChangedSince()
    is_paper = batch.origin == Batch.Origin.HISTORICAL
    given = _numbers_of_paper(rows) if is_paper else _next_numbers(batch, len(rows))
    _number(rows, given)
    _decide(batch, Batch.State.ISSUED, by, at, signed_digest=seen_digest)
    facts = {"count": len(rows), "first": given[0], "last": given[-1], "digest": seen_digest}
    journal.write("certs.list_issued", by=by, at=at, about=batch, facts=facts)
    after_commit(tasks.tell, batch.pk)
    for first in range(0, 0 if is_paper else len(rows), _DRAWN_AT_ONCE):
        after_commit(tasks.render, *(row.pk for row in rows[first : first + _DRAWN_AT_ONCE]))
    return batch


@transaction.atomic
def give_back(*, batch: Batch, reason: str, by: User, at: dt.datetime) -> Batch:
    """Return the list to its proposer with a reason; nobody on it is certified, and it may be proposed again.
    Refuses: NotYourOffice, ListDecided, OwnList, ReasonMissing."""
    batch = _to_decide(batch, by, at)
    if not reason.strip():
        raise ReasonMissing()
    batch.credentials.update(state=Credential.State.RETURNED)
    _decide(batch, Batch.State.RETURNED, by, at, reason=reason.strip())
    journal.write("certs.list_returned", by=by, at=at, about=batch, reason=batch.reason)
    inbox.send(
        kind="certs.list_returned",
        to=batch.proposed_by,
        at=at,
        address=f"/certificates/lists/{batch.pk}/",
        title=batch.title,
        reason=batch.reason,
    )
    return batch


def last_day(issued_on: dt.date, months: int | None) -> dt.date | None:
    """The last day of a validity of so many months, None for good: the day of the same number, or the month's last
    where it has none (Civil Code of the PRC, article 202)."""
    if months is None:
        return None
    year, month = divmod(issued_on.year * 12 + issued_on.month - 1 + months, 12)
    return dt.date(year, month + 1, min(issued_on.day, calendar.monthrange(year, month + 1)[1]))


def _require_fit(level: Level, awards: Sequence[Award], issue_on: dt.date, at: dt.datetime) -> None:
    today = clock.local_date(at)
    if not awards:
        raise NobodyToCertify()
    if issue_on < today:
        raise DatedInThePast(today=today.isoformat())
    seen: set[int] = set()
    for award in awards:
        if award.teacher.pk in seen:
            raise TwiceOnTheList(name=award.teacher.full_name)
        seen.add(award.teacher.pk)
    held = Credential.objects.filter(level=level, basis__in={award.basis for award in awards})
    standing = set(held.exclude(state=Credential.State.RETURNED).values_list("teacher", "basis"))
    for award in awards:
        if (award.teacher.pk, award.basis) in standing:
            raise AlreadyCertified(name=award.teacher.full_name)


def _proposed(batch: Batch, place: int, award: Award) -> Credential:
    return Credential(
        batch=batch,
        level=batch.level,
        teacher=award.teacher,
        place=place,
        basis=award.basis,
        facts=_frozen(batch, award),
    )


def _frozen(batch: Batch, award: Award) -> dict[str, str]:
    """Everything a certificate says, as texts of this moment; ISO dates. Never an identity number: unknown facts are
    a fault of the caller (ValueError)."""
    if unknown := set(award.facts) - {*DEED, *_KNOWN}:
        raise ValueError(f"a certificate does not print {sorted(unknown)}")
    level = batch.level
    school = award.facts.get("school") or award.teacher.school_on(batch.issue_on)
    until = last_day(batch.issue_on, level.validity_months)
    said = {
        "holder": " ".join(award.teacher.full_name.split()),
        "school": str(school or ""),
        "scheme": level.scheme.name,
        "level": level.name,
        "authority": level.scheme.authority.name,
        "issued_on": batch.issue_on.isoformat(),
        "expires_on": until.isoformat() if until else "",
        **{key: award.facts.get(key, "") for key in DEED},
    }
    return {key: plain(str(value)) for key, value in said.items()}


def _rows(batch: Batch) -> list[_Row]:
    """The rows of a list, in the order in which they are numbered."""
    columns = ("pk", "place", "teacher", "teacher__full_name", "facts")
    return [_Row(*row) for row in batch.credentials.order_by("place", "pk").values_list(*columns)]


def _view(batch: Batch, rows: list[_Row]) -> dict[str, Any]:
    level = Level.objects.select_related("scheme__authority").get(pk=batch.level_id)
    return {
        "list": batch.pk,
        "title": batch.title,
        "basis": batch.basis,
        "authority": level.scheme.authority.name,
        "scheme": level.scheme.name,
        "level": level.name,
        "issue_on": batch.issue_on.isoformat(),
        "rows": [{"place": row.place, "teacher": row.teacher, "name_now": row.name_now, **row.facts} for row in rows],
    }


def _to_decide(batch: Batch, by: User, at: dt.datetime) -> Batch:
    """The list, locked, if this person may decide about it."""
    rows = Batch.objects.select_for_update(of=("self",)).select_related("level__scheme__authority", "proposed_by")
    batch = rows.get(pk=batch.pk)
    access.require(by, batch.level.scheme.authority, at, Appointment.Office.SIGNATORY)
    if batch.state != Batch.State.PROPOSED:
        raise ListDecided()
    if batch.proposed_by_id == by.pk:
        raise OwnList()
    return batch


def _decide(batch: Batch, state: str, by: User, at: dt.datetime, **more: str) -> None:
    for name, value in {"state": state, "decided_by": by, "decided_at": at, **more}.items():
        setattr(batch, name, value)
    batch.save(update_fields=["state", "decided_by", "decided_at", *more])


def _next_numbers(batch: Batch, count: int) -> list[str]:
    return numbering.take(level=batch.level, year=batch.issue_on.year, count=count)


def _numbers_of_paper(rows: list[_Row]) -> list[str]:
    """The numbers that stand on the papers, if all are still free."""
    given = [row.facts["number"] for row in rows]
    if number := _taken(given):
        raise NumberTaken(number=number)
    return given


def _taken(given: list[str]) -> str | None:
    """One of these numbers that a certificate bears already, if one does."""
    for first in range(0, len(given), _BATCH):
        taken = Credential.objects.filter(number__in=given[first : first + _BATCH])
        if number := taken.values_list("number", flat=True).first():
            return number
    return None


def _number(rows: list[_Row], given: list[str]) -> None:
    """Make certificates of the rows: each with its number, a token, and the days that its facts say."""
    issued = [
        (
            number,
            crypto.token(),
            dt.date.fromisoformat(row.facts["issued_on"]),
            dt.date.fromisoformat(row.facts["expires_on"]) if row.facts["expires_on"] else None,
            row.pk,
        )
        for row, number in zip(rows, given, strict=True)
    ]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for first in range(0, len(issued), _BATCH):
                some = [_FIRST, *issued[first : first + _BATCH]]
                cursor.execute(_ISSUE.format(rows=", ".join([_ROW] * len(some))), list(chain.from_iterable(some)))
    except IntegrityError as twice:  # two lists signed at the same moment
        raise NumberTaken(number=_taken(given) or given[0]) from twice
