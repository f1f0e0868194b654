"""Totals become a score: exactly one goes at each extreme, exact arithmetic, one rounding."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.scoring import totals

RULE = {"drop_high": 1, "drop_low": 1, "min_for_drop": 5, "places": 2, "rounding": "half_up"}
half_points = st.integers(0, 200).map(lambda n: Decimal(n) / 2)


def combine(*sums, **rule):
    return totals.combine([Decimal(each) for each in sums], **{**RULE, **rule})


def test_combine_drops_one_high_and_one_low():
    combined = combine("82", "90.5", "70", "85", "86", "84", "83")
    assert combined == totals.Combined(score=Decimal("84.00"), dropped=[1, 2], counted=5, was_trimmed=True)


def test_combine_drops_exactly_one_when_several_tie_at_the_extreme():
    combined = combine("90", "90", "90", "60", "60", "75", "75")
    assert combined.dropped == [0, 3]
    assert combined.score == Decimal("78.00")


def test_combine_drops_two_different_ones_when_all_are_equal():
    combined = combine("80", "80", "80", "80", "80")
    assert (combined.dropped, combined.counted, combined.score) == ([0, 1], 3, Decimal("80.00"))


def test_combine_is_the_plain_mean_when_there_are_too_few():
    combined = combine("60", "70", "95", "71")
    assert combined == totals.Combined(score=Decimal("74.00"), dropped=[], counted=4, was_trimmed=False)


def test_combine_trims_from_the_very_number_of_the_rule():
    assert combine("60", "70", "95", "71", "71").was_trimmed


def test_combine_is_the_plain_mean_when_the_rule_drops_none():
    assert combine("60", "70", "95", "71", "74", drop_high=0, drop_low=0).was_trimmed is False


def test_combine_rounds_a_half_up():
    assert combine("70", "70.5", "70", "70", places=1).score == Decimal("70.1")
    assert combine("70.25", "70", places=1, min_for_drop=9).score == Decimal("70.1")
    assert combine("70.5", "70", places=1, min_for_drop=9).score == Decimal("70.3")


def test_combine_cuts_off_when_told_to():
    assert combine("70", "70", "70.5", min_for_drop=9, rounding="truncate").score == Decimal("70.16")
    assert combine("70", "70", "70.5", min_for_drop=9).score == Decimal("70.17")


def test_combine_gives_the_places_of_the_rule():
    assert str(combine("60", "60", "60").score) == "60.00"
    assert str(combine("60", "60", "60", places=0).score) == "60"


@pytest.mark.parametrize(
    ("sums", "rule"),
    [([], {}), (["60"] * 5, {"rounding": "bankers"}), (["60"] * 5, {"drop_high": 3, "drop_low": 2})],
)
def test_combine_raises_when_the_rule_makes_no_sense(sums, rule):
    with pytest.raises(ValueError):
        combine(*sums, **rule)


@given(
    st.lists(half_points, min_size=1, max_size=11),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(5, 7),
    st.integers(0, 3),
    st.sampled_from(["half_up", "truncate"]),
)
def test_combine_equals_the_slow_oracle(sums, high, low, least, places, rounding):
    combined = totals.combine(sums, drop_high=high, drop_low=low, min_for_drop=least, places=places, rounding=rounding)
    left = [Fraction(each) for each in sums]
    if len(sums) >= least:
        for _ in range(high):
            left.remove(max(left))
        for _ in range(low):
            left.remove(min(left))
    shifted = sum(left) / len(left) * 10**places
    whole = int(shifted + Fraction(1, 2)) if rounding == "half_up" else int(shifted)
    assert Fraction(combined.score) * 10**places == whole
    assert combined.counted == len(left)
    kept = [Fraction(each) for place, each in enumerate(sums) if place not in combined.dropped]
    assert sorted(kept) == sorted(left)
