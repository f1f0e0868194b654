"""The units below one, side by side: ranked by a share, filtered, and as a table of gaps."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from lms.audits import measures
from lms.audits.measures import Share, Yardstick
from lms.audits.queries import Report, is_open
from lms.people import names
from lms.people.models import Organisation, YearlyFigures

SCHOOLS, PARTS = "schools", "parts"
SORTS = ("lowest", "highest", "lacking", "name")
# Percentage points short of a goal up to which a gap has a look of its own; beyond the last it is the darkest.
SMALL_GAP, LARGE_GAP = Decimal(5), Decimal(15)


@dataclass
class Row:
    """A unit among its like. `place` is 1 for the highest share; equal shares have equal places; without anybody to
    count there is none."""

    name: str
    unit: Organisation | None
    shares: dict[str, Share]
    by: Yardstick
    figures: YearlyFigures | None = None
    place: int | None = None

    @property
    def share(self) -> Share:
        return self.shares.get(self.by.key, Share())

    @property
    def goal(self) -> Decimal | None:
        """The goal in persons, where a target names one."""
        return self.by.goal and self.by.goal * self.share.of / 100

    @property
    def to_goal(self) -> int:
        """How many more persons reach the goal; without one, all who are missing."""
        return self.share.lacking if self.by.goal is None else self.share.persons_to(self.by.goal)


def rows(report: Report, by: Yardstick, grouping: str) -> list[Row]:
    """The units below as rows, each with its place, in the order of the tree. One query."""
    if grouping == PARTS:
        found = [Row(name, unit, shares, by) for name, unit, shares in _parts(report)]
    else:
        counted = measures.shares_by_school(report.unit, report.on, report.yardsticks)
        schools = [each for each in [report.unit, *report.below] if each.pk in counted or _is_school(each, report.on)]
        found = [Row(each.name, each, counted.get(each.pk, {}), by, report.figures.get(each.pk)) for each in schools]
    _give_places(found)
    return found


def _is_school(unit: Organisation, on: dt.date) -> bool:
    return unit.level >= Organisation.Level.SCHOOL and is_open(unit, on)


def _parts(report: Report) -> list[tuple[str, Organisation | None, dict[str, Share]]]:
    """The parts of a unit with their names: the units directly below, its own schools together, the unit itself."""
    counted = measures.shares_by_part(report.unit, report.on, report.yardsticks)
    found = [(each.name, each, counted.get(each.path, {})) for each in divisions(report)]
    if measures.DIRECT in counted:
        found.append((_("Schools directly under it"), None, counted[measures.DIRECT]))
    if report.unit.path in counted:
        found.append((_("At {unit} itself").format(unit=report.unit.name), None, counted[report.unit.path]))
    return found


def divisions(report: Report) -> list[Organisation]:
    """The units directly below that are no schools: clusters, counties, cities."""
    return [
        each for each in report.below if each.parent_id == report.unit.pk and each.level < Organisation.Level.SCHOOL
    ]


def _give_places(found: list[Row]) -> None:
    rates = sorted((_rate(each) for each in found if each.share.of), reverse=True)
    places: dict[Decimal, int] = {}
    for place, rate in enumerate(rates, start=1):
        places.setdefault(rate, place)
    for each in found:
        each.place = places[_rate(each)] if each.share.of else None


def _rate(row: Row) -> Decimal:
    return Decimal(row.share.part) / row.share.of


def chosen(
    found: Iterable[Row], *, words: str = "", within: Organisation | None = None, stage: str = "", short: bool = False
) -> list[Row]:
    """The rows that fit: by part of the name or its pinyin initials, below a unit, of a school stage, or only those
    short of the goal."""
    words = words.strip().lower()
    return [
        each
        for each in found
        if (not words or words in each.name.lower() or names.unit_initials(each.name).startswith(words))
        and (not within or (each.unit and each.unit.path.startswith(within.path)))
        and (not stage or (each.unit and stage in each.unit.stages))
        and (not short or each.to_goal)
    ]


def ordered(found: list[Row], sort: str) -> list[Row]:
    """In the order that was asked for; who has nobody to count comes last."""
    if sort == "name":
        return sorted(found, key=lambda each: names.unit_initials(each.name))
    if sort == "lacking":
        return sorted(found, key=lambda each: (not each.share.of, -each.to_goal))
    sign = -1 if sort == "highest" else 1
    return sorted(found, key=lambda each: (not each.share.of, sign * _rate(each) if each.share.of else 0))


@dataclass(frozen=True)
class Gap:
    """One field of the table of gaps; `look` is g1 to g3 by how far it is short, g0 where the goal is reached, "na"
    where there is nobody to count or no goal."""

    share: Share
    short: Decimal | None

    @property
    def look(self) -> str:
        if self.short is None:
            return "na"
        if not self.short:
            return "g0"
        return "g1" if self.short <= SMALL_GAP else "g2" if self.short <= LARGE_GAP else "g3"


def gaps(report: Report) -> list[tuple[str, Organisation | None, list[Gap]]]:
    """The parts of a unit and the whole of it, each with its gap to the goal of every yardstick: of a rule without a
    target the goal is everybody. Nothing where all units below are schools. One query."""
    if not divisions(report):
        return []
    whole = {each.yardstick.key: each.share for each in report.lines}
    named = [*_parts(report), (report.unit.name, report.unit, whole)]
    return [
        (name, unit, [_gap(shares.get(each.key), each) for each in report.yardsticks]) for name, unit, shares in named
    ]


def _gap(share: Share | None, yardstick: Yardstick) -> Gap:
    share = share or Share()
    return Gap(share, share.gap(goal_of(yardstick)))


def goal_of(yardstick: Yardstick) -> Decimal | None:
    return Decimal(100) if yardstick.goal is None and yardstick.is_required else yardstick.goal
