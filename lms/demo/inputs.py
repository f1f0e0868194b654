"""A folder that holds a whole exam: plan, roster, bank, and what people answered, marked, scored and did."""

import csv
import datetime as dt
import io
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from exams.roster import HEADINGS, WORK_START
from lms.lib import sheets

Item = str  # "12", or "61.2" for the second part of item 61


@dataclass(frozen=True)
class Event:
    """What befell one candidate: corrected, withdrawn, absent, connection_lost (from minute, to minute),
    never_handed_in."""

    candidate: int
    step: str
    event: str
    field: str
    value: str
    from_minute: int | None
    to_minute: int | None


@dataclass
class Input:
    """The folder, read. Parts that it lacks stay empty and are drawn by the ability model (lms/demo/ability.py)."""

    folder: Path
    plan: dict[str, Any]
    events: list[Event]
    # candidate → (question code, part or "") → what she chose or wrote
    answers: dict[int, dict[tuple[str, str], str]] = field(default_factory=dict)
    # (candidate, question code, part) → role → (marker, points)
    marks: dict[tuple[int, str, str], dict[str, tuple[str, Decimal]]] = field(default_factory=dict)
    # (candidate, module) → judge → criterion → points
    scores: dict[tuple[int, str], dict[str, dict[str, Decimal]]] = field(default_factory=dict)
    weeks: int = 0  # how far everything has been moved since it was written

    @property
    def roster(self) -> Path:
        return self.folder / "roster.xlsx"

    def open_roster(self) -> IO[bytes]:
        """The roster as a file to bring in. Where the exam was moved, the months in which people began to work move
        with it, so that nobody's years of service change."""
        if not self.weeks:
            return self.roster.open("rb")
        with self.roster.open("rb") as file:
            sheet = sheets.read(file, self.roster.name, expected=HEADINGS)
        lines = [
            [
                _moved_month(row.text(heading), self.weeks) if heading == WORK_START else row.text(heading)
                for heading in sheet.headings
            ]
            for row in sheet.rows
        ]
        return io.BytesIO(sheets.write([(self.roster.stem, sheet.headings, lines)], text_columns=sheet.headings))

    @property
    def questions(self) -> Path:
        return self.folder / "questions.xlsx"

    def moment(self, value: dt.datetime | dt.date, time: str = "00:00") -> dt.datetime:
        """A wall-clock time of the plan as an aware moment."""
        zone = ZoneInfo(self.plan["exam"]["timezone"])
        if not isinstance(value, dt.datetime):
            value = dt.datetime.combine(value, dt.time.fromisoformat(time))
        return value.replace(tzinfo=zone)

    def who(self, event: str) -> set[int]:
        """The candidates whom something befell."""
        return {each.candidate for each in self.events if each.event == event}

    def part_numbers(self) -> dict[tuple[str, str], Item]:
        """Where each question and part stands on the paper: (code, part) → item. Parts of a case are items of their
        own; blanks of one question share its item."""
        places: dict[tuple[str, str], Item] = {}
        number = 0
        for section in self.plan["written"]["sections"]:
            for code in section["questions"]:
                number += 1
                for part in ("", "1", "2", "3", "4", "5", "6"):
                    alone = section["kind"] == "case" and part
                    places[code, part] = f"{number}.{part}" if alone else str(number)
        return places

    def responses(self, candidate: int) -> dict[Item, Any]:
        """What one candidate answered, in the shapes that saving takes (see lms/questions)."""
        kinds = {code: section["kind"] for section in self.plan["written"]["sections"] for code in section["questions"]}
        places = self.part_numbers()
        said: dict[Item, Any] = {}
        for (code, part), text in self.answers.get(candidate, {}).items():
            item, kind = places[code, part], kinds[code]
            if kind == "fill_in":
                blanks = said.setdefault(item, [])
                blanks.extend([""] * (int(part or 1) - len(blanks)))
                blanks[int(part or 1) - 1] = text
            else:
                said[item] = {"multiple": list(text), "true_false": text == "T"}.get(kind, text)
        return said

    def shifted(self, weeks: int) -> "Input":
        """The same exam so many whole weeks later, so that weekdays stay what they were; its holidays are left out,
        for they belong to the calendar of the year it was written in."""
        plan = _shift(self.plan, dt.timedelta(weeks=weeks))
        plan["publicity"] = {**plan["publicity"], "days_off": []}
        events = [
            replace(each, value=_moved_month(each.value, weeks)) if each.field == "work_started_on" else each
            for each in self.events
        ]
        return Input(self.folder, plan, events, self.answers, self.marks, self.scores, self.weeks + weeks)


def read(folder: Path) -> Input:
    """Read a folder; FileNotFoundError where the plan, the roster or the bank is missing."""
    for needed in ("plan.toml", "roster.xlsx", "questions.xlsx"):
        if not (folder / needed).exists():
            raise FileNotFoundError(folder / needed)
    plan = tomllib.loads((folder / "plan.toml").read_text(encoding="utf-8"))
    result = Input(folder, plan, [_event(row) for row in _rows(folder / "events.csv")])
    for row in _rows(folder / "answers.csv"):
        result.answers.setdefault(int(row["candidate"]), {})[row["question"], row["part"]] = row["response"]
    for row in _rows(folder / "marks.csv"):
        key = (int(row["candidate"]), row["question"], row["part"])
        result.marks.setdefault(key, {})[row["role"]] = (row["marker"], Decimal(row["points"]))
    scores: dict = defaultdict(lambda: defaultdict(dict))
    for row in _rows(folder / "scores.csv"):
        scores[int(row["candidate"]), row["module"]][row["judge"]][row["criterion"]] = Decimal(row["points"])
    result.scores = {key: dict(sheets) for key, sheets in scores.items()}
    return result


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _event(row: dict[str, str]) -> Event:
    minutes = [int(row[name]) if row[name] else None for name in ("from_minute", "to_minute")]
    return Event(int(row["candidate"]), row["step"], row["event"], row["field"], row["value"], *minutes)


def _moved_month(text: str, weeks: int) -> str:
    """A month ("2008-09") so many weeks later; what is no month stays as it is."""
    try:
        month = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return text
    return f"{month + dt.timedelta(weeks=weeks):%Y-%m}"


def _shift(value: Any, by: dt.timedelta) -> Any:
    if isinstance(value, dict):
        return {key: _shift(each, by) for key, each in value.items()}
    if isinstance(value, list):
        return [_shift(each, by) for each in value]
    return value + by if isinstance(value, dt.date) else value
