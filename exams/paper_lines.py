"""What is entered of a script on paper, line by line, and how two entries of it compare. Plain reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from exams import contents, scripts
from exams.models import PaperTurn, Sitting, StageEntry

TOTAL = "total"
HALF = Decimal("0.5")
_Way = Sitting.OnPaper
_Turn = PaperTurn.Turn


@dataclass(frozen=True)
class Line:
    """One number on the script: of a question, of a section, or the total. `most` is the most it may be; `step`, where
    there is one, what it is counted in."""

    code: str
    name: str
    most: Decimal
    step: Decimal | None = None

    @property
    def label(self) -> str:
        """What the line is called in the reader's language."""
        if self.code == TOTAL:
            return _("Total")
        return self.name or _("Question {item}").format(item=self.code)


class Lines:
    """The lines of a sitting on paper: with a frozen paper its questions or its sections, those of the form that lies
    at a candidate's seat; without one the total alone."""

    def __init__(self, sitting: Sitting) -> None:
        self._across = sitting.seats_across
        total = [Line(TOTAL, "", sitting.module.full_marks)]
        papers = contents.forms(sitting.paper) if sitting.paper and sitting.on_paper != _Way.TOTAL else []
        read = _questions if sitting.on_paper == _Way.QUESTION else _sections
        self._forms = [read(scripts.items(each).values()) for each in papers] or [total]

    def of(self, entry: StageEntry) -> list[Line]:
        """The lines of one candidate, in the paper's order."""
        second = len(self._forms) > 1 and contents.gets_second_form(entry.seat, self._across)
        return self._forms[1 if second else 0]


def _questions(items: Iterable[scripts.Item]) -> list[Line]:
    return [Line(item.code, "", item.points, _step(item)) for item in items]


def _step(item: scripts.Item) -> Decimal | None:
    """Half points, as of a marker, where the question's own points are counted in them. A key gives parts of any
    number (half of 1.5 is 0.75), and of 0.8 points the full mark is no half point."""
    return HALF if item.is_constructed and not item.points % HALF else None


def _sections(items: Iterable[scripts.Item]) -> list[Line]:
    most: dict[str, Decimal] = {}
    for item in items:
        most[item.section] = most.get(item.section, Decimal(0)) + item.points
    return [Line(f"s{number}", name, points) for number, (name, points) in enumerate(most.items(), 1)]


@dataclass(frozen=True)
class Compared:
    """One line as it was entered: by the first and the second person, and by the third where the two differ."""

    line: Line
    first: Decimal | None
    second: Decimal | None
    third: Decimal | None = None
    reason: str = ""

    @property
    def differs(self) -> bool:
        return self.first is not None and self.second is not None and self.first != self.second

    @property
    def points(self) -> Decimal | None:
        """What counts: what both entered, else what the third decided; None while something is missing."""
        if self.first is None or self.second is None:
            return None
        return self.third if self.differs else self.first


def compare(lines: list[Line], turns: Iterable[PaperTurn]) -> list[Compared]:
    """Each line with what the turns of one candidate say of it; their scores are at hand."""
    given = {turn.turn: {score.line: score for score in turn.scores.all()} for turn in turns}
    rows = []
    for line in lines:
        first, second, third = (given.get(turn, {}).get(line.code) for turn in (_Turn.FIRST, _Turn.SECOND, _Turn.THIRD))
        points = (score.points if score else None for score in (first, second, third))
        rows.append(Compared(line, *points, reason=third.reason if third else ""))
    return rows


def points_of(basis: dict[str, Any]) -> dict[str, Decimal]:
    """The points of each line in the basis of a result from paper (exams/paper_results.py)."""
    return {line: Decimal(final) for line, _name, _of, _first, _second, _third, final, _why in basis["paper"]["lines"]}
