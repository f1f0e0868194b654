"""The lines of an .xls workbook: its records are walked through first, for formulas, macros and far-away cells."""

import io
import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineWorkbook

from lms.lib.sheets import xlsx
from lms.lib.sheets.table import MacrosInside, NotAWorkbook

_NO_SECTOR = 0xFFFFFFFA  # from here on a number names no sector: the end of a chain, or a free one
_DIRECTORY_ENTRY = 128
_STREAM = 2  # the kind of a directory entry
_MACROS = {"_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA", "Macros"}
# Records: what a workbook and its sheets say of themselves.
_BOF, _EOF, _SHEET, _LOCKED, _LINK, _MERGED = 0x809, 0x0A, 0x85, 0x2F, 0x1AE, 0xE5
_FORMULAS = {0x06, 0x206, 0x406}
_FILLED = {*_FORMULAS, 0xFD, 0x204, 0x203, 0x27E, 0x205, 0xD6, 0xBD}
_LINK_TO_ITSELF = (0x401, 0x3A01)


def lines(content: bytes, notes: list[dict[str, Any]]) -> tuple[Iterator[xlsx.Line], xlsx.Merged]:
    """The lines of the first visible sheet, and which cells are merged. Refuses NotAWorkbook, MacrosInside,
    TooManyRows."""
    try:
        book = _Book(_Container(content).workbook())
        if book.has_links:
            notes.append({"note": "external_links"})
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        name = xlsx.first_visible(workbook, notes)
        sheet = workbook.get_sheet_by_name(name)
        scan = book.sheets[workbook.sheet_names.index(name)]
    except (*xlsx.BROKEN, struct.error, IndexError) as error:
        raise NotAWorkbook() from error
    return xlsx.laid_out(sheet, scan.formulas, scan.width), scan.merged


class CircularError(ValueError):
    """A chain of sectors that never ends."""


class _Container:
    """The compound file around the workbook: sectors chained by a table, and a directory of streams."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = 1 << struct.unpack_from("<H", content, 30)[0]
        self.small_size = 1 << struct.unpack_from("<H", content, 32)[0]
        first_directory, self.cutoff, first_small = struct.unpack_from("<I4xII", content, 48)
        self.chain = self._table(self._table_sectors())
        directory = self._stream(first_directory)
        self.entries = [self._entry(directory, at) for at in range(0, len(directory), _DIRECTORY_ENTRY)]
        self.small_chain = self._table(_chained(first_small, self.chain))
        for _name, kind, start, size in self.entries:  # whoever reads the file after us must not walk in a circle
            if kind == _STREAM and size:
                _chained(start, self.chain if size >= self.cutoff else self.small_chain)

    def workbook(self) -> bytes:
        """The stream of the workbook. Refuses MacrosInside, NotAWorkbook."""
        names = {name for name, _kind, _start, _size in self.entries}
        if names & _MACROS:
            raise MacrosInside()
        for name, kind, start, size in self.entries:
            if kind == _STREAM and name in ("Workbook", "Book"):
                return self._stream(start)[:size] if size >= self.cutoff else self._small_stream(start)[:size]
        raise NotAWorkbook()

    def _table_sectors(self) -> list[int]:
        """The sectors that hold the table of chains: 109 named in the head of the file, more in sectors of names."""
        found = list(struct.unpack_from("<109I", self.content, 76))
        following = struct.unpack_from("<I", self.content, 68)[0]
        while following < _NO_SECTOR:
            names = self._unpacked(self._sector(following))
            found += names[:-1]
            following = names[-1]
            if len(found) * self.size > len(self.content) + 110 * self.size:
                raise CircularError()
        return [each for each in found if each < _NO_SECTOR]

    def _table(self, sectors: list[int]) -> list[int]:
        return [each for sector in sectors for each in self._unpacked(self._sector(sector))]

    def _unpacked(self, sector: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(sector) // 4}I", sector))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        return self.content[start : start + self.size]

    def _stream(self, start: int) -> bytes:
        return b"".join(self._sector(each) for each in _chained(start, self.chain))

    def _small_stream(self, start: int) -> bytes:
        """Short streams lie in small sectors inside the stream of the directory's root."""
        root, size = self._stream(self.entries[0][2]), self.small_size
        return b"".join(root[each * size : (each + 1) * size] for each in _chained(start, self.small_chain))

    @staticmethod
    def _entry(directory: bytes, at: int) -> tuple[str, int, int, int]:
        name_size, kind = struct.unpack_from("<HB", directory, at + 64)
        start, size = struct.unpack_from("<II", directory, at + 116)
        return directory[at : at + max(0, name_size - 2)].decode("utf-16-le", "replace"), kind, start, size


def _chained(start: int, chain: list[int]) -> list[int]:
    """The sectors of a chain from its first one on. Refuses (CircularError) one that comes back to itself."""
    found: list[int] = []
    while start < _NO_SECTOR:
        found.append(start)
        start = chain[start]
        if len(found) > len(chain):
            raise CircularError()
    return found


class _SheetScan:
    """What the records of a sheet say of its cells."""

    def __init__(self) -> None:
        self.formulas: dict[int, set[int]] = defaultdict(set)
        self.merged: xlsx.Merged = []
        self.width = self.last_row = 0


class _Book:
    """A workbook's records: the sheets in their order, each walked through."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.has_links = False
        starts = []
        for kind, at, size in self._records(0):
            if kind == _LOCKED:
                raise NotAWorkbook()
            if kind == _SHEET:
                starts.append(struct.unpack_from("<I", stream, at)[0])
            elif kind == _LINK and size >= 4:
                self.has_links |= struct.unpack_from("<H", stream, at + 2)[0] not in _LINK_TO_ITSELF
        self.sheets = [self._scan(start) for start in starts]

    def _records(self, at: int) -> Iterator[tuple[int, int, int]]:
        """Kind, place and size of the records from one beginning to its end, whatever is nested in between left out."""
        depth = 0
        while at + 4 <= len(self.stream):
            kind, size = struct.unpack_from("<HH", self.stream, at)
            depth += (kind == _BOF) - (kind == _EOF)
            if depth <= 1:
                yield kind, at + 4, size
            if depth <= 0:
                return
            at += 4 + size

    def _scan(self, start: int) -> _SheetScan:
        found = _SheetScan()
        for kind, at, size in self._records(start):
            if kind in _FILLED:
                row, column = struct.unpack_from("<HH", self.stream, at)
                if kind == 0xBD:  # several numbers side by side: the last column stands at the end
                    column = struct.unpack_from("<H", self.stream, at + size - 2)[0]
                if row >= found.last_row or column >= found.width:
                    found.last_row, found.width = max(found.last_row, row + 1), max(found.width, column + 1)
                    xlsx.require_small(found.last_row, found.width)
                if kind in _FORMULAS:
                    found.formulas[row + 1].add(column)
            elif kind == _MERGED:
                count = struct.unpack_from("<H", self.stream, at)[0]
                for index in range(min(count, (size - 2) // 8)):
                    first, last, left, right = struct.unpack_from("<4H", self.stream, at + 2 + 8 * index)
                    found.merged.append((first + 1, left, last + 1, right))
        return found
