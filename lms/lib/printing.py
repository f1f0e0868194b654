"""The only place that knows typst: a template's name and plain data become a PDF, in a child process with limits.

Words of people never become typst source. They travel as JSON text in `sys.inputs.data`, and a template that prints
them prints them as they are, brackets, hashes and all.
"""

import atexit
import contextlib
import importlib.resources
import json
import logging
import os
import re
import select
import struct
import subprocess
import sys
import threading
import time
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

log = logging.getLogger(__name__)

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "print"
_CHILD = Path(__file__).with_name("printing_child.py")
SECONDS = 20  # for one document, waiting included
_PROCESSOR_SECONDS = 10
_DOCUMENTS_PER_CHILD = 1000  # the compiler remembers what it has set; a new child begins with an empty memory
_NAME = re.compile(r"[a-z][a-z_]*(/[a-z][a-z_]*)+")
_BLANK = "□"  # where the fonts lack a character: a box to write it into by hand


class PrintingError(RuntimeError):
    """A document could not be set: a fault of the template, a crash, or the limit of time. Never the reader's doing."""


def pdf(template: str, data: dict[str, Any], *, png: bool = False) -> bytes:
    """Set `templates/print/<template>.typ` with plain data; a tagged PDF/A-2a, or its first page as PNG (144 dpi).

    All text is put into Unicode's composed form; control characters and invisible format marks (such as one that
    turns the direction of writing round) are left out. A character that no font has is printed as an empty box, and
    the log says which. Raises PrintingError.
    """
    if not _NAME.fullmatch(template) or not (TEMPLATES / f"{template}.typ").is_file():
        raise PrintingError(f"there is no template {template!r}")
    text = json.dumps(_printable(data), cls=DjangoJSONEncoder, ensure_ascii=False)
    if lacking := missing(text):
        log.warning("%s: no font has %s", template, " ".join(f"U+{ord(each):04X}" for each in lacking))
        text = "".join(_BLANK if each in lacking else each for each in text)
    job = {"template": template, "data": text, "format": "png" if png else "pdf"}
    return _printer.set(json.dumps(job, ensure_ascii=False).encode())


def plain(text: str) -> str:
    """A text as it can stand on paper: composed, without control characters (line ends stay) and format marks."""
    if text.isascii() and text.isprintable():  # a photo in base64 is long, and needs no look at each letter
        return text
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join(c for c in composed if c == "\n" or not _is_invisible(c))


def missing(text: str) -> list[str]:
    """The characters of a text that no font of ours can draw, each once, in order of appearance."""
    drawn = _repertoire()
    return [each for each in dict.fromkeys(text) if each not in "\n\t" and ord(each) not in drawn]


def qr_rows(text: str) -> list[str]:
    """A QR code as rows of "1" (dark) and "0" (light), without its quiet zone; 15 % of it may be damaged."""
    return ["".join(str(module) for module in row) for row in segno.make(text, error="m", micro=False).matrix]


def qr_path(text: str) -> str:
    """The same QR code as the data of one SVG path, a unit per module: runs of dark modules as rectangles."""
    runs = []
    for y, row in enumerate(qr_rows(text)):
        runs += [f"M{run.start()} {y}h{run.end() - run.start()}v1H{run.start()}z" for run in re.finditer("1+", row)]
    return "".join(runs)


def _is_invisible(character: str) -> bool:
    """Controls, format marks, halves of pairs, and the selectors that ask for another shape of the same character."""
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return selector or unicodedata.category(character) in {"Cc", "Cf", "Cs"}


def _printable(data: Any) -> Any:
    if isinstance(data, str):
        return plain(str(data))
    if isinstance(data, dict):
        return {str(key): _printable(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_printable(value) for value in data]
    return data


def _fonts() -> Path:
    return Path(str(importlib.resources.files("pylopdf_fonts_zh_cn")))


@cache
def _repertoire() -> frozenset[int]:
    """Every code point that the fonts together can draw."""
    return frozenset().union(*(_code_points(file.read_bytes()) for file in sorted(_fonts().glob("*.otf"))))


def _code_points(font: bytes) -> set[int]:
    """The code points of an OpenType font, from the segments of its character map (`cmap`, format 12)."""
    for index in range(struct.unpack_from(">H", font, 4)[0]):
        tag, _sum, cmap, _length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if tag == b"cmap":
            break
    else:
        raise PrintingError("a font without a character map")
    for index in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        table = cmap + struct.unpack_from(">HHI", font, cmap + 4 + 8 * index)[2]
        if struct.unpack_from(">H", font, table)[0] == 12:
            groups = struct.unpack_from(">I", font, table + 12)[0]
            segments = struct.iter_unpack(">III", font[table + 16 : table + 16 + 12 * groups])
            return {point for first, last, _glyph in segments for point in range(first, last + 1)}
    raise PrintingError("a font without a full character map")


class _Printer:
    """The child process, started at the first document, kept for the next, replaced when it dies, hangs or is old.

    One document at a time: a document takes milliseconds, and what may wait is drawn by the queue.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._done = 0

    def set(self, job: bytes) -> bytes:
        """The document for a job. A child that died is replaced once; one that overran its time is not asked again."""
        with self._lock:
            for last in (False, True):
                try:
                    answer = self._ask(job)
                    break
                except (EOFError, BrokenPipeError) as gone:
                    self._end()
                    if last:
                        raise PrintingError("the printing process died twice over one document") from gone
                except TimeoutError as late:
                    self._end()
                    raise PrintingError(f"a document took longer than {SECONDS} seconds") from late
            if self._done >= _DOCUMENTS_PER_CHILD:
                self._end()
        if answer[:1] != b"+":
            raise PrintingError(answer[1:].decode(errors="replace"))
        return answer[1:]

    def close(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """After a fork: the child belongs to the parent process. Let go of its pipes and start another when needed."""
        child, self._child, self._lock = self._child, None, threading.Lock()
        if child:
            child.stdin.close()
            child.stdout.close()
            child.returncode = 0  # not ours to wait for

    def _ask(self, job: bytes) -> bytes:
        child = self._child = self._child or _start()
        self._done += 1
        until = time.monotonic() + SECONDS
        _send(child.stdin.fileno(), struct.pack(">I", len(job)) + job, until)
        (length,) = struct.unpack(">I", _receive(child.stdout.fileno(), 4, until))
        return _receive(child.stdout.fileno(), length, until)

    def _end(self) -> None:
        if self._child:
            self._child.kill()
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.close()
            self._child.stdout.close()
            self._child.wait()
        self._child, self._done = None, 0


def _start() -> "subprocess.Popen[bytes]":
    """A child with an empty environment: no setting and no secret of ours."""
    arguments = [str(TEMPLATES), str(_fonts()), str(_PROCESSOR_SECONDS)]
    command = [sys.executable, "-I", str(_CHILD), *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, env={}, cwd=TEMPLATES, bufsize=0)  # noqa: S603


def _send(pipe: int, rest: bytes, until: float) -> None:
    while rest:
        _wait(pipe, select.POLLOUT, until)
        rest = rest[os.write(pipe, rest[: select.PIPE_BUF]) :]


def _receive(pipe: int, length: int, until: float) -> bytes:
    parts = []
    while length:
        _wait(pipe, select.POLLIN, until)
        part = os.read(pipe, min(length, 1 << 16))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _wait(pipe: int, event: int, until: float) -> None:
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(0, until - time.monotonic()) * 1000):
        raise TimeoutError


_printer = _Printer()
atexit.register(_printer.close)
os.register_at_fork(after_in_child=_printer.forget)
