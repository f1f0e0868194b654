"""People's names: one way to write them, and how they sound."""

import re
import unicodedata
from functools import lru_cache

from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

from lms.lib.refusals import Refusal

LONGEST = 60
DOT = "·"
_DOTS = re.compile("[•‧・･⋅∙●∘]")
_DOT_BETWEEN = re.compile(r"(?<=[^\x00-\u2e7f])[.．](?=[^\x00-\u2e7f])")
_CHINESE = re.compile("[\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_USUAL = re.compile("[\u4e00-\u9fff]{1,60}")  # nothing to normalise: nearly every name
_INVISIBLE = {"Cc", "Cf", "Cs"}

# Surnames that sound otherwise than the same characters elsewhere; the longer ones are looked for first.
_SURNAMES = {
    "万俟": "mo qi",
    "尉迟": "yu chi",
    "长孙": "zhang sun",
    "单于": "chan yu",
    "澹台": "tan tai",
    "宰父": "zai fu",
    "亓官": "qi guan",
    "单": "shan",
    "仇": "qiu",
    "曾": "zeng",
    "解": "xie",
    "查": "zha",
    "区": "ou",
    "任": "ren",
    "盖": "ge",
    "朴": "piao",
    "折": "she",
    "种": "chong",
    "乐": "yue",
    "翟": "zhai",
    "冼": "xian",
    "缪": "miao",
    "员": "yun",
    "召": "shao",
    "秘": "bi",
    "繁": "po",
    "覃": "qin",
    "晟": "cheng",
    "郇": "xun",
    "洗": "xian",
    "纪": "ji",
    "佴": "nai",
    "那": "na",
    "么": "yao",
    "应": "ying",
    "宿": "su",
    "祭": "zhai",
    "句": "gou",
    "隗": "wei",
    "燕": "yan",
    "宁": "ning",
    "哈": "ha",
    "华": "hua",
    "黑": "he",
    "重": "chong",
    "逄": "pang",
    "牟": "mu",
    "车": "che",
    "钭": "tou",
    "令": "ling",
    "褚": "chu",
    "谌": "chen",
    "尹": "yin",
    "贠": "yun",
    "撒": "sa",
    "藏": "zang",
    "臧": "zang",
    "相": "xiang",
    "曲": "qu",
    "葛": "ge",
    "过": "guo",
    "卜": "bu",
    "訾": "zi",
    "眭": "sui",
    "娄": "lou",
    "厍": "she",
    "炅": "gui",
}


class BadName(Refusal):
    """A name that cannot be kept."""

    field = "full_name"


class NameMissing(BadName):
    sentence = _("The name is empty. Write it as on the identity card.")


class NameTooLong(BadName):
    sentence = _("A name has at most {longest} characters; this one has {length}.")


class NameUnreadable(BadName):
    sentence = _("The name has a character that only one computer knows. Type it anew with an input method.")


def normalise(name: str) -> str:
    """A full name as it is kept: composed characters, nothing invisible, no space in a Chinese name and one space
    between the words of any other, every middle dot as “·”. The characters themselves are never exchanged.

    Refuses (BadName): NameMissing, NameTooLong (above 60 characters), NameUnreadable (private-use characters).
    """
    if _USUAL.fullmatch(name):
        return name
    text = unicodedata.normalize("NFC", name)
    text = "".join(" " if each.isspace() else each for each in text if each.isspace() or _is_visible(each))
    text = _DOT_BETWEEN.sub(DOT, _DOTS.sub(DOT, text))
    text = text.replace(" ", "") if _CHINESE.search(text) else " ".join(text.split())
    if not text:
        raise NameMissing()
    if len(text) > LONGEST:
        raise NameTooLong(longest=LONGEST, length=len(text))
    if any(unicodedata.category(each) == "Co" for each in text):
        raise NameUnreadable()
    return text


def pinyin(name: str) -> str:
    """How a normal name sounds, in syllables without tones: "shan xue mei". Surnames are read as surnames; the ü of
    lü is v, as people type it; what has no reading is left out."""
    for surname in (name[:2], name[:1]):
        if surname in _SURNAMES:
            return " ".join([_SURNAMES[surname], *_syllables(name[len(surname) :])])
    return " ".join(_syllables(name))


def initials(name: str) -> str:
    """The first letters of the syllables of `pinyin`: "sxm"."""
    return "".join(syllable[0] for syllable in pinyin(name).split())


def unit_initials(name: str) -> str:
    """The first letters of a unit's name, which begins with no surname: "lxxsyxx"."""
    return "".join(syllable[0] for syllable in _syllables(name))


def unit_sounds(name: str, letters: str) -> bool:
    """Whether small letters are how a part of a unit's name sounds, from one of its syllables on (shiyan), or two or
    more of its first letters in a row (syxx)."""
    read = _syllables(name)
    if len(letters) > 1 and letters in "".join(syllable[0] for syllable in read):
        return True
    return any("".join(read[place:]).startswith(letters) for place in range(len(read)))


@lru_cache(maxsize=2**15)
def _syllables(text: str) -> tuple[str, ...]:
    """The same given names come again and again, and reading one takes its time."""
    read = lazy_pinyin(text, style=Style.NORMAL, errors=lambda rest: re.findall(r"[A-Za-z0-9]+", rest) or None)
    return tuple(syllable.lower() for syllable in read if syllable)


def _is_visible(character: str) -> bool:
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return not selector and unicodedata.category(character) not in _INVISIBLE
