"""Whether a question can be asked and marked at all, and whether a response has the shape its question expects."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from lms.questions.marking import ALL_OR_NOTHING, HALF, plain

BLANK = re.compile(r"_{3,}")
LONGEST = 20_000  # characters in one response
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
    if len({plain(each["text"]) or each["text"] for each in options}) < len(options):
        found.append(Problem("options", "twice"))
    right = key.get("right", [])
    if not right:
        found.append(Problem("right", "none"))
    if strange := [each for each in right if each not in letters]:
        found.append(Problem("right", "no_such_option", {"letters": "".join(strange)}))
    return found


def _single(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    many = [Problem("right", "more_than_one")] if len(key.get("right", [])) > 1 else []
    return _choice(body, key) + many


def _multiple(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    found = _choice(body, key)
    if len(key.get("right", [])) == 1:
        found.append(Problem("right", "only_one"))
    if len(set(key.get("right", []))) < len(key.get("right", [])):
        found.append(Problem("right", "letter_twice"))
    if key.get("policy", HALF) not in (HALF, ALL_OR_NOTHING):
        found.append(Problem("right", "unknown_policy"))
    return found


def _true_false(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    return [] if isinstance(key.get("right"), bool) else [Problem("right", "none")]


def _fill_in(stem: str, body: dict[str, Any], key: dict[str, Any], points: Decimal) -> list[Problem]:
    blanks, answers = len(BLANK.findall(stem)), key.get("blanks", [])
    found = []
    if not blanks:
        found.append(Problem("stem", "no_blank"))
    if not answers:
        found.append(Problem("right", "none"))
    elif not all(accepted and all(plain(word) for word in accepted) for accepted in answers):
        found.append(Problem("right", "empty_blank"))
    if blanks and answers and not blanks == len(answers) == body.get("blanks"):
        found.append(Problem("right", "blanks_differ", {"blanks": blanks, "answers": len(answers)}))
    return found


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


def _fits_text(body: dict[str, Any], response: Any) -> bool:
    return isinstance(response, str) and len(response) <= LONGEST and not _NOT_TEXT.search(response)


_FITS: dict[str, Callable[[dict[str, Any], Any], bool]] = {
    "single": _fits_single,
    "multiple": _fits_multiple,
    "true_false": _fits_true_false,
    "fill_in": _fits_fill_in,
    "short_answer": _fits_text,
    "case": _fits_text,
}
