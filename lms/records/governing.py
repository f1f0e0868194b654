"""Which rule sets hold for which teacher when, her ledger, her exempted days: the plain data of the reckoning."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from lms.people.models import Organisation, Posting, Teacher
from lms.records import reckoning
from lms.records.models import Exemption, HourEntry, RuleSet
from lms.records.reckoning import Entry, Exempt, Judged, Laid, Post, Stretch

CATEGORIES = tuple(HourEntry.Category.values)


def stretches(teachers: QuerySet[Teacher]) -> dict[int, list[Stretch]]:
    """The rules that hold for each of these persons, over all the time they were at a school: two questions, however
    many they are. Postings of records that were merged into hers count with hers; who never was at a school is not
    among them."""
    wanted = teachers.order_by().values("pk")
    laid = [_laid(each) for each in RuleSet.objects.order_by("from_on", "pk")]
    posts: dict[int, list[Post]] = defaultdict(list)
    rows = Posting.objects.filter(Q(teacher__in=wanted) | Q(teacher__merged_into__in=wanted)).order_by("from_on", "pk")
    fields = ("teacher", "teacher__merged_into", "from_on", "until_on", "organisation__path")
    for own, merged, from_on, until_on, path in rows.values_list(*fields):
        nearest_first = tuple(int(step) for step in reversed(path.split("/")[:-1]))
        posts[merged or own].append(Post(from_on, until_on, nearest_first))
    kept: dict[tuple[Post, ...], list[Stretch]] = {}  # many of a school's teachers came on the same day
    for each in {tuple(held) for held in posts.values()}:
        kept[each] = reckoning.stretches(each, laid)
    return {person: kept[tuple(held)] for person, held in posts.items()}


def at_unit(unit: Organisation) -> list[Stretch]:
    """The rules that hold at a unit, for whoever is there all the time."""
    authorities = [unit.pk, *reversed(unit.ancestor_ids)]
    laid = [_laid(each) for each in RuleSet.objects.filter(authority__in=authorities).order_by("from_on", "pk")]
    first = min((each.from_on for each in laid), default=None)
    return reckoning.stretches([Post(first, None, tuple(authorities))], laid) if first else []


def entries(teachers: QuerySet[Teacher]) -> dict[int, list[Entry]]:
    """The whole ledger of each of these persons who has one, with that of records merged into theirs: one question."""
    wanted = teachers.order_by().values("pk")
    rows = HourEntry.objects.filter(Q(teacher__in=wanted) | Q(teacher__merged_into__in=wanted))
    fields = ("pk", "category", "hours", "earned_on", "begun_on", "reverses", "is_converted")
    found: dict[int, list[Entry]] = defaultdict(list)
    for own, merged, *facts in rows.order_by("pk").values_list("teacher", "teacher__merged_into", *fields):
        found[merged or own].append(Entry(*facts))
    return dict(found)


def exempt(teachers: QuerySet[Teacher]) -> dict[int, list[Exempt]]:
    """The days for which each of these persons was exempted, with those of records merged into theirs: one question."""
    wanted = teachers.order_by().values("pk")
    rows = Exemption.objects.standing().filter(Q(teacher__in=wanted) | Q(teacher__merged_into__in=wanted))
    found: dict[int, list[Exempt]] = defaultdict(list)
    fields = ("teacher", "teacher__merged_into", "from_on", "until_on")
    for own, merged, from_on, until_on in rows.order_by("from_on", "pk").values_list(*fields):
        found[merged or own].append(Exempt(from_on, until_on))
    return dict(found)


def judge(entries: Iterable[Entry], found: Sequence[Stretch], day: dt.date, *, exempt: Sequence[Exempt] = ()) -> Judged:
    """`reckoning.judge` with the categories of the ledger, in their order."""
    return reckoning.judge(entries, found, day, categories=CATEGORIES, exempt=exempt)


def _laid(row: RuleSet) -> Laid:
    minima = {"general": row.general, "professional": row.professional, "elective": row.elective}
    rules = reckoning.Rules(
        key=row.pk,
        name=row.name,
        yearly=row.yearly,
        minima={category: hours for category, hours in minima.items() if hours},
        daily_cap=row.daily_cap,
        cycle_hours=row.cycle_hours,
        cycle_years=row.cycle_years,
        begins=(row.year_month, row.year_day),
        minutes_per_hour=row.minutes_per_hour,
    )
    return Laid(row.authority_id, row.from_on, row.until_on, rules)
