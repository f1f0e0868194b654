"""What a teacher's record says at registration of what an exam's rules ask: a certificate held, hours of trainings."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Coalesce

from certs import queries as certificates
from certs.models import Level
from exams.models import Exam
from lms.people.models import Teacher
from lms.records.models import Outcome


def facts(exam: Exam, teachers: Iterable[Teacher], on: dt.date) -> dict[int, dict[str, Any]]:
    """By teacher what the rules of the exam ask of the record; nothing, and no query, where they ask nothing of it."""
    rules = exam.eligibility
    people = list(teachers)
    found: dict[int, dict[str, Any]] = {each.pk: {} for each in people}
    if wanted := rules.get("credential"):
        level = Level.objects.filter(pk=wanted["level"]).first()
        held = certificates.holders(level, on).filter(pk__in=found) if level else Teacher.objects.none()
        holders = set(held.values_list("pk", flat=True))
        for pk, said in found.items():
            said["credential_held"] = wanted["level"] if pk in holders else None
    if rules.get("min_recorded_hours"):
        done = Outcome.objects.standing().filter(is_completed=True, is_approximate=False)
        sums = done.annotate(who=Coalesce("teacher__merged_into", "teacher")).filter(who__in=found)
        hours = dict(sums.values_list("who").annotate(Sum("hours")).order_by())
        for pk, said in found.items():
            said["recorded_hours"] = str(hours.get(pk) or 0)
    return found
