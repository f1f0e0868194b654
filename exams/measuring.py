"""What a written module looks like once its scores are checked: items, reliability, markers. Plain reads."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from exams import calibrating, facilities, queries, scripts
from exams.models import Mark, Module, Paper
from lms.people.models import User
from lms.questions import reliability, statistics

_CENT = Decimal("0.01")
_BINS = 20


@dataclass(frozen=True)
class ItemRow:
    """One item: facility (share of its points earned), discrimination (upper–lower 27 %), alpha without it."""

    item: scripts.Item
    facility: Decimal | None
    discrimination: Decimal | None
    word: str
    alpha_without: Decimal | None


@dataclass(frozen=True)
class PaperFigures:
    """One paper as it was sat: `scripts` counted, the totals' mean, deviation, median and ends in points, alpha, and
    the standard error of measurement; None where there are too few scripts to say."""

    scripts: int
    mean: Decimal | None
    deviation: Decimal | None
    median: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    alpha: Decimal | None
    error: Decimal | None
    items: list[ItemRow]
    bins: list[dict[str, Any]]


def paper_figures(paper: Paper) -> PaperFigures:
    """The figures of one paper from its settled scripts. Two queries."""
    found = facilities.earned(paper)
    rows, totals = list(found.rows.values()), sorted(found.scores.values())
    codes = list(found.items)
    alpha = reliability.alpha(rows, codes)
    without = reliability.alpha_without(rows, codes)
    group_of = statistics.groups(found.scores)
    items = [_item_row(item, found, group_of, without[code]) for code, item in found.items.items()]
    return PaperFigures(
        scripts=len(rows),
        mean=_cents(reliability.mean(totals)),
        deviation=_cents(reliability.deviation(totals)),
        median=_median(totals),
        lowest=totals[0] if totals else None,
        highest=totals[-1] if totals else None,
        alpha=alpha,
        error=reliability.error_of_measurement(totals, alpha),
        items=items,
        bins=_bins(totals, sum((item.points for item in found.items.values()), Decimal(0))),
    )


def _item_row(
    item: scripts.Item, found: facilities.Earned, group_of: dict[str, int], without: Decimal | None
) -> ItemRow:
    sums = statistics.Sums()
    for script, row in found.rows.items():
        sums.add(group_of[script], row[item.code], item.points, None)
    index = statistics.discrimination(sums)
    facility = statistics.facility(sums.earned, sums.possible)
    return ItemRow(item, facility, index, statistics.word_for(index), without)


def _cents(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_CENT, ROUND_HALF_UP)


def _median(ordered: Sequence[Decimal]) -> Decimal | None:
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _bins(ordered: Sequence[Decimal], most: Decimal) -> list[dict[str, Any]]:
    """Bins of a twentieth of the full points, from the lowest score to the highest; full points fall into the last."""
    if not ordered or not most:
        return []
    width = most / _BINS
    places = [min(int((each / width).to_integral_value(ROUND_FLOOR)), _BINS - 1) for each in ordered]
    return [
        {
            "low": scripts.plain(width * place),
            "high": scripts.plain(width * (place + 1)),
            "count": places.count(place),
        }
        for place in range(places[0], places[-1] + 1)
    ]


@dataclass(frozen=True)
class Agreement:
    """Two marks over the same answers: how many answers, shares equal and within the limit, weighted kappa, the mean
    distance in points, and how many went to a third marker."""

    answers: int
    equal: Decimal | None
    within: Decimal | None
    kappa: Decimal | None
    distance: Decimal | None
    thirds: int


@dataclass(frozen=True)
class MarkerRow:
    """One marker against whoever marked the same answers: `severity` is her mean difference in points (below 0: the
    stricter), `spread` its standard deviation; and how she did on check scripts, if on any."""

    marker: User
    severity: Decimal
    spread: Decimal | None
    agreement: Agreement
    check: calibrating.Deviation | None


@dataclass(frozen=True)
class MarkingFigures:
    """How the marking of a module went: in all, item by item, and marker by marker."""

    all: Agreement
    items: list[tuple[Paper, scripts.Item, Agreement]]
    markers: list[MarkerRow]


def marking_figures(module: Module) -> MarkingFigures:
    """The figures of the first and second marks that count; an answer that one has not marked is left out. Five
    queries whatever the number of answers."""
    limit = module.difference_limit
    answers = [each for each in queries.constructed_answers(module) if _pair(each) is not None]
    by_item: dict[tuple[int, str], list[queries.ConstructedAnswer]] = defaultdict(list)
    by_marker: dict[int, list[tuple[Decimal, Decimal, bool]]] = defaultdict(list)
    names: dict[int, User] = {}
    for each in answers:
        by_item[each.paper_id, each.item].append(each)
        for own, other in ((Mark.Role.FIRST, Mark.Role.SECOND), (Mark.Role.SECOND, Mark.Role.FIRST)):
            mark = each.marks[own]
            names[mark.marker_id] = mark.marker
            went_on = Mark.Role.THIRD in each.marks
            by_marker[mark.marker_id].append((mark.points, each.marks[other].points, went_on))
    checks = calibrating.deviations(calibrating.checked(module))
    asked = [(paper, item) for paper in queries.papers_of(module) for item in scripts.constructed(paper).values()]
    items = [(paper, item, _agreement(by_item[paper.pk, item.code], limit)) for paper, item in asked]
    markers = [_marker_row(names[pk], rows, limit, checks.get(pk)) for pk, rows in by_marker.items()]
    return MarkingFigures(_agreement(answers, limit), items, sorted(markers, key=lambda each: each.severity))


def _pair(answer: queries.ConstructedAnswer) -> tuple[Decimal, Decimal] | None:
    first, second = (answer.points(role) for role in queries.PAIR)
    return None if first is None or second is None else (first, second)


def _agreement(answers: Sequence[queries.ConstructedAnswer], limit: Decimal | None) -> Agreement:
    pairs = [pair for pair in map(_pair, answers) if pair is not None]
    return _agreed(pairs, sum(Mark.Role.THIRD in each.marks for each in answers), limit)


def _agreed(pairs: Sequence[tuple[Decimal, Decimal]], thirds: int, limit: Decimal | None) -> Agreement:
    return Agreement(
        answers=len(pairs),
        equal=reliability.equal(pairs),
        within=reliability.within(pairs, limit),
        kappa=reliability.kappa(pairs),
        distance=_cents(reliability.mean([abs(one - other) for one, other in pairs])),
        thirds=thirds,
    )


def _marker_row(
    marker: User,
    rows: Sequence[tuple[Decimal, Decimal, bool]],
    limit: Decimal | None,
    check: calibrating.Deviation | None,
) -> MarkerRow:
    differences = [own - other for own, other, _third in rows]
    agreement = _agreed([(own, other) for own, other, _third in rows], sum(third for *_marks, third in rows), limit)
    severity = _cents(reliability.mean(differences)) or Decimal(0)
    return MarkerRow(marker, severity, _cents(reliability.deviation(differences)), agreement, check)
