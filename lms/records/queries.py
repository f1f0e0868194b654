"""What pages ask about trainings, lessons and hours: attendances are rows, persons are teachers."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from lms.people.models import Organisation, Posting, Teacher, User
from lms.records.models import HourEntry, LessonCompletion, Outcome


def attendances(track: str, on: dt.date) -> QuerySet[Outcome]:
    """Every attendance of a training of this track that had ended by a day, completed or not; none that was struck."""
    return Outcome.objects.standing().filter(track=track, ended_on__lte=on)


def attended(tracks: Iterable[str], on: dt.date) -> QuerySet[Outcome]:
    """`attendances` of several tracks at once."""
    return Outcome.objects.standing().filter(track__in=list(tracks), ended_on__lte=on)


def trained(track: str, on: dt.date) -> QuerySet[Teacher]:
    """The persons who had completed at least one training of this track by a day; merged records count as one."""
    done = attendances(track, on).filter(is_completed=True)
    return Teacher.objects.filter(pk__in=done.values(who=Coalesce("teacher__merged_into", "teacher")))


def ever_at(unit: Organisation) -> Q:
    """A filter for rows with a `teacher` who is or was posted below a unit: whom a district trained stays its figure
    after she left."""
    posted = Posting.objects.filter(organisation__path__startswith=unit.path)
    return Q(teacher__in=posted.values("teacher"))


def own(user: User) -> QuerySet[Outcome]:
    """The user's own trainings, with those of records that were merged into hers, the newest first."""
    mine = Q(teacher__user=user) | Q(teacher__merged_into__user=user)
    return Outcome.objects.filter(mine).select_related("organiser").order_by("-ended_on", "-pk")


def hours(user: User) -> Decimal:
    """The hours of the user's completed trainings that stand, where hours are known."""
    done = own(user).standing().filter(is_completed=True)
    return done.aggregate(all=Sum("hours"))["all"] or Decimal(0)


def kept(user: User, at: dt.datetime, *, words: str = "") -> QuerySet[Outcome]:
    """The trainings that the user's record offices keep, the newest first; `words` is part of a name or of a title."""
    rows = Outcome.objects.visible_to(user, at)
    if words.strip():
        rows = rows.filter(Q(teacher__full_name__contains=words.strip()) | Q(title__contains=words.strip()))
    return rows.select_related("teacher").order_by("-ended_on", "-pk")


def finished(teacher: Teacher) -> QuerySet[LessonCompletion]:
    """The lessons that a person finished, under this record or one that was merged into it."""
    return LessonCompletion.objects.filter(Q(teacher=teacher) | Q(teacher__merged_into=teacher))


def finishers(lessons: Iterable[uuid.UUID]) -> QuerySet:
    """The ids of the persons who finished every one of these lessons; merged records count as one."""
    wanted = set(lessons)
    done = LessonCompletion.objects.filter(lesson__in=wanted).values(who=Coalesce("teacher__merged_into", "teacher"))
    return done.annotate(n=Count("lesson", distinct=True)).filter(n=len(wanted)).values("who")


@dataclass(frozen=True)
class Ledger:
    """A person's credited hours of one year: its entries, the newest first; hours by category, all categories in their
    order; and the years that have entries, the latest first."""

    year: int
    entries: list[HourEntry]
    by_category: list[tuple[str, Decimal]]
    years: list[int]

    @property
    def hours(self) -> Decimal:
        return sum((hours for _label, hours in self.by_category), Decimal(0))


def ledger(user: User, year: int) -> Ledger:
    """The user's credited hours of a calendar year; a reversal counts on the day of what it takes back."""
    own = HourEntry.objects.held_by(user)
    rows = own.filter(earned_on__year=year).select_related("reversed_by", "posted_by")
    entries = list(rows.order_by("-earned_on", "-posted_at", "-pk"))
    sums = {category: Decimal(0) for category in HourEntry.Category}
    for each in entries:
        sums[HourEntry.Category(each.category)] += each.hours
    by_category = [(str(category.label), hours) for category, hours in sums.items()]
    years = [each.year for each in own.dates("earned_on", "year", order="DESC")]
    return Ledger(year, entries, by_category, years)
