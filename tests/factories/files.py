"""Files of courses as trainers bring them: good ones, built byte by byte where no library writes them, and bad ones
that pretend to be good. Nothing here was recorded or copied."""

import io
import struct
import zipfile

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cms.models import CourseFile, CourseImage

CAPTIONS = """WEBVTT

NOTE 老师的字幕

1
00:00.500 --> 00:04.000
情绪从哪里来？

00:05.000 --> 01:00:07.250 align:start
我们先看一个例子。
"""


def upload(name, content):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def picture(form="JPEG", size=(64, 40), colour="teal", mode="RGB", **more):
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, form, **more)
    return file.getvalue()


def photo(orientation=6, size=(80, 40)):
    """A JPEG as a telephone writes it: lying on its side, with the place, the device and an owner in its EXIF."""
    picture_ = Image.new("RGB", size, "teal")
    picture_.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F], exif[0x013B] = "SECRET-CAMERA", "SECRET-OWNER"
    exif.get_ifd(0x8825)[2] = (43.0, 53.0, 12.0)
    file = io.BytesIO()
    picture_.save(file, "JPEG", exif=exif, quality=95)
    return file.getvalue()


def pdf(pages=2, size=(300, 200)):
    file = io.BytesIO()
    first, *more = (Image.new("RGB", size, (255 - n % 200, 255, 255)) for n in range(pages))
    first.save(file, "PDF", save_all=True, append_images=more)
    return file.getvalue()


def worded_pdf(*pages):
    """A PDF written by hand, with a line of words on each page."""
    parts = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for words in pages:
        stream = f"BT /F1 24 Tf 40 150 Td ({words}) Tj ET"
        kids.append(f"{len(parts) + 1} 0 R")
        parts += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents {len(parts) + 2} 0 R /Resources "
            "<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    parts[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, offsets = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n".encode()
    table = "".join(f"{each:010d} 00000 n \n" for each in offsets)
    size, start = len(parts) + 1, len(out)
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return out + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def kept_picture(collection, title="图", name="picture.png", content=None):
    """A picture that lies in an institution's collection."""
    file = ImageFile(io.BytesIO(content or picture("PNG")), name)
    row = CourseImage(title=title, collection=collection, file=file)
    row.file_size = row.file.size
    row.save()
    return row


def kept_file(collection, title="文件", name="paper.pdf", content=None, kind="pdf"):
    """A file that lies in an institution's collection."""
    row = CourseFile(title=title, collection=collection, kind=kind)
    row.file.save(name, ContentFile(content or pdf(1)), save=False)
    row.file_size = row.file.size
    row.save()
    return row


def box(kind, content=b""):
    return struct.pack(">I4s", 8 + len(content), kind) + content


def mp4(*handlers, brand=b"isom"):
    """An MP4 with one empty track for each of the handlers: a video unless others are named."""
    tracks = b"".join(
        box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + each + b"\0" * 13)))
        for each in handlers or (b"vide", b"soun")
    )
    return box(b"ftyp", brand + b"\0\0\2\0isomiso2mp41") + box(b"mdat", b"\0" * 64) + box(b"moov", tracks)


def mp3(frames=6, tag=True):
    """Silent frames of MPEG 1, layer III, 128 kbit/s, 44.1 kHz."""
    frame = b"\xff\xfb\x90\x00" + b"\0" * (144 * 128_000 // 44_100 - 4)
    return (b"ID3\x04\0\0\0\0\0\x0a" + b"\0" * 10 if tag else b"") + frame * frames


_TYPES = '<?xml version="1.0"?><Types><Override PartName="/{part}" ContentType="{type}"/></Types>'
_MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def office(ending="docx", extra=(), relations="", type_="application/xml"):
    """The bones of an Office file, with further parts and relations."""
    file = io.BytesIO()
    part = _MAIN[ending]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES.format(part=part, type=type_))
        archive.writestr(part, "<document/>")
        archive.writestr("_rels/.rels", f"<Relationships>{relations}</Relationships>")
        for name, content in extra:
            archive.writestr(name, content)
    return file.getvalue()
