"""The rarer parts of a key as one line of JSON: feedback, shares, rules of comparing. Read back only where every part
has its shape."""

import json
import re
from collections.abc import Callable
from typing import Any

LONGEST = 20_000
_FRACTION = re.compile(r"-?[0-9]{1,9}(/[1-9][0-9]{0,8})?")
# What a database cannot keep: NUL, and half of a surrogate pair.
_NOT_KEPT = re.compile(r"\\u(0000|[dD][89a-fA-F])")
_WHOLE = {"right", "partly", "wrong"}


def write(kind: str, key: dict[str, Any], blanks_too: bool = False) -> str:
    """The rarer parts of a key, "" where there are none; with `blanks_too` the accepted words as well."""
    names = [*_ALLOWED.get(kind, {}), "feedback", "about"]
    found = {name: key[name] for name in names if name in key and (name != "blanks" or blanks_too)}
    return json.dumps(found, ensure_ascii=False, sort_keys=True) if found else ""


def read(kind: str, text: str) -> dict[str, Any] | None:
    """The parts of a key that a line of JSON holds; None where it is none, or a part is unknown or has another
    shape."""
    if len(text) > LONGEST or _NOT_KEPT.search(text):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    looks = {**_ALLOWED.get(kind, {}), "feedback": _feedback, "about": _about}
    if not isinstance(found, dict) or not all(name in looks and looks[name](value) for name, value in found.items()):
        return None
    return found


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _share(value: Any) -> bool:
    return isinstance(value, str) and _FRACTION.fullmatch(value) is not None


def _shares(value: Any) -> bool:
    return isinstance(value, dict) and all(_share(each) for each in value.values())


def _yes(value: Any) -> bool:
    return value is True


def _feedback(value: Any) -> bool:
    if not isinstance(value, dict) or not set(value) <= {"answers", "whole", "hints"}:
        return False
    answers, whole = value.get("answers", {}), value.get("whole", {})
    told = [*answers.values(), *whole.values()] if isinstance(answers, dict) and isinstance(whole, dict) else [None]
    return all(map(_text, told)) and set(whole) <= _WHOLE and _texts(value.get("hints", []))


def _about(value: Any) -> bool:
    if not isinstance(value, dict) or not set(value) <= {"title", "tags"}:
        return False
    return _text(value.get("title", "")) and _texts(value.get("tags", []))


_ALLOWED: dict[str, dict[str, Callable[[Any], bool]]] = {
    "fill_in": {
        "blanks": lambda value: isinstance(value, list) and all(map(_texts, value)),
        "shares": lambda value: isinstance(value, list) and all(map(_shares, value)),
        "case": _yes,
        "wildcards": _yes,
        "numbers": _yes,
    },
    "matching": {"shares": _shares, "wrong": _share},
}
