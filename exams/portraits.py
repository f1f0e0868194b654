"""A picture for the exam: cut to 5 : 7 where the person says, measured, and written anew without what a camera adds."""

import io
from typing import IO, NamedTuple

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, ImageStat

from lms.people import photos

SIZE = (450, 630)
MOST_BYTES = 200 * 1024
LEAST_WIDTH = 240  # of the part that is cut out, in points
_LIGHT, _PLAIN = 165, 42  # mean and spread of the brightness (0–255) along the border of a light plain ground


class CutTooSmall(photos.BadPicture):
    sentence = _("What is cut out has only {width} points across; at least {least} are needed. Cut out more.")


class Cut(NamedTuple):
    """What to cut out: how much larger than the largest 5 : 7 part it is shown (percent, 100–400), and where that part
    lies between the edges (percent from the left and from the top)."""

    zoom: int = 100
    across: int = 50
    down: int = 50


class Portrait(NamedTuple):
    jpeg: bytes
    is_plain: bool


def prepare(file: IO[bytes], cut: Cut) -> Portrait:
    """A JPEG of 450 × 630 and at most 200 KB from a JPEG, PNG or WebP file; `is_plain` says whether the ground along
    its border is light and even. Whether it shows one face is not measured. Refuses: as `photos.reading`,
    CutTooSmall."""
    return photos.reading(file, lambda picture: _portrait(picture, cut))


def box(width: int, height: int, cut: Cut) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is cut out of a picture of this size."""
    across = min(width, height * SIZE[0] / SIZE[1]) * 100 / min(max(cut.zoom, 100), 400)
    down = across * SIZE[1] / SIZE[0]
    left = (width - across) * min(max(cut.across, 0), 100) / 100
    top = (height - down) * min(max(cut.down, 0), 100) / 100
    return round(left), round(top), round(left + across), round(top + down)


def _portrait(picture: Image.Image, cut: Cut) -> Portrait:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        ground = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(ground, upright.convert("RGBA"))
    edges = box(*upright.size, cut)
    if edges[2] - edges[0] < LEAST_WIDTH:
        raise CutTooSmall(width=edges[2] - edges[0], least=LEAST_WIDTH)
    small = upright.convert("RGB").crop(edges).resize(SIZE, Image.Resampling.LANCZOS)
    clean = Image.frombytes("RGB", SIZE, small.tobytes())
    return Portrait(_within(clean), _is_plain(clean))


def _within(picture: Image.Image) -> bytes:
    """The picture as JPEG, as fine as 200 KB allow."""
    for quality in (90, 80, 65, 45, 25):
        written = io.BytesIO()
        picture.save(written, "JPEG", quality=quality, optimize=True)
        if written.tell() <= MOST_BYTES:
            break
    return written.getvalue()


def _is_plain(picture: Image.Image) -> bool:
    """Light and even along the top, and along both sides down to the shoulders."""
    width, height = SIZE
    grey = picture.convert("L")
    side, half = width // 14, height // 2
    strips = ((0, 0, width, height // 20), (0, 0, side, half), (width - side, 0, width, half))
    measured = [ImageStat.Stat(grey.crop(strip)) for strip in strips]
    return all(each.mean[0] >= _LIGHT and each.stddev[0] <= _PLAIN for each in measured)
