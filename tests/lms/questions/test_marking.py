from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.questions.marking import mark, plain

TWO = Decimal("2")
WEIGHED = {"right": ["A"], "weights": {"A": "1", "B": "1/2"}}
PER_OPTION_KEY = {"right": ["A", "C"], "policy": "per_option"}
WEIGHTS_KEY = {
    "right": ["A", "C", "E"],
    "policy": "weights",
    "weights": {"A": "1/3", "C": "1/3", "E": "1/3", "B": "-1/2"},
}
SHARES = {"blanks": [["共情", "同感"]], "shares": [{"同感": "1/2"}]}
PAIRED = {"pairs": {"1": "B", "2": "A"}}
ORDERED = {"order": ["C", "A", "B"], "policy": "all_or_nothing"}
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
        ("single", WEIGHED, "A", "2"),
        ("single", WEIGHED, "B", "1"),
        ("single", WEIGHED, "C", "0"),
        ("multiple", PER_OPTION_KEY, ["A", "C"], "2"),
        ("multiple", PER_OPTION_KEY, ["A"], "1"),
        ("multiple", PER_OPTION_KEY, ["A", "C", "B"], "1"),
        ("multiple", PER_OPTION_KEY, ["A", "B"], "0"),
        ("multiple", PER_OPTION_KEY, ["A", "B", "D"], "0"),
        ("multiple", WEIGHTS_KEY, ["A", "C", "E"], "2"),
        ("multiple", WEIGHTS_KEY, ["A", "C"], "1.333"),
        ("multiple", WEIGHTS_KEY, ["A", "C", "B"], "0.333"),
        ("multiple", WEIGHTS_KEY, ["B"], "0"),
        ("fill_in", SHARES, ["共情"], "2"),
        ("fill_in", SHARES, ["同感"], "1"),
        ("fill_in", SHARES, ["说教"], "0"),
        ("fill_in", {"blanks": [["York"]], "case": True}, ["York"], "2"),
        ("fill_in", {"blanks": [["York"]], "case": True}, ["york"], "0"),
        ("fill_in", {"blanks": [["*关系*"]], "wildcards": True}, ["建立咨访关系为先"], "2"),
        ("fill_in", {"blanks": [["*关系*"]], "wildcards": True}, ["先关掉门"], "0"),
        ("fill_in", {"blanks": [["关系\\*"]], "wildcards": True}, ["关系x"], "0"),
        ("fill_in", {"blanks": [["关系\\*"]], "wildcards": True}, ["关系*"], "2"),
        ("fill_in", {"blanks": [["*"]], "wildcards": True}, [""], "0"),
        ("fill_in", {"blanks": [["*"]], "wildcards": True}, ["任何话"], "2"),
        ("fill_in", {"blanks": [["先*后*"]], "wildcards": True}, ["先倾听，后评估"], "2"),
        ("fill_in", {"blanks": [["先*后*"]], "wildcards": True}, ["后评估，先倾听"], "0"),
        ("fill_in", {"blanks": [["ab*ba"]], "wildcards": True}, ["aba"], "0"),
        ("fill_in", {"blanks": [["*a" * 12 + "b"]], "wildcards": True}, ["a" * 20_000], "0"),
        ("fill_in", {"blanks": [["3.141..3.142"]], "numbers": True}, ["３．１４１５"], "2"),
        ("fill_in", {"blanks": [["3.141..3.142"]], "numbers": True}, ["3.15"], "0"),
        ("fill_in", {"blanks": [["-4"]], "numbers": True}, ["-4.0"], "2"),
        ("fill_in", {"blanks": [["-4"]], "numbers": True}, ["四"], "0"),
        ("fill_in", {"blanks": [["-4"]]}, ["4"], "0"),
        ("fill_in", {"blanks": [["-4"]]}, ["－4。"], "2"),
        ("matching", PAIRED, {"1": "B", "2": "A"}, "2"),
        ("matching", PAIRED, {"1": "B", "2": "C"}, "1"),
        ("matching", PAIRED, {"1": "B", "2": ""}, "1"),
        ("matching", PAIRED, {"1": "A", "2": "B"}, "0"),
        ("matching", PAIRED, {"1": "B", "3": "A"}, "1"),
        ("matching", PAIRED, ["B", "A"], "0"),
        ("matching", {**PAIRED, "policy": "all_or_nothing"}, {"1": "B", "2": "C"}, "0"),
        ("matching", {**PAIRED, "policy": "all_or_nothing"}, {"1": "B", "2": "A"}, "2"),
        ("matching", {**PAIRED, "shares": {"1": "3/4", "2": "1/4"}}, {"1": "B"}, "1.5"),
        ("matching", {**PAIRED, "wrong": "-1/4"}, {"1": "B", "2": "C"}, "0.5"),
        ("matching", {**PAIRED, "wrong": "-1/4"}, {"1": "A", "2": "C"}, "0"),
        ("ordering", ORDERED, ["C", "A", "B"], "2"),
        ("ordering", ORDERED, ["C", "B", "A"], "0"),
        ("ordering", {**ORDERED, "policy": "places"}, ["C", "B", "A"], "0.667"),
        ("ordering", {**ORDERED, "policy": "places"}, [], "0"),
        ("ordering", ORDERED, "CAB", "0"),
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


@pytest.mark.parametrize(
    ("written", "meant"), [("傾聽", "倾听"), ("乾燥", "干燥"), ("ＡＢＣ", "abc"), ("“共 情”。", "共情")]
)
def test_plain_folds_what_is_typed_differently_and_meant_alike(written, meant):
    assert plain(written) == plain(meant)
