"""The number on a certificate: how it is composed, read and checked. Pure; it knows no database.

`990608-MB-2024-000217-K`: six characters of the authority's code, the scheme's mark with the level's code, the year, a
serial of six digits, and one check character. Nothing of the holder is in it.

The check character finds every single wrong character, every swap of two neighbours or of two characters around a
third, and every doubled pair misheard (44 for 33). ISO 7064 has no system of one character that does so over digits
and letters without a 37th sign, so the sum is taken in a ring of 36 elements: GF(4) × GF(9), each place weighted by
the next power of one element a. Those errors are all found because a, a−1, a+1 and a²−1 can all be divided by.
"""

import re
from dataclasses import dataclass

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LAST_SERIAL = 999_999
_SHAPE = re.compile(r"([0-9A-Z]{6})-([0-9A-Z]{2,8})-([0-9]{4})-([0-9]{6})-([0-9A-Z])")
# Full-width forms and dashes of every kind, as phones and office programs type them.
_AS_TYPED = {0xFF10 + n: ord("0") + n for n in range(10)} | {
    start + n: ord("A") + n for start in (0xFF21, 0xFF41) for n in range(26)
}
_BRACKETS = str.maketrans("（）〔〕[]【】［］", "()()()()()")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－﹣ー", "-"))


class NotANumberError(ValueError):
    """A text that is no certificate number, or whose check character does not fit."""


@dataclass(frozen=True)
class Number:
    """The parts of a number."""

    authority: str
    mark: str
    year: int
    serial: int

    def __str__(self) -> str:
        body = f"{self.authority}-{self.mark}-{self.year:04d}-{self.serial:06d}"
        return f"{body}-{check_character(body)}"


def compose(*, authority: str, mark: str, year: int, serial: int) -> str:
    """The number made of these parts, check character included. Refuses (NotANumberError) parts that do not fit: six
    characters of authority, two to eight of mark, the year in four digits, a serial from 1 to 999,999."""
    number = str(Number(authority, mark, year, serial))
    if not _SHAPE.fullmatch(number) or not 1 <= serial <= LAST_SERIAL:
        raise NotANumberError(number)
    return number


def parse(text: str) -> Number:
    """The parts of a number as somebody typed it: capitals or not, full-width or not, blanks anywhere. Refuses
    (NotANumberError) another shape or a check character that does not fit."""
    text = normal(text)
    shape = _SHAPE.fullmatch(text)
    if not shape or check_character(text[:-2]) != text[-1]:
        raise NotANumberError(text)
    authority, mark, year, serial, _check = shape.groups()
    return Number(authority, mark, int(year), int(serial))


def normal(text: str) -> str:
    """What was typed in the form in which numbers are kept; still perhaps no number."""
    return "".join(text.split()).translate(_AS_TYPED).translate(_DASHES).upper()


def check(number: str) -> bool:
    """Whether this is a number whose check character fits."""
    try:
        parse(number)
    except NotANumberError:
        return False
    return True


def is_shaped(text: str) -> bool:
    """Whether this has the shape of such a number, right or wrong."""
    return _SHAPE.fullmatch(normal(text)) is not None


def looks_ours(text: str) -> bool:
    """Whether what was typed is meant as such a number, whatever is missing or mistyped in it: four dashes, or one
    more or less, between digits and letters."""
    text = normal(text)
    return 3 <= text.count("-") <= 5 and all(each in CHARACTERS or each in "-·" for each in text)


def spellings(text: str) -> list[str]:
    """The ways to write what was typed that differ by the kind of brackets alone: the numbers of old papers have them
    in every kind, 〔2009〕, (2009), （2009）."""
    text = normal(text)
    bare = text.translate(_BRACKETS)
    kinds = [
        bare.replace("(", first).replace(")", last) for first, last in ("()", "（）", "〔〕", "[]", "【】", "［］")
    ]
    return list(dict.fromkeys([text, *kinds]))


def serial_of(number: str) -> int:
    """The serial in a number; raises NotANumberError."""
    return parse(number).serial


def area(code: str) -> str:
    """The six characters by which an authority's code enters its numbers; raises NotANumberError for a shorter code."""
    characters = "".join(each for each in code.upper() if each in CHARACTERS)
    if len(characters) < 6:
        raise NotANumberError(code)
    return characters[:6]


def check_character(body: str) -> str:
    """The check character of a text; what is neither digit nor capital letter, such as the dashes, does not count."""
    total = 0
    for each in body:
        if each in CHARACTERS:
            total = _sum(_TIMES[total], CHARACTERS.index(each))
    return CHARACTERS[_negative(_TIMES[total])]


# An element is a number 0–35: 9 × (an element of GF(4), as two bits) + 3 × i-part + real part (of GF(9) = GF(3)[i]).


def _sum(one: int, other: int) -> int:
    two_bits = one // 9 ^ other // 9
    return 9 * two_bits + 3 * ((one // 3 + other // 3) % 3) + (one + other) % 3


def _negative(element: int) -> int:
    return 9 * (element // 9) + 3 * (-(element // 3) % 3) + -element % 3


def _times(element: int) -> int:
    """The element times a = (ω, 1 + i)."""
    two_bits, imaginary, real = element // 9, element // 3 % 3, element % 3
    return 9 * (0, 2, 3, 1)[two_bits] + 3 * ((real + imaginary) % 3) + (real - imaginary) % 3


_TIMES = tuple(_times(element) for element in range(36))
