"""Who sits where, as plain arithmetic: an order drawn from a seed, and neighbours of one school moved apart.

The algorithm, so that anyone can repeat it: each candidate number n gets the SHA-256 of "seed:n" (decimal, UTF-8);
the numbers in ascending order of these digests (hexadecimal) fill the seats from room 1, seat 1. Then, from the front,
whoever sits next to a colleague of her own school in the same room changes places with the nearest one behind her,
or failing that the first from the front, with whom neither gets a colleague beside her.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

ALGORITHM = "sha256-order-1"


class Person(NamedTuple):
    """A candidate's number and her school."""

    number: int
    school: int


def arrange(people: Iterable[Person], seed: str, room_size: int) -> list[Person]:
    """The people in the order of the seats; the same people, seed and room size give the same order whatever the
    order in which they come."""
    order = sorted(people, key=lambda person: draw(seed, person.number))
    for place in range(1, len(order)):
        if _clash(order, place, room_size):
            _move_apart(order, place, room_size)
    return order


def draw(seed: str, number: int) -> str:
    """The lot of one number under a seed."""
    return hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()


def neighbours(order: Sequence[Person], room_size: int) -> int:
    """How many pairs of one school still sit side by side."""
    return sum(_clash(order, place, room_size) for place in range(1, len(order)))


def _clash(order: Sequence[Person], place: int, room_size: int) -> bool:
    """Whether the one at `place` sits beside a colleague in the seat before hers, in the same room."""
    return place % room_size > 0 and order[place].school == order[place - 1].school


def _move_apart(order: list[Person], place: int, room_size: int) -> None:
    for other in [*range(place + 1, len(order)), *range(place)]:
        if order[other].school == order[place].school:
            continue
        order[place], order[other] = order[other], order[place]
        if not _crowded(order, place, room_size) and not _crowded(order, other, room_size):
            return
        order[place], order[other] = order[other], order[place]


def _crowded(order: Sequence[Person], place: int, room_size: int) -> bool:
    if _clash(order, place, room_size):
        return True
    return place + 1 < len(order) and _clash(order, place + 1, room_size)
