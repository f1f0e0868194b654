"""How text is cut for the search, and where words stand in it."""

import pytest

from cms import words


def text_of(parts):
    return "".join(f"[{part.text}]" if part.is_hit else part.text for part in parts)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("Ｃ证，Ｂ证", "c证,b证"),
        ("心理健康教育課程", "心理健康教育课程"),
        ("教基一〔2012〕15号", "教基一(2012)15号"),
        ("教基一［2012］15号", "教基一(2012)15号"),
        ("上\u3000下", "上 下"),
    ],
)
def test_fold_writes_one_way_what_is_written_in_several(written, folded):
    assert words.fold(written) == folded


@pytest.mark.parametrize("written", ["ﬃ㎡…ßİ", "㊣①Ⅷ", "\U00020000𠮷", "e\u0301"])
def test_fold_keeps_every_character_in_its_place(written):
    assert len(words.fold(written)) == len(written)


def test_grams_has_each_pair_once_and_the_last_character_alone():
    assert words.grams("心理，心理健康abc 12") == " 心理 理 理健 健康 康 abc 12 "
    assert words.grams("。…") == ""


def test_asked_parts_words_at_spaces_and_punctuation_and_drops_brackets_around():
    found = [word.text for word in words.asked("《班主任》、 Growth-mindset，班主任　ｂ证")]
    assert found == ["班主任", "growth", "mindset", "b证"]


def test_asked_takes_five_words_at_most_and_nothing_from_signs():
    assert len(words.asked("一 二 三 四 五 六 七")) == words.MOST_WORDS
    assert words.asked(" …《》 \x00 ") == []


@pytest.mark.parametrize(
    ("question", "text", "is_found"),
    [
        ("心理", "谈心理解", True),  # without a dictionary a pair is a word
        ("psych", "Neuro Psychology", True),
        ("psych", "neuropsychology", False),
        ("abc", "用ABC表", True),
        ("c证", "C证培训", True),
        ("证", "合格证", True),
        ("2012", "〔2012〕15号", True),
        ("(2012)15号", "教基一〔2012〕15号", True),
    ],
)
def test_a_word_is_found_inside_chinese_and_at_the_beginning_of_other_words(question, text, is_found):
    (word,) = words.asked(question)
    folded = words.fold(text)
    assert bool(word.places(folded)) == is_found


@pytest.mark.parametrize("question", ["心理健康", "证", "c证", "证c", "a证b", "教基一〔2012〕15号", "psych", "用abc表"])
@pytest.mark.parametrize("text", ["前{}后", "{}", "x{}y", "心{}心", " {} ", "abc{}abc"])
def test_what_holds_a_word_has_all_its_tokens(question, text):
    """The index narrows by tokens: it must never lose a text in which the word stands."""
    (word,) = words.asked(question)
    folded = words.fold(text.format(question))
    if word.places(folded):
        grams = words.grams(folded)
        for token, is_beginning in word.tokens():
            assert f" {token}" in grams if is_beginning else f" {token} " in grams


@pytest.mark.parametrize(
    ("question", "is_token"),
    [("心理", True), ("证", True), ("psych", True), ("心理学", False), ("c证", False), ("证c", False)],
)
def test_a_word_is_sure_by_its_token_alone_when_it_is_one(question, is_token):
    assert words.asked(question)[0].is_token == is_token


def test_parts_marks_every_place_and_joins_those_that_overlap():
    assert text_of(words.parts("班主任班主任工作", words.asked("班主任 主任班"))) == "[班主任班主任]工作"
    assert text_of(words.parts("《ABC》与Abc", words.asked("abc"))) == "《[ABC]》与[Abc]"


def test_snippet_shows_the_place_where_most_words_stand_together():
    text = "情绪" + "甲" * 300 + "学生的情绪起伏" + "乙" * 300
    shown = text_of(words.snippet(text, words.asked("情绪 起伏")))
    assert "学生的[情绪][起伏]" in shown
    assert shown.startswith("…甲") and shown.endswith("乙…")
    assert len(shown) < 130


def test_snippet_shows_the_beginning_when_no_word_stands_there():
    assert text_of(words.snippet("甲" * 300, words.asked("情绪"))) == "甲" * 110 + "…"
    assert text_of(words.snippet("短", words.asked("情绪"))) == "短"


def test_snippet_does_not_begin_inside_a_latin_word():
    shown = text_of(words.snippet("extraordinary " * 9 + "情绪", words.asked("情绪")))
    assert shown.startswith(("… ", "…extraordinary"))
