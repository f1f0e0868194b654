"""Whoever still needs a programme is spread over batches: a plan is proposed, and its periods are opened."""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Min
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, PostHeld, Posting, Teacher, User
from lms.training import needs, planning, sharing
from lms.training.models import PLANNERS, Period, PlannedPlace, Programme

MOST_BATCHES = 12
_DAY = dt.timedelta(days=1)
_PERSON = Coalesce("teacher__merged_into", "teacher")


class NobodyToPlan(Refusal):
    sentence = _("Nobody is left to plan: all who need it are in a period, in the plan, or cannot join yet.")


class BatchesUnfit(Refusal):
    sentence = _("Plan 1 to {most} batches, with at least one teacher in each; {n} are to be planned.")
    field = "number"


class BatchDatesUnfit(Refusal):
    sentence = _("Batch {number} ends after it begins, and begins after the batch before is over.")

    def __init__(self, number: int) -> None:
        self.field = f"last_{number}"
        super().__init__(number=number)


class NamesTooLate(Refusal):
    sentence = _("Schools name their teachers until a day from today to the day before the first batch begins.")
    field = "enrol_until_on"


class ProposalChanged(Refusal):
    sentence = _("Meanwhile somebody enrolled, came or left, so the plan is another one. Look at it again.")


@dataclass(frozen=True)
class Candidate:
    """Somebody to be planned: where she works, and since when she has held the post for which the programme is (or,
    where it is for all posts, worked there)."""

    teacher: Teacher
    school: Organisation
    since: dt.date


@dataclass(frozen=True)
class Dates:
    """The first and the last day of a batch."""

    starts_on: dt.date
    ends_on: dt.date


@dataclass(frozen=True)
class Plan:
    """The batches in their order, until when schools name their teachers, and how and where it is held."""

    batches: Sequence[Dates]
    enrol_until_on: dt.date
    mode: str = Period.Mode.FACE_TO_FACE
    place: str = ""


def candidates(programme: Programme, on: dt.date) -> list[Candidate]:
    """Who is to be planned, by school, the longest in post first. Four queries."""
    teachers = {each.pk: each for each in needs.to_plan(programme, on)}
    here = Posting.objects.held_on(on).filter(organisation__path__startswith=programme.organisation.path)
    here = here.annotate(person=_PERSON).filter(person__in=list(teachers)).select_related("organisation")
    posted = {each.person: each for each in here.order_by("-from_on", "-pk")}
    held = PostHeld.objects.held_on(on).filter(post__in=programme.posts).annotate(person=_PERSON)
    rows = held.filter(person__in=list(teachers)).order_by().values("person").annotate(first=Min("from_on"))
    since = {row["person"]: row["first"] for row in rows}
    found = [
        Candidate(teachers[pk], posting.organisation, since.get(pk) or posting.from_on)
        for pk, posting in posted.items()
    ]
    return sorted(found, key=lambda each: (each.school.path, each.since, each.teacher.name_pinyin, each.teacher.pk))


def propose(people: Sequence[Candidate], number: int) -> list[list[Candidate]]:
    """Spread people (by school, the longest in post first) over so many batches: those of a school evenly, their first
    ones in the earliest; the batches differ by one person at most, and the same people give the same plan. Refuses:
    NobodyToPlan, BatchesUnfit."""
    if not people:
        raise NobodyToPlan()
    if not 1 <= number <= min(MOST_BATCHES, len(people)):
        raise BatchesUnfit(most=MOST_BATCHES, n=len(people))
    schools: dict[str, list[Candidate]] = defaultdict(list)
    for each in people:
        schools[each.school.path].append(each)
    batches: list[list[Candidate]] = [[] for _each in range(number)]
    turn = 0  # the batch whose turn it is to take one more, over all schools
    for path in sorted(schools):
        rest = list(schools[path])
        seats = Counter((turn + step) % number for step in range(len(rest)))
        turn += len(rest)
        for place, batch in enumerate(batches):
            batch += rest[: seats[place]]
            del rest[: seats[place]]
    return batches


def digest(batches: Sequence[Sequence[Candidate]]) -> str:
    """What tells one plan from another."""
    text = "|".join(",".join(str(each.teacher.pk) for each in batch) for batch in batches)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def open_batches(*, programme: Programme, plan: Plan, seen: str, by: User, at: dt.datetime) -> list[Period]:
    """Open a period for each batch as proposed, its seats shared among the schools until names are due, and keep who
    is meant for which; the schools are told. `seen` is the digest of the plan that was looked at. Refuses:
    NotYourOffice, NobodyToPlan, BatchesUnfit, BatchDatesUnfit, NamesTooLate, ProposalChanged, and what
    planning.open_period refuses."""
    access.require(by, programme.organisation, at, *PLANNERS)
    rows = Programme.objects.select_for_update(of=("self",)).select_related("organisation")
    held = rows.get(pk=programme.pk)
    today = clock.local_date(at)
    proposed = propose(candidates(held, today), len(plan.batches))
    _require_fit(plan, today)
    if digest(proposed) != seen:
        raise ProposalChanged()
    last = held.periods.order_by("-number").values_list("number", flat=True).first() or 0
    opened = [
        _open(held, plan, dates, last + place, people, by, at)
        for place, (dates, people) in enumerate(zip(plan.batches, proposed, strict=True), start=1)
    ]
    facts = {"batches": [[each.number, len(people)] for each, people in zip(opened, proposed, strict=True)]}
    journal.write("training.batches_planned", by=by, at=at, about=held, facts=facts)
    _tell(held, plan, {each.school for people in proposed for each in people}, at)
    return opened


def _open(
    programme: Programme, plan: Plan, dates: Dates, number: int, people: list[Candidate], by: User, at: dt.datetime
) -> Period:
    period = planning.open_period(
        programme=programme,
        number=number,
        starts_on=dates.starts_on,
        ends_on=dates.ends_on,
        enrol_from_at=at,
        enrol_until_at=clock.local_moment(plan.enrol_until_on + _DAY),
        capacity=len(people),
        mode=plan.mode,
        place=plan.place,
        admission=Period.Admission.SCHOOL,
        by=by,
        at=at,
    )
    seats = Counter(each.school for each in people if each.school != programme.organisation)
    if seats:
        sharing.share(period=period, seats=seats, until_on=plan.enrol_until_on, by=by, at=at)
    PlannedPlace.objects.bulk_create(
        PlannedPlace(period=period, teacher=each.teacher, school=each.school, place=place, planned_at=at)
        for place, each in enumerate(people, start=1)
    )
    return period


def _require_fit(plan: Plan, today: dt.date) -> None:
    before = None
    for number, each in enumerate(plan.batches, start=1):
        if each.ends_on < each.starts_on or (before and each.starts_on <= before.ends_on):
            raise BatchDatesUnfit(number)
        before = each
    if not today <= plan.enrol_until_on < plan.batches[0].starts_on:
        raise NamesTooLate()


def _tell(programme: Programme, plan: Plan, schools: set[Organisation], at: dt.datetime) -> None:
    """Tell those who speak for the schools that their teachers are in the plan."""
    held = Appointment.objects.held_on(clock.local_date(at)).filter(
        office=Appointment.Office.SCHOOL_OFFICER, organisation__in=schools
    )
    officers = User.objects.filter(pk__in=held.values("user"), is_active=True)
    facts = {"programme": programme.title, "n": len(plan.batches), "until_on": plan.enrol_until_on.isoformat()}
    inbox.send_all(
        kind="training.batches_planned", to=officers, at=at, address="/training/school/", facts_of=lambda _user: facts
    )
