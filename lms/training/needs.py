"""Who still needs a training: the persons of its audience who do not hold what it leads to, by school."""

import datetime as dt

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from certs import queries as certificates
from lms.people.models import Organisation, PostHeld, Posting, Teacher
from lms.records import queries as records
from lms.training.models import Enrolment, Period, PlannedPlace, Programme

_PERSON = Coalesce("teacher__merged_into", "teacher")


def needing(programme: Programme, on: dt.date) -> QuerySet[Teacher]:
    """The teachers below the programme's unit whom a duty rule in force obliges to the programme's level and who do
    not hold it or a higher one. Where no rule names the level, or it leads to none: those whom the programme is for
    who do not hold it, or have not completed a training of its track. Merged records count as one."""
    unit = programme.organisation
    rules = [each for each in certificates.duties(unit, on) if each.level_id == programme.level_id]
    if programme.level and rules:
        lacks = Q(pk__in=[])
        for rule in rules:
            lacks |= Q(pk__in=certificates.lacking(rule, unit, on).values("pk"))
        return Teacher.objects.filter(lacks)
    meant = audience(programme, unit, on)
    if programme.level:
        return meant.exclude(pk__in=certificates.holders(programme.level, on).values("pk"))
    return meant.exclude(pk__in=records.trained(programme.track, on).values("pk"))


def audience(given: Programme | Period, unit: Organisation, on: dt.date) -> QuerySet[Teacher]:
    """The teachers at schools below a unit for whose posts and stages a programme, or a period of one, is."""
    here = Posting.objects.held_on(on).filter(organisation__path__startswith=unit.path)
    held = PostHeld.objects.held_on(on)
    meant = Teacher.objects.filter(merged_into=None)
    if given.stages:
        fit = [each.pk for each in _schools(unit) if set(each.stages) & set(given.stages)]
        posts = held.filter(stage__in=given.stages)
        there = here.filter(Q(organisation__in=fit) | Q(teacher__in=posts.values("teacher")))
    else:
        there = here
    meant = meant.filter(pk__in=there.values(who=_PERSON))
    if given.posts:
        meant = meant.filter(pk__in=held.filter(post__in=given.posts).values(who=_PERSON))
    return meant


def by_school(teachers: QuerySet[Teacher], on: dt.date) -> dict[str, int]:
    """How many of these persons work at each school on a day, by its path."""
    here = Posting.objects.held_on(on).filter(Q(teacher__in=teachers) | Q(teacher__merged_into__in=teachers))
    rows = here.order_by().values("organisation__path").annotate(n=Count(_PERSON, distinct=True))
    return {row["organisation__path"]: row["n"] for row in rows}


def planned(programme: Programme, teachers: QuerySet[Teacher], on: dt.date) -> QuerySet[Teacher]:
    """These persons with the period of the programme in which each is now: `period_number`, and `period_state`, the
    state of her enrolment in it; None where she is in no period that is not over. `batch_number` is the period for
    which the plan has her in mind, as long as she is in none."""
    own = Q(teacher=OuterRef("pk")) | Q(teacher__merged_into=OuterRef("pk"))
    now = Enrolment.objects.filter(
        own, period__programme=programme, state__in=Enrolment.PENDING, period__ends_on__gte=on
    )
    now = now.order_by("period__starts_on", "pk")
    meant = PlannedPlace.objects.standing(on).filter(own, period__programme=programme).order_by("period__starts_on")
    return teachers.annotate(
        period_number=Subquery(now.values("period__number")[:1]),
        period_state=Subquery(now.values("state")[:1]),
        batch_number=Subquery(meant.values("period__number")[:1]),
    )


def to_plan(programme: Programme, on: dt.date) -> QuerySet[Teacher]:
    """Who is still to be put into a batch: those who need the programme, are among those whom it is for and hold what
    it requires, and are in no period of it that is not over, completed none, and are in no batch that is planned."""
    who = needing(programme, on).filter(pk__in=audience(programme, programme.organisation, on).values("pk"))
    if programme.requires:
        who = who.filter(pk__in=certificates.holders(programme.requires, on).values("pk"))
    bound = Enrolment.objects.binding(on).filter(period__programme=programme)
    meant = PlannedPlace.objects.standing(on).filter(period__programme=programme)
    return who.exclude(pk__in=bound.values(who=_PERSON)).exclude(pk__in=meant.values(who=_PERSON))


def batches(programme: Programme, on: dt.date) -> list[tuple[Period, int, int]]:
    """The batches of a programme that are planned and not over, each with how many are meant for it, and how many of
    these are in no period yet; `planned_at` tells one plan from another, `applied` is how many ever wanted a seat. Two
    queries."""
    meant, applied = Count("planned", distinct=True), Count("enrolments", distinct=True)
    periods = programme.periods.filter(ends_on__gte=on).annotate(
        meant=meant, applied=applied, planned_at=Min("planned__planned_at")
    )
    periods = periods.filter(meant__gt=0)
    rows = PlannedPlace.objects.standing(on).filter(period__programme=programme).order_by()
    left = dict(rows.values("period").annotate(n=Count("pk")).values_list("period", "n"))
    return [(each, each.meant, left.get(each.pk, 0)) for each in periods.order_by("starts_on", "number")]


def by_unit(units: list[Organisation], schools: dict[str, int]) -> dict[Organisation, int]:
    """The same summed up for units: each with all schools below it."""
    return {unit: sum(n for path, n in schools.items() if path.startswith(unit.path)) for unit in units}


def _schools(unit: Organisation) -> QuerySet[Organisation]:
    return Organisation.objects.under(unit.path).filter(level=Organisation.Level.SCHOOL)
