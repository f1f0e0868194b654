"""What a file is by its content, whatever its name says, and whether it may be taken in: kinds, sizes, dangers."""

import re
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext_lazy as _

from cms import drawing, recordings
from cms.models import CourseFile
from lms.lib import office
from lms.lib.refusals import Refusal

Kind = CourseFile.Kind
_MB = 1024 * 1024
MOST_BYTES = {
    Kind.PDF: 50 * _MB,
    Kind.VIDEO: 500 * _MB,
    Kind.AUDIO: 100 * _MB,
    Kind.CAPTIONS: _MB,
    Kind.OFFICE: 50 * _MB,
}
MOST_PAGES = 300
_HEAD = 4096
_TIMING = re.compile(
    r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})[ \t]+-->[ \t]+(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})(?:[ \t]+\S+)*"
)
# Brands of the same container that browsers do not play: photos of telephones, QuickTime.
_NO_FILMS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"qt  ")


class BadFile(Refusal):
    """A file that is not taken in; each kind says what to do."""

    field = "file"
    status = 422


class UnknownKind(BadFile):
    sentence = _(
        "The content of this file is none of those that are taken in: PDF, MP4, MP3, M4A, WebVTT captions, "
        "Word (.docx), Excel (.xlsx), PowerPoint (.pptx). Save it as one of these."
    )


class EndingDiffers(BadFile):
    sentence = _("By its content this is a .{ending} file, but its name says something else. Rename it and try again.")


class TooHeavy(BadFile):
    sentence = _("The file is larger than {most} MB, which is the most for this kind. Make it smaller or split it.")


class Damaged(BadFile):
    sentence = _("The file is damaged, or something else is hidden in it. Save it again with its own program.")


class Locked(BadFile):
    sentence = _("The PDF is locked by a password. Save it without one.")


class TooManyPages(BadFile):
    sentence = _("The PDF has more than {most} pages. Split it into parts.")


class MacrosInside(BadFile):
    sentence = _("The file contains macros, or fetches parts from elsewhere when it is opened. Save it without them.")


class UnpacksTooBig(BadFile):
    sentence = _("The file unpacks to far more than its size. Save it again, with fewer or smaller pictures.")


class NotCaptions(BadFile):
    sentence = _(
        "These captions cannot be read in line {line}. WebVTT begins with WEBVTT; each caption has a line such as "
        "00:01.000 --> 00:04.500, and its end lies after its beginning."
    )


def kind_of(file: IO[bytes], name: str, size: int) -> CourseFile.Kind:
    """What a file is by its content; its name must end accordingly. The first bytes decide what is looked for, and
    then the file must be that up to its end. The size of its kind is looked at before anything is read.

    Refuses (BadFile): UnknownKind, EndingDiffers, TooHeavy, Damaged, Locked, TooManyPages, MacrosInside,
    UnpacksTooBig, NotCaptions.
    """
    file.seek(0)
    head = file.read(_HEAD)
    kind = _guess(head)
    if size > MOST_BYTES[kind]:
        raise TooHeavy(most=MOST_BYTES[kind] // _MB)
    ending = {
        Kind.PDF: _check_pdf,
        Kind.VIDEO: _check_mp4,
        Kind.AUDIO: _check_mp3,
        Kind.CAPTIONS: _check_captions,
        Kind.OFFICE: _check_office,
    }[kind](file, size)
    file.seek(0)
    if PurePosixPath(name).suffix.lower() != f".{ending}":
        raise EndingDiffers(ending=ending)
    if ending == "m4a" and size > MOST_BYTES[Kind.AUDIO]:
        raise TooHeavy(most=MOST_BYTES[Kind.AUDIO] // _MB)
    return Kind.AUDIO if ending == "m4a" else kind


def _guess(head: bytes) -> CourseFile.Kind:
    if head.startswith(b"%PDF-"):
        return Kind.PDF
    if head.startswith(office.START):
        return Kind.OFFICE
    if head[4:8] == b"ftyp" and head[8:12] not in _NO_FILMS:
        return Kind.VIDEO
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"):
        return Kind.AUDIO
    if re.match(rb"(\xef\xbb\xbf)?WEBVTT(?=[ \t\r\n]|$)", head):
        return Kind.CAPTIONS
    raise UnknownKind()


def _check_pdf(file: IO[bytes], size: int) -> str:
    """Nothing may follow its end; it opens without a password; its pages are counted in a process of their own."""
    file.seek(max(0, size - 2048))
    tail = file.read()
    if not re.search(rb"%%EOF[\s\0]*$", tail):
        raise Damaged()
    try:
        pages = drawing.count_pages(file)
    except drawing.LockedError as error:
        raise Locked() from error
    except drawing.DrawingError as error:
        raise Damaged() from error
    if pages > MOST_PAGES:
        raise TooManyPages(most=MOST_PAGES)
    if pages == 0:
        raise Damaged()
    return "pdf"


def _check_mp4(file: IO[bytes], size: int) -> str:
    try:
        found = recordings.tracks(file, size)
    except recordings.NotReadable as error:
        raise Damaged() from error
    if "vide" in found:
        return "mp4"
    if found == {"soun"} or found <= {"soun", "text", "sbtl", "meta", "hint"}:
        return "m4a"
    raise Damaged()


def _check_mp3(file: IO[bytes], size: int) -> str:
    if not recordings.is_mp3(file, size):
        raise Damaged()
    return "mp3"


def _check_captions(file: IO[bytes], _size: int) -> str:
    """WebVTT: blocks parted by blank lines; a block with a timing line is a cue, NOTE, STYLE and REGION are passed."""
    file.seek(0)
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Damaged() from error
    if "\0" in text:
        raise Damaged()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    last_start, block_begins = -1, True
    for number, line in enumerate(lines, start=1):
        if "-->" in line:
            start = _starts(line, number)
            if start < last_start:
                raise NotCaptions(line=number)
            last_start = start
        elif block_begins and line.startswith("STYLE"):
            raise NotCaptions(line=number)  # what a page looks like is not for a file to say
        block_begins = not line.strip()
    if last_start < 0:
        raise NotCaptions(line=len(lines))
    return "vtt"


def _starts(line: str, number: int) -> int:
    """The moment in ms at which a caption begins. Refuses NotCaptions."""
    found = _TIMING.fullmatch(line.strip())
    if not found:
        raise NotCaptions(line=number)
    start, end = (_ms(found.groups()[place : place + 4]) for place in (0, 4))
    if end <= start:
        raise NotCaptions(line=number)
    return start


def _ms(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (int(each or 0) for each in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _check_office(file: IO[bytes], size: int) -> str:
    """A text, workbook or slides without macros, that unpacks to a bearable size and fetches nothing from outside."""
    try:
        return office.ending_of(file, size)
    except office.NotOfficeError as error:
        raise UnknownKind() from error
    except office.MacrosError as error:
        raise MacrosInside() from error
    except office.TooBigError as error:
        raise UnpacksTooBig() from error
    except office.BrokenError as error:
        raise Damaged() from error
