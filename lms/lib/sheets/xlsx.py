"""The lines of an .xlsx workbook. Whatever is wrong with the file is refused before its cells are read."""

import datetime as dt
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from lms.lib.sheets.table import (
    DATE,
    FORMULA,
    MAX_CELLS,
    MAX_ROWS,
    NUMBER,
    OTHER,
    TEXT,
    MacrosInside,
    NotAWorkbook,
    TooManyRows,
    UnpacksTooBig,
)

MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 100
_SMALL = 1024 * 1024  # below this an unpacked size harms nobody, however well it was packed
_MAX_DIRECTORY = 4 * 1024 * 1024  # of the parts that only say which sheet is where
_MAX_MERGED = 2000
_CHUNK = 1 << 16
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Line = tuple[list[str], list[str] | None]
Merged = list[tuple[int, int, int, int]]  # first row (from 1), first column (from 0), last row, last column


class ForbiddenError(Exception):
    """A part with a document type: it could name entities."""


BROKEN = (
    *(zipfile.BadZipFile, CalamineError, expat.ExpatError, ForbiddenError, KeyError, ValueError),
    *(NotImplementedError, RuntimeError, EOFError, OSError),  # odd compression, a password, a cut file
)


def lines(content: bytes, notes: list[dict[str, Any]]) -> tuple[Iterator[Line], Merged]:
    """The lines of the first visible sheet, and which cells are merged. Refuses NotAWorkbook, MacrosInside,
    UnpacksTooBig, TooManyRows."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            weigh(archive)
            names = archive.namelist()
            if any(each.lower().endswith("vbaproject.bin") for each in names):
                raise MacrosInside()
            if any(each.startswith("xl/externalLinks/") for each in names):
                notes.append({"note": "external_links"})
            workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
            name = first_visible(workbook, notes)
            scan = _Scan(archive, _part_of(archive, name))
        return laid_out(workbook.get_sheet_by_name(name), scan.formulas, scan.width), scan.merged
    except BROKEN as error:
        raise NotAWorkbook() from error


def laid_out(sheet: Any, formulas: dict[int, set[int]], width: int) -> Iterator[Line]:
    """The lines of a sheet as texts and kinds, up to a width. Blank rows above the cells are given by the reader,
    blank columns before them are not."""
    left = [""] * (sheet.start or (0, 0))[1]
    for number, line in enumerate(sheet.iter_rows(), start=1):
        values = (left + line if left else line)[:width]
        odd = formulas.get(number)
        if odd is None and all(type(value) is str for value in values):
            yield values, None
            continue
        said = [_said(value) for value in values]
        yield (
            [text for _kind, text in said],
            [FORMULA if odd and index in odd else kind for index, (kind, _text) in enumerate(said)],
        )


def first_visible(workbook: CalamineWorkbook, notes: list[dict[str, Any]]) -> str:
    """The name of the first visible sheet; the others are noted."""
    found = ""
    for each in workbook.sheets_metadata:
        if each.visible != SheetVisibleEnum.Visible:
            notes.append({"note": "hidden_sheet", "name": each.name})
        elif found:
            notes.append({"note": "other_sheet", "name": each.name})
        else:
            found = each.name
    if not found:
        raise NotAWorkbook()
    return found


def require_small(last_row: int, width: int) -> None:
    """Refuse TooManyRows where the cells span more than a list needs."""
    if last_row > MAX_ROWS or last_row * width > MAX_CELLS:
        raise TooManyRows(row=last_row)


def _said(value: Any) -> tuple[str, str]:
    """Kind and text of a value: whole numbers without a point up to 15 digits, longer ones as a spreadsheet shows
    them (their end is lost already), dates as 2012-08-01."""
    if isinstance(value, str):
        return TEXT, value
    if isinstance(value, bool):
        return OTHER, "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if abs(value) >= 1e15:
            return NUMBER, f"{value:.5E}"
        return NUMBER, str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, dt.datetime):
        return DATE, value.isoformat(" ") if value.time() != dt.time(0) else value.date().isoformat()
    return (DATE if isinstance(value, dt.date) else OTHER), str(value)


def weigh(archive: zipfile.ZipFile) -> None:
    """Refuse what unpacks to too much: by the directory first, then by unpacking, for a directory may lie."""
    parts = archive.infolist()
    packed = sum(part.compress_size for part in parts)
    _require_light(sum(part.file_size for part in parts), packed)
    unpacked = 0
    for part in parts:
        part.file_size = MAX_UNPACKED + 1  # so that reading goes on to the true end
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                unpacked += len(chunk)
                _require_light(unpacked, packed)


def _require_light(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED or (unpacked > _SMALL and unpacked > MAX_RATIO * packed):
        raise UnpacksTooBig()


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The path of a sheet's XML inside the workbook."""
    relations = dict(_attributes(archive, "xl/_rels/workbook.xml.rels", "Relationship", "Id", "Target"))
    target = relations[dict(_attributes(archive, "xl/workbook.xml", "sheet", "name", "id"))[sheet]]
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _attributes(archive: zipfile.ZipFile, part: str, element: str, *names: str) -> list[tuple[str, ...]]:
    """These attributes of every such element of a part, whatever name spaces it uses."""
    with archive.open(part) as stream:
        content = stream.read(_MAX_DIRECTORY + 1)
    if len(content) > _MAX_DIRECTORY:
        raise UnpacksTooBig()
    found = []

    def start(tag: str, given: dict[str, str]) -> None:
        if _local(tag) == element:
            local = {_local(name): value for name, value in given.items()}
            found.append(tuple(local.get(name, "") for name in names))

    _parse([content], start)
    return found


def _parse(chunks: Iterable[bytes], start: Any) -> None:
    """Walk through XML and hand every element that begins to `start`; nothing is built, nothing is fetched."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _forbid
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _forbid(*_declared: object) -> None:
    raise ForbiddenError()


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Scan:
    """What a sheet's XML says of its cells: where the formulas stand, how many columns the filled cells span, which
    cells are merged. What it declares about its size is not asked."""

    def __init__(self, archive: zipfile.ZipFile, part: str) -> None:
        self.formulas: dict[int, set[int]] = defaultdict(set)
        self.merged: Merged = []
        self.width = 0
        self._row = self._column = self._last_row = 0
        with archive.open(part) as stream:
            _parse(iter(lambda: stream.read(_CHUNK), b""), self._start)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        name = tag.rpartition(":")[2] if ":" in tag else tag
        if name == "c":
            self._cell(given.get("r"))
        elif name in ("v", "f", "is"):
            if self._row > self._last_row or self._column > self.width:
                self._last_row, self.width = max(self._last_row, self._row), max(self.width, self._column)
                require_small(self._last_row, self.width)
            if name == "f":
                self.formulas[self._row].add(self._column - 1)
        elif name == "row":
            self._row, self._column = int(given.get("r") or self._row + 1), 0
        elif name == "mergeCell" and len(self.merged) < _MAX_MERGED:
            self._merge(given.get("ref", ""))

    def _cell(self, address: str | None) -> None:
        """Where the next cell stands: at its address, or right of the one before."""
        match = _ADDRESS.fullmatch(address) if address else None
        if not match:
            self._column += 1
            return
        self._row, self._column = int(match[2]), _number(match[1])

    def _merge(self, area: str) -> None:
        first, _colon, last = area.partition(":")
        start, end = _ADDRESS.fullmatch(first), _ADDRESS.fullmatch(last)
        if start and end:
            self.merged.append((int(start[2]), _number(start[1]) - 1, int(end[2]), _number(end[1]) - 1))


_NUMBERS: dict[str, int] = {}


def _number(letters: str) -> int:
    """The number of a column, from 1, by its letters."""
    number = _NUMBERS.get(letters)
    if number is None:
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - 64
        _NUMBERS[letters] = number  # at most 18,278
    return number
