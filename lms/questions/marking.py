"""What an answer earns by its key: exact, the same for everyone, nothing rounded before the end of one answer."""

import unicodedata
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

THOUSANDTH = Decimal("0.001")
HALF = "half"
ALL_OR_NOTHING = "all_or_nothing"


def mark(kind: str, key: dict[str, Any], points: Decimal, response: Any) -> Decimal | None:
    """The points that a response earns out of `points`, to a thousandth; None where a person must mark it.

    Single choice, true or false: the key or nothing. Multiple choice: all right letters and no other, full points;
    some of them and no wrong one, half, unless the key's `policy` is "all_or_nothing". Fill-in: the points divided
    equally over the blanks, each compared by `plain`. A response of another shape, or none, earns 0.
    """
    share_of = _SHARES.get(kind)
    if share_of is None:
        return None
    earned = Fraction(points) * share_of(key, response)
    exact = Decimal(earned.numerator) / Decimal(earned.denominator)
    return exact.quantize(THOUSANDTH, ROUND_HALF_UP)


def plain(text: str) -> str:
    """A filled-in word as it is compared: NFKC, case folded, no white space, no punctuation around it."""
    text = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    inside = [place for place, letter in enumerate(text) if not unicodedata.category(letter).startswith("P")]
    return text[inside[0] : inside[-1] + 1] if inside else ""


def _single(key: dict[str, Any], response: Any) -> Fraction:
    return Fraction(isinstance(response, str) and [response] == key["right"])


def _multiple(key: dict[str, Any], response: Any) -> Fraction:
    if not isinstance(response, list) or not all(isinstance(each, str) for each in response):
        return Fraction(0)
    chosen, right = set(response), set(key["right"])
    if chosen == right:
        return Fraction(1)
    return Fraction(1, 2) if chosen and chosen < right and key.get("policy", HALF) == HALF else Fraction(0)


def _true_false(key: dict[str, Any], response: Any) -> Fraction:
    return Fraction(isinstance(response, bool) and response == key["right"])


def _fill_in(key: dict[str, Any], response: Any) -> Fraction:
    blanks = key["blanks"]
    if not isinstance(response, list) or len(response) != len(blanks):
        return Fraction(0)
    hits = sum(_matches(accepted, word) for accepted, word in zip(blanks, response, strict=True))
    return Fraction(hits, len(blanks))


def _matches(accepted: list[str], word: Any) -> bool:
    written = plain(word) if isinstance(word, str) else ""
    return bool(written) and written in {plain(each) for each in accepted}


_SHARES: dict[str, Callable[[dict[str, Any], Any], Fraction]] = {
    "single": _single,
    "multiple": _multiple,
    "true_false": _true_false,
    "fill_in": _fill_in,
}
