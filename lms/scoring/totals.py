"""Several judges' totals become one score: pure arithmetic, exact, without a framework."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

_ROUNDINGS = {"half_up": ROUND_HALF_UP, "truncate": ROUND_DOWN}


@dataclass(frozen=True)
class Combined:
    """The score, which totals were left out (places in the list, ascending), how many counted, whether any was left
    out."""

    score: Decimal
    dropped: list[int]
    counted: int
    was_trimmed: bool


def combine(
    totals: Sequence[Decimal], *, drop_high: int, drop_low: int, min_for_drop: int, places: int, rounding: str
) -> Combined:
    """The mean of the totals in points, to `places` decimals, rounded "half_up" or cut off ("truncate").

    With at least `min_for_drop` totals, exactly `drop_high` of the highest and `drop_low` of the lowest are left out:
    where several tie at an extreme, one goes for each place, the first in the list. With fewer it is the plain mean.
    ValueError for an empty list, an unknown rounding, or a rule that leaves none.
    """
    if not totals:
        raise ValueError("no totals to combine")
    trims = len(totals) >= min_for_drop and drop_high + drop_low > 0
    if trims and drop_high + drop_low >= len(totals):
        raise ValueError("the rule would leave no total")
    order = sorted(range(len(totals)), key=lambda place: totals[place])
    lowest = order[:drop_low] if trims else []
    # Reversed, a stable sort would name the last of a tie; the first is meant, at either end.
    highest_first = sorted(range(len(totals)), key=lambda place: -totals[place])
    highest = [place for place in highest_first if place not in lowest][:drop_high] if trims else []
    dropped = sorted([*lowest, *highest])
    kept = [total for place, total in enumerate(totals) if place not in dropped]
    exact = Decimal(1).scaleb(-places)
    score = _divide(sum(kept, Decimal(0)), len(kept), exact, _rounding(rounding))
    return Combined(score=score, dropped=dropped, counted=len(kept), was_trimmed=bool(dropped))


def _rounding(name: str) -> str:
    if name not in _ROUNDINGS:
        raise ValueError(f"unknown rounding: {name}")
    return _ROUNDINGS[name]


def _divide(total: Decimal, count: int, exact: Decimal, rounding: str) -> Decimal:
    """total / count to a multiple of `exact`, rounded once: a quotient that was rounded before (2.66…67) could tip
    a half."""
    numerator, denominator = (total / exact).as_integer_ratio()
    denominator *= count
    whole, rest = divmod(abs(numerator), denominator)
    if rounding == ROUND_HALF_UP and 2 * rest >= denominator:
        whole += 1
    return (whole if numerator >= 0 else -whole) * exact
