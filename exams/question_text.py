"""A question as words: what is shown of its body and key, and what differs between two versions. Pure reading."""

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exams.models import Question
from lms.questions.items import MEDIA_MARK, SOUND

_LABELS: dict[str, str | Promise] = {
    "stem": gettext_lazy("Stem"),
    "options": gettext_lazy("Options"),
    "right": gettext_lazy("Right answer"),
    "guide": gettext_lazy("Marking points"),
    "parts": gettext_lazy("Parts"),
    "policy": gettext_lazy("How points are given"),
    "points": gettext_lazy("Points"),
    "topic": gettext_lazy("Topic"),
    "difficulty": gettext_lazy("Difficulty"),
    "level": gettext_lazy("Cognitive level"),
    "explanation": gettext_lazy("Explanation"),
    "source": gettext_lazy("Source"),
}
POLICIES: dict[str, str | Promise] = {
    "half": gettext_lazy("some of the right options and no wrong one: half"),
    "per_option": gettext_lazy("each right option counts, each wrong one takes as much away"),
    "all_or_nothing": gettext_lazy("everything right, or nothing"),
    "weights": gettext_lazy("each option its own share"),
    "pairs": gettext_lazy("each right pair counts"),
    "places": gettext_lazy("each in its place counts"),
}
_DEFAULTS = {"multiple": "half", "matching": "pairs", "ordering": "all_or_nothing"}


@dataclass(frozen=True)
class Difference:
    """A part of a question that two versions have otherwise; `pieces` are (how, text): "same", "gone" or "new"."""

    label: str
    pieces: list[tuple[str, str]]


def policy_of(question: Question) -> str:
    """The code word of how points are given; "" for kinds that have no choice."""
    if question.kind == "single":
        return "weights" if "weights" in question.key else ""
    return question.key.get("policy", _DEFAULTS.get(question.kind, ""))


def options_of(question: Question) -> list[dict[str, str | bool]]:
    """The options of a choice, each with whether it is right and its share, if it has one."""
    right, shares = question.key.get("right", []), question.key.get("weights", {})
    if question.kind not in ("single", "multiple"):
        return []
    return [{**each, "right": each["id"] in right, "share": shares.get(each["id"], "")} for each in _options(question)]


def ordered(question: Question) -> list[str]:
    """The steps of an ordering, as they belong."""
    texts = {each["id"]: each["text"] for each in _options(question)}
    return [texts.get(each, "") for each in question.key.get("order", [])]


def pairs_of(question: Question) -> list[tuple[str, str]]:
    """The pairs of a matching, as they belong."""
    texts = {each["id"]: each["text"] for each in question.body.get("right", [])}
    pairs = question.key.get("pairs", {})
    return [(each["text"], texts.get(pairs.get(each["id"], ""), "")) for each in question.body.get("left", [])]


def strays_of(question: Question) -> list[str]:
    """What a matching offers at the right that belongs to nothing."""
    used = set(question.key.get("pairs", {}).values())
    return [each["text"] for each in question.body.get("right", []) if each["id"] not in used]


def parts_of(question: Question) -> list[dict[str, str]]:
    """The parts of a case with what earns points in each."""
    pairs = zip(question.body.get("parts", []), question.key.get("parts", []), strict=False)
    return [{**part, "guide": key.get("guide", "")} for part, key in pairs]


def transcripts_of(question: Question) -> list[str]:
    """What is said in the recordings that a version lets one hear, for who cannot hear them."""
    texts = json.dumps([question.stem, question.body, question.explanation], ensure_ascii=False)
    return [json.loads(f'"{found[1]}"') for found in MEDIA_MARK.finditer(texts) if found[0].startswith(f"!{SOUND}")]


def differences(before: Question, after: Question) -> list[Difference]:
    """What differs between two versions, part by part, in the order of a question's page."""
    old, new = dict(_described(before)), dict(_described(after))
    return [
        Difference(str(label), _pieces(old.get(part, ""), new.get(part, "")))
        for part, label in _LABELS.items()
        if old.get(part, "") != new.get(part, "")
    ]


def _described(question: Question) -> Iterator[tuple[str, str]]:
    yield "stem", question.stem
    yield "options", "\n".join(f"{each['id']}. {each['text']}" for each in _options(question))
    yield "right", _right(question)
    yield "guide", str(question.key.get("guide", ""))
    yield "parts", "\n".join(f"{p['number']}. {p['stem']} ({p['points']})\n{p['guide']}" for p in parts_of(question))
    yield "policy", str(POLICIES.get(policy_of(question), ""))
    yield "points", format(question.points.normalize(), "f")
    yield "topic", question.topic
    yield "difficulty", str(question.get_difficulty_display())
    yield "level", question.level_words
    yield "explanation", question.explanation
    yield "source", question.source


def _right(question: Question) -> str:
    key = question.key
    if question.kind == "true_false":
        return _("True") if key.get("right") else _("False")
    if question.kind == "fill_in":
        return "\n".join(" / ".join(words) for words in key.get("blanks", []))
    if question.kind == "matching":
        lines = [f"{left} – {right}" for left, right in pairs_of(question)]
        return "\n".join([*lines, *(f"– {each}" for each in strays_of(question))])
    if question.kind == "ordering":
        return "\n".join(f"{n}. {text}" for n, text in enumerate(ordered(question), start=1))
    shares = "".join(f" {letter}={share}" for letter, share in key.get("weights", {}).items())
    return "".join(key.get("right", [])) + shares


def _options(question: Question) -> list[dict[str, str]]:
    return question.body.get("options", [])


def _pieces(before: str, after: str) -> list[tuple[str, str]]:
    pieces = []
    for how, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if how == "equal":
            pieces.append(("same", before[a:b]))
            continue
        pieces += [(name, text) for name, text in (("gone", before[a:b]), ("new", after[c:d])) if text]
    return pieces
