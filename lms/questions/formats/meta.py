"""What foreign formats have no place for, as short named words that travel beside a question and come back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lms.questions.items import Item, NotWhole, points_of
from lms.questions.marking import ALL_OR_NOTHING, HALF, PER_OPTION, WEIGHTS

WHOLE = ("right", "partly", "wrong")
_KEPT = ("points", "difficulty", "level", "source", "policy", "guide", "code", "case", *WHOLE)

# The grades that Moodle knows, in per cent, and what they mean exactly.
GRADES: dict[Decimal, Fraction] = {
    **{Decimal(each): Fraction(each) / 100 for each in ("100", "90", "80", "75", "70", "60", "50", "40", "30", "25")},
    **{Decimal(each): Fraction(each) / 100 for each in ("20", "12.5", "10", "5", "0")},
    **{Decimal("83.33333"): Fraction(5, 6), Decimal("66.66667"): Fraction(2, 3), Decimal("33.33333"): Fraction(1, 3)},
    **{Decimal("16.66667"): Fraction(1, 6), Decimal("14.28571"): Fraction(1, 7), Decimal("11.11111"): Fraction(1, 9)},
}
_PER_CENT = {exact: format(text.normalize(), "f") for text, exact in GRADES.items()}
_NEAR = Decimal("0.001")


def grade(text: str) -> Fraction:
    """A grade in per cent as the exact share it stands for. Raises NotWhole("grade_invalid") for one that Moodle does
    not know."""
    try:
        wanted = Decimal(text.strip().rstrip("%") or "0")
        near = next((exact for known, exact in GRADES.items() if abs(abs(wanted) - known) < _NEAR), None)
    except ArithmeticError:
        near = None
    if near is None:
        raise NotWhole("grade_invalid", grade=text.strip()[:20])
    return -near if wanted < 0 else near


def per_cent(share: Fraction) -> str:
    """A share as the grade that stands for it. Raises NotWhole("grade_unknown") where there is none."""
    if abs(share) not in _PER_CENT:
        raise NotWhole("grade_unknown", share=str(share))
    return ("-" if share < 0 else "") + _PER_CENT[abs(share)]


@dataclass
class Meta:
    """The words beside one question: those of this project by name, all others as tags."""

    words: dict[str, str] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def add(self, name: str, text: str) -> bool:
        """Keep a word under its name; False where the name says nothing here."""
        if name == "hint":
            self.hints.append(text)
        elif name in _KEPT:
            self.words[name] = text
        else:
            return False
        return True

    def put_on(self, item: Item) -> Item:
        """The item with what stands beside it."""
        words = self.words
        return replace(
            item,
            code=words.get("code", item.code),
            points=points_of(words["points"]) if "points" in words else item.points,
            difficulty=words.get("difficulty", item.difficulty),
            cognitive_level=words.get("level", item.cognitive_level),
            source=words.get("source", item.source),
            tags=tuple(self.tags),
        )


def beside(item: Item, *, points: bool) -> Iterable[tuple[str, str]]:
    """The named words of an item that GIFT and Moodle XML have no place for; the points too where asked for."""
    plain = {"difficulty": item.difficulty, "level": item.cognitive_level, "source": item.source}
    if points:
        plain = {"points": format(item.points.normalize(), "f"), **plain}
    if item.key.get("policy") in (HALF, ALL_OR_NOTHING):
        plain["policy"] = item.key["policy"]
    return [(name, text) for name, text in plain.items() if text]


def choice_key(weights: Mapping[str, Fraction], single: bool, meta: Meta) -> dict[str, Any]:
    """The key of a choice from what each option is worth. Raises NotWhole("negative") where a single choice takes
    points away."""
    right = [letter for letter, share in weights.items() if share > 0]
    texts = {letter: str(share) for letter, share in weights.items() if share}
    if single:
        if any(share < 0 for share in weights.values()):
            raise NotWhole("negative")
        full = [letter for letter, share in weights.items() if share == 1]
        return {"right": full} if full == right and len(full) == 1 else {"right": full, "weights": texts}
    policy = meta.words.get("policy", "")
    if policy in (HALF, ALL_OR_NOTHING):
        return {"right": right, "policy": policy}
    each = Fraction(1, len(right) or 1)
    if all(share == (each if share > 0 else -each) for share in weights.values()):
        return {"right": right, "policy": PER_OPTION}
    return {"right": right, "policy": WEIGHTS, "weights": texts}


def choice_weights(item: Item) -> dict[str, Fraction]:
    """What each option of a choice is worth, in the order shown; a policy without weights as right ones less wrong
    ones, which its own word beside corrects."""
    every, right = [each["id"] for each in item.body["options"]], item.key["right"]
    if "weights" in item.key:
        return {letter: Fraction(item.key["weights"].get(letter, 0)) for letter in every}
    if item.kind == "single":
        return {letter: Fraction(letter in right) for letter in every}
    share = Fraction(1, len(right))
    return {letter: share if letter in right else -share for letter in every}


def feedback_of(item: Item) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """What a learner is told: to each answer, to the whole, and hints."""
    told = item.key.get("feedback", {})
    return told.get("answers", {}), told.get("whole", {}), told.get("hints", [])
