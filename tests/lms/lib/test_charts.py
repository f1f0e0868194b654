"""The geometry of charts."""

from decimal import Decimal

import pytest

from lms.lib import charts


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(93, 266, "35.0"), (0, 5, "0.0"), (7, 5, "100.0"), (-1, 5, "0.0"), (3, 0, "0.0"), (Decimal("1.5"), 3, "50.0")],
)
def test_share_is_text_between_nought_and_a_hundred(part, whole, text):
    assert charts.share(part, whole) == text


def bins(*counts):
    return [{"low": 50 + 10 * n, "high": 60 + 10 * n, "count": count} for n, count in enumerate(counts)]


def test_distribution_parts_the_bars_at_the_line():
    shape = charts.distribution(bins(4, 2, 1), Decimal(60))
    assert [bar["off"] for bar in shape.bars] == [True, False, False]
    assert shape.cut == "226.7"
    assert not shape.labels_left


def test_distribution_draws_heights_in_proportion_and_within_the_frame():
    shape = charts.distribution(bins(4, 2, 0))
    first, second = (float(bar["height"]) for bar in shape.bars)
    assert first == pytest.approx(2 * second, abs=0.2)
    assert first <= 284 - 46
    assert shape.cut is None


@pytest.mark.parametrize(("cut", "place"), [(10, "30.0"), (99, "620.0")])
def test_distribution_keeps_the_line_inside_when_it_lies_beyond_the_points(cut, place):
    assert charts.distribution(bins(1, 1), cut).cut == place


def test_distribution_labels_few_edges_when_there_are_many_bins():
    assert len(charts.distribution(bins(*range(1, 101))).ticks) <= 11


@pytest.mark.parametrize(("most", "top"), [(1, "4"), (15, "20"), (266, "400"), (5000, "8000")])
def test_distribution_rules_are_round_numbers_above_the_highest_bar(most, top):
    assert charts.distribution(bins(most)).rules[-1]["label"] == top


def test_distribution_is_empty_when_there_is_nothing_to_draw():
    assert charts.distribution([]).bars == []
