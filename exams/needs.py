"""What candidates of a sitting need, as lists, doors and tickets show it: plain reads."""

import datetime as dt
from collections.abc import Iterable
from math import ceil

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from exams.models import Accommodation, Attempt, Candidate, Sitting, StageEntry
from lms.lib import clock
from lms.people import directory
from lms.people.models import Appointment, Teacher, User


def of_teachers(teachers: Iterable[int], on: dt.date) -> dict[int, Accommodation]:
    """The accommodations in force on a day, by teacher, in one query."""
    return {each.teacher_id: each for each in Accommodation.objects.in_force(on).filter(teacher__in=teachers)}


def at_sitting(sitting: Sitting, teachers: Iterable[int]) -> dict[int, Accommodation]:
    """Those in force on the sitting's day."""
    return of_teachers(teachers, clock.local_date(sitting.starts_at))


def of_candidate(sitting: Sitting, candidate: Candidate) -> Accommodation | None:
    """What one candidate was granted for the sitting's day."""
    return at_sitting(sitting, [candidate.teacher_id]).get(candidate.teacher_id)


def wants_large_print(attempt: Attempt) -> bool:
    """Whether large print was granted to a candidate on the day on which she began."""
    day = clock.local_date(attempt.started_at)
    teacher = attempt.entry.candidate.teacher_id
    return Accommodation.objects.in_force(day).filter(teacher=teacher, large_print=True).exists()


def in_minutes(minutes: int, percent: int) -> int:
    """So many percent of a paper's length, rounded up to a minute."""
    return ceil(minutes * percent / 100)


def words(need: Accommodation, minutes: int | None = None) -> list[str]:
    """What is granted, in words; with a paper's length in minutes, more time is said in minutes."""
    found = []
    if need.extra_percent and minutes:
        found.append(_("{n} minutes more").format(n=in_minutes(minutes, need.extra_percent)))
    elif need.extra_percent:
        found.append(_("{n} % more time").format(n=need.extra_percent))
    if need.large_print:
        found.append(_("large print"))
    if need.separate_room:
        found.append(_("separate room"))
    if need.screen_reader:
        found.append(_("screen reader"))
    return found


def kept(user: User, at: dt.datetime) -> QuerySet[Teacher]:
    """The teachers whose needs an officer keeps: those below her exam offices, without herself."""
    return Teacher.objects.managed_by(user, at, Appointment.Office.EXAM_OFFICER).exclude(user=user)


def listed(user: User, at: dt.datetime, *, standing: bool = True) -> QuerySet[Accommodation]:
    """The accommodations that an officer keeps, by name: those that stand, or those that were withdrawn."""
    found = Accommodation.objects.managed_by(user, at).filter(withdrawn_at__isnull=standing)
    return found.select_related("teacher", "granted_by").order_by("teacher__name_pinyin", "teacher__full_name", "-pk")


def matching(user: User, at: dt.datetime, asked: str) -> QuerySet[Teacher]:
    """Of those she keeps the ones whom the typed words fit, each with her school and, as `standing`, what she has."""
    found = directory.with_places(directory.matching(kept(user, at), asked, at), at)
    live = Accommodation.objects.filter(withdrawn_at=None)
    return found.prefetch_related(Prefetch("accommodations", live, to_attr="standing"))


def mark(sitting: Sitting, entries: Iterable[StageEntry]) -> None:
    """Give each entry (with its candidate at hand) `needs`: in words what she needs at this sitting. One query."""
    entries = list(entries)
    held = at_sitting(sitting, [each.candidate.teacher_id for each in entries])
    for each in entries:
        need = held.get(each.candidate.teacher_id)
        each.needs = words(need, sitting.minutes) if need else []
