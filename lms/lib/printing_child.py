"""The child process that sets documents: it reads jobs from its input, writes documents to its output, and can do
nothing else. Started by `lms.lib.printing` as a bare script, so that it carries neither Django nor a secret.

A job is a frame (four bytes of length, then JSON): {"template": path, "data": text, "format": "pdf" or "png"}.
An answer is a frame whose first byte is "+" before a document or "-" before the compiler's complaint.
"""

import json
import resource
import struct
import sys
from typing import BinaryIO

import typst

_MEMORY = 3 * 1024**3  # bytes of address space: fonts and thread stacks are mapped, little of it is ever touched
_PIXELS_PER_INCH = 144.0


def main(root: str, fonts: str, seconds: str) -> None:
    """Serve jobs until the input ends. `seconds` is the processor time that one document may take."""
    faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])
    compiler = typst.Compiler(root=root, font_paths=faces, package_path=root, package_cache_path=root)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while job := _read(sys.stdin.buffer):
        _allow(int(seconds))
        try:
            answer = b"+" + _set(compiler, root, json.loads(job))
        except typst.TypstError as error:
            answer = b"-" + str(error).encode()
        _write(sys.stdout.buffer, answer)


def _set(compiler: typst.Compiler, root: str, job: dict[str, str]) -> bytes:
    source = f"{root}/{job['template']}.typ"
    inputs = {"data": job["data"]}
    if job["format"] == "png":
        pages = compiler.compile(input=source, format="png", ppi=_PIXELS_PER_INCH, sys_inputs=inputs)
        return pages[0] if isinstance(pages, list) else pages
    return compiler.compile(input=source, format="pdf", sys_inputs=inputs, pdf_standards="a-2a")


def _allow(seconds: int) -> None:
    """Let this job use so much processor time beyond what earlier ones have used; the kernel ends the process after."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _read(pipe: BinaryIO) -> bytes:
    head = pipe.read(4)
    return pipe.read(struct.unpack(">I", head)[0]) if len(head) == 4 else b""


def _write(pipe: BinaryIO, answer: bytes) -> None:
    pipe.write(struct.pack(">I", len(answer)) + answer)
    pipe.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
