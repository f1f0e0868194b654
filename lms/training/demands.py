"""What finishing a programme demands, and what of it somebody has not met."""

import uuid
from collections.abc import Collection, Iterable
from decimal import Decimal

from lms.records import queries as records
from lms.training import roll
from lms.training.models import Enrolment, Requirement


def missing(enrolment: Enrolment, requirements: Iterable[Requirement]) -> list[Requirement]:
    """Of these demands of a period's programme, those that the enrolled person has not met."""
    wanted = list(requirements)
    keys = [each.key for each in wanted if each.kind == Requirement.Kind.LESSON]
    done = set(records.finished(enrolment.person).filter(lesson__in=keys).values_list("lesson", flat=True))
    attended = any(each.kind == Requirement.Kind.ATTENDANCE for each in wanted)
    share = roll.attendance_share([enrolment])[enrolment.pk] if attended else Decimal(0)
    return unmet(wanted, done, share)


def unmet(wanted: Iterable[Requirement], done: Collection[uuid.UUID], share: Decimal) -> list[Requirement]:
    """Of these demands, those not met by who finished these lessons and attended so much, in percent."""
    return [
        each
        for each in wanted
        if (share < each.percent if each.kind == Requirement.Kind.ATTENDANCE else each.key not in done)
    ]
