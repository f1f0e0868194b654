"""One exam on its way: what was given, who plays the candidates, and what the steps have made so far."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from exams import invigilating, marking, sitting, whole_exam
from lms.demo.inputs import Input

Counts = dict[str, int]


@dataclass(frozen=True)
class Script:
    """What one candidate is going to do in the sitting: her answers by item, the minutes from–to without connection,
    and whether she hands in herself."""

    entry: Any
    responses: dict[str, Any]
    lost: tuple[int, int] | None
    hands_in: bool


class Candidates(Protocol):
    """Whoever plays the candidates: HTTP clients in a rehearsal, plain calls in the demo."""

    def come_in(self, codes: dict[int, str], last_four: dict[int, str]) -> None:
        """Each candidate (by roster number) activates her account with her one-time code."""

    def fetch_tickets(self, entries: dict[int, Any]) -> int:
        """Each seated candidate downloads her ticket; how many did."""

    def sit(self, scripts: dict[int, Script], at_minute: Callable[[int], dt.datetime]) -> None:
        """Each candidate of `scripts` sits the paper; `at_minute` moves the clock to a minute after the bell."""

    def fetch_certificates(self, credentials: dict[int, Any]) -> int:
        """Each holder downloads her certificate, and strangers verify it; how many were found valid."""


def work_off_here(course: "Course", at: dt.datetime) -> None:
    """What the clock and the queue would do after the sitting, done at once: overdue attempts are handed in, the
    stage is closed, objective answers are marked by the key."""
    sitting.close_overdue(at)
    invigilating.close_stages(at)
    for attempt in whole_exam.unmarked_attempts(course.written):
        marking.mark_by_key(attempt, at)


@dataclass
class Course:
    """The state of one exam between its steps. `tell(moment)` moves the clock of every process there is; the demo,
    which writes history, only passes moments to acts. Units, staff and level may be given from before."""

    given: Input
    candidates: Candidates
    seed: str
    tell: Callable[[dt.datetime], None] = lambda moment: None
    work_off: Callable[["Course", dt.datetime], None] = work_off_here
    units: dict[str, Any] = field(default_factory=dict)
    staff: dict[str, Any] = field(default_factory=dict)
    level: Any = None
    teachers: list[Any] = field(default_factory=list)
    exam: Any = None
    written: Any = None
    performance: Any = None
    paper_module: Any = None
    modules: dict[str, Any] = field(default_factory=dict)
    by_number: dict[int, Any] = field(default_factory=dict)
    entries: dict[int, Any] = field(default_factory=dict)
    paper: Any = None
    days: list[Any] = field(default_factory=list)
    batch: Any = None
    present: dt.datetime | None = None

    @property
    def plan(self) -> dict[str, Any]:
        return self.given.plan

    @property
    def bell(self) -> dt.datetime:
        """When the written exam begins."""
        return self.at(self.plan["written"]["starts_at"])

    @property
    def codes(self) -> list[str]:
        """The question codes in the order of the paper."""
        return [code for section in self.plan["written"]["sections"] for code in section["questions"]]

    def at(self, value: dt.datetime | dt.date) -> dt.datetime:
        """A wall-clock time of the plan as a moment."""
        return self.given.moment(value)

    def go(self, moment: dt.datetime) -> dt.datetime:
        """Move on to a moment, and tell everyone."""
        self.tell(moment)
        self.present = moment
        return moment

    def _office(self, office: str, which: int = 0) -> Any:
        holders = [person["code"] for person in self.plan["staff"] if office in person["offices"]]
        return self.staff[holders[which]]

    @property
    def officer(self) -> Any:
        return self._office("exam_officer")

    @property
    def second_officer(self) -> Any:
        return self._office("exam_officer", 1)

    @property
    def signatory(self) -> Any:
        return self._office("signatory")

    @property
    def clerk(self) -> Any:
        return self._office("clerk")
