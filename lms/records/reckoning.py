"""The arithmetic of hours: training years, what a day can earn, what is demanded, what is missing. Pure.

How it is reckoned, where papers leave it open:

* A training year begins on the day that its rules name, and ends the day before the next one begins. The rules in
  force on its first day judge the whole of it, also where others come into force in its course.
* Where the boundary moves (other rules, another school's authority, the first school), the days in between are a short
  year: its hours count in the cycle, but nothing is demanded of it.
* Hours belong to the year in which they were earned in full (`earned_on`).
* A day earns at most `daily_cap` hours. What was earned over several days fills them one after the other; what was
  earned on one day goes first. The rest is beyond the cap: shown, not counted. Hours that rules give for a deed, such
  as a paper, are no time spent: they fill no day and are cut by none.
* What exceeds the demand on one category fills no other category. It does count towards the year's total, where that
  is larger than the categories together, and in the cycle. Nothing is carried into the next year.
* Days for which a teacher was exempted are taken out of the demand: of a year, of its every category, and of the cycle
  as much is demanded as the other days are of all its days, down to whole hours. Hours earned on exempted days count.
* An entry that was taken back counts nowhere, and what was beyond the cap beside it comes up in its place.
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

_DAY = dt.timedelta(days=1)
_NOUGHT = Decimal(0)


@dataclass(frozen=True)
class Rules:
    """What one rule set demands, in hours. `minima` names the demand on every category that has one."""

    key: int
    name: str
    yearly: Decimal
    minima: Mapping[str, Decimal]
    daily_cap: Decimal
    cycle_hours: Decimal
    cycle_years: int
    begins: tuple[int, int]  # month and day, the day at most the 28th
    minutes_per_hour: int = 45


@dataclass(frozen=True)
class Stretch:
    """A span of days in which the same rules hold for a teacher; no last day, no end."""

    from_on: dt.date
    until_on: dt.date | None
    rules: Rules

    def holds(self, day: dt.date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True)
class Post:
    """A teacher at a school between two days: its authorities, the nearest first (the school itself among them)."""

    from_on: dt.date
    until_on: dt.date | None
    authorities: tuple[int, ...]


@dataclass(frozen=True)
class Laid:
    """Rules as an authority laid them down between two days."""

    authority: int
    from_on: dt.date
    until_on: dt.date | None
    rules: Rules


@dataclass(frozen=True)
class Entry:
    """One row of the ledger. `begun_on` is the first day on which the hours were earned; where it is not known, an
    entry is taken to have lasted as many days as it needs under the cap, up to `earned_on`. `is_converted`: given for a
    deed (a paper, an award) and not for time spent; the cap of a day does not touch it."""

    key: int
    category: str
    hours: Decimal
    earned_on: dt.date
    begun_on: dt.date | None = None
    reverses: int | None = None
    is_converted: bool = False


@dataclass(frozen=True)
class Exempt:
    """A span of days, both included, for which nothing is demanded of a teacher; why is for others to say."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Year:
    """A training year, first and last day included, and the rules that judge it; None while no rules were in force."""

    first: dt.date
    last: dt.date
    rules: Rules | None
    is_short: bool = False

    @property
    def demands(self) -> bool:
        return self.rules is not None and not self.is_short


@dataclass(frozen=True)
class Line:
    """One category in one year: hours that count, hours demanded, hours missing."""

    category: str
    hours: Decimal
    required: Decimal

    @property
    def missing(self) -> Decimal:
        return max(_NOUGHT, self.required - self.hours)


@dataclass(frozen=True)
class Cycle:
    """The years that are added up together, the judged one the last of them."""

    first: dt.date
    last: dt.date
    years: int
    hours: Decimal
    required: Decimal

    @property
    def missing(self) -> Decimal:
        return max(_NOUGHT, self.required - self.hours)


@dataclass(frozen=True)
class Judged:
    """One training year of one teacher. `counted` says of each standing entry how much of it counts."""

    year: Year
    lines: tuple[Line, ...]
    required: Decimal
    beyond: Decimal
    counted: Mapping[int, Decimal]
    cycle: Cycle | None
    exempt_days: int = 0  # of the days of the year

    @property
    def hours(self) -> Decimal:
        """The hours that count in the year."""
        return sum((each.hours for each in self.lines), _NOUGHT)

    @property
    def missing(self) -> Decimal:
        """The least number of hours that would fulfil every demand of the year."""
        return max(self.required - self.hours, sum((each.missing for each in self.lines), _NOUGHT), _NOUGHT)

    @property
    def is_fulfilled(self) -> bool:
        return self.missing == 0


def stretches(posts: Iterable[Post], laid: Iterable[Laid]) -> list[Stretch]:
    """Which rules hold for a teacher when: on each day those of the nearest authority above her school of that day that
    has any in force. Days on which she is at no school, or no authority has rules, are in no stretch."""
    by_authority: dict[int, list[Laid]] = defaultdict(list)
    for each in laid:
        by_authority[each.authority].append(each)
    found: list[Stretch] = []
    for post in sorted(posts, key=lambda each: each.from_on):
        mine = [each for authority in post.authorities for each in by_authority.get(authority, ())]
        found += _nearest(post, mine)
    return _joined(_without_overlap(found))


def _nearest(post: Post, laid: Sequence[Laid]) -> Iterator[Stretch]:
    """The stretches of one post; `laid` has the nearest authority first."""
    starts = {post.from_on}
    for each in laid:
        starts.add(each.from_on)
        if each.until_on is not None:
            starts.add(each.until_on + _DAY)
    days = sorted(day for day in starts if post.from_on <= day and (post.until_on is None or day <= post.until_on))
    for index, first in enumerate(days):
        last = days[index + 1] - _DAY if index + 1 < len(days) else post.until_on
        rules = next(
            (each.rules for each in laid if Stretch(each.from_on, each.until_on, each.rules).holds(first)), None
        )
        if rules is not None:
            yield Stretch(first, last, rules)


def _without_overlap(found: list[Stretch]) -> Iterator[Stretch]:
    """Of two postings that overlap, the later one decides."""
    for index, each in enumerate(found):
        following = [later.from_on for later in found[index + 1 :] if later.from_on > each.from_on]
        last = min([each.until_on or dt.date.max, *(day - _DAY for day in following)])
        if not any(later.from_on == each.from_on for later in found[index + 1 :]):
            yield Stretch(each.from_on, None if last == dt.date.max else last, each.rules)


def _joined(found: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of the same rules that follow on one another are one."""
    joined: list[Stretch] = []
    for each in found:
        before = joined[-1] if joined else None
        if before and before.rules == each.rules and before.until_on and before.until_on + _DAY == each.from_on:
            joined[-1] = Stretch(before.from_on, each.until_on, each.rules)
        else:
            joined.append(each)
    return joined


def years(found: Sequence[Stretch], first: dt.date, last: dt.date) -> list[Year]:
    """The training years of a teacher that touch the days from first to last, in order, without gap or overlap."""
    begun = min([first, *(each.from_on for each in found[:1])])
    day = dt.date(begun.year, 1, 1)
    made: list[Year] = []
    while day <= last:
        rules = next((each.rules for each in found if each.holds(day)), None)
        made.append(_year(day, rules, found))
        day = made[-1].last + _DAY
    return [each for each in made if each.last >= first]


def year_of(found: Sequence[Stretch], day: dt.date) -> Year:
    """The training year in which a day lies."""
    return years(found, day, day)[0]


def _year(first: dt.date, rules: Rules | None, found: Sequence[Stretch]) -> Year:
    if rules is None:
        # Nothing is in force: a calendar year, cut off by the first day of rules.
        coming = [each.from_on - _DAY for each in found if each.from_on > first]
        return Year(first, min([dt.date(first.year, 12, 31), *coming]), None)
    last = _next(first, rules.begins) - _DAY
    return Year(first, last, rules, is_short=(first.month, first.day) != rules.begins)


def _next(day: dt.date, begins: tuple[int, int]) -> dt.date:
    """The first boundary after a day."""
    this_year = dt.date(day.year, *begins)
    return this_year if this_year > day else dt.date(day.year + 1, *begins)


def counted(entries: Iterable[Entry], daily_cap: Decimal | None) -> dict[int, Decimal]:
    """How many hours of each standing entry count, by its key; no cap, all of them. Entries taken back are left out."""
    rows = list(entries)
    taken_back = {each.reverses for each in rows if each.reverses is not None}
    standing = [each for each in rows if each.reverses is None and each.key not in taken_back]
    if daily_cap is None:
        return {each.key: each.hours for each in standing}
    left: dict[dt.date, Decimal] = defaultdict(lambda: daily_cap)
    found = {each.key: each.hours for each in standing if each.is_converted}
    spent = [each for each in standing if not each.is_converted]
    for each in sorted(spent, key=lambda one: (len(_days(one, daily_cap)), one.earned_on, one.key)):
        rest = each.hours
        for day in _days(each, daily_cap):
            taken = min(rest, left[day])
            left[day] -= taken
            rest -= taken
        found[each.key] = each.hours - rest
    return found


def _days(entry: Entry, daily_cap: Decimal) -> list[dt.date]:
    """The days on which an entry was earned, the last first."""
    count = math.ceil(entry.hours / daily_cap)
    if entry.begun_on is not None:
        count = (entry.earned_on - entry.begun_on).days + 1
    return [entry.earned_on - number * _DAY for number in range(count)]


def judge(
    entries: Iterable[Entry],
    found: Sequence[Stretch],
    day: dt.date,
    *,
    categories: Sequence[str],
    exempt: Sequence[Exempt] = (),
) -> Judged:
    """The training year in which a day lies: by category in this order, in all, and in the cycle that ends with it;
    `exempt` may overlap."""
    rows = list(entries)
    year = year_of(found, day)
    mine = within(rows, year)
    standing = counted(mine, year.rules.daily_cap if year.rules else None)
    sums = dict.fromkeys(categories, _NOUGHT)
    beyond = _NOUGHT
    for each in mine:
        if each.key in standing:
            sums[each.category] += standing[each.key]
            beyond += each.hours - standing[each.key]
    free = exempt_days(exempt, year.first, year.last)
    length = (year.last - year.first).days + 1
    minima = year.rules.minima if year.rules and year.demands else {}
    lines = tuple(
        Line(name, hours, _share(minima.get(name, _NOUGHT), length - free, length)) for name, hours in sums.items()
    )
    required = _share(year.rules.yearly if year.rules and year.demands else _NOUGHT, length - free, length)
    return Judged(year, lines, required, beyond, standing, _cycle(rows, found, year, exempt), free)


def exempt_days(exempt: Iterable[Exempt], first: dt.date, last: dt.date) -> int:
    """How many days of a span are exempted, each counted once."""
    count, after = 0, first
    for each in sorted(exempt, key=lambda one: one.first):
        begun, ended = max(each.first, after), min(each.last, last)
        if begun <= ended:
            count += (ended - begun).days + 1
            after = ended + _DAY
    return count


def _share(hours: Decimal, days: int, of: int) -> Decimal:
    """So much of a demand as the days are of all: the whole demand for all of them, otherwise down to whole hours."""
    return hours if days == of else Decimal(math.floor(hours * days / of))


def within(entries: Iterable[Entry], year: Year) -> list[Entry]:
    """The entries that belong to a year; a reversal belongs to that of what it takes back."""
    return [each for each in entries if year.first <= each.earned_on <= year.last]


def _cycle(entries: Sequence[Entry], found: Sequence[Stretch], last: Year, exempt: Sequence[Exempt]) -> Cycle | None:
    """The years added up by the rules of the last one: those that begin within so many years before its end."""
    if last.rules is None:
        return None
    after = last.last + _DAY
    first = after.replace(year=after.year - last.rules.cycle_years)
    hours = _NOUGHT
    for year in years(found, first, last.last):
        if year.first >= first:
            cap = year.rules.daily_cap if year.rules else None
            hours += sum(counted(within(entries, year), cap).values(), _NOUGHT)
    length = (last.last - first).days + 1
    required = _share(last.rules.cycle_hours, length - exempt_days(exempt, first, last.last), length)
    return Cycle(first, last.last, last.rules.cycle_years, hours, required)
