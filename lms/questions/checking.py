"""Whether a question can be asked and marked at all, and whether a response has the shape its question expects."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from lms.questions.folding import plain
from lms.questions.marking import ALL_OR_NOTHING, HALF, PAIRS, PER_OPTION, PLACES, WEIGHTS

BLANK = re.compile(r"_{3,}")
LONGEST = 20_000  # characters in one response
_FRACTION = re.compile(r"-?[0-9]{1,12}(/[1-9][0-9]{0,11})?")
# A database cannot keep NUL or half of a surrogate pair in JSON.
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Problem:
    """Why a question cannot be used: `about` names the part (stem, options, right, points, parts), `why` is a short
    code that the doorways turn into a sentence, `facts` fill it."""

    about: str
    why: str
    facts: dict[str, Any] = field(default_factory=dict)


def problems(kind: str, stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    """Everything that is wrong with a question, in the order of its parts; an empty list if it can be used."""
    found = []
    if not stem.strip():
        found.append(Problem("stem", "empty"))
    if points <= 0:
        found.append(Problem("points", "not_positive"))
    look = _LOOKS.get(kind)
    return found + (look(stem, body, key, points) if look else [Problem("kind", "unknown", {"kind": kind})])


def response_fits(kind: str, body: dict[str, Any], response: Any) -> bool:
    """Whether a response has the shape of its kind, names only options there are, and holds no more than `LONGEST`
    characters that a database can keep."""
    fits = _FITS.get(kind)
    return bool(fits and fits(body, response))


def _choice(body: dict[str, Any], key: dict[str, Any]) -> list[Problem]:
    options = body.get("options", [])
    letters = [each["id"] for each in options]
    found = []
    if len(options) < 2:
        found.append(Problem("options", "too_few"))
    if _same(options):
        found.append(Problem("options", "twice"))
    right = key.get("right", [])
    if not right:
        found.append(Problem("right", "none"))
    if strange := [each for each in right if each not in letters]:
        found.append(Problem("right", "no_such_option", {"letters": "".join(strange)}))
    return found


def _single(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    found = _choice(body, key)
    if "weights" in key:
        return found + _weighed(body, key, best=lambda weights: max(weights, default=Fraction(0)))
    return found + ([Problem("right", "more_than_one")] if len(key.get("right", [])) > 1 else [])


def _multiple(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    found = _choice(body, key)
    if len(key.get("right", [])) == 1 and key.get("policy") != WEIGHTS:
        found.append(Problem("right", "only_one"))
    if len(set(key.get("right", []))) < len(key.get("right", [])):
        found.append(Problem("right", "letter_twice"))
    if key.get("policy", HALF) not in (HALF, ALL_OR_NOTHING, PER_OPTION, WEIGHTS):
        found.append(Problem("right", "unknown_policy"))
    if key.get("policy") == WEIGHTS:
        found += _weighed(body, key, best=lambda weights: sum((each for each in weights if each > 0), Fraction(0)))
    return found


def _weighed(body: dict[str, Any], key: dict[str, Any], best: Callable[[list[Fraction]], Fraction]) -> list[Problem]:
    """What is wrong with the weights of options: the best answer earns everything, no less and no more."""
    weights = key.get("weights", {})
    if strange := set(weights) - _letters(body):
        return [Problem("right", "no_such_option", {"letters": "".join(sorted(strange))})]
    return [] if best(_fractions(weights.values())) == 1 else [Problem("right", "weights_total")]


def _fractions(texts: Iterable[Any]) -> list[Fraction]:
    return [fraction(each) for each in texts]


def fraction(text: Any) -> Fraction:
    """A fraction written as text, as keys hold shares; what is none counts as nothing."""
    written = isinstance(text, str) and _FRACTION.fullmatch(text)
    return Fraction(text) if written else Fraction(0)


def _true_false(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    return [] if isinstance(key.get("right"), bool) else [Problem("right", "none")]


def _fill_in(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    blanks, answers = len(BLANK.findall(stem)), key.get("blanks", [])
    found = []
    if not blanks:
        found.append(Problem("stem", "no_blank"))
    if not answers:
        found.append(Problem("right", "none"))
    elif not all(accepted and all(_can_be_written(word, key) for word in accepted) for accepted in answers):
        found.append(Problem("right", "empty_blank"))
    if blanks and answers and not blanks == len(answers) == body.get("blanks"):
        found.append(Problem("right", "blanks_differ", {"blanks": blanks, "answers": len(answers)}))
    if any(1 not in _worths(words, shares) for words, shares in zip(answers, key.get("shares", []), strict=False)):
        found.append(Problem("right", "weights_total"))
    return found


def _worths(words: list[str], shares: dict[str, str]) -> list[Fraction]:
    return _fractions(shares.get(each, "1") for each in words)


def _can_be_written(word: str, key: dict[str, Any]) -> bool:
    if key.get("numbers"):
        low, _dots, high = word.partition("..")
        return word == "*" or (_is_number(low) and _is_number(high or low) and Decimal(low) <= Decimal(high or low))
    return bool(plain(word)) or (bool(word.strip()) and bool(key.get("wildcards") or key.get("case")))


def _matching(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    left, right, pairs = body.get("left", []), body.get("right", []), key.get("pairs", {})
    if len(left) < 2 or len(right) < 2:
        return [Problem("options", "too_few_pairs")]
    found = []
    if any(_same(each) for each in (left, right)):
        found.append(Problem("options", "twice"))
    if set(pairs) != {each["id"] for each in left}:
        found.append(Problem("right", "pair_missing"))
    if strange := sorted(set(pairs.values()) - {each["id"] for each in right}):
        found.append(Problem("right", "no_such_option", {"letters": "".join(strange)}))
    if key.get("policy", PAIRS) not in (PAIRS, ALL_OR_NOTHING):
        found.append(Problem("right", "unknown_policy"))
    if "shares" in key and sum(_fractions(key["shares"].values())) != 1:
        found.append(Problem("right", "weights_total"))
    return found


def _ordering(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    options = body.get("options", [])
    if len(options) < 2:
        return [Problem("options", "too_few")]
    found = [Problem("options", "twice")] if _same(options) else []
    if sorted(key.get("order", [])) != sorted(each["id"] for each in options):
        found.append(Problem("right", "order_not_whole"))
    if key.get("policy", ALL_OR_NOTHING) not in (ALL_OR_NOTHING, PLACES):
        found.append(Problem("right", "unknown_policy"))
    return found


def _same(options: list[dict[str, str]]) -> bool:
    """Whether two options cannot be told apart."""
    return len({plain(each["text"]) or each["text"] for each in options}) < len(options)


def _short_answer(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    return [] if str(key.get("guide", "")).strip() else [Problem("right", "no_guide")]


def _case(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    parts, guides = body.get("parts", []), key.get("parts", [])
    if not parts:
        return [Problem("parts", "none")]
    found = []
    if not all(part["stem"].strip() for part in parts):
        found.append(Problem("parts", "part_empty"))
    if len(guides) != len(parts) or not all(str(each.get("guide", "")).strip() for each in guides):
        found.append(Problem("right", "no_guide"))
    worth = [_decimal(part["points"]) for part in parts]
    if any(each <= 0 for each in worth) or sum(worth) != points:
        found.append(Problem("points", "parts_differ", {"total": points, "parts": sum(worth)}))
    return found


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


_LOOKS: dict[str, Callable[[str, dict[str, Any], dict[str, Any], Decimal], list[Problem]]] = {
    "single": _single,
    "multiple": _multiple,
    "true_false": _true_false,
    "fill_in": _fill_in,
    "matching": _matching,
    "ordering": _ordering,
    "short_answer": _short_answer,
    "case": _case,
}


def _letters(body: dict[str, Any]) -> set[str]:
    return {each["id"] for each in body["options"]}


def _fits_single(body: dict[str, Any], response: Any) -> bool:
    return isinstance(response, str) and (response == "" or response in _letters(body))


def _fits_multiple(body: dict[str, Any], response: Any) -> bool:
    if not isinstance(response, list) or not all(isinstance(each, str) for each in response):
        return False
    return len(set(response)) == len(response) and set(response) <= _letters(body)


def _fits_true_false(body: dict[str, Any], response: Any) -> bool:
    return isinstance(response, bool) or response == ""


def _fits_fill_in(body: dict[str, Any], response: Any) -> bool:
    if not isinstance(response, list) or len(response) != body["blanks"]:
        return False
    return all(_fits_text(body, each) for each in response) and sum(map(len, response)) <= LONGEST


def _fits_matching(body: dict[str, Any], response: Any) -> bool:
    if not isinstance(response, dict):
        return False
    left, right = {each["id"] for each in body["left"]}, {each["id"] for each in body["right"]} | {""}
    return all(one in left and isinstance(other, str) and other in right for one, other in response.items())


def _fits_text(body: dict[str, Any], response: Any) -> bool:
    return isinstance(response, str) and len(response) <= LONGEST and not _NOT_TEXT.search(response)


_FITS: dict[str, Callable[[dict[str, Any], Any], bool]] = {
    "single": _fits_single,
    "multiple": _fits_multiple,
    "true_false": _fits_true_false,
    "fill_in": _fits_fill_in,
    "matching": _fits_matching,
    "ordering": _fits_multiple,
    "short_answer": _fits_text,
    "case": _fits_text,
}
