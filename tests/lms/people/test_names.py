"""Names: one way to write them, and how they sound."""

import pytest

from lms.people import names


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("王 芳", "王芳"),
        ("王\u3000芳\n", "王芳"),
        ("\u202e王\u200d芳\x00", "王芳"),
        ("王芳\U000e0101", "王芳"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽・ 买买提", "阿依古丽·买买提"),
        ("  John   A. Smith ", "John A. Smith"),
        ("䶮㛃𬭎", "䶮㛃𬭎"),
        ("\U00031350三", "\U00031350三"),
        ("e\u0301", "é"),
        ('#read("x")<b>', '#read("x")<b>'),
        ("王" * 60, "王" * 60),
    ],
)
def test_normalise_gives_one_form_and_never_exchanges_a_character(typed, kept):
    assert names.normalise(typed) == kept
    assert names.normalise(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("", names.NameMissing),
        (" \u3000\u200b", names.NameMissing),
        ("王" * 61, names.NameTooLong),
        ("王\ue000", names.NameUnreadable),
    ],
)
def test_normalise_refuses_with_its_kind(typed, kind):
    with pytest.raises(kind):
        names.normalise(typed)


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("单雪梅", "shan xue mei", "sxm"),
        ("仇英", "qiu ying", "qy"),
        ("万俟卨", "mo qi xie", "mqx"),
        ("尉迟恭", "yu chi gong", "ycg"),
        ("曾静", "zeng jing", "zj"),
        ("解晓东", "xie xiao dong", "xxd"),
        ("查文", "zha wen", "zw"),
        ("区楚良", "ou chu liang", "ocl"),
        ("任静", "ren jing", "rj"),
        ("盖叫天", "ge jiao tian", "gjt"),
        ("吕布", "lv bu", "lb"),
        ("王单", "wang dan", "wd"),  # only a surname is read as one
        ("欧阳静修", "ou yang jing xiu", "oyjx"),
        ("䶮㛃𬭎", "yan jie hong", "yjh"),
        ("阿依古丽·买买提", "a yi gu li mai mai ti", "ayglmmt"),
        ("John Smith", "john smith", "js"),
    ],
)
def test_pinyin_reads_surnames_as_surnames(name, pinyin, initials):
    assert names.pinyin(name) == pinyin
    assert names.initials(name) == initials


def test_pinyin_leaves_out_what_has_no_reading():
    assert names.pinyin("□①") == ""
    assert names.initials("□①") == ""
