"""Reads the first visible sheet of a file as a table: its headings found, blank rows left out."""

import codecs
import csv
import io
import itertools
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from lms.lib.sheets import xls, xlsx
from lms.lib.sheets.table import (
    MAX_BLANK_ROWS,
    MAX_ROWS,
    FileTooBig,
    HeadingTwice,
    MacrosInside,
    NoHeadings,
    NotAWorkbook,
    Rows,
    Sheet,
    TooManyRows,
    column_letters,
)

MAX_BYTES = 10 * 1024 * 1024
HEADINGS_WITHIN = 20  # the headings stand in one of the first rows
_OLD = b"\xd0\xcf\x11\xe0"  # how the container of .xls begins, and of what is locked by a password
_CHUNK = 1 << 16

# A line: the texts of its cells, and what each was typed as where that is known.
Line = tuple[list[str], list[str] | None]


def read(file: IO[bytes], name: str, *, expected: Iterable[str] = (), limit: int = MAX_BYTES) -> Sheet:
    """Read the first visible sheet of a workbook, or a CSV, of at most `limit` bytes. Brackets and spaces in a heading
    are of no matter where it is one of the `expected`. The headings are the row that has most of those among the first
    twenty, or two rows together where one stands above the other's columns; where none are named, the first row with
    two filled cells.

    Refuses (BadFile): FileTooBig, NotAWorkbook, MacrosInside, UnpacksTooBig, TooManyRows, NoHeadings, HeadingTwice.
    """
    content = file.read(limit + 1)
    if len(content) > limit:
        raise FileTooBig(limit=limit // 1024 // 1024)
    if name.lower().endswith((".xlsm", ".xltm", ".xlsb", ".xlam")):
        raise MacrosInside()
    notes: list[dict[str, Any]] = []
    merged: list[tuple[int, int, int, int]] = []
    if name.lower().endswith((".csv", ".txt")):
        lines: Iterator[Line] = _csv_lines(content)
    elif content.startswith(_OLD):
        if not name.lower().endswith((".xls", ".et")):
            raise NotAWorkbook()
        lines, merged = xls.lines(content, notes)
    else:
        lines, merged = xlsx.lines(content, notes)
    return _table(lines, list(expected), merged, notes)


def _table(
    lines: Iterator[Line], expected: list[str], merged: list[tuple[int, int, int, int]], notes: list[dict[str, Any]]
) -> Sheet:
    """Lines of cells as a table: its headings found, blank rows left out, reading ended after many of them."""
    numbered = enumerate(lines, start=1)
    first = list(itertools.islice(numbered, HEADINGS_WITHIN))
    at, names = _Headings([(number, texts) for number, (texts, _kinds) in first], expected, merged).found(notes)
    for heading in names:
        if heading and names.count(heading) > 1:
            raise HeadingTwice(heading=heading)
    places = {name: index for index, name in enumerate(names) if name}
    rows, blank = Rows(places), 0
    for number, (texts, kinds) in itertools.chain((each for each in first if each[0] > at), numbered):
        if not any(text and not text.isspace() for text in texts):
            blank += 1
            if blank == MAX_BLANK_ROWS:
                if any(text.strip() for _number, (below, _kinds) in numbered for text in below):
                    notes.append({"note": "blank_rows", "row": number, "count": MAX_BLANK_ROWS})
                break
            continue
        blank = 0
        rows.add(number, texts, kinds)
    columns = {name: column_letters(index) for name, index in places.items()}
    return Sheet(list(places), at, columns, rows, notes)


class _Headings:
    """Looks for the headings among the first lines: one line, or two that belong together."""

    def __init__(
        self, lines: Sequence[tuple[int, list[str]]], expected: list[str], merged: list[tuple[int, int, int, int]]
    ) -> None:
        self.lines, self.merged = lines, merged
        self.known = {_key(heading): heading for heading in expected}

    def found(self, notes: list[dict[str, Any]]) -> tuple[int, list[str]]:
        """The number of the last line of headings, and the names of the columns ("" for none)."""
        singles = [(self._score(texts), number, number, texts) for number, texts in self.lines]
        pairs = []
        for (upper, above), (lower, below) in itertools.pairwise(self.lines):
            if self._joined(upper):
                texts = self._together(upper, above, below)
                pairs.append((self._score(texts), upper, lower, texts))
        # The best one; of equal ones a single line before a pair, and the upper before the lower.
        best = max([*singles, *pairs], key=lambda each: (each[0], each[1] == each[2], -each[1]), default=None)
        if best is None or not best[0]:
            best = self._first_filled(singles, pairs)
        _score, upper, lower, texts = best
        if upper != lower:
            notes.append({"note": "two_lines", "upper": upper, "lower": lower})
        return lower, [self.known.get(_key(text), " ".join(text.split())) for text in texts]

    def _score(self, texts: list[str]) -> int:
        return len(self.known.keys() & {_key(text) for text in texts})

    def _joined(self, upper: int) -> bool:
        """Whether this line may stand above another: cells of it are merged, or nothing is known of merged cells."""
        return not self.merged or any(first == upper for first, _left, _last, _right in self.merged)

    def _together(self, upper: int, above: list[str], below: list[str]) -> list[str]:
        """Two lines as one: below a wide cell the lower name, with the upper before it where it is asked for or needed
        to tell two columns apart; elsewhere the one that is filled."""
        width = max(len(above), len(below))
        above = [*above, *[""] * (width - len(above))]
        below = [*below, *[""] * (width - len(below))]
        wide = list(above)
        for first, left, _last, right in self.merged:
            if first == upper:
                wide[left : right + 1] = [above[left]] * len(wide[left : right + 1])
        names = []
        for group, name in zip(wide, below, strict=True):
            both = f"{group.strip()}{name.strip()}"
            if not name.strip() or not group.strip():
                names.append(name if name.strip() else group)
            elif _key(name) in self.known and below.count(name) == 1:
                names.append(name)
            else:
                names.append(both if _key(both) in self.known or below.count(name) > 1 else name)
        return names

    def _first_filled(self, singles: list, pairs: list) -> tuple[int, int, int, list[str]]:
        filled = [each for each in singles if sum(bool(text.strip()) for text in each[3]) >= 2]
        if not filled:
            raise NoHeadings()
        of_two = [each for each in pairs if each[1] == filled[0][1] and self.merged]
        return of_two[0] if of_two else filled[0]


def _key(heading: str) -> str:
    """A heading without what people vary: full-width forms, spaces, line breaks, the star of what is compulsory."""
    return "".join(unicodedata.normalize("NFKC", heading).split()).strip("*")


def _csv_lines(content: bytes) -> Iterator[Line]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), newline="")
    head = text.readline()
    text.seek(0)
    separator = max((",", "\t", ";", "，"), key=head.count)
    try:
        for number, fields in enumerate(csv.reader(text, delimiter=separator), start=1):
            if number > MAX_ROWS:
                raise TooManyRows(row=number)
            yield fields, None
    except csv.Error as error:
        raise NotAWorkbook() from error


def _encoding(content: bytes) -> str:
    """UTF-8, with or without its mark, or GB18030: the first in which every byte makes sense."""
    if b"\0" not in content:
        for encoding in ("utf-8-sig", "gb18030"):
            decoder = codecs.getincrementaldecoder(encoding)()
            try:
                for first in range(0, len(content), _CHUNK):
                    decoder.decode(content[first : first + _CHUNK])
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                continue
            return encoding
    raise NotAWorkbook()
