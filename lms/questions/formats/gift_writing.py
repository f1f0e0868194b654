"""GIFT out: the text format of Moodle for questions; what it has no place for goes into comments that come back."""

import re
from collections.abc import Iterable
from fractions import Fraction

from lms.questions.formats import meta
from lms.questions.items import MEDIA_MARK, Item, LeftOut, NotWhole
from lms.questions.marking import PLACES

_CONTROL = re.compile(r"[\\:#={}~]")
_SHIELDED = re.compile(r"[%\[]")


def write(every: Iterable[Item]) -> tuple[bytes, list[LeftOut]]:
    """The items as a GIFT file in UTF-8, and those it has no place for: cases, several blanks, pictures and sounds,
    shares that Moodle has no grade for, words with an arrow."""
    lines: list[str] = []
    left_out: list[LeftOut] = []
    topic: tuple[str, ...] = ()
    for item in every:
        try:
            block = _block(item)
        except NotWhole as why:
            left_out.append(LeftOut(item, why.reason, why.facts))
            continue
        if item.topic != topic:
            topic = item.topic
            lines += [f"$CATEGORY: {category(topic)}", ""]
        lines += [*block, ""]
    return "\n".join(lines).encode(), left_out


def category(topic: Iterable[str]) -> str:
    """A topic as a category of Moodle."""
    return "/".join(["$course$", *(" ".join(each.split()).replace("/", "//") for each in topic)])


def _block(item: Item) -> list[str]:
    if item.media or any(MEDIA_MARK.search(each) for each in (item.stem, item.explanation)):
        raise NotWhole("gift_media")
    inside = _WAYS.get(item.kind, _nowhere)(item)
    general = f"####{_text(item.explanation)}" if item.explanation else ""
    name = f"::{_escaped(item.title)}::" if item.title else ""
    between = "\n" if item.kind == "ordering" else ""
    return [*_comments(item), f"{name}[plain]{_escaped(item.stem)} {{{inside}{general}{between}}}"]


def _comments(item: Item) -> list[str]:
    _answers, whole, hints = meta.feedback_of(item)
    words = [("id", item.code)] if item.code else []
    words += meta.beside(item, points=True)
    if item.kind == "short_answer":
        words.append(("guide", item.key.get("guide", "")))
    if item.key.get("case"):
        words.append(("case", "1"))
    words += [*whole.items(), *(("hint", each) for each in hints), *(("tag", each) for each in item.tags)]
    return [f"// [{name}:{_in_comment(text)}]" for name, text in words]


def _in_comment(text: str) -> str:
    return text.replace("\\", "\\\\").replace("]", "\\]").replace("\n", "\\n")


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: "\\" + found[0], text).replace("\n", "\\n")


def _text(text: str) -> str:
    """A text within an answer, kept from being read as a weight or as the name of a format."""
    return ("[plain]" if _SHIELDED.match(text) else "") + _escaped(text)


def _feedback(text: str) -> str:
    return f"#{_text(text)}" if text else ""


def _choice(item: Item) -> str:
    told, _whole, _hints = meta.feedback_of(item)
    weights = meta.choice_weights(item)
    lines = []
    for each in item.body["options"]:
        share = weights[each["id"]]
        sign = "=" if item.kind == "single" and share == 1 else "~"
        weight = "" if sign == "=" or share == 0 else f"%{meta.per_cent(share)}%"
        lines.append(f"\t{sign}{weight}{_text(each['text'])}{_feedback(told.get(each['id'], ''))}")
    return "\n".join(["", *lines, ""])


def _true_false(item: Item) -> str:
    told, _whole, _hints = meta.feedback_of(item)
    right = item.key["right"]
    right_text, wrong_text = (told.get(str(each).lower(), "") for each in (right, not right))
    feedback = f"#{_text(wrong_text)}" if wrong_text or right_text else ""
    return f"{'TRUE' if right else 'FALSE'}{feedback}{_feedback(right_text)}"


def _fill_in(item: Item) -> str:
    if len(item.key["blanks"]) != 1:
        raise NotWhole("gift_blanks")
    told, _whole, _hints = meta.feedback_of(item)
    shares = item.key.get("shares", [{}])[0]
    numbers = item.key.get("numbers", False)
    lines = []
    for word in item.key["blanks"][0]:
        if "->" in word:
            raise NotWhole("gift_arrow")
        share = Fraction(shares.get(word, 1))
        weight = "" if share == 1 else f"%{meta.per_cent(share)}%"
        text = _escaped(word) if numbers else _text(variant(item, word))
        lines.append(f"\t={weight}{text}{_feedback(told.get(word, ''))}")
    return "\n".join(["#" if numbers else "", *lines, ""])


def variant(item: Item, word: str) -> str:
    """An accepted word as Moodle reads it, where a bare * stands for anything."""
    return word if item.key.get("wildcards") else word.replace("*", "\\*")


def _matching(item: Item) -> str:
    if "shares" in item.key or "wrong" in item.key:
        raise NotWhole("shares")
    right = {each["id"]: each["text"] for each in item.body["right"]}
    pairs = [(each["text"], right[item.key["pairs"][each["id"]]]) for each in item.body["left"]]
    used = set(item.key["pairs"].values())
    pairs += [("", each["text"]) for each in item.body["right"] if each["id"] not in used]
    if any("->" in text for pair in pairs for text in pair):
        raise NotWhole("gift_arrow")
    return "\n".join(["", *(f"\t={_text(left)} -> {_text(other)}" for left, other in pairs), ""])


def _ordering(item: Item) -> str:
    texts = {each["id"]: each["text"] for each in item.body["options"]}
    grading = "ABSOLUTE_POSITION" if item.key.get("policy") == PLACES else "ALL_OR_NOTHING"
    head = f">{len(texts)} ALL VERTICAL {grading} SHOW none"
    return "\n".join([head, *(_text(texts[each]) for each in item.key["order"])])


def _short_answer(item: Item) -> str:
    return ""


def _nowhere(item: Item) -> str:
    raise NotWhole("gift_kind")


_WAYS = {
    "single": _choice,
    "multiple": _choice,
    "true_false": _true_false,
    "fill_in": _fill_in,
    "matching": _matching,
    "ordering": _ordering,
    "short_answer": _short_answer,
}
