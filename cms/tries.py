"""A try as its page shows it: before the answers without any key, afterwards with what was right and why."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cms import asking
from cms.models import LessonPage, Try
from lms.people.models import Teacher
from lms.questions.checking import BLANK


@dataclass(frozen=True)
class Option:
    """`letter` is empty where the options were shuffled; whether it is right is known after the answer only."""

    id: str
    letter: str
    text: str
    is_chosen: bool
    is_right: bool | None


@dataclass(frozen=True)
class Blank:
    number: int
    typed: str
    accepted: str  # empty before the answer


@dataclass(frozen=True)
class Question:
    """A question that was drawn. `verdict` ("right", "partly", "wrong"; "" before the answer) goes with `explanation`.
    `said` and `truth` are those of a true-or-false question."""

    id: str
    kind: str
    kind_name: str
    stem: str
    options: list[Option]
    blanks: list[Blank]
    said: bool | None
    truth: bool | None
    verdict: str
    explanation: str


@dataclass(frozen=True)
class Shown:
    """A try and its questions."""

    row: Try
    questions: list[Question]

    @property
    def is_answered(self) -> bool:
        return self.row.answered_at is not None

    @property
    def percent(self) -> int:
        """The share of points, in whole percent, never rounded up to what passes."""
        return int((self.row.share or Decimal(0)) * 100)

    @property
    def right(self) -> int:
        return sum(each.verdict == "right" for each in self.questions)


def last(teacher: Teacher | None, page: LessonPage) -> Shown | None:
    """The teacher's last try at a lesson, answered or waiting for its answers."""
    row = Try.objects.filter(teacher=teacher, lesson=page.key).order_by("-number").first() if teacher else None
    return shown(row) if row else None


def shown(row: Try) -> Shown:
    """A try for its page; nothing of a key is in it before it was answered."""
    is_answered = row.answered_at is not None
    points = asking.mark(row.asked, row.answers)[1] if is_answered else {}
    return Shown(row, [_question(each, row.answers.get(each["id"]), points.get(each["id"])) for each in row.asked])


def _question(asked: dict[str, Any], response: Any, points: Decimal | None) -> Question:
    kind, key = asked["kind"], asked["key"] if points is not None else {}
    verdict = "" if points is None else "right" if points == 1 else "partly" if points else "wrong"
    return Question(
        id=asked["id"],
        kind=kind,
        kind_name=str(dict(asking.KINDS)[kind]),
        stem=BLANK.sub("____", asked["stem"]),
        options=_options(asked["body"].get("options", []), response, key.get("right")),
        blanks=_blanks(asked["body"].get("blanks", 0), response, key.get("blanks")),
        said=response if isinstance(response, bool) else None,
        truth=key.get("right") if kind == "true_false" else None,
        verdict=verdict,
        explanation=asked["explanation"] if points is not None else "",
    )


def _options(options: list[dict[str, str]], response: Any, right: list[str] | None) -> list[Option]:
    chosen = response if isinstance(response, list) else [response]
    in_order = [each["id"] for each in options] == sorted(each["id"] for each in options)
    return [
        Option(
            id=each["id"],
            letter=each["id"] if in_order else "",
            text=each["text"],
            is_chosen=each["id"] in chosen,
            is_right=None if right is None else each["id"] in right,
        )
        for each in options
    ]


def _blanks(count: int, response: Any, accepted: list[list[str]] | None) -> list[Blank]:
    typed = response if isinstance(response, list) else []
    return [
        Blank(
            number=place + 1,
            typed=typed[place] if place < len(typed) else "",
            accepted=" / ".join(accepted[place]) if accepted else "",
        )
        for place in range(count)
    ]
