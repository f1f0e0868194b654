from lms.questions import likeness
from lms.questions.likeness import twins


def test_twins_finds_stems_that_differ_only_in_punctuation_and_width():
    stems = {"A1": "学校心理辅导的首要原则是（ＡＢＣ）", "A2": "学校心理辅导的首要原则是: abc"}
    assert twins(stems, stems) == [("A1", "A2")]


def test_twins_finds_stems_that_share_half_of_their_letter_pairs():
    stems = {
        "A1": "班主任发现学生独自流泪时首先应当怎样做",
        "A2": "班主任发现学生独自流泪时最先应该怎样做",
        "A3": "心理辅导室的面积不得少于多少平方米",
    }
    assert twins(stems, stems) == [("A1", "A2")]


def test_twins_leaves_out_pairs_that_nobody_asked_about():
    stems = {"A1": "同一道题目的题干", "A2": "同一道题目的题干", "A3": "另外一件事情"}
    assert twins(stems, ["A3"]) == []
    assert twins(stems, ["A2"]) == [("A1", "A2")]


def test_twins_finds_one_letter_stems_alike_only_when_they_are_the_same():
    assert twins({"A1": "甲", "A2": "乙", "A3": "甲。"}, ["A1", "A2", "A3"]) == [("A1", "A3")]


def test_beside_finds_for_one_stem_what_twins_finds_for_all():
    stems = {
        "a": "班主任怎样帮助考试焦虑的学生？",
        "b": "班主任怎样帮助考试焦虑的女生",
        "c": "保密例外有哪些情形？",
        "d": "！？",
        "e": "班主任，怎样帮助考试焦虑的学生",
    }
    for name in stems:
        rest = {other: stem for other, stem in stems.items() if other != name}
        pairs = likeness.twins(stems, [name])
        assert set(likeness.beside(stems[name], rest)) == {each for pair in pairs for each in pair} - {name}
    assert likeness.beside(stems["a"], {"b": stems["b"], "c": stems["c"], "e": stems["e"]}) == ["b", "e"]
