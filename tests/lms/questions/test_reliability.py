"""Reliability and agreement, reckoned by hand."""

from decimal import Decimal

import pytest

from lms.questions import reliability

D = Decimal
# Four scripts, three items. Item variances: a (1,0,1,0) 1/3; b (2,1,2,1) 1/3; c (3,0,2,1) 5/3. Totals 6, 1, 5, 2:
# mean 3.5, squares 6.25 + 6.25 + 2.25 + 2.25 = 17, variance 17/3.
ROWS = [
    {"a": D(1), "b": D(2), "c": D(3)},
    {"a": D(0), "b": D(1), "c": D(0)},
    {"a": D(1), "b": D(2), "c": D(2)},
    {"a": D(0), "b": D(1), "c": D(1)},
]
ITEMS = ("a", "b", "c")


def test_alpha_is_reckoned_from_the_variances():
    # 3/2 × (1 − (7/3) / (17/3)) = 3/2 × 10/17
    assert reliability.alpha(ROWS, ITEMS) == D("0.882")


def test_alpha_without_each_item():
    # without a: b + c = 5, 1, 4, 2, variance 10/3, items 2: 2 × (1 − 2 / (10/3)) = 0.8; without b the same;
    # without c: a + b = 3, 1, 3, 1, variance 4/3: 2 × (1 − (2/3) / (4/3)) = 1
    assert reliability.alpha_without(ROWS, ITEMS) == {"a": D("0.800"), "b": D("0.800"), "c": D("1.000")}


def test_alpha_may_be_negative():
    rows = [{"a": D(2), "b": D(0)}, {"a": D(0), "b": D(1)}, {"a": D(2), "b": D(1)}]
    # variances 4/3 and 1/3, totals 2, 1, 3: variance 1; 2 × (1 − 5/3)
    assert reliability.alpha(rows, ("a", "b")) == D("-1.333")


@pytest.mark.parametrize(
    ("rows", "items"),
    [
        ([], ITEMS),
        (ROWS[:1], ITEMS),
        (ROWS, ("a",)),
        ([{"a": D(1), "b": D(0)}, {"a": D(0), "b": D(1)}], ("a", "b")),
    ],
)
def test_alpha_says_nothing_where_there_is_nothing_to_say(rows, items):
    assert reliability.alpha(rows, items) is None


def test_error_of_measurement():
    totals = [D(6), D(1), D(5), D(2)]
    # √(17/3) = 2.3805, × √(1 − 0.882) = 0.3435
    assert reliability.error_of_measurement(totals, D("0.882")) == D("0.82")
    assert reliability.error_of_measurement(totals, D("-0.2")) is None
    assert reliability.error_of_measurement(totals, None) is None
    assert reliability.error_of_measurement([D(6)], D("0.9")) is None


PAIRS = [(D(1), D(1)), (D(2), D(3)), (D(4), D(2)), (D(5), D(5))]


def test_equal_and_within():
    assert reliability.equal(PAIRS) == D("0.500")
    assert reliability.within(PAIRS, D(1)) == D("0.750")
    assert reliability.within(PAIRS, None) == D("1.000")
    assert reliability.equal([]) is None


def test_kappa_weighs_by_the_square_of_the_difference():
    # seen (0 + 1 + 4 + 0) / 4 = 1.25; expected: mean of squares 46/4 + 39/4 = 21.25, less 2 × 3 × 2.75 = 16.5: 4.75
    assert reliability.kappa(PAIRS) == D("0.737")


def test_kappa_is_one_for_the_same_marks_and_none_where_there_is_no_spread():
    assert reliability.kappa([(D(1), D(1)), (D(3), D(3))]) == D("1.000")
    assert reliability.kappa([(D(2), D(2)), (D(2), D(2))]) is None
    assert reliability.kappa([]) is None


def test_deviation_and_mean():
    assert reliability.mean([D(1), D(2)]) == D("1.5")
    assert reliability.deviation([D(1), D(3)]) == D(2).sqrt()
    assert reliability.mean([]) is None
    assert reliability.deviation([D(1)]) is None
