"""The arithmetic of a modified Angoff procedure, reckoned by hand."""

from decimal import Decimal

import pytest

from lms.questions import angoff

D = Decimal


def test_total_adds_the_expected_share_of_every_items_points():
    points = {"1": D("1.5"), "2": D(2), "3.1": D(5)}
    # 1.5 × 33 % = 0.495, 2 × 50 % = 1, 5 × 61 % = 3.05
    assert angoff.total({"1": 33, "2": 50, "3.1": 61}, points) == D("4.545")


def test_total_needs_every_item():
    with pytest.raises(KeyError):
        angoff.total({"1": 33}, {"1": D(1), "2": D(1)})


def test_line_is_the_mean_of_the_judges_lines_with_its_standard_error():
    # deviations −4, −1, 0, 5: squares 16 + 1 + 0 + 25 = 42, over 3 = 14, root 3.7417; over √4 = 1.8708
    found = angoff.line([D(56), D(59), D(60), D(65)])
    assert (found.value, found.spread, found.error, found.judges) == (D("60.00"), D("3.74"), D("1.87"), 4)
    assert (found.lower, found.higher) == (D("58.13"), D("61.87"))


def test_line_is_rounded_half_up_to_a_hundredth():
    assert angoff.line([D("60.00"), D("60.01")]).value == D("60.01")


def test_line_of_one_judge_has_no_error_and_lower_never_goes_below_nothing():
    assert angoff.line([D(7)]).error == 0
    assert angoff.line([D(0), D(4)]).lower == 0


@pytest.mark.parametrize(("one", "apart"), [(D(65), True), (D(60), False), (D(56), False)])
def test_who_is_more_than_one_and_a_half_deviations_off_stands_apart(one, apart):
    # mean 59, deviation √(9 + 1 + 1 + 1 + 36) / √4 … of 56, 58, 58, 58, 65
    assert angoff.stands_apart(one, [D(56), D(58), D(58), D(58), D(65)]) is apart


def test_nobody_stands_apart_where_all_agree():
    assert angoff.stands_apart(D(60), [D(60), D(60), D(60)]) is False
