"""Office files by their content: a text, a workbook or slides, whole, without macros, fetching nothing from outside."""

import re
import zipfile
from typing import IO
from xml.parsers import expat

from lms.lib.sheets import table, xlsx

START = b"PK\x03\x04"  # how each of them begins
_MB = 1024 * 1024
_MOST_RELATIONS = 4 * _MB
_END_OF_DIRECTORY = 22  # bytes, without a comment
# The part that makes an Office file a text, a workbook or slides.
_MAIN_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
# What a relation may not fetch from outside when the file is opened. A link that a reader clicks is her own doing.
_FETCHED = ("/attachedTemplate", "/oleObject", "/frame", "/subDocument", "/package")
_DANGEROUS_PARTS = re.compile(r"vba(project|data)|/activex/|macrosheets/", re.IGNORECASE)
_BROKEN_ZIP = (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError, OSError)


class OfficeError(Exception):
    """A file that is not to be taken in; those above say it in their own words."""


class NotOfficeError(OfficeError):
    """None of the three kinds."""


class BrokenError(OfficeError):
    """Damaged, or with something hidden around it."""


class MacrosError(OfficeError):
    """Contains programs, or fetches parts from elsewhere when it is opened."""


class TooBigError(OfficeError):
    """Unpacks to far more than its size."""


def ending_of(file: IO[bytes], size: int) -> str:
    """Says "docx", "xlsx" or "pptx", by what is inside a file of `size` bytes. Raises OfficeError: NotOfficeError,
    BrokenError, MacrosError, TooBigError."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            _require_nothing_around(archive, file, size)
            xlsx.weigh(archive)
            names = archive.namelist()
            endings = [ending for part, ending in _MAIN_PARTS.items() if part in names]
            if len(endings) != 1 or "[Content_Types].xml" not in names:
                raise NotOfficeError()
            types = archive.read("[Content_Types].xml").replace(b"\0", b"").lower()
            macros = b"macroenabled" in types or b"vbaproject" in types
            if macros or any(_DANGEROUS_PARTS.search(each) for each in names):
                raise MacrosError()
            for part in names:
                if part.lower().endswith(".rels") and _fetches(archive, part):
                    raise MacrosError()
    except table.UnpacksTooBig as error:
        raise TooBigError() from error
    except (*_BROKEN_ZIP, expat.ExpatError) as error:
        raise BrokenError() from error
    return endings[0]


def _require_nothing_around(archive: zipfile.ZipFile, file: IO[bytes], size: int) -> None:
    """The archive is the whole file: no bytes before its first part, none behind its directory."""
    first = min((each.header_offset for each in archive.infolist()), default=1)
    file.seek(size - _END_OF_DIRECTORY)
    if first != 0 or file.read(4) != b"PK\x05\x06":
        raise BrokenError()


def _fetches(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether one of the relations in a part loads something from outside."""
    with archive.open(part) as stream:
        content = stream.read(_MOST_RELATIONS + 1)
    if len(content) > _MOST_RELATIONS:
        raise TooBigError()
    found = []

    def start(_tag: str, given: dict[str, str]) -> None:
        if given.get("TargetMode", "").lower() == "external":
            found.append(given.get("Type", ""))

    def forbid(*_declared: object) -> None:
        raise ValueError("a part with a document type could name entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = forbid
    parser.Parse(content, True)
    return any(each.endswith(_FETCHED) for each in found)
