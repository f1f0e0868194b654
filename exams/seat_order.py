"""Who sits where, as plain arithmetic: an order drawn from a seed, and neighbours of one school moved apart.

The algorithm, so that anyone can repeat it: each candidate number n gets the SHA-256 of "seed:n" (decimal, UTF-8);
the numbers in ascending order of these digests (hexadecimal) fill the seats from room 1, seat 1. Then, from the front,
whoever sits beside or behind a colleague of her own school in the same room changes places with the nearest one behind
her, or failing that the first from the front, with whom neither gets a colleague beside, before or behind her.

Seats are numbered row by row, so many side by side (`across`); with 0 they stand in one line, each beside the next.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

ALGORITHM = "sha256-order-2"


class Person(NamedTuple):
    """A candidate's number and her school."""

    number: int
    school: int


def arrange(people: Iterable[Person], seed: str, rooms: int | Sequence[int], across: int = 0) -> list[Person]:
    """The people in the order of the seats; the same people, seed and rooms give the same order whatever the order in
    which they come. `rooms` are the seats of each room in turn, or one size for as many as it takes."""
    order = sorted(people, key=lambda person: draw(seed, person.number))
    near = _near(len(order), rooms, across)
    for place in range(1, len(order)):
        if any(order[other].school == order[place].school for other in near[place] if other < place):
            _move_apart(order, place, near)
    return order


def draw(seed: str, number: int) -> str:
    """The lot of one number under a seed."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def neighbours(order: Sequence[Person], rooms: int | Sequence[int], across: int = 0) -> int:
    """How many pairs of one school still sit side by side, or one behind the other."""
    near = _near(len(order), rooms, across)
    pairs = ((place, other) for place in range(len(order)) for other in near[place] if other < place)
    return sum(order[place].school == order[other].school for place, other in pairs)


def seats(count: int, rooms: int | Sequence[int]) -> list[tuple[int, int]]:
    """Room and seat, both from 0, of each place in turn; `rooms` have seats for all."""
    if isinstance(rooms, int):
        return [divmod(place, rooms) for place in range(count)]
    return [(room, seat) for room, size in enumerate(rooms) for seat in range(size)][:count]


def _near(count: int, rooms: int | Sequence[int], across: int) -> list[list[int]]:
    """For each place those beside, before and behind it in its room."""
    near: list[list[int]] = [[] for _place in range(count)]
    for place, (_room, seat) in enumerate(seats(count, rooms)):
        beside = seat % across if across else seat
        before = [place - 1] if beside else []
        if across and seat >= across:
            before.append(place - across)
        for other in before:
            near[place].append(other)
            near[other].append(place)
    return near


def _move_apart(order: list[Person], place: int, near: list[list[int]]) -> None:
    for other in [*range(place + 1, len(order)), *range(place)]:
        if order[other].school == order[place].school:
            continue
        order[place], order[other] = order[other], order[place]
        if not _crowded(order, place, near) and not _crowded(order, other, near):
            return
        order[place], order[other] = order[other], order[place]


def _crowded(order: Sequence[Person], place: int, near: list[list[int]]) -> bool:
    return any(order[other].school == order[place].school for other in near[place])
