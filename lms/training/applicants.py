"""What the pages of a period and of a school ask about those who applied, wait or could be named."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from certs import queries as certificates
from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, Organisation, Teacher, User
from lms.training import needs, seating
from lms.training.models import SENDERS, Enrolment, Period, PlannedPlace, Programme

State = Enrolment.State


def counts(period: Period) -> dict[str, int]:
    """How many enrolments of a period stand in each state."""
    rows = period.enrolments.order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


def listed(period: Period, *, state: str = "", words: str = "") -> QuerySet[Enrolment]:
    """Those of a period, in the order of their numbers, then of their applications; of one state, and found by a part
    of the name or of the school."""
    rows = period.enrolments.select_related("teacher__merged_into", "school")
    if state:
        rows = rows.filter(state=state)
    if words.strip():
        rows = rows.filter(Q(teacher__full_name__contains=words.strip()) | Q(school__name__contains=words.strip()))
    first = F("advanced_at").asc(nulls_last=True)
    return rows.order_by(first, F("place").asc(nulls_last=True), "applied_at", "pk")


def to_approve(user: User, at: dt.datetime) -> QuerySet[Enrolment]:
    """The applications that wait for a school for which the user speaks, the oldest first; not her own."""
    rows = Enrolment.objects.sent_by(user, at).filter(state=State.SUBMITTED, period__ends_on__gte=clock.local_date(at))
    rows = rows.exclude(teacher__user=user).select_related("teacher", "school", "period__programme")
    return rows.order_by("applied_at", "pk")


@dataclass(frozen=True)
class Invitation:
    """A period into which a school may send teachers: how many it may send still (None: as many as it likes), how many
    it has sent, and how many of these hold a seat."""

    period: Period
    left: int | None
    sent: int
    seated: int
    meant: int  # how many of the school the plan of batches has in mind for it, and who are in no period yet


def invitations(user: User, at: dt.datetime) -> list[Invitation]:
    """The periods that one enters through the school and into which the user's school may send somebody today, by the
    moment when they close. The queries do not grow with the periods."""
    paths = access.paths(user, at, Appointment.Office.SCHOOL_OFFICER)
    units = {int(step) for path in paths for step in path.split("/") if step}
    above = Programme.objects.filter(Q(organisation__in=units) | access.under("organisation__path", paths))
    periods = Period.objects.filter(
        programme__in=above,
        state=Period.State.OPEN,
        admission=Period.Admission.SCHOOL,
        enrol_from_at__lte=at,
        enrol_until_at__gt=at,
    ).select_related("programme__organisation", "programme__level")
    periods = list(periods.order_by("enrol_until_at", "pk"))
    seats, own, meant = seating.Seats.of_each(periods, at), _sent(periods, paths), _meant(periods, paths, at)
    return [
        Invitation(each, _left(seats[each.pk], paths), *own.get(each.pk, (0, 0)), meant.get(each.pk, 0))
        for each in periods
    ]


def may_name(period: Period, user: User, at: dt.datetime, *, words: str = "") -> QuerySet[Teacher]:
    """The teachers of the user's schools who meet the rules of a period and are in none of its programme now: those
    whom the plan has in mind for it (`is_meant`) first, then by name; `batch_number` is the period for which the plan
    has one in mind. The act asks the rules again."""
    day, programme = clock.local_date(at), period.programme
    found = Teacher.objects.none()
    for office in access.offices(user, at, *SENDERS):
        if unit := _lower(office.organisation, programme.organisation):
            found = found | needs.audience(period, unit, day)
    if period.requires:
        found = found.filter(pk__in=certificates.holders(period.requires, day).values("pk"))
    if programme.level:
        found = found.exclude(pk__in=certificates.holders(programme.level, day).values("pk"))
    bound = Enrolment.objects.binding(day).filter(period__programme=programme)
    found = found.exclude(pk__in=bound.values("teacher")).exclude(
        pk__in=bound.filter(teacher__merged_into__isnull=False).values("teacher__merged_into")
    )
    if words.strip():
        found = found.filter(full_name__contains=words.strip())
    meant = PlannedPlace.objects.standing(day).filter(period__programme=programme)
    own = meant.filter(Q(teacher=OuterRef("pk")) | Q(teacher__merged_into=OuterRef("pk"))).order_by("period__starts_on")
    found = found.annotate(
        is_meant=Exists(own.filter(period=period)), batch_number=Subquery(own.values("period__number")[:1])
    )
    return found.order_by("-is_meant", "name_pinyin", "pk")


def _lower(one: Organisation, other: Organisation) -> Organisation | None:
    """The lower of two units of which one lies below the other."""
    if one.path.startswith(other.path):
        return one
    return other if other.path.startswith(one.path) else None


def _left(seats: seating.Seats, paths: list[str]) -> int | None:
    """How many more the schools at these paths may send; None where there are seats for all."""
    left = [seats.left(path) for path in paths]
    return None if None in left else sum(left)


def _sent(periods: list[Period], paths: list[str]) -> dict[int, tuple[int, int]]:
    """How many of these schools' teachers are in each period, and how many of them hold a seat."""
    rows = Enrolment.objects.filter(access.under("school__path", paths), period__in=periods).live().order_by()
    seated = Count("pk", filter=Q(state__in=Enrolment.TAKING))
    counted = rows.values("period").annotate(sent=Count("pk"), seated=seated)
    return {row["period"]: (row["sent"], row["seated"]) for row in counted}


def _meant(periods: list[Period], paths: list[str], at: dt.datetime) -> dict[int, int]:
    """How many of these schools' teachers the plan has in mind for each period."""
    rows = PlannedPlace.objects.standing(clock.local_date(at)).filter(
        access.under("school__path", paths), period__in=periods
    )
    return dict(rows.order_by().values("period").annotate(n=Count("pk")).values_list("period", "n"))
