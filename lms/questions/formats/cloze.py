"""Blanks within a text as Moodle's embedded answers write them: {1:SHORTANSWER:=共情~=同理心}."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.questions.checking import BLANK
from lms.questions.formats import meta
from lms.questions.formats.gift_reading import fill_in_key
from lms.questions.formats.gift_writing import variant
from lms.questions.items import Item, NotWhole

_FIELD = re.compile(r"\{([0-9]*):([A-Z_]+):((?:\\.|[^\\}])*)\}", re.DOTALL)
_WORDS = {"SHORTANSWER": False, "SA": False, "MW": False, "SHORTANSWER_C": True, "SAC": True, "MWC": True}
_SIGNS = re.compile(r"[}#~/\"\\]")
_WEIGHT = re.compile(r"%(-?[0-9]+(?:\.[0-9]*)?)%")


def read(text: str) -> tuple[str, dict[str, Any], Decimal]:
    """Stem, key and points of a text with embedded answers. Raises NotWhole("cloze") for any that is not a word to
    write, or where the blanks are not worth the same."""
    fields = list(_FIELD.finditer(text))
    kinds = {each[2] for each in fields}
    if not fields or not kinds <= _WORDS.keys() or len({_WORDS[each] for each in kinds}) > 1:
        raise NotWhole("cloze")
    if len({each[1] or "1" for each in fields}) > 1 or BLANK.search(_FIELD.sub("", text)):
        raise NotWhole("cloze")
    keys = [_blank(each[3]) for each in fields]
    key: dict[str, Any] = {"blanks": [each["blanks"][0] for each in keys]}
    if any("shares" in each for each in keys):
        key["shares"] = [each.get("shares", [{}])[0] for each in keys]
    if any("wildcards" in each for each in keys):
        key["wildcards"] = True
    if _WORDS[fields[0][2]]:
        key["case"] = True
    told = {word: text for each in keys for word, text in each["feedback"].items() if text}
    points = Decimal(fields[0][1] or "1") * len(fields)
    return _FIELD.sub("____", text), {**key, "feedback": told}, points


def write(item: Item) -> str:
    """The stem of a fill-in with its answers embedded, each blank worth 1. Raises NotWhole("cloze") where the text
    itself looks like one."""
    told, _whole, _hints = meta.feedback_of(item)
    shares = item.key.get("shares", [{}] * len(item.key["blanks"]))
    kind = "SHORTANSWER_C" if item.key.get("case") else "SHORTANSWER"
    if item.key.get("numbers") or re.search(r"\{[0-9]*:[A-Z]", item.stem):
        raise NotWhole("cloze")
    fields = iter(
        f"{{1:{kind}:{'~'.join(_written(item, word, worth, told) for word in words)}}}"
        for words, worth in zip(item.key["blanks"], shares, strict=True)
    )
    return BLANK.sub(lambda _found: next(fields), item.stem)


def _blank(inside: str) -> dict[str, Any]:
    variants: list[tuple[str, Fraction | None, str]] = []
    for each in re.split(r"(?<!\\)~", inside):
        text, _mark, told = _split(each)
        share = Fraction(0)
        if text.startswith("="):
            share, text = Fraction(1), text[1:]
        elif weight := _WEIGHT.match(text):
            share, text = meta.grade(weight[1]), text[weight.end() :]
        variants.append((_meant(text), share, _meant(told)))
    return fill_in_key(variants)


def _split(answer: str) -> tuple[str, str, str]:
    found = re.search(r"(?<!\\)#", answer)
    return (answer[: found.start()], "#", answer[found.end() :]) if found else (answer, "", "")


def _written(item: Item, word: str, shares: dict[str, str], told: dict[str, str]) -> str:
    share = Fraction(shares.get(word, 1))
    sign = "=" if share == 1 else f"%{meta.per_cent(share)}%"
    feedback = f"#{_escaped(told[word])}" if told.get(word) else ""
    return f"{sign}{_escaped(variant(item, word))}{feedback}"


def _escaped(text: str) -> str:
    return _SIGNS.sub(lambda found: "\\" + found[0], text)


def _meant(text: str) -> str:
    return re.sub(r"\\([}#~/\"\\])", r"\1", text).strip()
