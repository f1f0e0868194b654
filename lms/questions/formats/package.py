"""Zipped packages from strangers: every name and size is judged before anything is unpacked."""

import io
import posixpath
import re
import stat
import zipfile
from urllib.parse import unquote

from lms.questions.formats.limits import MAX_PARTS, MAX_UNPACKED, Unreadable, require_size

START = b"PK\x03\x04"
_MB = 1024 * 1024
_BROKEN = (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError, OSError)


def opened(content: bytes) -> dict[str, bytes]:
    """The files of a package by their names. Raises Unreadable: too_big, not_zip, too_many, path (a name that leads
    outside, a link, or one twice), locked."""
    require_size(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [each for each in archive.infolist() if not each.is_dir()]
            _require_harmless(parts)
            found, left = {}, MAX_UNPACKED
            for each in parts:
                with archive.open(each) as part:
                    found[each.filename] = part.read(left + 1)
                left -= len(found[each.filename])
                if left < 0:
                    raise Unreadable("unpacks", limit=MAX_UNPACKED // _MB)
            return found
    except _BROKEN as error:
        raise Unreadable("not_zip") from error


def beside(name: str, address: str) -> str:
    """The name within a package of what a file there calls by a relative address."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(address.partition("#")[0])))


def _require_harmless(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MAX_PARTS:
        raise Unreadable("too_many", limit=MAX_PARTS)
    if sum(each.file_size for each in parts) > MAX_UNPACKED:
        raise Unreadable("unpacks", limit=MAX_UNPACKED // _MB)
    names = [each.filename for each in parts]
    for each in parts:
        name = each.filename
        outside = name.startswith("/") or "\\" in name or re.match("[A-Za-z]:", name) or ".." in name.split("/")
        if outside or len(name.encode()) > 240 or stat.S_ISLNK(each.external_attr >> 16):
            raise Unreadable("path", name=name[:80])
        if each.flag_bits & 1:
            raise Unreadable("locked")
    if len(set(names)) < len(names):
        raise Unreadable("path", name=next(each for each in names if names.count(each) > 1)[:80])
