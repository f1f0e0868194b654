"""What an MP4 or an MP3 consists of, told by its own structure and nothing else; nothing is decoded."""

import struct
from collections.abc import Iterator
from typing import IO

# The boxes that may stand at the top of an MP4; anything else between them is something hidden in it.
_TOP = {
    *(b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"meta", b"udta", b"pdin", b"styp", b"sidx"),
    *(b"moof", b"mfra", b"ssix", b"prft", b"emsg"),
}
_MOST_MOOV = 64 * 1024 * 1024
_MOST_BOXES = 100_000
_FRAMES = 4  # so many in a row are no accident

# MP3, layer III: kbit/s of MPEG 1, and of MPEG 2 and 2.5; the sampling rates by version.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


class NotReadable(ValueError):  # noqa: N818 - the caller's sentence says what is wrong
    """The structure breaks off or leads outside the file."""


def tracks(file: IO[bytes], size: int) -> set[str]:
    """The kinds of track in an MP4 ("vide", "soun", …). Its boxes must follow each other up to its very end. Raises
    NotReadable."""
    found: set[str] = set()
    at, headers = 0, 0
    while at < size:
        kind, begin, end = _top_box(file, at, size)
        if kind not in _TOP or (at == 0) != (kind == b"ftyp"):
            raise NotReadable
        if kind == b"moov":
            headers += 1
            if headers > 1 or end - begin > _MOST_MOOV:
                raise NotReadable
            file.seek(begin)
            found = _handlers(file.read(end - begin))
        at = end
    if not found:
        raise NotReadable
    return found


def is_mp3(file: IO[bytes], size: int) -> bool:
    """Whether frames of layer III follow each other from the start, or from the end of an ID3 tag before them."""
    file.seek(0)
    head = file.read(10)
    at = 0
    if head[:3] == b"ID3" and len(head) == 10 and all(each < 128 for each in head[6:]):
        at = 10 + (head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9])
        file.seek(at)
        padding = file.read(1 << 16)
        at += len(padding) - len(padding.lstrip(b"\0"))
    for _ in range(_FRAMES):
        file.seek(at)
        length = _frame(file.read(4))
        if length is None:
            return False
        at += length
    return at <= size


def _top_box(file: IO[bytes], at: int, size: int) -> tuple[bytes, int, int]:
    """Kind, first byte of the content, and end of the box that stands at `at`."""
    file.seek(at)
    head = file.read(16)
    if len(head) < 8:
        raise NotReadable
    length, kind = struct.unpack(">I4s", head[:8])
    begin = at + 8
    if length == 1:
        if len(head) < 16:
            raise NotReadable
        (length,) = struct.unpack(">Q", head[8:16])
        begin = at + 16
    end = size if length == 0 else at + length
    if not begin <= end <= size:
        raise NotReadable
    return kind, begin, end


def _handlers(moov: bytes) -> set[str]:
    """The handler of each track of a moov box (moov > trak > mdia > hdlr)."""
    found = set()
    for kind, begin, end in _boxes(moov, 0, len(moov)):
        if kind != b"trak":
            continue
        for kind_, begin_, end_ in _boxes(moov, begin, end):
            if kind_ == b"mdia":
                found |= {
                    moov[first + 8 : first + 12].decode("latin-1")
                    for name, first, _last in _boxes(moov, begin_, end_)
                    if name == b"hdlr"
                }
    return found


def _boxes(content: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    at, seen = begin, 0
    while at + 8 <= end:
        length, kind = struct.unpack_from(">I4s", content, at)
        if length < 8 or at + length > end or seen > _MOST_BOXES:
            raise NotReadable
        yield kind, at + 8, at + length
        at, seen = at + length, seen + 1


def _frame(head: bytes) -> int | None:
    """The length in bytes of the frame that begins with these four; None if none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate, hertz, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer != 1 or rate in (0, 15) or hertz == 3:
        return None
    bits = (_RATES_1 if version == 3 else _RATES_2)[rate] * 1000
    return (144 if version == 3 else 72) * bits // _HERTZ[version][hertz] + padding
