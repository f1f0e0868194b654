"""The child process that opens PDFs of strangers: it reads one from its input, counts or draws its pages, and can do
nothing else. Started by `cms.drawing` as a bare script, so that it carries neither Django nor a secret.

`count` answers with the number of pages. `draw WIDTH HEIGHT` answers with a frame for each page: eight bytes with two
lengths, then JSON {"width", "height", "text"}, then the picture as WebP. The document's own code is never run: this
PDFium is built without an engine for it, and its forms are not opened.
"""

import io
import json
import resource
import struct
import sys

import pypdfium2
from PIL import Image

_MEMORY = 2 * 1024**3  # bytes of address space
_PROCESSOR_SECONDS = 230
_QUALITY = 80
_MOST_TEXT = 20_000
LOCKED, UNREADABLE = 3, 4
_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD


def main(task: str, *size: str) -> int:
    """Do one task and say how it went, as the exit code."""
    content = sys.stdin.buffer.read()
    Image.init()  # what Pillow loads late is loaded before no file may be opened any more
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        document = pypdfium2.PdfDocument(content)
        if task == "count":
            sys.stdout.write(str(len(document)))
        else:
            _draw(document, int(size[0]), int(size[1]))
    except pypdfium2.PdfiumError as error:
        return LOCKED if getattr(error, "err_code", None) == _PASSWORD_ERROR else UNREADABLE
    sys.stdout.flush()
    return 0


def _draw(document: pypdfium2.PdfDocument, width: int, height: int) -> None:
    for page in document:
        wide, high = page.get_size()
        scale = min(width / max(wide, 1), height / max(high, 1))
        picture = page.render(scale=scale).to_pil().convert("RGB")
        words = page.get_textpage().get_text_bounded()[:_MOST_TEXT]
        written = io.BytesIO()
        picture.save(written, "WEBP", quality=_QUALITY)
        _write({"width": picture.width, "height": picture.height, "text": words}, written.getvalue())
        page.close()


def _write(facts: dict[str, object], picture: bytes) -> None:
    said = json.dumps(facts).encode()
    sys.stdout.buffer.write(struct.pack(">II", len(said), len(picture)) + said + picture)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
