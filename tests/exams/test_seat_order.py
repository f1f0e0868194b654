"""The order drawn from a seed, and colleagues moved apart."""

import hashlib
import random

import pytest

from exams import seat_order
from exams.seat_order import Person


def people(*schools):
    return [Person(number, school) for number, school in enumerate(schools, 1)]


def test_arrange_gives_the_same_seats_when_the_rows_come_in_another_order():
    crowd = people(*[n % 7 for n in range(100)])
    mixed = crowd[:]
    random.Random(3).shuffle(mixed)
    assert seat_order.arrange(crowd, "seed", 30) == seat_order.arrange(mixed, "seed", 30)


def test_arrange_gives_other_seats_when_the_seed_is_another():
    crowd = people(*range(100))
    assert seat_order.arrange(crowd, "a", 30) != seat_order.arrange(crowd, "b", 30)


def test_arrange_follows_the_digests_when_nobody_has_a_colleague():
    crowd = people(*range(40))
    order = [person.number for person in seat_order.arrange(crowd, "种子", 30)]
    assert order == sorted(range(1, 41), key=lambda n: hashlib.sha256(f"种子:{n}".encode()).hexdigest())


@pytest.mark.parametrize("seed", ["1", "2", "3", "4", "5"])
@pytest.mark.parametrize("schools", [2, 3, 8])
def test_arrange_seats_no_colleagues_side_by_side_when_schools_are_even(seed, schools):
    crowd = people(*[n % schools for n in range(91)])
    order = seat_order.arrange(crowd, seed, 30)
    assert sorted(order) == sorted(crowd)
    if schools > 2:
        assert seat_order.neighbours(order, 30) == 0
    assert seat_order.neighbours(order, 30) <= seat_order.neighbours(
        sorted(crowd, key=lambda person: seat_order.draw(seed, person.number)), 30
    )


def test_arrange_leaves_neighbours_when_all_are_of_one_school():
    order = seat_order.arrange(people(*[1] * 31), "x", 30)
    assert seat_order.neighbours(order, 30) == 29


def test_neighbours_do_not_count_across_two_rooms():
    assert seat_order.neighbours(people(1, 2, 2, 1), 2) == 0
    assert seat_order.neighbours(people(1, 2, 2, 1), 4) == 1


def test_arrange_is_quick_and_complete_when_one_school_sends_a_third():
    crowd = people(*[n if n % 3 else 0 for n in range(3000)])
    order = seat_order.arrange(crowd, "big", 30)
    assert sorted(order) == sorted(crowd)
    assert seat_order.neighbours(order, 30) == 0


def test_arrange_keeps_colleagues_from_sitting_behind_each_other():
    crowd = people(*[n % 9 for n in range(95)])
    order = seat_order.arrange(crowd, "x", [30, 25, 40], 5)
    assert sorted(order) == sorted(crowd)
    assert seat_order.neighbours(order, [30, 25, 40], 5) == 0


def test_neighbours_are_counted_beside_and_behind_within_a_room():
    # Two rows of three: 1 2 1 / 1 3 3, then another room.
    order = people(1, 2, 1, 1, 3, 3, 3)
    assert seat_order.neighbours(order, [6, 6], 3) == 2  # the first column, and the pair in the second row
    assert seat_order.neighbours(order, [6, 6]) == 2  # in one line: seats 3 and 4, seats 5 and 6
    assert seat_order.neighbours(order, [3, 4], 3) == 1


def test_seats_fill_rooms_of_their_own_sizes():
    assert seat_order.seats(4, [1, 2, 5]) == [(0, 0), (1, 0), (1, 1), (2, 0)]
