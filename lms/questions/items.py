"""A question on its way into a bank or out of it: the same shape for every format."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lms.questions import checking

MEDIA_MARK = re.compile(r"!♪?\[([^\]\n]*)\]\(media:([0-9a-f]{16})\)")
SOUND = "♪"  # in the mark of what is heard, not seen
MOST_OPTIONS = 26
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?")  # no exponent: 1e999999 is no number of a question
# How a picture or a sound begins, and where in the content.
_SIGNATURES = [
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (4, b"ftypM4A", "audio/mp4"),
]
_MP3_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")


class NotWhole(Exception):  # noqa: N818 - it says what the item is
    """An item that the bank cannot keep as it is: a short code for the reason, and the facts that fill its sentence."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


@dataclass(frozen=True)
class Media:
    """A picture or a sound; a text shows it where it holds `mark(…)`."""

    name: str = field(compare=False)
    content_type: str
    content: bytes

    @property
    def id(self) -> str:
        """The same for the same content, so that a file brought twice is kept once."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    def mark(self, says: str) -> str:
        """How a text shows it; `says` is what a person reads who cannot see or hear it."""
        words = " ".join(says.replace("[", "（").replace("]", "）").split())
        return f"!{SOUND if self.content_type.startswith('audio/') else ''}[{words or self.name}](media:{self.id})"


@dataclass(frozen=True)
class Item:
    """One question, whole. `body` and `key` as lms.questions says; `topic` from the widest to the narrowest; `line`
    where it begins in its file. Texts are plain, as `tidy` leaves them."""

    kind: str
    stem: str
    body: dict[str, Any]
    key: dict[str, Any]
    points: Decimal
    title: str = ""
    code: str = ""
    topic: tuple[str, ...] = ()
    explanation: str = ""
    difficulty: str = ""
    cognitive_level: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Reported:
    """An item that does not come in: where it begins, what it is called, and why not (a code and its facts)."""

    line: int
    title: str
    reason: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LeftOut:
    """An item that a format has no place for, and why."""

    item: Item
    reason: str
    facts: dict[str, Any] = field(default_factory=dict)


def tidy(text: str) -> str:
    """A text as banks keep it: line ends as \\n, no control characters, nothing blank around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs")).strip()


def content_type(content: bytes) -> str:
    """What a picture or sound is by its content, one of those a bank keeps; "" for anything else."""
    for place, signature, found in _SIGNATURES:
        if content[place : place + len(signature)] == signature:
            return found
    return "audio/mpeg" if content[:2] in _MP3_FRAMES else ""


def letters(count: int) -> list[str]:
    """The ids of so many options: A, B, C … Raises NotWhole above MOST_OPTIONS."""
    if count > MOST_OPTIONS:
        raise NotWhole("too_many_options", count=count)
    return [chr(ord("A") + place) for place in range(count)]


def options(texts: Iterable[str]) -> list[dict[str, str]]:
    """Options under their letters, in the order given."""
    every = list(texts)
    return [{"id": letter, "text": text} for letter, text in zip(letters(len(every)), every, strict=True)]


def matching(pairs: Iterable[tuple[str, str]], more: Iterable[str] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    """Body and key of a matching question; `more` stands on the right and belongs to nothing. The right side is put
    in the order of its texts, so that its order tells nothing and is the same from every file."""
    every = list(pairs)
    right = options(sorted({other for _one, other in every} | set(more)))
    id_of = {each["text"]: each["id"] for each in right}
    left = [{"id": str(number), "text": one} for number, (one, _other) in enumerate(every, start=1)]
    paired = {str(number): id_of[other] for number, (_one, other) in enumerate(every, start=1)}
    return {"left": left, "right": right}, {"pairs": paired}


def ordering(texts: Iterable[str], policy: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Body and key of an ordering question from its texts in their right order; shown in the order of the texts."""
    right = list(texts)
    shown = options(sorted(right))
    id_of = {each["text"]: each["id"] for each in shown}
    return {"options": shown}, {"order": [id_of[each] for each in right], "policy": policy}


def require_whole(item: Item) -> Item:
    """The item, if a bank can ask and mark it. Raises NotWhole: "points", or "problem" with what `checking` finds."""
    if not 0 < item.points < 1000 or item.points != item.points.quantize(Decimal("0.1")):
        raise NotWhole("points", points=format(item.points.normalize(), "f"))
    for found in checking.problems(item.kind, item.stem, item.body, item.key, item.points):
        raise NotWhole("problem", about=found.about, why=found.why, **found.facts)
    return item


def points_of(text: str) -> Decimal:
    """Points as they stand in a file; 1 where nothing stands. Raises NotWhole("points")."""
    text = text.strip() or "1"
    if not NUMBER.fullmatch(text):
        raise NotWhole("points", points=text[:20])
    return Decimal(text)


def with_feedback(
    key: dict[str, Any], answers: Mapping[str, str], whole: Mapping[str, str], hints: Iterable[str] = ()
) -> dict[str, Any]:
    """The key with what a learner is told: to each answer, to the whole, and hints; empty ones left out."""
    kept: dict[str, Any] = {}
    if told := {name: text for name, text in answers.items() if text}:
        kept["answers"] = told
    if told := {name: text for name, text in whole.items() if text}:
        kept["whole"] = told
    if given := [each for each in hints if each]:
        kept["hints"] = given
    return {**key, "feedback": kept} if kept else key
