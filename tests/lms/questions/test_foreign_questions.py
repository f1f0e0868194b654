"""Question files that other software wrote, read from the folder that QUESTION_SAMPLES names."""

import os
from collections import Counter
from pathlib import Path

import pytest

from lms.questions.formats import gift_reading, gift_writing, moodle_reading, moodle_writing, qti
from lms.questions.items import Item, Reported

SAMPLES = Path(os.environ["QUESTION_SAMPLES"])
READERS = {"gift": gift_reading.read, "moodle_xml": moodle_reading.read, "qti": qti.read}
FILES = [path for folder in READERS for path in sorted((SAMPLES / folder).iterdir())]
# Of each file: how many items come in, and why others do not.
EXPECTED = {
    "moodle_examples.gift": (43, []),
    "error_invalid_grades.xml": (0, ["grade_invalid"]),
    "essay.xml": (0, ["word_limit"]),
    "export_category.xml": (1, []),
    "html_chars_in_idnumbers.xml": (1, []),
    "matching.xml": (1, []),
    "multichoice.xml": (1, []),
    "nested_categories_with_questions.xml": (4, ["problem"]),
    "shortanswer.xml": (1, []),
    "truefalse.xml": (2, []),
    "adaptive.xml": (0, ["adaptive"]),
    "choice.xml": (0, ["media_missing"]),
    "choice_multiple.xml": (1, []),
    "extended_text.xml": (0, ["media_missing"]),
    "gap_match.xml": (1, []),
    "inline_choice.xml": (1, []),
    "match.xml": (1, []),
    "order.xml": (1, []),
    "text_entry.xml": (1, []),
}


def found_in(path):
    return READERS[path.parent.name](path.read_bytes())


def item(name):
    [path] = [each for each in FILES if each.name == name]
    [found] = found_in(path)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_item_of_a_foreign_file_comes_in_or_is_told(path):
    found = found_in(path)
    reported = [each for each in found if isinstance(each, Reported)]
    assert (len(found) - len(reported), [each.reason for each in reported]) == EXPECTED[path.name]
    assert all(each.line > 0 for each in found)


@pytest.mark.parametrize("writer, reader", [(gift_writing, gift_reading), (moodle_writing, moodle_reading)])
def test_what_came_in_goes_out_and_comes_back_the_same(writer, reader):
    came = [each for path in FILES for each in found_in(path) if isinstance(each, Item)]
    content, left_out = writer.write(came)
    gone = [each.item for each in left_out]
    assert reader.read(content) == [each for each in came if each not in gone]
    assert len(came) - len(gone) >= 50, Counter(each.reason for each in left_out)


def test_the_parts_of_foreign_items_are_kept():
    assert item("choice_multiple.xml").points == 2
    assert item("choice_multiple.xml").key["weights"] == {
        **{"A": "1/2", "D": "1/2"},
        **{"B": "-1", "C": "-1", "E": "-1", "F": "-1/2"},
    }
    assert item("match.xml").key["shares"] == {"1": "1/3", "2": "1/6", "3": "1/6", "4": "1/3"}
    assert item("gap_match.xml").key["wrong"] == "-1/3"
    assert item("text_entry.xml").key["shares"] == [{"york": "1/2"}]
    assert item("shortanswer.xml").key["feedback"]["answers"]["toad"] == "Toad is an OK good answer."
    assert item("matching.xml").body["right"][1]["text"] == "insect"
    greeting = item("multichoice.xml")
    assert [each.content_type for each in greeting.media] == ["audio/mpeg", *["image/jpeg"] * 4]
    assert greeting.topic == ("Default for testhead", "Multichoice")
    assert all(each.id in greeting.stem + str(greeting.body) for each in greeting.media)
