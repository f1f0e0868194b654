"""Pictures of people: from whatever a phone sends to one small JPEG of one shape, kept below PRIVATE_ROOT/photos."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from lms.lib import crypto
from lms.lib.refusals import Refusal

SIZE = (480, 640)
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 15 * 1024 * 1024
MOST_PIXELS = 40_000_000
_QUALITY = 88
Made = TypeVar("Made")


class BadPicture(Refusal):
    """A file that cannot become a photo; each kind says what to do."""

    field = "photo"
    status = 422


class NoPicture(BadPicture):
    sentence = _("This file is no picture that can be read. Choose a photo as JPEG, PNG or WebP.")


class PictureTooHeavy(BadPicture):
    sentence = _("The file is larger than {most} MB. Choose a smaller picture.")


class PictureTooLarge(BadPicture):
    sentence = _("The picture has more than {most} million points. Take it again with a lower resolution.")


class PictureTooSmall(BadPicture):
    sentence = _("The picture is too small: it needs at least {width} by {height} points.")


def prepare(file: IO[bytes]) -> bytes:
    """A JPEG of 480 × 640 from a JPEG, PNG or WebP file, told by its content: turned upright, cut to 3 : 4 around its
    middle, without whatever else the camera wrote into it (place, time, device).

    Refuses: as `reading`.
    """
    return reading(file, _jpeg)


def reading(file: IO[bytes], made_of: Callable[[Image.Image], Made]) -> Made:
    """What is made of the picture in a JPEG, PNG or WebP file, told by its content; the figures in the file's head are
    looked at before anything is decoded.

    Refuses (BadPicture): PictureTooHeavy (15 MB), NoPicture, PictureTooLarge (40 million points), PictureTooSmall, and
    what `made_of` refuses of these.
    """
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise PictureTooHeavy(most=MOST_BYTES // (1024 * 1024))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow thinks of its head is judged below
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                _require_size(picture)
                return made_of(picture)
    except BadPicture:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise NoPicture() from error
    except Exception as error:  # a decoder meets whatever strangers send: anything it raises is a bad file
        raise NoPicture() from error


def store(jpeg: bytes) -> str:
    """Keep a photo under a random name, and say which."""
    name = f"{crypto.token()}.jpg"
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg)
    return name


def remove(name: str) -> None:
    """Forget a photo; gone already is as good."""
    if name:
        path_of(name).unlink(missing_ok=True)


def path_of(name: str) -> Path:
    """Where a photo of this name is kept."""
    return Path(settings.PRIVATE_ROOT) / "photos" / name


def _require_size(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise PictureTooLarge(most=MOST_PIXELS // 1_000_000)
    if min(width, height) < SIZE[0] // 2:
        raise PictureTooSmall(width=SIZE[0] // 2, height=SIZE[0] // 2)


def _jpeg(picture: Image.Image) -> bytes:
    picture.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))  # a JPEG of a phone need not be decoded in full
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        ground = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(ground, upright.convert("RGBA"))
    fitted = ImageOps.fit(upright.convert("RGB"), SIZE, Image.Resampling.LANCZOS, centering=(0.5, 0.5))
    written = io.BytesIO()
    Image.frombytes("RGB", SIZE, fitted.tobytes()).save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()
