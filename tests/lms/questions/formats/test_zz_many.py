"""What goes out in a format comes back the same, whatever signs its texts hold."""

from dataclasses import replace

from hypothesis import assume, given, settings

from lms.questions.formats import gift_reading, gift_writing, moodle_reading, moodle_writing
from lms.questions.items import Item
from tests.lms.questions.formats import shapes

CASE = Item(
    kind="case",
    stem="小航三次动手打人。",
    body={"parts": [{"number": 1, "stem": "原因？", "points": "4"}]},
    key={"parts": [{"guide": "成因"}]},
    points=shapes.Decimal(4),
)
BLANKS = Item(
    kind="fill_in",
    stem="助人条件是____、____和____：{真诚}。",
    body={"blanks": 3},
    key={
        "blanks": [["共情", "同理心"], ["尊重~接纳#无条件/积极"], ['“真诚"', "一致\\"]],
        "shares": [{"同理心": "1/2"}, {}, {}],
        "feedback": {"answers": {"同理心": "也对，但用“共情”}更准"}},
    },
    points=shapes.Decimal(3),
)


@settings(max_examples=2500, deadline=None)
@given(shapes.whole())
def test_an_item_comes_back_from_gift_the_same(item):
    assume(shapes.usable(item))
    content, left_out = gift_writing.write([item])
    if left_out:
        assert left_out[0].reason in ("gift_arrow", "grade_unknown")
    else:
        assert gift_reading.read(content) == [item]


@settings(max_examples=2500, deadline=None)
@given(shapes.whole())
def test_an_item_comes_back_from_moodle_xml_the_same(item):
    assume(shapes.usable(item))
    content, left_out = moodle_writing.write([item])
    if left_out:
        assert left_out[0].reason == "grade_unknown"
    else:
        assert moodle_reading.read(content) == [item]


@settings(max_examples=500, deadline=None)
@given(shapes.whole())
def test_pictures_and_sounds_come_back_from_moodle_xml(item):
    assume(
        shapes.usable(item) and "$$" not in item.stem + item.explanation and "\\" not in item.stem + item.explanation
    )
    item = shapes.with_media(item)
    content, left_out = moodle_writing.write([item])
    assert moodle_reading.read(content) == [item] or left_out


def test_several_blanks_come_back_from_moodle_xml_as_embedded_answers():
    content, left_out = moodle_writing.write([BLANKS])
    assert left_out == []
    assert b'type="cloze"' in content
    assert moodle_reading.read(content) == [BLANKS]


def test_what_gift_has_no_place_for_is_left_out_and_told():
    pictured = shapes.with_media(replace(CASE, kind="short_answer", body={}, key={"guide": "要点"}))
    arrow = Item("fill_in", "____", {"blanks": 1}, {"blanks": [["甲->乙"]]}, shapes.Decimal(1))
    content, left_out = gift_writing.write([CASE, BLANKS, pictured, arrow])
    assert [each.reason for each in left_out] == ["gift_kind", "gift_blanks", "gift_media", "gift_arrow"]
    assert content == b""


def test_what_moodle_xml_has_no_place_for_is_left_out_and_told():
    odd = Item(
        "matching",
        "连线",
        *shapes.items.matching([("甲", "子"), ("乙", "丑")]),
        shapes.Decimal(1),
    )
    odd.key["shares"] = {"1": "3/4", "2": "1/4"}
    _content, left_out = moodle_writing.write([CASE, odd])
    assert [each.reason for each in left_out] == ["moodle_kind", "shares"]
