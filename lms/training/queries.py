"""What pages ask about programmes, periods and who takes part."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateTimeField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lms.lib import clock
from lms.people.models import Teacher, User
from lms.records import queries as records
from lms.training import conditions, demands, roll, works
from lms.training.models import Enrolment, Period, Programme, Requirement, Session

_NOT_ADVANCED = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
_TAKEN = Count("enrolments", filter=Q(enrolments__state__in=Enrolment.TAKING))


@dataclass(frozen=True)
class Offer:
    """A period as one teacher sees it: her enrolment, or the rules that keep her out; with neither, she may join."""

    period: Period
    enrolment: Enrolment | None
    missing: list[conditions.Condition]
    seats_left: int | None  # None where there are seats for all

    @property
    def may_join(self) -> bool:
        return self.enrolment is None and not self.missing

    @property
    def has_own_terms(self) -> bool:
        """Whether the period says otherwise than its programme for whom it is, or what it is worth."""
        return self.period.has_own_audience or bool(self.period.own_hours.all())


def programmes(ids: Iterable[int]) -> QuerySet[Programme]:
    """These programmes, with what their pages show of them."""
    related = Programme.objects.select_related("organisation", "level__scheme", "requires__scheme")
    return related.prefetch_related("hours").filter(pk__in=list(ids))


def offers(programme: Programme, teacher: Teacher | None, at: dt.datetime) -> list[Offer]:
    """The announced periods of a programme, those that may be joined or are joined first, then by date; for somebody
    who is no teacher without a word on whether she may join. The queries do not grow with the periods."""
    rows = Period.objects.filter(programme=programme).exclude(state=Period.State.DRAFT)
    rows = rows.select_related("own_requires__scheme").prefetch_related("own_hours").annotate(taken=_TAKEN)
    periods = list(rows.order_by("-starts_on", "-number"))
    for each in periods:
        each.programme = programme
    if teacher is None:
        return [Offer(each, None, [], _left(each)) for each in periods]
    own = Enrolment.objects.live().of(teacher).filter(period__in=periods)
    enrolments = {each.period_id: each for each in own}
    who = conditions.applicant(teacher, periods, at) if periods else None
    found = []
    for each in periods:
        mine = enrolments.get(each.pk)
        found.append(Offer(each, mine, [] if mine or who is None else conditions.unmet(each, who), _left(each)))
    return sorted(found, key=lambda offer: bool(offer.missing))


def _left(period: Period) -> int | None:
    return None if period.capacity is None else max(0, period.capacity - period.taken)


def demanding(lessons: Iterable[uuid.UUID]) -> QuerySet[Programme]:
    """The programmes that demand one of these lessons now."""
    standing = Q(requirements__key__in=list(lessons), requirements__retired_at=None)
    return Programme.objects.filter(standing).distinct()


def seated_programmes(teacher: Teacher, at: dt.datetime) -> set[int]:
    """The programmes whose material the teacher may read: she holds a seat in a period that has begun, or held one in
    a period that she completed."""
    rows = Enrolment.objects.seated().of(teacher).filter(period__starts_on__lte=clock.local_date(at))
    return set(rows.values_list("period__programme", flat=True))


def learners(programmes: Iterable[int], at: dt.datetime, *, begun: bool = False) -> QuerySet[User]:
    """The accounts of everybody who holds a seat in one of these programmes, in a period that is not over, or
    (`begun`) that runs now."""
    seats = Enrolment.objects.binding(clock.local_date(at)).filter(state=Enrolment.State.CONFIRMED)
    rows = seats.filter(period__programme__in=list(programmes))
    if begun:
        rows = rows.filter(period__starts_on__lte=clock.local_date(at))
    return User.objects.filter(teacher__in=rows.values(who=Coalesce("teacher__merged_into", "teacher")), is_active=True)


@dataclass(frozen=True)
class Card:
    """An enrolment as its teacher sees it on a day."""

    enrolment: Enrolment
    is_over: bool  # its period
    demanded: int
    missing: list[demands.Demand]
    ahead: int  # who wait before her
    work: list[works.Own]  # what she is set

    @property
    def standing(self) -> str:
        """Its state; `missed` where the period is over and was not completed, or no seat came free."""
        if self.is_over and self.enrolment.state in Enrolment.PENDING:
            return "missed"
        return self.enrolment.state

    @property
    def label(self) -> str | Promise:
        """The word for its standing."""
        if self.standing != "missed":
            return self.enrolment.get_state_display()
        seated = self.enrolment.state == Enrolment.State.CONFIRMED
        return pgettext("training", "not completed") if seated else _("no seat fell free")

    @property
    def is_current(self) -> bool:
        """Whether something is still to come of it."""
        return not self.is_over and self.enrolment.state in Enrolment.PENDING

    @property
    def done(self) -> int:
        return self.demanded - len(self.missing)


def upcoming(user: User, at: dt.datetime, *, days: int = 14) -> QuerySet[Session]:
    """The sessions that are not over of the periods in which the user has a seat, today and so many days after it, in
    the order in which they are held; none that was cancelled."""
    last = clock.local_moment(clock.local_date(at) + dt.timedelta(days=days + 1))
    rows = Session.objects.standing().attended_by(user).filter(ends_at__gt=at, starts_at__lt=last)
    return rows.select_related("period__programme").in_order()


def cards(teacher: Teacher, at: dt.datetime) -> list[Card]:
    """All that a person ever enrolled in: first what goes on, by the day it begins, then the past, the latest first.
    The queries do not grow with the enrolments."""
    turn, same_turn = _turn("advanced_at"), Q(turn=_turn(OuterRef("advanced_at")), place__lt=OuterRef("place"))
    waiting = Enrolment.objects.in_line().filter(period=OuterRef("period")).annotate(turn=turn)
    before = waiting.filter(Q(turn__lt=_turn(OuterRef("advanced_at"))) | same_turn)
    ahead = before.order_by().values("period").annotate(n=Count("pk")).values("n")
    rows = Enrolment.objects.of(teacher).select_related("period__programme__organisation")
    rows = rows.annotate(ahead=Coalesce(Subquery(ahead), 0)).prefetch_related(
        "period__own_hours", "period__programme__hours"
    )
    enrolments = list(rows.order_by("-period__starts_on", "-period__number", "-applied_at"))
    own = works.own(enrolments, at)
    demanded: dict[int, list[Requirement]] = {}
    for each in Requirement.objects.standing().filter(programme__in={one.period.programme_id for one in enrolments}):
        demanded.setdefault(each.programme_id, []).append(each)
    done = set(records.finished(teacher).values_list("lesson", flat=True)) if demanded else set()
    asked = any(one.kind == Requirement.Kind.ATTENDANCE for wanted in demanded.values() for one in wanted)
    shares = roll.attendance_share(enrolments) if asked else {}
    day = clock.local_date(at)
    found = []
    for each in enrolments:
        work = own.get(each.pk, [])
        set_to_her = [one.assignment for one in work if one.assignment.is_required]
        wanted = [*demanded.get(each.period.programme_id, []), *set_to_her]
        passed = {one.assignment.pk for one in work if one.is_passed}
        missing = demands.unmet(wanted, done, shares.get(each.pk, Decimal(0)), passed)
        found.append(Card(each, each.period.ends_on < day, len(wanted), missing, each.ahead, work))
    current = [card for card in reversed(found) if card.is_current]
    return [*current, *(card for card in found if not card.is_current)]


def _turn(advanced_at: str | OuterRef) -> Coalesce:
    """By what those who wait are put in order before their places are asked: who was put forward, and then the rest."""
    return Coalesce(advanced_at, Value(_NOT_ADVANCED), output_field=DateTimeField())


def managed(user: User, at: dt.datetime, *, tag: str = "") -> list[Programme]:
    """The programmes of the user's planning offices, or those of them with a tag, each with its tags and its `runs`:
    its periods, the latest first, with how many hold a seat (`taken`), wait (`waiting`) and completed (`completed`).
    Three queries."""
    state = Enrolment.State
    counted = Period.objects.annotate(
        taken=_TAKEN,
        waiting=Count("enrolments", filter=Q(enrolments__state=state.WAITING)),
        completed=Count("enrolments", filter=Q(enrolments__state=state.COMPLETED)),
    )
    runs = Prefetch("periods", counted.order_by("-number"), to_attr="runs")
    rows = Programme.objects.managed_by(user, at).select_related("organisation", "level")
    if tag:
        rows = rows.filter(tags__tag=tag)
    return list(rows.prefetch_related(runs, "tags").order_by("organisation__path", "title", "pk"))


def next_period(programme: Programme, at: dt.datetime) -> dict[str, Any]:
    """What the form of the next period begins with: the next number, and how the last one was held and enrolled for;
    enrolment from today."""
    last = programme.periods.order_by("-number").first()
    if last is None:
        return {"number": 1, "enrol_from_on": clock.local_date(at)}
    copied = ("mode", "place", "capacity", "admission", "selection", "offer_hours")
    kept = {name: getattr(last, name) for name in copied}
    return {"number": last.number + 1, "enrol_from_on": clock.local_date(at), **kept}
