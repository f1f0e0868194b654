"""What kinds of file may be brought in, and what each kind's importer promises to the one engine that runs them all."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.lib import sheets
from lms.lib.refusals import Refusal
from lms.people import cells
from lms.people.models import ImportRun, Organisation, User

ADDED, CHANGED, SAME, LEFT = "added", "changed", "same", "left"


class Outdated(Refusal):
    sentence = _("Records changed since this file was checked (row {row}). Bring the file again to check it anew.")


class ActedOn(Refusal):
    sentence = _("Somebody has acted on {name} since, so the import can no longer be undone. Correct the rows instead.")


@dataclass
class Checked:
    """What a check found. `entries` are plain data (JSON), one for each row that commit would act on, with "row" (its
    number in the file) and "does" (ADDED, CHANGED, SAME or LEFT); they are kept encrypted until commit. A fault is
    {"row", "column", "heading", "found", "expected", "key", "facts"}, a note {"note", …facts}; neither holds an
    identity number or a telephone uncovered. `summary` holds counts for the pages."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """Something that is only done where the officer ticks it before committing."""

    key: str
    label: str
    detail: str = ""


class Importer:
    """One kind of file. The engine (lms.people.importing) reads and keeps the file, holds the states, the offices and
    the transaction; an importer says what the rows mean.

    `check` writes nothing and runs outside any write transaction. `commit` and `undo` run inside the engine's one
    transaction, lock what they need, and may refuse; the engine writes the journal line of the import beside theirs.
    """

    kind = ""  # "people.teachers"
    label: str | Promise = ""  # "Teacher roster"
    hint: str | Promise = ""  # one sentence on the page of kinds
    offices: tuple[str, ...] = ()  # Appointment.Office: who may bring it, for a unit that the office covers
    headings: list[str] = []  # of the template, in order
    required: list[str] = []  # without these columns the file is refused
    max_rows = 20_000
    title = ""  # of the sheet in the template and the marked workbook
    people = (cells.NAME, cells.ID_NUMBER)  # a row with none of these filled is noted and not read
    preview_headings: list[str | Promise] = []
    faults: Mapping[str, tuple[str | Promise, str | Promise]] = cells.FAULTS  # key → (what is wrong, what is expected)
    notes: Mapping[str, str | Promise] = cells.NOTES

    def template(self) -> bytes:
        """An empty file of this kind, text cells throughout."""
        return sheets.write([(self.title, self.headings, [])], text_columns=self.headings)

    def check(
        self, *, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime, progress: Callable[[int], None]
    ) -> Checked:
        """Everything the rows say, and every fault of every row at once. `progress` is told the rows looked at, every
        thousand or so."""
        raise NotImplementedError

    def commit(
        self, *, run: ImportRun, entries: list[dict[str, Any]], chosen: frozenset[str], by: User, at: dt.datetime
    ) -> dict[str, Any]:
        """Do what the entries say. The answer is kept for undo (plain data, encrypted); its "subjects" name the rows
        made or changed, {"people.teacher": [ids], …}: a later line of the journal about one of them, written by an act
        other than a reading, ends the time for undoing. Refuses: Outdated, and what the acts below refuse."""
        raise NotImplementedError

    def undo(self, *, run: ImportRun, kept: dict[str, Any], by: User, at: dt.datetime) -> None:
        """Put everything back. Refuses ActedOn beyond what the engine sees; a ProtectedError becomes ActedOn too."""
        raise NotImplementedError

    def choices(self, run: ImportRun) -> list[Choice]:
        """What the officer may tick before committing; the ticked keys come as `chosen`."""
        return []

    def figures(self, run: ImportRun) -> list[tuple[str, Any, str]]:
        """Label, value and detail of each key figure of the preview."""
        return []

    def next_steps(self, run: ImportRun) -> list[tuple[str, str]]:
        """Label and address of what is done next, shown once the import is done."""
        return []

    def preview_row(self, entry: Mapping[str, Any]) -> list[str]:
        """One entry below `preview_headings`; private columns covered."""
        raise NotImplementedError

    def sentence(self, fault: Mapping[str, Any]) -> str:
        """What is wrong in a cell and what to do, in the reader's language."""
        return cells.filled(self.faults[fault["key"]][0], fault["facts"])

    def expected(self, fault: Mapping[str, Any]) -> str:
        """What should stand in the cell: the very word where it is known, else what kind of thing."""
        return fault["expected"] or cells.filled(self.faults[fault["key"]][1], fault["facts"])

    def note_sentence(self, note: Mapping[str, Any]) -> str:
        """A note in the reader's language."""
        return cells.filled(self.notes[note["note"]], note)

    def covered(self, heading: str, text: str) -> str:
        """What stands in a cell as a page may show it."""
        return cells.covered(heading, text)


REGISTER: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Make a kind known: called once for each by `<app>/importers.py`, which is found by itself."""
    REGISTER[importer.kind] = importer
