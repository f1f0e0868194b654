from decimal import Decimal

import pytest

from lms.questions.checking import LONGEST, problems, response_fits

OPTIONS = {"options": [{"id": letter, "text": f"选项{letter}"} for letter in "ABCD"]}
PARTS = {"parts": [{"number": 1, "stem": "为什么？", "points": "4"}, {"number": 2, "stem": "怎样做？", "points": "6"}]}
PAIRS = {
    "left": [{"id": "1", "text": "甲"}, {"id": "2", "text": "乙"}],
    "right": [{"id": "A", "text": "子"}, {"id": "B", "text": "丑"}],
}
GUIDES = {"parts": [{"guide": "要点一"}, {"guide": "要点二"}]}


def whys(kind, stem="题干", body=None, key=None, points="1"):
    return [(each.about, each.why) for each in problems(kind, stem, body or {}, key or {}, Decimal(points))]


@pytest.mark.parametrize(
    ("kind", "stem", "body", "key", "points"),
    [
        ("single", "题干", OPTIONS, {"right": ["B"]}, "1"),
        ("multiple", "题干", OPTIONS, {"right": ["A", "D"], "policy": "half"}, "2"),
        ("true_false", "题干", {}, {"right": False}, "1"),
        ("fill_in", "培养____和____。", {"blanks": 2}, {"blanks": [["共情", "同理心"], ["倾听"]]}, "2"),
        ("short_answer", "题干", {}, {"guide": "要点"}, "5"),
        ("case", "材料", PARTS, GUIDES, "10"),
        ("single", "题干", OPTIONS, {"right": ["B", "C"], "weights": {"B": "1", "C": "1", "D": "1/2"}}, "1"),
        ("multiple", "题干", OPTIONS, {"right": ["A", "D"], "policy": "per_option"}, "2"),
        ("multiple", "题干", OPTIONS, {"right": ["A"], "policy": "weights", "weights": {"A": "1", "B": "-1"}}, "2"),
        ("fill_in", "____", {"blanks": 1}, {"blanks": [["York", "*"]], "shares": [{"*": "0"}], "wildcards": True}, "1"),
        ("fill_in", "____", {"blanks": 1}, {"blanks": [["1822..1823"]], "numbers": True}, "1"),
        ("matching", "连线", PAIRS, {"pairs": {"1": "B", "2": "B"}}, "2"),
        ("matching", "连线", PAIRS, {"pairs": {"1": "A", "2": "B"}, "shares": {"1": "3/4", "2": "1/4"}}, "2"),
        ("ordering", "排序", OPTIONS, {"order": ["D", "A", "B", "C"], "policy": "places"}, "2"),
    ],
)
def test_problems_finds_none_when_a_question_is_whole(kind, stem, body, key, points):
    assert whys(kind, stem, body, key, points) == []


@pytest.mark.parametrize(
    ("kind", "changed", "expected"),
    [
        ("single", {"stem": " "}, ("stem", "empty")),
        ("single", {"points": "0"}, ("points", "not_positive")),
        ("single", {"key": {"right": []}}, ("right", "none")),
        ("single", {"key": {"right": ["F"]}}, ("right", "no_such_option")),
        ("single", {"key": {"right": ["A", "B"]}}, ("right", "more_than_one")),
        ("single", {"body": {"options": OPTIONS["options"][:1]}, "key": {"right": ["A"]}}, ("options", "too_few")),
        (
            "single",
            {
                "body": {"options": [{"id": "A", "text": "同样"}, {"id": "B", "text": "同样。"}]},
                "key": {"right": ["A"]},
            },
            ("options", "twice"),
        ),
        ("multiple", {"key": {"right": ["A"]}}, ("right", "only_one")),
        ("multiple", {"key": {"right": ["A", "A"]}}, ("right", "letter_twice")),
        ("multiple", {"key": {"right": ["A", "B"], "policy": "generous"}}, ("right", "unknown_policy")),
        ("true_false", {"key": {}}, ("right", "none")),
        ("true_false", {"key": {"right": "对"}}, ("right", "none")),
        ("fill_in", {"stem": "没有空", "key": {"blanks": [["甲"]]}}, ("stem", "no_blank")),
        ("fill_in", {"stem": "____和____", "key": {"blanks": [["甲"]]}}, ("right", "blanks_differ")),
        ("fill_in", {"stem": "____", "key": {"blanks": [["。"]]}, "body": {"blanks": 1}}, ("right", "empty_blank")),
        ("fill_in", {"stem": "____", "key": {}}, ("right", "none")),
        ("short_answer", {"key": {"guide": " "}}, ("right", "no_guide")),
        ("case", {"body": {}}, ("parts", "none")),
        ("case", {"body": PARTS, "key": {"parts": [{"guide": "只有一个"}]}, "points": "10"}, ("right", "no_guide")),
        ("case", {"body": PARTS, "key": GUIDES, "points": "9"}, ("points", "parts_differ")),
        ("riddle", {}, ("kind", "unknown")),
        ("single", {"key": {"right": ["A"], "weights": {"A": "1/2"}}}, ("right", "weights_total")),
        ("single", {"key": {"right": ["A"], "weights": {"Z": "1"}}}, ("right", "no_such_option")),
        (
            "multiple",
            {"key": {"right": ["A", "B"], "policy": "weights", "weights": {"A": "1/2", "B": "1/3"}}},
            ("right", "weights_total"),
        ),
        (
            "multiple",
            {"key": {"right": ["A", "B"], "policy": "weights", "weights": {"A": "much"}}},
            ("right", "weights_total"),
        ),
        (
            "fill_in",
            {"stem": "____", "body": {"blanks": 1}, "key": {"blanks": [["甲"]], "shares": [{"甲": "1/2"}]}},
            ("right", "weights_total"),
        ),
        (
            "fill_in",
            {"stem": "____", "body": {"blanks": 1}, "key": {"blanks": [["多"]], "numbers": True}},
            ("right", "empty_blank"),
        ),
        ("matching", {"body": {"left": PAIRS["left"][:1], "right": PAIRS["right"]}}, ("options", "too_few_pairs")),
        ("matching", {"body": {**PAIRS, "right": [*PAIRS["right"], {"id": "C", "text": "子"}]}}, ("options", "twice")),
        ("matching", {"body": PAIRS, "key": {"pairs": {"1": "A"}}}, ("right", "pair_missing")),
        ("matching", {"body": PAIRS, "key": {"pairs": {"1": "A", "2": "Z"}}}, ("right", "no_such_option")),
        (
            "matching",
            {"body": PAIRS, "key": {"pairs": {"1": "A", "2": "B"}, "shares": {"1": "1"}, "policy": "some"}},
            ("right", "unknown_policy"),
        ),
        (
            "matching",
            {"body": PAIRS, "key": {"pairs": {"1": "A", "2": "B"}, "shares": {"1": "1/2"}}},
            ("right", "weights_total"),
        ),
        ("ordering", {"key": {"order": ["A", "B", "C"]}}, ("right", "order_not_whole")),
        ("ordering", {"key": {"order": ["A", "B", "C", "D"], "policy": "half"}}, ("right", "unknown_policy")),
        ("ordering", {"body": {"options": OPTIONS["options"][:1]}}, ("options", "too_few")),
    ],
)
def test_problems_names_what_is_wrong(kind, changed, expected):
    whole = {"body": OPTIONS, "key": {"right": ["A", "B"] if kind == "multiple" else ["A"]}}
    assert expected in whys(kind, **{**whole, **changed})


@pytest.mark.parametrize(
    ("kind", "body", "response"),
    [
        ("single", OPTIONS, "D"),
        ("single", OPTIONS, ""),
        ("multiple", OPTIONS, ["A", "C"]),
        ("multiple", OPTIONS, []),
        ("true_false", {}, False),
        ("true_false", {}, ""),
        ("fill_in", {"blanks": 2}, ["共情", ""]),
        ("short_answer", {}, "𬭎" * LONGEST),
        ("case", PARTS, ""),
    ],
)
def test_response_fits_when_it_has_the_shape_of_its_kind(kind, body, response):
    assert response_fits(kind, body, response)


@pytest.mark.parametrize(
    ("kind", "body", "response"),
    [
        ("single", OPTIONS, "F"),
        ("single", OPTIONS, ["A"]),
        ("single", OPTIONS, None),
        ("multiple", OPTIONS, ["A", "A"]),
        ("multiple", OPTIONS, ["A", "F"]),
        ("multiple", OPTIONS, [["A"]]),
        ("multiple", OPTIONS, "A"),
        ("true_false", {}, "true"),
        ("true_false", {}, 1),
        ("fill_in", {"blanks": 2}, ["共情"]),
        ("fill_in", {"blanks": 2}, ["共情", 3]),
        ("fill_in", {"blanks": 2}, ["甲" * LONGEST, "乙"]),
        ("short_answer", {}, "长" * (LONGEST + 1)),
        ("short_answer", {}, "零\x00字节"),
        ("short_answer", {}, "半个\ud83d字"),
        ("short_answer", {}, {"text": "对象"}),
        ("riddle", {}, "A"),
    ],
)
def test_response_does_not_fit_when_its_shape_or_size_is_another(kind, body, response):
    assert not response_fits(kind, body, response)


@pytest.mark.parametrize(
    ("kind", "body", "response", "fits"),
    [
        ("matching", PAIRS, {"1": "B", "2": "A"}, True),
        ("matching", PAIRS, {"1": "B", "2": ""}, True),
        ("matching", PAIRS, {}, True),
        ("matching", PAIRS, {"3": "A"}, False),
        ("matching", PAIRS, {"1": "C"}, False),
        ("matching", PAIRS, {"1": ["A"]}, False),
        ("matching", PAIRS, ["A", "B"], False),
        ("ordering", OPTIONS, ["D", "A", "B", "C"], True),
        ("ordering", OPTIONS, [], True),
        ("ordering", OPTIONS, ["A", "A"], False),
        ("ordering", OPTIONS, ["Z"], False),
        ("ordering", OPTIONS, "ABCD", False),
    ],
)
def test_response_fits_pairs_and_orders(kind, body, response, fits):
    assert response_fits(kind, body, response) is fits
