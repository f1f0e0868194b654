"""The questions of a lesson in the shapes of `lms.questions`: checked when they are written, drawn for a try."""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.questions import checking, marking

KINDS = [
    ("single", gettext_lazy("single choice")),
    ("multiple", gettext_lazy("multiple choice")),
    ("true_false", gettext_lazy("true or false")),
    ("fill_in", gettext_lazy("fill in")),
]
_LETTERS = "ABCDEFGH"
_LETTER = re.compile(r"(?<![A-Za-z])[A-H](?![A-Za-z])")
_POINT = Decimal(1)  # every question of a lesson counts the same

# What is wrong with a question, by the code of `lms.questions.checking`: which field it is about, and the sentence.
_SENTENCES: dict[tuple[str, str], tuple[str, str | Promise]] = {
    ("stem", "empty"): ("stem", gettext_lazy("Write the question.")),
    ("stem", "no_blank"): ("stem", gettext_lazy("A fill-in question has ____ for each blank.")),
    ("options", "too_few"): ("options", gettext_lazy("A choice needs at least two options.")),
    ("options", "twice"): ("options", gettext_lazy("Two options say the same.")),
    ("right", "none"): ("options", gettext_lazy("Say which answer is right.")),
    ("right", "more_than_one"): ("options", gettext_lazy("Single choice has one right option only.")),
    ("right", "only_one"): ("options", gettext_lazy("Multiple choice has at least two right options.")),
    ("right", "empty_blank"): ("blanks", gettext_lazy("Each blank needs an answer.")),
    ("right", "blanks_differ"): ("blanks", gettext_lazy("There must be one line for each ____ in the question.")),
}


def question(value: Mapping[str, Any]) -> dict[str, Any]:
    """A question block as `lms.questions` knows it: {kind, stem, body, key, explanation}."""
    kind = value["kind"]
    asked = {"kind": kind, "stem": value["stem"], "explanation": value["explanation"], "body": {}, "key": {}}
    if kind in ("single", "multiple"):
        options = list(value["options"])
        asked["body"] = {
            "options": [{"id": _LETTERS[place], "text": each["text"]} for place, each in enumerate(options)]
        }
        asked["key"] = {"right": [_LETTERS[place] for place, each in enumerate(options) if each["is_right"]]}
    elif kind == "true_false":
        asked["key"] = {"right": bool(value["is_true"])}
    else:
        lines = [line for line in (value["blanks"] or "").splitlines() if line.strip()]
        asked["key"] = {"blanks": [[word.strip() for word in line.split("/")] for line in lines]}
        asked["body"] = {"blanks": len(lines)}
    return asked


def faults(value: Mapping[str, Any]) -> dict[str, list[str | Promise]]:
    """What is wrong with a question block, by its field; nothing if it can be asked and marked."""
    asked = question(value)
    found: dict[str, list[str | Promise]] = defaultdict(list)
    for problem in checking.problems(asked["kind"], asked["stem"], asked["body"], asked["key"], _POINT):
        field, sentence = _SENTENCES.get((problem.about, problem.why), ("stem", _("This question cannot be marked.")))
        if asked["kind"] == "fill_in" and (problem.about, problem.why) == ("right", "none"):
            field = "blanks"
        found[field].append(sentence)
    return dict(found)


def draw(questions: Iterable[tuple[str, Mapping[str, Any]]], count: int, seed: str) -> list[dict[str, Any]]:
    """Up to `count` of the questions (pairs of an id and a block's value; 0 means all), their order and their options
    shuffled, all by the seed. Options that the explanation names by their letters stay where they are."""
    lots = random.Random(seed)  # noqa: S311 - which questions of a lesson are shown keeps no secret
    pool = [{"id": id_, **question(value)} for id_, value in questions]
    lots.shuffle(pool)
    drawn = pool[: count or len(pool)]
    for each in drawn:
        if "options" in each["body"] and not _LETTER.search(each["explanation"]):
            lots.shuffle(each["body"]["options"])
    return drawn


def mark(asked: Iterable[Mapping[str, Any]], answers: Mapping[str, Any]) -> tuple[Decimal, dict[str, Decimal]]:
    """The share of all points earned, from 0 to 1 to a thousandth, and the points of each question (out of 1). An
    answer that is missing or of another shape earns 0."""
    points = {each["id"]: _points(each, answers.get(each["id"])) for each in asked}
    share = sum(points.values(), Decimal(0)) / len(points) if points else Decimal(1)
    return share.quantize(marking.THOUSANDTH), points


def _points(asked: Mapping[str, Any], response: Any) -> Decimal:
    if not checking.response_fits(asked["kind"], asked["body"], response):
        return Decimal(0)
    return marking.mark(asked["kind"], asked["key"], _POINT, response) or Decimal(0)
