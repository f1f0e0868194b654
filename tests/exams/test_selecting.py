import itertools
import random
from decimal import Decimal

import pytest

from exams import selecting
from exams.selecting import Cell, Offer


def cell(kind="single", *, topic="", level="", count=2, points="1", section="一"):
    return Cell(section, kind, topic, level, Decimal(points), count)


def bank(count, kind="single", *, topic="甲", level="识记", prefix="S", eases=("0.85", "0.65", "0.40")):
    shares = itertools.cycle(eases)
    return [Offer(f"{prefix}{n:03d}", kind, topic, level, Decimal(next(shares))) for n in range(count)]


def none_alike(codes):
    return []


def codes(form):
    return {cell: [each.code for each in chosen] for cell, chosen in form.items()}


TABLE = [
    cell(topic="甲", level="识记", count=5),
    cell(topic="甲", count=4, points="2", section="二"),
    cell("true_false", topic="乙", count=3),
    cell("true_false", count=2, section="二"),
]
BANK = [*bank(30), *bank(20, level="理解", prefix="U"), *bank(12, "true_false", topic="乙", prefix="T")]


def test_select_takes_the_same_whatever_the_order_of_table_and_bank():
    first = selecting.select(TABLE, BANK, "1", alike=none_alike)
    for seed in range(5):
        rows, offers = random.Random(seed).sample(TABLE, len(TABLE)), random.Random(seed).sample(BANK, len(BANK))
        again = selecting.select(rows, offers, "1", alike=none_alike)
        assert [codes(form) for form in again.forms] == [codes(form) for form in first.forms]
    other = selecting.select(TABLE, BANK, "2", alike=none_alike)
    assert [codes(form) for form in other.forms] != [codes(form) for form in first.forms]
    taken = list(itertools.chain(*codes(first.forms[0]).values()))
    assert (len(taken), len(set(taken))) == (14, 14)


def test_select_takes_the_smallest_lots_of_a_cell():
    found = selecting.select([cell(count=3)], bank(10), "种子", alike=none_alike)
    by_lot = sorted((f"S{n:03d}" for n in range(10)), key=lambda code: selecting.draw("种子", code))
    assert list(codes(found.forms[0]).values()) == [by_lot[:3]]


def test_every_cell_gets_only_what_fits_it():
    [form] = selecting.select(TABLE, BANK, "1", alike=none_alike).forms
    assert {each: len(chosen) for each, chosen in form.items()} == {each: each.count for each in TABLE}
    assert all(offer.fits(each) for each, chosen in form.items() for offer in chosen)


@pytest.mark.parametrize(
    ("offer", "asked", "fits"),
    [
        ({"topic": "甲/子题"}, {"topic": "甲"}, True),
        ({"topic": "甲乙"}, {"topic": "甲"}, False),
        ({"topic": "甲"}, {"topic": "甲/子题"}, False),
        ({"level": "识记"}, {"level": "理解"}, False),
        ({"level": "识记"}, {}, True),
        ({"kind": "case", "worth": Decimal(10)}, {"kind": "case", "points": "10"}, True),
        ({"kind": "case", "worth": Decimal(8)}, {"kind": "case", "points": "10"}, False),
    ],
)
def test_an_offer_fits_by_kind_topic_level_and_worth(offer, asked, fits):
    made = Offer(**{"code": "X", "kind": "single", "topic": "", "level": "", "ease": Decimal(1), **offer})
    assert made.fits(cell(**{"kind": "single", **asked})) is fits


def test_lacking_names_every_cell_that_stays_short_at_once():
    found = selecting.select(
        [cell(topic="甲", count=32), cell("true_false", count=15), cell("fill_in", count=1), cell(topic="甲/无")],
        BANK,
        "1",
        alike=none_alike,
    )
    assert found.forms == []
    assert {(each.kind, each.topic): count for each, count in found.lacking.items()} == {
        ("true_false", ""): 3,
        ("fill_in", ""): 1,
        ("single", "甲/无"): 2,
    }


def test_a_question_moves_where_overlapping_cells_would_leave_one_short():
    # Only S000 fits the second cell; the first could take it as well, and takes another.
    offers = [Offer("S000", "single", "甲", "识记", Decimal(1)), Offer("S001", "single", "甲", "理解", Decimal(1))]
    rows = [cell(topic="甲", count=1), cell(level="识记", count=1)]
    for seed in map(str, range(8)):
        [form] = selecting.select(rows, offers, seed, alike=none_alike).forms
        assert codes(form) == {rows[0]: ["S001"], rows[1]: ["S000"]}


def test_two_forms_share_no_question_and_expect_nearly_the_same():
    found = selecting.select(TABLE, BANK, "7", forms=2, alike=none_alike)
    taken = [set(itertools.chain(*codes(form).values())) for form in found.forms]
    assert [len(each) for each in taken] == [14, 14]
    assert not taken[0] & taken[1]
    first, second = map(selecting.expected, found.forms)
    assert abs(first - second) <= Decimal("0.5")
    assert first > Decimal(8)


def test_two_forms_need_twice_the_questions():
    found = selecting.select([cell(count=6)], bank(11), "1", forms=2, alike=none_alike)
    assert list(found.lacking.values()) == [1]


def test_of_two_alike_at_most_one_is_taken():
    def alike(asked):
        return [(f"S{n:03d}", f"S{n + 1:03d}") for n in range(0, 20, 2) if {f"S{n:03d}", f"S{n + 1:03d}"} <= set(asked)]

    for seed in map(str, range(5)):
        [form] = selecting.select([cell(count=10)], bank(20), seed, alike=alike).forms
        [taken] = codes(form).values()
        assert len({int(code[1:]) // 2 for code in taken}) == 10
    assert selecting.select([cell(count=11)], bank(20), "1", alike=alike).lacking == {cell(count=11): 1}


def test_of_two_alike_the_one_that_its_cell_can_spare_goes():
    offers = [*bank(1, topic="甲"), *bank(30, topic="乙", prefix="U")]
    rows = [cell(topic="甲", count=1), cell(topic="乙", count=28)]

    def alike(asked):
        return [("S000", "U000")] if "U000" in asked else []

    for seed in map(str, range(10)):
        [form] = selecting.select(rows, offers, seed, alike=alike).forms
        assert codes(form)[rows[0]] == ["S000"]
        assert "U000" not in codes(form)[rows[1]]
