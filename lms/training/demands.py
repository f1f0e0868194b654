"""What completing a period demands, and what of it somebody has not met.

The programme's demands are `Requirement` rows, the same in every period. A required assignment belongs to one period
alone and is asked directly: a row beside it would say the same twice, and would be demanded of other periods too.
"""

import uuid
from collections.abc import Collection, Iterable
from decimal import Decimal

from lms.records import queries as records
from lms.training import roll
from lms.training.models import Assignment, Enrolment, Period, Requirement, Submission

Demand = Requirement | Assignment


def of(period: Period) -> list[Demand]:
    """All that completing a period demands now: its programme's requirements, and its own required assignments."""
    return [*period.programme.requirements.standing(), *period.assignments.required().order_by("due_at", "pk")]


def missing(enrolment: Enrolment, demanded: Iterable[Demand]) -> list[Demand]:
    """Of these demands of an enrolment's period, those that the enrolled person has not met."""
    wanted = list(demanded)
    keys = [each.key for each in wanted if _is(each, Requirement.Kind.LESSON)]
    done = set(records.finished(enrolment.person).filter(lesson__in=keys).values_list("lesson", flat=True))
    attended = any(_is(each, Requirement.Kind.ATTENDANCE) for each in wanted)
    share = roll.attendance_share([enrolment])[enrolment.pk] if attended else Decimal(0)
    passed: set[int] = set()
    if any(isinstance(each, Assignment) for each in wanted):
        passed = set(Submission.objects.passed().filter(enrolment=enrolment).values_list("assignment", flat=True))
    return unmet(wanted, done, share, passed)


def unmet(
    wanted: Iterable[Demand], done: Collection[uuid.UUID], share: Decimal, passed: Collection[int] = ()
) -> list[Demand]:
    """Of these demands, those not met by who finished these lessons, attended so much, in percent, and passed these
    assignments (their ids)."""

    def is_met(each: Demand) -> bool:
        if isinstance(each, Assignment):
            return each.pk in passed
        return share >= each.percent if each.kind == Requirement.Kind.ATTENDANCE else each.key in done

    return [each for each in wanted if not is_met(each)]


def _is(demand: Demand, kind: str) -> bool:
    return isinstance(demand, Requirement) and demand.kind == kind
