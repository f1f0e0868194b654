"""How well a question tells those who know from those who do not: pure arithmetic on points and choices, exact.

Facility is the share of the points to be had that was earned. Discrimination is the upper–lower index: facility among
the 27 % of the scripts with the most points on the whole paper, less facility among the 27 % with the fewest (Kelley
1939). Words for it follow Ebel: 0.40 and above is good, from 0.30 fair, from 0.20 weak, below that poor.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

LOWER, MIDDLE, UPPER = 0, 1, 2
_SHARE = Decimal("0.27")
_PLACES = Decimal("0.001")
_WORDS = ((Decimal("0.40"), "good"), (Decimal("0.30"), "fair"), (Decimal("0.20"), "weak"))


@dataclass
class Sums:
    """One question over the scripts of one paper; those of several papers are added up. `sizes` are the scripts of the
    lower, middle and upper group; `choices` counts who of them chose what, {option: [lower, middle, upper]}, "" for no
    answer."""

    scripts: int = 0
    earned: Decimal = Decimal(0)
    possible: Decimal = Decimal(0)
    upper_earned: Decimal = Decimal(0)
    upper_possible: Decimal = Decimal(0)
    lower_earned: Decimal = Decimal(0)
    lower_possible: Decimal = Decimal(0)
    sizes: list[int] = field(default_factory=lambda: [0, 0, 0])
    choices: dict[str, list[int]] = field(default_factory=dict)

    def add(self, group: int, earned: Decimal, possible: Decimal, chosen: Iterable[str] | None) -> None:
        """Count one script: its group, what it earned of what was possible, and the options chosen (None: the question
        has no options)."""
        self.scripts += 1
        self.sizes[group] += 1
        self.earned += earned
        self.possible += possible
        if group == UPPER:
            self.upper_earned += earned
            self.upper_possible += possible
        if group == LOWER:
            self.lower_earned += earned
            self.lower_possible += possible
        for option in chosen if chosen is not None else ():
            self.choices.setdefault(option, [0, 0, 0])[group] += 1

    def __add__(self, other: "Sums") -> "Sums":
        options = {*self.choices, *other.choices}
        nobody = [0, 0, 0]
        return Sums(
            scripts=self.scripts + other.scripts,
            earned=self.earned + other.earned,
            possible=self.possible + other.possible,
            upper_earned=self.upper_earned + other.upper_earned,
            upper_possible=self.upper_possible + other.upper_possible,
            lower_earned=self.lower_earned + other.lower_earned,
            lower_possible=self.lower_possible + other.lower_possible,
            sizes=_added(self.sizes, other.sizes),
            choices={each: _added(self.choices.get(each, nobody), other.choices.get(each, nobody)) for each in options},
        )


def _added(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [a + b for a, b in zip(one, other, strict=True)]


def groups(totals: Mapping[str, Decimal]) -> dict[str, int]:
    """Each script's group by its total: LOWER and UPPER hold 27 % each, rounded half up and at least one where there
    are two scripts. Equal totals are told apart by the script's name, which says nothing about the person."""
    order = sorted(totals, key=lambda script: (totals[script], script))
    size = int((_SHARE * len(order)).quantize(Decimal(1), ROUND_HALF_UP))
    size = max(size, 1) if len(order) > 1 else 0
    ends = dict.fromkeys(order[:size], LOWER) | dict.fromkeys(order[len(order) - size :], UPPER)
    return {script: ends.get(script, MIDDLE) for script in order}


def chosen(kind: str, response: Any) -> list[str] | None:
    """The options that a response chose, [""] for none; None for kinds without options to choose from."""
    if kind == "single":
        return [str(response or "")]
    if kind == "true_false":
        return [str(response).lower()] if isinstance(response, bool) else [""]
    if kind == "multiple":
        return sorted(response) if isinstance(response, list) and response else [""]
    return None


def facility(earned: Decimal | None, possible: Decimal | None) -> Decimal | None:
    """Points earned of those possible, to a thousandth; None where nobody was asked."""
    return (earned / possible).quantize(_PLACES, ROUND_HALF_UP) if possible and earned is not None else None


def discrimination(sums: Sums) -> Decimal | None:
    """The upper–lower index, −1 to 1, to a thousandth; None where there are no two groups."""
    if not sums.upper_possible or not sums.lower_possible:
        return None
    difference = sums.upper_earned / sums.upper_possible - sums.lower_earned / sums.lower_possible
    return difference.quantize(_PLACES, ROUND_HALF_UP)


def word_for(index: Decimal | None) -> str:
    """ "good", "fair", "weak" or "poor" for an index of discrimination; "" for none."""
    if index is None:
        return ""
    return next((word for least, word in _WORDS if index >= least), "poor")


def shares(counted: Sequence[int], sizes: Sequence[int]) -> list[Decimal]:
    """Which share of the lower, middle and upper scripts chose an option, to a thousandth; of an empty group 0. The
    shares of a multiple choice's options need not add up to 1."""
    pairs = zip(counted, sizes, strict=True)
    return [(Decimal(n) / size).quantize(_PLACES, ROUND_HALF_UP) if size else Decimal(0) for n, size in pairs]
