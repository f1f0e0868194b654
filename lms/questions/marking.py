"""What an answer earns by its key: exact, the same for everyone, nothing rounded before the end of one answer."""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from lms.questions.folding import folded, plain

THOUSANDTH = Decimal("0.001")
HALF = "half"
ALL_OR_NOTHING = "all_or_nothing"
PER_OPTION = "per_option"
WEIGHTS = "weights"
PLACES = "places"
PAIRS = "pairs"

__all__ = ["ALL_OR_NOTHING", "HALF", "PAIRS", "PER_OPTION", "PLACES", "WEIGHTS", "fits_variant", "mark", "plain"]


def mark(kind: str, key: dict[str, Any], points: Decimal, response: Any) -> Decimal | None:
    """The points that a response earns out of `points`, to a thousandth; None where a person must mark it.

    Single choice, true or false: the key or nothing; a single choice whose key has `weights`, the share of the option.
    Multiple choice by the key's `policy`: all right letters and no other, full points; "half" (or none named): some of
    them and no wrong one, half; "per_option": right ones chosen less wrong ones chosen, over all right ones; "weights":
    the sum of what each chosen option weighs. Fill-in: the points divided equally over the blanks, each compared by the
    key's rule with its variants, the first that fits counts. Matching: the points divided equally over the pairs, or by
    `shares`, less what a `wrong` pair costs; "all_or_nothing" as its name says. Ordering: all in their order, or
    ("places") the points divided over those that stand in their place. Never below 0 or above `points`. A response of
    another shape, or none, earns 0.
    """
    share_of = _SHARES.get(kind)
    if share_of is None:
        return None
    earned = Fraction(points) * min(Fraction(1), max(Fraction(0), share_of(key, response)))
    exact = Decimal(earned.numerator) / Decimal(earned.denominator)
    return exact.quantize(THOUSANDTH, ROUND_HALF_UP)


def fits_variant(key: dict[str, Any], variant: str, word: str) -> bool:
    """Whether a word is an accepted variant: by `plain`; with `numbers` in the key the variant is a number or a range
    "low..high", with `wildcards` its * stands for anything, with `case` capitals matter."""
    if key.get("numbers"):
        return _in_range(variant, word)
    case = not key.get("case", False)
    if key.get("wildcards"):
        return _holds(folded(word, case=case), _pieces(variant, case))
    if not case:
        return bool(word.strip()) and folded(variant, case=False) == folded(word, case=False)
    written = plain(word)
    return bool(written) and written == plain(variant)


def _single(key: dict[str, Any], response: Any) -> Fraction:
    if not isinstance(response, str):
        return Fraction(0)
    if "weights" in key:
        return Fraction(key["weights"].get(response, 0))
    return Fraction([response] == key["right"])


def _multiple(key: dict[str, Any], response: Any) -> Fraction:
    if not isinstance(response, list) or not all(isinstance(each, str) for each in response):
        return Fraction(0)
    chosen, right, policy = set(response), set(key["right"]), key.get("policy", HALF)
    if policy == WEIGHTS:
        return sum((Fraction(key["weights"].get(each, 0)) for each in chosen), Fraction(0))
    if policy == PER_OPTION:
        return Fraction(len(chosen & right) - len(chosen - right), len(right))
    if chosen == right:
        return Fraction(1)
    return Fraction(1, 2) if chosen and chosen < right and policy == HALF else Fraction(0)


def _true_false(key: dict[str, Any], response: Any) -> Fraction:
    return Fraction(isinstance(response, bool) and response == key["right"])


def _fill_in(key: dict[str, Any], response: Any) -> Fraction:
    blanks = key["blanks"]
    if not isinstance(response, list) or len(response) != len(blanks):
        return Fraction(0)
    shares = key.get("shares", [{}] * len(blanks))
    earned = (_of_blank(key, *each) for each in zip(blanks, shares, response, strict=True))
    return sum(earned, Fraction(0)) / len(blanks)


def _of_blank(key: dict[str, Any], variants: list[str], shares: dict[str, str], word: Any) -> Fraction:
    if isinstance(word, str):
        for variant in variants:
            if fits_variant(key, variant, word):
                return Fraction(shares.get(variant, 1))
    return Fraction(0)


def _pieces(variant: str, case: bool) -> list[str]:
    """What must stand between the * of a variant, in order; \\* is a * itself."""
    return [folded(each.replace("\\*", "*"), case=case) for each in re.split(r"(?<!\\)\*+", variant)]


def _holds(written: str, pieces: list[str]) -> bool:
    """Whether a word is these pieces with anything between them; found from left to right, in one pass."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return bool(written) and written == first
    if not written or not written.startswith(first) or len(written) < len(first) + len(last):
        return False
    at, end = len(first), len(written) - len(last)
    for piece in pieces[1:-1]:
        found = written.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return written.endswith(last)


def _in_range(variant: str, word: str) -> bool:
    if variant == "*":
        return bool(word.strip())
    low, _dots, high = variant.partition("..")
    try:
        number = Decimal(folded(word).replace("−", "-"))
        return number.is_finite() and Decimal(low) <= number <= Decimal(high or low)
    except InvalidOperation:
        return False


def _matching(key: dict[str, Any], response: Any) -> Fraction:
    pairs = key["pairs"]
    if not isinstance(response, dict):
        return Fraction(0)
    answered = {left: right for left, right in response.items() if left in pairs and right}
    hits = [left for left, right in answered.items() if pairs[left] == right]
    if key.get("policy") == ALL_OR_NOTHING:
        return Fraction(len(hits) == len(pairs))
    shares = key.get("shares", {})
    earned = sum((Fraction(shares.get(left, Fraction(1, len(pairs)))) for left in hits), Fraction(0))
    return earned + Fraction(key.get("wrong", 0)) * (len(answered) - len(hits))


def _ordering(key: dict[str, Any], response: Any) -> Fraction:
    order = key["order"]
    if not isinstance(response, list) or len(response) != len(order):
        return Fraction(0)
    hits = sum(given == right for given, right in zip(response, order, strict=True))
    return Fraction(hits, len(order)) if key.get("policy") == PLACES else Fraction(hits == len(order))


_SHARES: dict[str, Callable[[dict[str, Any], Any], Fraction]] = {
    "single": _single,
    "multiple": _multiple,
    "true_false": _true_false,
    "fill_in": _fill_in,
    "matching": _matching,
    "ordering": _ordering,
}
