"""The counts of the statistical form: who was trained in a span of days, by hours and by the level of the organiser.

An attendance is one completed training of one person, in the band of that training's whole hours. A person is counted
once for each level, in the band of all her hours there; and once in all, in the band of the hours of every level. What
has less than one whole hour, or no exact hours on record, is counted apart.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from lms.people.models import Organisation, Posting
from lms.records.models import Conversion, HourClaim, Outcome

Level = HourClaim.Level
UNKNOWN, ALL = "", "all"
LEVELS = (*Level.values, UNKNOWN)
BANDS = ((1, 36), (37, 72), (73, 108), (109, None))  # whole hours of 45 minutes, both ends included
WITHOUT = None  # the band of what has no whole hour
_OF_UNIT = {
    Organisation.Level.PROVINCE: Level.PROVINCE,
    Organisation.Level.CITY: Level.CITY,
    Organisation.Level.COUNTY: Level.COUNTY,
    Organisation.Level.CLUSTER: Level.SCHOOL,
    Organisation.Level.SCHOOL: Level.SCHOOL,
}

Band = tuple[int, int | None] | None


@dataclass(frozen=True)
class Attendance:
    """One completed training of one person: who held it (`Level`, or UNKNOWN), and its hours where they are known."""

    person: int
    level: str
    hours: Decimal | None


@dataclass(frozen=True)
class Figures:
    """Attendances and persons by band and level (`ALL` for every level together)."""

    attendances: Counter[tuple[Band, str]]
    persons: Counter[tuple[Band, str]]


def count(rows: Iterable[Attendance]) -> Figures:
    """Attendances by the hours of each, persons by the sum of theirs."""
    attendances: Counter[tuple[Band, str]] = Counter()
    sums: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for each in rows:
        for level in (each.level, ALL):
            attendances[band(each.hours), level] += 1
            sums[each.person, level] += each.hours or 0
    return Figures(attendances, Counter((band(hours), level) for (_person, level), hours in sums.items()))


def band(hours: Decimal | None) -> Band:
    """The band of so many hours: parts of an hour do not count."""
    whole = int(hours or 0)
    return next((each for each in BANDS if each[0] <= whole and (each[1] is None or whole <= each[1])), WITHOUT)


def completed(unit: Organisation, first: dt.date, last: dt.date) -> list[Attendance]:
    """The trainings that ended in these days, completed and not struck, of everybody who was at a school below the unit
    on that day; with the recognised ones held elsewhere. Records that were merged are one person. Two questions."""
    who = Coalesce("teacher__merged_into", "teacher")
    outcomes = (
        Outcome.objects.standing()
        .filter(_posted(unit, "ended_on"), is_completed=True, ended_on__range=(first, last))
        .values_list(who, "organiser__level", "organiser__parent__level", "hours", "is_approximate", "level")
    )
    claims = HourClaim.objects.filter(
        _posted(unit, "done_on"),
        state__in=HourClaim.STANDING,
        kind__in=Conversion.TRAININGS,
        done_on__range=(first, last),
    ).values_list(who, "level", "hours")
    held = [
        Attendance(person, said or _level(level, above), None if about else hours)
        for person, level, above, hours, about, said in outcomes
    ]
    return held + [Attendance(*each) for each in claims]


def _posted(unit: Organisation, day: str) -> Q:
    own = Q(teacher=OuterRef("teacher")) | Q(teacher=OuterRef("teacher__merged_into"))
    here = Posting.objects.filter(own, organisation__path__startswith=unit.path, from_on__lte=OuterRef(day))
    return Q(Exists(here.filter(Q(until_on=None) | Q(until_on__gte=OuterRef(day)))))


def _level(level: int | None, above: int | None) -> str:
    """The level of an organiser; an institution has that of the unit to which it belongs."""
    held = above if level == Organisation.Level.INSTITUTION else level
    return _OF_UNIT.get(held, UNKNOWN) if held is not None else UNKNOWN
