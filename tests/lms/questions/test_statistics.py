from decimal import Decimal

import pytest

from lms.questions import statistics
from lms.questions.statistics import LOWER, MIDDLE, UPPER, Sums

# Eleven scripts by total; 27 % of 11 is 2.97, so three in each end group.
TOTALS = {f"T{n:02d}": Decimal(total) for n, total in enumerate([9, 12, 15, 15, 15, 20, 21, 22, 25, 28, 30])}


def test_groups_hold_27_percent_each_and_tell_equals_apart_by_script():
    found = statistics.groups(TOTALS)
    assert [each for each, group in found.items() if group == LOWER] == ["T00", "T01", "T02"]
    assert [each for each, group in found.items() if group == UPPER] == ["T08", "T09", "T10"]
    assert found["T03"] == MIDDLE


@pytest.mark.parametrize(("scripts", "in_each_end"), [(0, 0), (1, 0), (2, 1), (5, 1), (6, 2), (100, 27)])
def test_groups_of_few_scripts(scripts, in_each_end):
    found = list(statistics.groups({f"{n:03d}": Decimal(n) for n in range(scripts)}).values())
    assert (found.count(LOWER), found.count(UPPER)) == (in_each_end, in_each_end)


def test_a_question_by_hand():
    """Points 0–2. Lower: 0, 0, 1 of 6; middle: 1, 1, 2, 2, 0 of 10; upper: 2, 2, 1 of 6.
    Facility 12/22 = 0.545; discrimination 5/6 − 1/6 = 0.667."""
    sums = Sums()
    given = ["0", "0", "1", "1", "1", "2", "2", "0", "2", "2", "1"]
    chosen = ["A", "C", "B", "B", "B", "B", "B", "", "B", "B", "A"]
    for (_script, group), points, option in zip(statistics.groups(TOTALS).items(), given, chosen, strict=True):
        sums.add(group, Decimal(points), Decimal(2), [option])
    assert (sums.scripts, sums.earned, sums.possible, sums.sizes) == (11, 12, 22, [3, 5, 3])
    assert statistics.facility(sums.earned, sums.possible) == Decimal("0.545")
    assert statistics.discrimination(sums) == Decimal("0.667")
    assert sums.choices == {"A": [1, 0, 1], "B": [1, 4, 2], "C": [1, 0, 0], "": [0, 1, 0]}
    assert statistics.shares(sums.choices["B"], sums.sizes) == [Decimal("0.333"), Decimal("0.800"), Decimal("0.667")]


def test_sums_of_two_papers_add_up():
    one, other = Sums(), Sums()
    one.add(UPPER, Decimal(1), Decimal(1), ["A"])
    one.add(LOWER, Decimal(0), Decimal(1), ["B"])
    other.add(UPPER, Decimal(1), Decimal(2), ["B"])
    other.add(LOWER, Decimal(1), Decimal(2), None)
    both = one + other
    assert (both.scripts, both.sizes) == (4, [2, 0, 2])
    assert both.choices == {"A": [0, 0, 1], "B": [1, 0, 1]}
    assert statistics.discrimination(both) == Decimal("0.333")  # 2/3 − 1/3


def test_nothing_comes_of_nothing():
    assert statistics.facility(Decimal(0), Decimal(0)) is None
    assert statistics.discrimination(Sums()) is None
    assert statistics.shares([0, 0, 0], [0, 0, 0]) == [0, 0, 0]
    assert statistics.word_for(None) == ""


@pytest.mark.parametrize(
    ("index", "word"),
    [("0.400", "good"), ("0.399", "fair"), ("0.300", "fair"), ("0.200", "weak"), ("0.199", "poor"), ("-0.5", "poor")],
)
def test_words_follow_ebel(index, word):
    assert statistics.word_for(Decimal(index)) == word


@pytest.mark.parametrize(
    ("kind", "response", "options"),
    [
        ("single", "B", ["B"]),
        ("single", "", [""]),
        ("single", None, [""]),
        ("true_false", False, ["false"]),
        ("true_false", "", [""]),
        ("multiple", ["C", "A"], ["A", "C"]),
        ("multiple", [], [""]),
        ("short_answer", "倾听", None),
    ],
)
def test_chosen_options(kind, response, options):
    assert statistics.chosen(kind, response) == options
