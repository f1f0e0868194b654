"""Draws the pages of a PDF as pictures, in a child process with limits: what a lesson shows in its stead."""

import contextlib
import json
import struct
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F

from cms.models import CourseFile, SlidePicture
from lms.lib.crypto import token

WIDTH, HEIGHT = 1400, 4000  # at most, in pixels
TRIES = 3
_CHILD = Path(__file__).with_name("drawing_child.py")
_COUNTING_SECONDS, _DRAWING_SECONDS = 20, 240
_LOCKED = 3  # the child's exit code for a document that asks for a password


class DrawingError(RuntimeError):
    """A PDF that cannot be opened or drawn: a damaged file, or the limits of time and memory."""


class LockedError(DrawingError):
    """It asks for a password."""


@dataclass(frozen=True)
class _Page:
    """One page as it was drawn."""

    picture: bytes
    width: int
    height: int
    text: str


def count_pages(file: IO[bytes]) -> int:
    """How many pages a PDF has. Raises LockedError, DrawingError."""
    file.seek(0)
    try:
        done = subprocess.run(  # noqa: S603
            _command("count"), input=file.read(), capture_output=True, timeout=_COUNTING_SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise DrawingError("counting pages took too long") from late
    if done.returncode == _LOCKED:
        raise LockedError
    if done.returncode:
        raise DrawingError(done.stderr.decode(errors="replace")[-500:])
    return int(done.stdout)


def draw(file_id: int) -> None:
    """Draw the pages of a PDF, unless they are there or the file is gone; a second run finds them and leaves. Raises
    DrawingError; after TRIES of them nobody tries again."""
    row = CourseFile.objects.filter(pk=file_id, kind=CourseFile.Kind.PDF, slides=None).first()
    if row is None:
        return
    CourseFile.objects.filter(pk=row.pk).update(drawing_tries=F("drawing_tries") + 1)
    storage = SlidePicture._meta.get_field("file").storage
    pictures: list[SlidePicture] = []
    try:
        for number, page in enumerate(_pages(row), start=1):
            name = storage.save(f"slides/{token()}.webp", ContentFile(page.picture))
            slide = SlidePicture(source=row, number=number, width=page.width, height=page.height, text=page.text)
            slide.file.name = name
            pictures.append(slide)
        kept = _keep(row, pictures)
    except BaseException:
        _forget(pictures)
        raise
    if not kept:
        _forget(pictures)


def waiting() -> list[int]:
    """The PDFs whose pages nobody has drawn yet."""
    rows = CourseFile.objects.filter(kind=CourseFile.Kind.PDF, slides=None, drawing_tries__lt=TRIES)
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _keep(row: CourseFile, pictures: list[SlidePicture]) -> bool:
    """Keep the pages, unless another was faster or the file has changed meanwhile."""
    present = CourseFile.objects.select_for_update().filter(pk=row.pk).first()
    if present is None or present.file.name != row.file.name or present.slides.exists():
        return False
    SlidePicture.objects.bulk_create(pictures)
    return True


def _forget(pictures: list[SlidePicture]) -> None:
    for each in pictures:
        each.file.storage.delete(each.file.name)


def _pages(row: CourseFile) -> Iterator[_Page]:
    """The pages one after the other, as the child draws them. It is ended when its time is over."""
    with (
        row.file.open("rb") as source,
        subprocess.Popen(  # noqa: S603
            _command("draw", str(WIDTH), str(HEIGHT)),
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
        ) as child,
    ):
        ending = threading.Timer(_DRAWING_SECONDS, child.kill)
        ending.start()
        try:
            while head := child.stdout.read(8):
                yield _read(child.stdout, head)
            if child.wait():
                raise DrawingError(f"the drawing process ended with {child.returncode}")
        finally:
            ending.cancel()
            with contextlib.suppress(ProcessLookupError):
                child.kill()


def _read(pipe: IO[bytes], head: bytes) -> _Page:
    try:
        length, size = struct.unpack(">II", head)
        facts, picture = json.loads(pipe.read(length)), pipe.read(size)
    except (struct.error, ValueError) as error:
        raise DrawingError("the drawing process broke off") from error
    if len(picture) < size:
        raise DrawingError("the drawing process broke off")
    return _Page(picture, facts["width"], facts["height"], _plain(facts["text"]))


def _plain(text: str) -> str:
    """Words without control characters, each line once trimmed."""
    lines = ("".join(c for c in line if unicodedata.category(c)[0] != "C").strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _command(*task: str) -> list[str]:
    return [sys.executable, "-I", str(_CHILD), *task]
