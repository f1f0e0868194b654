"""Which questions a table of specification takes from a bank, under a seed: pure, no database.

The rule, so that anyone can repeat it: each question gets the SHA-256 of "seed:code" (UTF-8); in each cell of the table
the questions with the smallest digests (hexadecimal) are taken. Where cells overlap, the narrowest choose first, and a
question moves to another cell where otherwise one would stay short. Neither the order of the table's rows nor that of
the bank has any say.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

ALGORITHM = "sha256-cells-1"
# What share of the points a candidate of middling ability is expected to earn, until a sitting has shown it.
DECLARED_EASE = {"easy": Decimal("0.85"), "medium": Decimal("0.65"), "hard": Decimal("0.40")}


@dataclass(frozen=True, order=True)
class Cell:
    """One row of the table; an empty topic or level means any. A topic takes in the topics below it, `points` are for
    each question."""

    section: str
    kind: str
    topic: str
    level: str
    points: Decimal
    count: int

    @property
    def width(self) -> int:
        """How much the cell leaves open: 0, 1 or 2 of topic and level."""
        return (not self.topic) + (not self.level)


class Offer(NamedTuple):
    """One question of the bank as the table looks at it. `ease` is the share of its points that candidates earn;
    `worth` is what its parts are worth together, where it has parts with points of their own."""

    code: str
    kind: str
    topic: str
    level: str
    ease: Decimal
    worth: Decimal | None = None

    def fits(self, cell: Cell) -> bool:
        """Whether the question can stand in this cell."""
        return (
            self.kind == cell.kind
            and (not cell.level or self.level == cell.level)
            and (not cell.topic or self.topic == cell.topic or self.topic.startswith(f"{cell.topic}/"))
            and (self.worth is None or self.worth == cell.points)
        )


@dataclass(frozen=True)
class Selection:
    """The offers of each cell for each form, or what is lacking: how many questions in each cell."""

    forms: list[dict[Cell, list[Offer]]] = field(default_factory=list)
    lacking: dict[Cell, int] = field(default_factory=dict)


# Given codes, the pairs among them that are too alike to stand on one paper.
Alike = Callable[[Collection[str]], Iterable[tuple[str, str]]]


def draw(seed: str, code: str) -> str:
    """The lot of one question under a seed."""
    return hashlib.sha256(f"{seed}:{code}".encode()).hexdigest()


def select(cells: Iterable[Cell], offers: Iterable[Offer], seed: str, *, forms: int = 1, alike: Alike) -> Selection:
    """Fill every cell for one or two forms that share no question, balanced by what candidates are expected to earn;
    of two that are alike, at most one is taken. Nothing is taken where a cell stays short: `lacking` says of which."""
    ordered = sorted(cells, key=lambda cell: (cell.width, cell))
    pools = _pools(ordered, offers, seed)
    wanted = {cell: cell.count * forms for cell in ordered}
    spare = {cell: len(pool) - wanted[cell] for cell, pool in pools.items()}
    reach = 1
    while True:
        # A few more than wanted, so that look-alikes can go; more only where a cell stays short.
        shortlists = {cell: pool[: reach * (wanted[cell] + 3)] for cell, pool in pools.items()}
        taken, lacking = _fill(wanted, _thinned(shortlists, spare, alike))
        if not lacking or all(len(shortlists[cell]) == len(pool) for cell, pool in pools.items()):
            break
        reach *= 4
    if lacking:
        return Selection(lacking=lacking)
    if forms == 1:
        return Selection(forms=[taken])
    return Selection(forms=_balanced(taken))


def expected(form: dict[Cell, list[Offer]]) -> Decimal:
    """The points that a candidate of middling ability is expected to earn on a form."""
    return sum((cell.points * each.ease for cell, chosen in form.items() for each in chosen), Decimal(0))


def _pools(cells: Sequence[Cell], offers: Iterable[Offer], seed: str) -> dict[Cell, list[Offer]]:
    """What fits each cell, in the order of the lots. The questions of one kind, topic, level and worth fit the same
    cells, so they are asked once."""
    begun = hashlib.sha256(f"{seed}:".encode())
    fitting: dict[tuple, list[Cell]] = {}
    lots = []
    for offer in offers:
        like = (offer.kind, offer.topic, offer.level, offer.worth)
        homes = fitting.get(like)
        if homes is None:
            homes = fitting[like] = [cell for cell in cells if offer.fits(cell)]
        if homes:
            lot = begun.copy()
            lot.update(offer.code.encode())
            lots.append((lot.digest(), offer, homes))
    lots.sort(key=itemgetter(0))
    pools: dict[Cell, list[Offer]] = {cell: [] for cell in cells}
    of_cell = {id(cell): pool for cell, pool in pools.items()}
    for _lot, offer, homes in lots:
        for cell in homes:
            of_cell[id(cell)].append(offer)
    return pools


def _thinned(pools: dict[Cell, list[Offer]], spare: dict[Cell, int], alike: Alike) -> dict[Cell, list[Offer]]:
    """The pools without look-alikes: of a pair goes the one whose own cells have more to spare, else the later."""
    order: dict[str, tuple[int, int]] = {}
    for cell, pool in pools.items():
        for each in pool:
            least, place = order.get(each.code, (spare[cell], len(order)))
            order[each.code] = (min(least, spare[cell]), place)
    pairs: dict[str, set[str]] = {}
    for one, other in alike(order.keys()):
        pairs.setdefault(one, set()).add(other)
        pairs.setdefault(other, set()).add(one)
    out: set[str] = set()
    kept: set[str] = set()
    for code in sorted(pairs, key=order.__getitem__):
        (out if pairs[code] & kept else kept).add(code)
    return {cell: [each for each in pool if each.code not in out] for cell, pool in pools.items()}


def _fill(wanted: dict[Cell, int], pools: dict[Cell, list[Offer]]) -> tuple[dict[Cell, list[Offer]], dict[Cell, int]]:
    """Give every cell its questions, each to one cell, moving some where a cell would stay short; and what lacks."""
    holder: dict[str, Cell] = {}

    def find(cell: Cell, seen: set[Cell]) -> bool:
        """Get one more for a cell: a free one, or one whose holder finds another."""
        seen.add(cell)
        if free := next((each for each in pools[cell] if each.code not in holder), None):
            holder[free.code] = cell
            return True
        for each in pools[cell]:
            if holder[each.code] not in seen and find(holder[each.code], seen):
                holder[each.code] = cell
                return True
        return False

    lacking = {}
    for cell, count in wanted.items():
        found = sum(find(cell, set()) for _each in range(count))
        if found < count:
            lacking[cell] = count - found
    taken = {cell: [each for each in pools[cell] if holder.get(each.code) == cell] for cell in wanted}
    return taken, lacking


def _balanced(taken: dict[Cell, list[Offer]]) -> list[dict[Cell, list[Offer]]]:
    """Two forms of twice as many questions: in each cell the neighbours in ease part, the widest gaps first, and the
    easier goes to the form that expects fewer points so far."""
    pairs = []
    for cell, chosen in taken.items():
        by_ease = sorted(chosen, key=lambda each: (each.ease, each.code))
        pairs += [(cell, harder, easier) for harder, easier in zip(by_ease[::2], by_ease[1::2], strict=True)]
    pairs.sort(key=lambda each: (-each[0].points * (each[2].ease - each[1].ease), each[1].code))
    forms: list[dict[Cell, list[Offer]]] = [{cell: [] for cell in taken}, {cell: [] for cell in taken}]
    lead = Decimal(0)  # what form A expects above form B
    for cell, harder, easier in pairs:
        gap = cell.points * (easier.ease - harder.ease)
        first, second = (harder, easier) if lead > 0 else (easier, harder)
        lead += -gap if lead > 0 else gap
        forms[0][cell].append(first)
        forms[1][cell].append(second)
    return forms
