"""Credit hours: posted once for each source, reversed where they were wrong, never edited."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Teacher, User
from lms.records.models import HourClaim, HourClaimStep, HourEntry

OFFICES = Appointment.BUREAU_OFFICES


class AlreadyReversed(Refusal):
    sentence = _("These hours have been taken back already.")


class DaysReversed(Refusal):
    sentence = _("The first day lies after the last one. Correct one of the two.")
    field = "begun_on"


class ReversalUnexplained(Refusal):
    sentence = _("Write why the hours are taken back: the teacher reads it.")
    field = "reason"


_AT_ONCE = 500


@dataclass(frozen=True)
class Credit:
    """What one teacher is credited with: hours of 45 minutes by category, for what, resting on which source."""

    teacher: Teacher
    hours: Mapping[str, Decimal]
    title: str
    source: str


@transaction.atomic
def post(
    *,
    teacher: Teacher,
    hours: Mapping[str, Decimal],
    title: str,
    source: str,
    earned_on: dt.date,
    begun_on: dt.date | None = None,
    is_converted: bool = False,
    by: User | None,
    at: dt.datetime,
) -> list[HourEntry]:
    """Credit a teacher with hours of 45 minutes by category (`HourEntry.Category` → more than 0, one decimal). What
    was posted for this source before is left as it is, so twice is the same as once. `by` None is an act above that
    has asked for the office itself. `begun_on` is the first of the days on which the hours were earned, the last being
    `earned_on`: a day earns only so many. Without it, they are taken to have needed as many days as that asks for.
    `is_converted`: given for a deed and not for time spent, so that no day is too short for it. Refuses: NotYourOffice,
    DaysReversed."""
    _require_office(teacher, by, at)
    return _post([Credit(teacher, hours, title, source)], earned_on, begun_on, is_converted, by, at)


@transaction.atomic
def post_all(*, credits: Sequence[Credit], earned_on: dt.date, begun_on: dt.date, at: dt.datetime) -> list[HourEntry]:
    """Credit many teachers with what they earned in the same days, as `post` does for one where an act above has asked
    for the office itself; in a few questions to the database. Refuses: DaysReversed."""
    return _post(credits, earned_on, begun_on, False, None, at)


def _post(
    credits: Sequence[Credit],
    earned_on: dt.date,
    begun_on: dt.date | None,
    is_converted: bool,
    by: User | None,
    at: dt.datetime,
) -> list[HourEntry]:
    if begun_on is not None and begun_on > earned_on:
        raise DaysReversed()
    ids = sorted({each.teacher.pk for each in credits})
    list(Teacher.objects.select_for_update(of=("self",)).only("pk").filter(pk__in=ids).order_by("pk"))
    posted = HourEntry.objects.filter(teacher__in=ids, source__in={each.source for each in credits}, reverses=None)
    before = set(posted.values_list("teacher", "source", "category"))
    made = [
        HourEntry(
            teacher=each.teacher,
            category=category,
            hours=amount,
            title=each.title,
            source=each.source,
            earned_on=earned_on,
            begun_on=begun_on,
            is_converted=is_converted,
            posted_by=by,
            posted_at=at,
        )
        for each in credits
        for category, amount in sorted(each.hours.items())
        if (each.teacher.pk, each.source, category) not in before
    ]
    HourEntry.objects.bulk_create(made, batch_size=_AT_ONCE)
    facts = [{"category": each.category, "hours": str(each.hours), "source": each.source} for each in made]
    about = [journal.About(*each) for each in zip(made, facts, strict=True)]
    journal.write_all("records.hours_posted", by=by, at=at, about=about)
    return made


@transaction.atomic
def reverse(*, entry: HourEntry, reason: str, by: User | None, at: dt.datetime) -> HourEntry:
    """Take an entry back by one of the same hours, negative; the teacher is told. `by` None is an act above that has
    asked for the office itself. Refuses: NotYourOffice, ReversalUnexplained, AlreadyReversed (also for an entry that
    is a reversal)."""
    entry = HourEntry.objects.select_for_update(of=("self",)).select_related("teacher__merged_into").get(pk=entry.pk)
    _require_office(entry.teacher, by, at)
    if not reason.strip():
        raise ReversalUnexplained()
    if entry.reverses_id or HourEntry.objects.filter(reverses=entry).exists():
        raise AlreadyReversed()
    taken_back = HourEntry.objects.create(
        teacher=entry.teacher,
        category=entry.category,
        hours=-entry.hours,
        title=entry.title,
        source=entry.source,
        earned_on=entry.earned_on,
        begun_on=entry.begun_on,
        is_converted=entry.is_converted,
        reverses=entry,
        reason=reason.strip(),
        posted_by=by,
        posted_at=at,
    )
    _mark_claim(entry, taken_back, by, at)
    journal.write("records.hours_reversed", by=by, at=at, about=taken_back, reason=taken_back.reason)
    person = entry.teacher.merged_into or entry.teacher
    if person.user:
        inbox.send(
            kind="records.hours_reversed",
            to=person.user,
            at=at,
            address="/records/",
            title=entry.title,
            hours=str(entry.hours),
            reason=taken_back.reason,
        )
    return taken_back


def _mark_claim(entry: HourEntry, taken_back: HourEntry, by: User | None, at: dt.datetime) -> None:
    """The claim that became this entry, if one did, is taken back with it."""
    claim = HourClaim.objects.select_for_update(of=("self",)).filter(entry=entry).first()
    if claim is not None:
        claim.state = HourClaim.State.REVERSED
        claim.save(update_fields=["state"])
        HourClaimStep.objects.create(claim=claim, state=claim.state, by=by, at=at, reason=taken_back.reason)


def _require_office(teacher: Teacher, by: User | None, at: dt.datetime) -> None:
    person = teacher.merged_into_id or teacher.pk
    if by is not None and not Teacher.objects.managed_by(by, at, *OFFICES).filter(pk=person).exists():
        raise access.NotYourOffice()
