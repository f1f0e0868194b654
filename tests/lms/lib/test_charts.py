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


def test_dots_lie_on_one_axis_that_holds_spans_and_line():
    laid = charts.dots([{"label": "a", "value": 1, "low": 0, "high": 2}, {"label": "b", "value": "4"}], 2)
    first, second = laid["rows"]
    # The axis runs from −0.24 to 4.24: a margin of six hundredths on both sides.
    assert (first["from"], first["at"], first["to"], laid["line"]) == ("5.4", "27.7", "50.0", "50.0")
    assert second["from"] == second["at"] == second["to"] == "94.6"


def test_dots_of_one_value_stand_in_the_middle_and_none_need_no_axis():
    assert charts.dots([{"label": "a", "value": 3}])["rows"][0]["at"] == "50.0"
    assert charts.dots([]) == {"rows": [], "line": None}


def test_scatter_begins_at_the_lowest_tenth():
    laid = charts.scatter([{"x": 0, "y": 1}, {"x": 1, "y": "-0.13"}])
    top, low = laid["points"]
    assert (top["x"], top["y"], low["x"]) == ("38.0", "16.0", "612.0")
    assert float(laid["nought"]) < float(low["y"]) < 284
    assert charts.scatter([])["nought"] == "284.0"
