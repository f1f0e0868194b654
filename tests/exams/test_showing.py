import copy

from exams import showing
from tests.factories import papers

MATCHING = {
    "number": 7,
    "kind": "matching",
    "section": "连线",
    "points": "3",
    "stem": "连一连",
    "body": {
        "left": [{"id": "1", "text": "甲"}, {"id": "2", "text": "乙"}],
        "right": [{"id": letter, "text": f"右{letter}"} for letter in "ABCDE"],
    },
}
ORDERING = {**MATCHING, "number": 8, "kind": "ordering", "body": copy.deepcopy(papers.OPTIONS)}
ITEMS = [*papers.items(), MATCHING, ORDERING]


def seen(script, digest="d", order=showing.ALGORITHM):
    return showing.shown(ITEMS, order=order, digest=digest, script=script)


def ids(item, where="options"):
    return [each["id"] for each in item["body"][where]]


def test_without_a_rule_everybody_sees_the_paper_as_it_is():
    assert seen("AAAA", order="") == ITEMS
    assert showing.letters(ITEMS[0], order="", digest="d", script="AAAA") == {each: each for each in "ABCD"}


def test_the_options_of_each_kind_are_in_an_order_of_her_own_with_letters_by_place():
    before = copy.deepcopy(ITEMS)
    shown = seen("AAAA")
    assert before == ITEMS
    for number, where in ((0, "options"), (1, "options"), (6, "right"), (7, "options")):
        options = shown[number]["body"][where]
        assert [each["letter"] for each in options] == list("ABCDE")[: len(options)]
        plain = sorted(({"id": each["id"], "text": each["text"]} for each in options), key=lambda each: each["id"])
        assert plain == ITEMS[number]["body"][where]
    assert shown[6]["body"]["left"] == MATCHING["body"]["left"]
    assert [shown[n] for n in (2, 3, 4, 5)] == [ITEMS[n] for n in (2, 3, 4, 5)]


def test_the_order_is_the_same_each_time_and_another_for_another_script_or_paper():
    assert seen("AAAA") == seen("AAAA")
    scripts = [f"S{n:03d}" for n in range(30)]
    assert len({tuple(ids(seen(script)[0])) for script in scripts}) > 10
    assert len({tuple(ids(seen("AAAA", digest)[0])) for digest in scripts}) > 10
    assert len({tuple(ids(seen(script)[6], "right")) for script in scripts}) > 10
    first = [ids(seen(script)[0])[0] for script in (f"{n}" for n in range(400))]
    assert all(70 <= first.count(letter) <= 130 for letter in "ABCD")


def test_letters_say_what_she_saw():
    rule = {"order": showing.ALGORITHM, "digest": "d", "script": "AAAA"}
    found = showing.letters(ITEMS[1], **rule)
    assert found == {each["id"]: each["letter"] for each in seen("AAAA")[1]["body"]["options"]}
    assert showing.letters(MATCHING, **rule) == {
        each["id"]: each["letter"] for each in seen("AAAA")[6]["body"]["right"]
    }
    assert showing.letters(ITEMS[4], **rule) == {}
