"""A written word as it is compared: what people type differently and mean alike is folded together."""

import functools
import re
import unicodedata

import opencc

_MINUS = re.compile(r"-[0-9]")


def plain(text: str) -> str:
    """A filled-in word as it is compared: `folded`, and no punctuation around it but the minus of a number."""
    text = folded(text)
    inside = [place for place, letter in enumerate(text) if not unicodedata.category(letter).startswith("P")]
    if not inside:
        return ""
    first = inside[0]
    if first and _MINUS.match(text, first - 1):
        first -= 1
    return text[first : inside[-1] + 1]


def folded(text: str, *, case: bool = True) -> str:
    """NFKC, so that full width and half width are one, traditional characters as simplified ones, no white space; case
    folded unless `case` is False."""
    text = "".join(unicodedata.normalize("NFKC", text).split())
    text = text.casefold() if case else text
    return text if text.isascii() else _to_simplified().convert(text)


@functools.cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
