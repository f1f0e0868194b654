from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.questions.marking import mark, plain

TWO = Decimal("2")
HALF_KEY = {"right": ["A", "C", "E"], "policy": "half"}


@pytest.mark.parametrize(
    ("kind", "key", "response", "earned"),
    [
        ("single", {"right": ["B"]}, "B", "2"),
        ("single", {"right": ["B"]}, "C", "0"),
        ("single", {"right": ["B"]}, "", "0"),
        ("single", {"right": ["B"]}, ["B"], "0"),
        ("true_false", {"right": True}, True, "2"),
        ("true_false", {"right": False}, False, "2"),
        ("true_false", {"right": False}, True, "0"),
        ("true_false", {"right": False}, "", "0"),
        ("true_false", {"right": True}, 1, "0"),
        ("multiple", HALF_KEY, ["C", "A", "E"], "2"),
        ("multiple", HALF_KEY, ["A"], "1"),
        ("multiple", HALF_KEY, ["A", "C"], "1"),
        ("multiple", HALF_KEY, ["A", "B"], "0"),
        ("multiple", HALF_KEY, ["A", "B", "C", "E"], "0"),
        ("multiple", HALF_KEY, [], "0"),
        ("multiple", HALF_KEY, "ACE", "0"),
        ("multiple", {"right": ["A", "C"]}, ["A"], "1"),
        ("multiple", {"right": ["A", "C"], "policy": "all_or_nothing"}, ["A"], "0"),
        ("multiple", {"right": ["A", "C"], "policy": "all_or_nothing"}, ["C", "A"], "2"),
        ("fill_in", {"blanks": [["共情", "同理心"], ["倾听"]]}, ["同理心", "倾听"], "2"),
        ("fill_in", {"blanks": [["共情", "同理心"], ["倾听"]]}, ["共情", "说教"], "1"),
        ("fill_in", {"blanks": [["共情", "同理心"], ["倾听"]]}, ["倾听", "共情"], "0"),
        ("fill_in", {"blanks": [["共情"], ["倾听"]]}, ["共情"], "0"),
        ("fill_in", {"blanks": [["共情"], ["倾听"]]}, "共情", "0"),
        ("fill_in", {"blanks": [["共情"]]}, [None], "0"),
    ],
)
def test_mark_earns_what_the_key_says(kind, key, response, earned):
    assert mark(kind, key, TWO, response) == Decimal(earned)


@pytest.mark.parametrize("kind", ["short_answer", "case"])
def test_mark_is_none_when_a_person_must_mark(kind):
    assert mark(kind, {"guide": "要点"}, TWO, "我认为") is None


def test_mark_keeps_a_third_of_a_point_to_a_thousandth_and_rounds_once():
    key = {"blanks": [["一"], ["二"], ["三"]]}
    one, two, three = ["一", "", ""], ["一", "二", ""], ["一", "二", "三"]
    earned = [mark("fill_in", key, Decimal(1), each) for each in (one, two, three)]
    assert earned == [Decimal("0.333"), Decimal("0.667"), Decimal("1.000")]


@pytest.mark.parametrize(
    "written",
    [" 共情 ", "“共情”", "共情。", "共 情", "(共情)", "（共情），", "「共情」！"],
)
def test_mark_ignores_white_space_and_punctuation_around_a_blank(written):
    assert mark("fill_in", {"blanks": [["共情"]]}, TWO, [written]) == 2


@pytest.mark.parametrize(
    ("one", "other"), [("ＡＢＣ", "abc"), ("１５", "15"), ("Straße", "STRASSE"), ("ＡＢＣ理论。", "abc 理论")]
)
def test_plain_makes_width_and_case_alike(one, other):
    assert plain(one) == plain(other)


def test_plain_keeps_punctuation_inside_a_word():
    assert plain("“A-B”") == "a-b"
    assert plain("……") == ""


@given(
    right=st.sets(st.sampled_from("ABCDEF"), min_size=1),
    chosen=st.sets(st.sampled_from("ABCDEF")),
    points=st.decimals(min_value="0.5", max_value="20", places=1),
)
def test_mark_of_multiple_choice_is_full_half_or_nothing_whatever_the_letters(right, chosen, points):
    earned = mark("multiple", {"right": sorted(right)}, points, sorted(chosen))
    if chosen == right:
        assert earned == points
    elif chosen and not chosen - right:
        assert earned * 2 == points
    else:
        assert earned == 0


@given(
    hits=st.lists(st.booleans(), min_size=1, max_size=9),
    points=st.decimals(min_value="0.5", max_value="20", places=1),
)
def test_mark_of_blanks_is_within_half_a_thousandth_of_the_exact_share(hits, points):
    key = {"blanks": [["对"] for _ in hits]}
    earned = mark("fill_in", key, points, ["对" if hit else "错" for hit in hits])
    exact = Fraction(points) * sum(hits) / len(hits)
    assert abs(Fraction(earned) - exact) <= Fraction(1, 2000)
    assert earned.as_tuple().exponent == -3


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)


@given(
    case=st.sampled_from(
        [
            ("single", {"right": ["B"]}),
            ("multiple", HALF_KEY),
            ("true_false", {"right": True}),
            ("fill_in", {"blanks": [["共情"], ["倾听"]]}),
        ]
    ),
    response=_ANYTHING,
)
def test_mark_never_leaves_its_range_whatever_arrives(case, response):
    kind, key = case
    assert 0 <= mark(kind, key, TWO, response) <= TWO
