"""How far a paper measures one thing, and how far markers agree: pure arithmetic, exact until the last rounding.

Reliability is Cronbach's alpha over the items as columns: k / (k − 1) × (1 − Σ item variances / variance of the
totals), with variances of a sample (n − 1). The standard error of measurement is the totals' standard deviation times
√(1 − alpha). Agreement of two markers over the same answers: the share equal, the share within a limit, and the
quadratic weighted kappa, 1 − Σ(x − y)² / Σ of the same expected by chance from each one's own marks (Cohen 1968).
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

PLACES = Decimal("0.001")
_CENT = Decimal("0.01")
_Rows = Sequence[Mapping[str, Decimal]]


def mean(values: Sequence[Decimal]) -> Decimal | None:
    """Unrounded; None of nothing."""
    return sum(values, Decimal(0)) / len(values) if values else None


def variance(values: Sequence[Decimal]) -> Decimal | None:
    """Of a sample (n − 1), unrounded; None of fewer than two values."""
    if len(values) < 2:
        return None
    middle = sum(values, Decimal(0)) / len(values)
    return sum(((each - middle) ** 2 for each in values), Decimal(0)) / (len(values) - 1)


def deviation(values: Sequence[Decimal]) -> Decimal | None:
    """The square root of `variance`."""
    found = variance(values)
    return None if found is None else found.sqrt()


def alpha(rows: _Rows, items: Sequence[str]) -> Decimal | None:
    """Cronbach's alpha of these items over scripts (item → points), to a thousandth; None where it says nothing: fewer
    than two items or scripts, or totals that are all equal."""
    found = _alpha(rows, items, {item: variance([row[item] for row in rows]) for item in items})
    return None if found is None else _rounded(found)


def alpha_without(rows: _Rows, items: Sequence[str]) -> dict[str, Decimal | None]:
    """What alpha would be with each item left out in turn."""
    spread = {item: variance([row[item] for row in rows]) for item in items}
    found = {item: _alpha(rows, [each for each in items if each != item], spread) for item in items}
    return {item: None if value is None else _rounded(value) for item, value in found.items()}


def _alpha(rows: _Rows, items: Sequence[str], spread: Mapping[str, Decimal | None]) -> Decimal | None:
    totals = variance([sum((row[item] for item in items), Decimal(0)) for row in rows])
    if len(items) < 2 or not totals:
        return None
    within = sum((spread[item] or Decimal(0) for item in items), Decimal(0))
    return Decimal(len(items)) / (len(items) - 1) * (1 - within / totals)


def error_of_measurement(totals: Sequence[Decimal], reliability: Decimal | None) -> Decimal | None:
    """In points, to a hundredth; None without a reliability, or with one below 0."""
    spread = deviation(totals)
    if spread is None or reliability is None or reliability < 0:
        return None
    return (spread * (1 - reliability).sqrt()).quantize(_CENT, ROUND_HALF_UP)


def equal(pairs: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """The share of answers to which both gave the same, to a thousandth; None of nothing."""
    return _share([one == other for one, other in pairs])


def within(pairs: Sequence[tuple[Decimal, Decimal]], limit: Decimal | None) -> Decimal | None:
    """The share of answers on which both differ by no more than `limit` (None: any difference will do)."""
    return _share([limit is None or abs(one - other) <= limit for one, other in pairs])


def _share(told: Sequence[bool]) -> Decimal | None:
    return _rounded(Decimal(sum(told)) / len(told)) if told else None


def kappa(pairs: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """Quadratic weighted kappa, to a thousandth; None where chance alone would always agree."""
    count = len(pairs)
    if not count:
        return None
    one, other = [each for each, _other in pairs], [each for _one, each in pairs]
    seen = sum(((a - b) ** 2 for a, b in pairs), Decimal(0)) / count
    # The mean of (a − b)² over all pairs of either's marks, from their sums alone.
    squares = sum((each * each for each in (*one, *other)), Decimal(0)) / count
    chance = squares - 2 * sum(one, Decimal(0)) * sum(other, Decimal(0)) / (count * count)
    return _rounded(1 - seen / chance) if chance else None


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(PLACES, ROUND_HALF_UP)
