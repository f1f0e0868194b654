"""What completing a period demands, and what of it somebody has not met.

The programme's demands are `Requirement` rows, the same in every period. A required assignment belongs to one period
alone and is asked directly: a row beside it would say the same twice, and would be demanded of other periods too.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal

from django.db.models import Q
from django.db.models.functions import Coalesce

from lms.records.models import LessonCompletion
from lms.training import roll
from lms.training.models import Assignment, Enrolment, Period, Requirement, Submission

Demand = Requirement | Assignment
_KINDS = Requirement.Kind


def of(period: Period) -> list[Demand]:
    """All that completing a period demands now: its programme's requirements, and its own required assignments."""
    return [*period.programme.requirements.standing(), *period.assignments.required().order_by("due_at", "pk")]


def missing(enrolment: Enrolment, demanded: Iterable[Demand]) -> list[Demand]:
    """Of these demands of an enrolment's period, those that the enrolled person has not met."""
    return missing_by([enrolment], demanded)[enrolment.pk]


def missing_by(enrolments: Iterable[Enrolment], demanded: Iterable[Demand]) -> dict[int, list[Demand]]:
    """Enrolment → `missing` of each, of enrolments in one period; in as many questions as for one."""
    rows, wanted = list(enrolments), list(demanded)
    done = _finished({each.person.pk for each in rows}, [each.key for each in wanted if _is(each, _KINDS.LESSON)])
    attended = any(_is(each, _KINDS.ATTENDANCE) for each in wanted)
    shares = roll.attendance_share(rows) if attended else {}
    passed: dict[int, set[int]] = defaultdict(set)
    if any(isinstance(each, Assignment) for each in wanted):
        submissions = Submission.objects.passed().filter(enrolment__in=[each.pk for each in rows])
        for enrolment, assignment in submissions.values_list("enrolment", "assignment"):
            passed[enrolment].add(assignment)
    return {
        each.pk: unmet(wanted, done[each.person.pk], shares.get(each.pk, Decimal(0)), passed[each.pk]) for each in rows
    }


def _finished(people: Collection[int], lessons: Collection[uuid.UUID]) -> dict[int, set[uuid.UUID]]:
    """Person → which of these lessons she finished, under her record or one that was merged into it."""
    found: dict[int, set[uuid.UUID]] = defaultdict(set)
    theirs = Q(teacher__in=people) | Q(teacher__merged_into__in=people)
    rows = LessonCompletion.objects.filter(theirs, lesson__in=lessons)
    for person, lesson in rows.values_list(Coalesce("teacher__merged_into", "teacher"), "lesson"):
        found[person].add(lesson)
    return found


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
