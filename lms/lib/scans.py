"""Scans of papers: judged by their content, freed of all that is no picture, kept under a random name."""

import contextlib
import hashlib
import io
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from lms.lib.refusals import Refusal

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST_SIDE = 3000  # enough to read every line of an A4 page
PICTURES = ("JPEG", "PNG", "WEBP")
PDF, JPEG = ".pdf", ".jpg"
_FOLDER = "scans"
_QUALITY = 85


class BadScan(Refusal):
    """A file that is not kept; each kind says what to do."""

    field = "scan"
    status = 422


class ScanMissing(BadScan):
    sentence = _("Add a picture of the paper, or a PDF.")


class ScanTooBig(BadScan):
    sentence = _("The file is larger than {limit} MB. Take the picture again with less detail, or send a smaller PDF.")


class NotAScan(BadScan):
    sentence = _("This is neither a picture (JPEG, PNG, WebP) nor a PDF. Photograph the paper and choose that.")


class TooManyPixels(BadScan):
    sentence = _("The picture has more than {limit} million pixels. Take it again with less detail.")


@dataclass(frozen=True)
class Scan:
    """A scan as it will be kept: its content, the ending of its name, and the digest of the content (SHA-256, hex)."""

    content: bytes
    ending: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def clean(file: IO[bytes] | None) -> Scan:
    """What an upload is worth keeping of: a picture is drawn anew without place, device or anything else beside it,
    upright, at most LONGEST_SIDE pixels long; a PDF stays as it is. Refuses (BadScan): ScanMissing, ScanTooBig,
    NotAScan, TooManyPixels."""
    content = file.read(MAX_BYTES + 1) if file else b""
    if not content:
        raise ScanMissing()
    if len(content) > MAX_BYTES:
        raise ScanTooBig(limit=MAX_BYTES // 1024 // 1024)
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise NotAScan()
        return Scan(content, PDF)
    return Scan(_redrawn(content), JPEG)


def write(scan: Scan) -> str:
    """Keep a scan under a name that nobody can guess, readable by nobody else; its name below PRIVATE_ROOT."""
    name = f"{_FOLDER}/{secrets.token_hex(16)}{scan.ending}"
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as kept:
        kept.write(scan.content)
        kept.flush()
        os.fsync(kept.fileno())
    return name


def forget(name: str) -> None:
    """Remove a scan that no row names."""
    with contextlib.suppress(OSError):
        _path(name).unlink()


def read(name: str, digest: str) -> Scan | None:
    """A scan as it was kept; None where it is not there, or is not the one that was kept."""
    try:
        content = _path(name).read_bytes()
    except OSError:
        return None
    scan = Scan(content, Path(name).suffix)
    return scan if scan.digest == digest else None


def _path(name: str) -> Path:
    return Path(settings.PRIVATE_ROOT) / name


def _redrawn(content: bytes) -> bytes:
    """The picture alone, as JPEG. Its size is asked before a pixel is unpacked."""
    try:
        with Image.open(io.BytesIO(content), formats=PICTURES) as found:
            if found.width * found.height > MAX_PIXELS:
                raise TooManyPixels(limit=MAX_PIXELS // 1_000_000)
            found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is unpacked small from the start
            upright = ImageOps.exif_transpose(found)
            picture = _on_white(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise TooManyPixels(limit=MAX_PIXELS // 1_000_000) from bomb
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as broken:
        raise NotAScan() from broken
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    drawn = io.BytesIO()
    picture.save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue()


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        ground = Image.new("RGB", clear.size, "white")
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    # A new picture: nothing that the file said beside its pixels comes along.
    bare = Image.new("RGB", picture.size)
    bare.paste(picture.convert("RGB"))
    return bare
