"""The arithmetic of a modified Angoff procedure, exact: what judges expect of a barely qualified candidate, in points.

A judge gives every item a whole per cent: how likely such a candidate answers it rightly, or what share of its points
she earns. The sum of those shares of the points is the judge's line; the mean of the judges' lines is the panel's, and
its standard error is their standard deviation (n − 1) over the root of their number.

Where a paper has equivalent forms, a judge rates each of them, and her line is the mean of her sums of the forms: the
one line of the exam holds for all of them. How far the forms' own lines lie apart is the mean, over the judges, of what
each expects more in one form than in the other, with its own standard error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
# Two forms whose lines differ by more than this many standard errors of the difference are not equally hard.
FORMS_APART = 2
# A judge further from the mean than this many standard deviations is shown as standing apart.
APART = Decimal("1.5")


@dataclass(frozen=True)
class Line:
    """The panel's line and its standard error, both to a hundredth of a point, with the judges' spread."""

    value: Decimal
    error: Decimal
    spread: Decimal
    judges: int

    @property
    def lower(self) -> Decimal:
        """One standard error below, never below 0."""
        return max(self.value - self.error, Decimal(0))

    @property
    def higher(self) -> Decimal:
        return self.value + self.error


def total(percents: Mapping[str, int], points: Mapping[str, Decimal]) -> Decimal:
    """One judge's line: each item's share of its points, added up exactly. Every item of `points` must be rated."""
    return sum((points[item] * percents[item] / 100 for item in points), Decimal(0))


def line_of_forms(sums: Mapping[str, Decimal]) -> Decimal:
    """One judge's line from her sums of the forms; of one form, its sum."""
    return mean(list(sums.values()))


def difference(first: Sequence[Decimal], second: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """How much more the judges expect in the second form than in the first, and the standard error of that, both to a
    hundredth; the sums of one judge stand at the same place."""
    found = line([b - a for a, b in zip(first, second, strict=True)])
    return found.value, found.error


def are_apart(value: Decimal, error: Decimal) -> bool:
    """Whether a difference between two forms is more than chance among the judges explains."""
    return abs(value) > FORMS_APART * error


def mean(values: Sequence[Decimal | int]) -> Decimal:
    """The mean, unrounded; of at least one value."""
    return sum((Decimal(each) for each in values), Decimal(0)) / len(values)


def deviation(values: Sequence[Decimal | int]) -> Decimal:
    """The standard deviation of a sample (n − 1), unrounded; 0 of fewer than two values."""
    if len(values) < 2:
        return Decimal(0)
    middle = mean(values)
    return (sum(((Decimal(each) - middle) ** 2 for each in values), Decimal(0)) / (len(values) - 1)).sqrt()


def line(totals: Sequence[Decimal]) -> Line:
    """The panel's line from its judges' lines; of at least one."""
    spread = deviation(totals)
    error = spread / Decimal(len(totals)).sqrt()
    return Line(_cents(mean(totals)), _cents(error), _cents(spread), len(totals))


def stands_apart(one: Decimal, totals: Sequence[Decimal]) -> bool:
    """Whether one judge's line is further from the mean than APART standard deviations."""
    spread = deviation(totals)
    return spread > 0 and abs(one - mean(totals)) > APART * spread


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
