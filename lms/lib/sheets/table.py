"""A table as it was read: headings, rows and cells, and what is said about a file that is none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from lms.lib.refusals import Refusal

MAX_ROWS = 200_000
MAX_CELLS = 4_000_000  # of the rectangle that the cells span, which is what a reader lays out in memory
MAX_BLANK_ROWS = 200
_POOLED = 2000  # different texts of a column that are kept once; a column with more has mostly different ones

TEXT, NUMBER, DATE, FORMULA, OTHER = "text", "number", "date", "formula", "other"


class BadFile(Refusal):
    """A file that is not read; each kind says what to do."""

    field = "file"


class FileTooBig(BadFile):
    sentence = _("The file is larger than {limit} MB. Leave out pictures and other sheets, or send it in parts.")


class NotAWorkbook(BadFile):
    sentence = _("This cannot be read as a workbook. Save it as .xlsx without a password, or as .csv, and try again.")


class MacrosInside(BadFile):
    sentence = _("The workbook contains macros. Save it as .xlsx, which leaves them out, and try again.")


class UnpacksTooBig(BadFile):
    sentence = _("The workbook unpacks to far more than a list needs. Copy the rows to a new workbook and try again.")


class TooManyRows(BadFile):
    sentence = _("The sheet reaches too far (row {row}). Delete what stands far below or right, or send it in parts.")


class NoHeadings(BadFile):
    sentence = _("No row of headings was found at the top. Start from the template, which has them.")


class HeadingTwice(BadFile):
    sentence = _("The heading “{heading}” stands twice. Keep one of the two columns.")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell: `text` as it would be read aloud, what `kind` it was typed as, and its address (C5)."""

    text: str
    kind: str
    address: str


class Row:
    """A row that is not blank, under its number in the file; what stands below each heading."""

    __slots__ = ("_kinds", "_places", "_texts", "number")

    def __init__(
        self, number: int, places: Mapping[str, int], texts: Sequence[str], kinds: Sequence[str] | None
    ) -> None:
        self.number, self._places, self._texts, self._kinds = number, places, texts, kinds

    def raw(self, heading: str) -> str:
        """The very text below a heading; "" where there is none."""
        place = self._places.get(heading, -1)
        return self._texts[place] if 0 <= place < len(self._texts) else ""

    def text(self, heading: str) -> str:
        """The text below a heading without spaces around it."""
        return self.raw(heading).strip()

    def kind(self, heading: str) -> str:
        """What stands below a heading was typed as: TEXT, NUMBER, DATE, FORMULA or OTHER."""
        place = self._places.get(heading, -1)
        return self._kinds[place] if self._kinds and 0 <= place < len(self._kinds) else TEXT

    @property
    def cells(self) -> dict[str, Cell]:
        """The cells by heading."""
        return {
            heading: Cell(self._texts[place], self.kind(heading), f"{column_letters(place)}{self.number}")
            for heading, place in self._places.items()
            if place < len(self._texts)
        }


class Rows(Sequence[Row]):
    """The rows of a table, kept small: only texts, equal ones once, and kinds only where they are not all TEXT."""

    def __init__(self, places: Mapping[str, int]) -> None:
        self._places = places
        self._width = max(places.values(), default=-1) + 1
        self._kept: list[tuple[int, tuple[str, ...], tuple[str, ...] | None]] = []
        self._pools: list[dict[str, str]] = [{} for _each in range(self._width)]

    def add(self, number: int, texts: Sequence[str], kinds: Sequence[str] | None) -> None:
        """Keep one more row."""
        kept = tuple(self._pooled(pool, text) for pool, text in zip(self._pools, texts, strict=False))
        odd = tuple(kinds[: self._width]) if kinds and any(kind is not TEXT for kind in kinds[: self._width]) else None
        self._kept.append((number, kept, odd))

    @staticmethod
    def _pooled(pool: dict[str, str], text: str) -> str:
        return pool.setdefault(text, text) if len(pool) < _POOLED else pool.get(text, text)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Row]:
        return (Row(number, self._places, texts, kinds) for number, texts, kinds in self._kept)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        number, texts, kinds = self._kept[index]
        return Row(number, self._places, texts, kinds)


@dataclass
class Sheet:
    """One table: its headings in their order with their columns, the rows, and notes on what was left aside.

    A note is {"note": name, …facts}; `note_sentence` says it in words.
    """

    headings: list[str]
    headings_row: int
    columns: dict[str, str]
    rows: Sequence[Row]
    notes: list[dict[str, Any]] = field(default_factory=list)


NOTES = {
    "hidden_sheet": _("The hidden sheet “{name}” was not read."),
    "other_sheet": _("Only the first sheet was read; “{name}” was not."),
    "external_links": _("Links to other workbooks were not followed."),
    "blank_rows": _("Reading stopped at row {row}, after {count} blank rows; what stands below was not read."),
    "two_lines": _("Rows {upper} and {lower} were read as one line of headings."),
}


def note_sentence(note: Mapping[str, Any]) -> str:
    """A note of a Sheet in the reader's language."""
    return str(format_lazy(str(NOTES[note["note"]]), **note))


def column_letters(index: int) -> str:
    """The letters of a column, counted from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
