"""What a file is by its content."""

import io
import struct
import tempfile

import pypdf
import pytest

from cms import contents, drawing
from cms.models import CourseFile
from tests.factories import files

Kind = CourseFile.Kind


def kind_of(name, content, size=None):
    return contents.kind_of(io.BytesIO(content), name, len(content) if size is None else size)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("讲义.pdf", files.pdf(), Kind.PDF),
        ("LESSON.PDF", files.pdf(1), Kind.PDF),
        ("课.mp4", files.mp4(), Kind.VIDEO),
        ("听.m4a", files.mp4(b"soun", brand=b"M4A "), Kind.AUDIO),
        ("听.mp3", files.mp3(), Kind.AUDIO),
        ("bare.mp3", files.mp3(tag=False), Kind.AUDIO),
        ("字幕.vtt", files.CAPTIONS.encode(), Kind.CAPTIONS),
        ("bom.vtt", b"\xef\xbb\xbf" + files.CAPTIONS.encode().replace(b"\n", b"\r\n"), Kind.CAPTIONS),
        ("表.docx", files.office("docx"), Kind.OFFICE),
        ("表.xlsx", files.office("xlsx"), Kind.OFFICE),
        ("表.pptx", files.office("pptx"), Kind.OFFICE),
    ],
)
def test_kind_of_tells_the_kind_when_name_and_content_agree(name, content, kind):
    assert kind_of(name, content) == kind


PDF = files.pdf(1)
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
EXTERNAL = (
    '<Relationship Id="1" Type="http://x/relationships/{}" Target="https://evil.example/" TargetMode="External"/>'
)


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("page.pdf", HTML, contents.UnknownKind),
        ("page.pdf", HTML + PDF, contents.UnknownKind),
        ("page.pdf", PDF + HTML, contents.Damaged),
        ("zip.pdf", PDF + files.office(), contents.Damaged),
        ("cut.pdf", PDF[: len(PDF) // 2], contents.Damaged),
        ("fake.pdf", b"%PDF-1.7\nnothing\n%%EOF\n", contents.Damaged),
        ("picture.svg", SVG, contents.UnknownKind),
        ("picture.pdf", SVG, contents.UnknownKind),
        ("page.html", HTML, contents.UnknownKind),
        ("tool.exe", b"MZ\x90\0" + b"\0" * 60, contents.UnknownKind),
        ("gif.mp4", b"GIF89a/*" + b"\0" * 60 + b"*/=1;alert(1)", contents.UnknownKind),
        ("photo.mp4", files.box(b"ftyp", b"heic\0\0\0\0"), contents.UnknownKind),
        ("empty.pdf", b"", contents.UnknownKind),
        ("lesson.docx", PDF, contents.EndingDiffers),
        ("lesson.mp4", files.mp4(b"soun"), contents.EndingDiffers),
        ("slides.docx", files.office("pptx"), contents.EndingDiffers),
        ("tail.mp4", files.mp4() + HTML, contents.Damaged),
        ("cut.mp4", files.mp4()[:-4], contents.Damaged),
        ("no-track.mp4", files.box(b"ftyp", b"isom\0\0\0\0") + files.box(b"mdat"), contents.Damaged),
        ("hidden.mp4", files.mp4() + files.box(b"evil", b"x"), contents.Damaged),
        ("noise.mp3", b"ID3\x04\0\0\0\0\0\x00" + b"\x11" * 2000, contents.Damaged),
        ("one-frame.mp3", files.mp3(1), contents.Damaged),
        ("before.docx", HTML + files.office(), contents.UnknownKind),
        ("behind.docx", files.office() + HTML, contents.Damaged),
        ("some.docx", b"PK\x03\x04" + b"\0" * 60, contents.Damaged),
        ("other.docx", files.office().replace(b"word/document", b"word/documenx"), contents.UnknownKind),
        ("macro.docx", files.office(extra=[("word/vbaProject.bin", "x")]), contents.MacrosInside),
        (
            "macro.docx",
            files.office(type_="application/vnd.ms-word.document.macroEnabled.main+xml"),
            contents.MacrosInside,
        ),
        ("control.pptx", files.office("pptx", extra=[("ppt/activeX/activeX1.bin", "x")]), contents.MacrosInside),
        ("template.docx", files.office(relations=EXTERNAL.format("attachedTemplate")), contents.MacrosInside),
        ("bomb.docx", files.office(extra=[("word/media/a.bin", b"\0" * 9_000_000)]), contents.UnpacksTooBig),
        ("entities.docx", files.office(extra=[("x/_rels/a.rels", "<!DOCTYPE a []><a/>")]), contents.Damaged),
        ("text.vtt", "字幕".encode(), contents.UnknownKind),
        ("empty.vtt", b"WEBVTT\n\nNOTE nothing\n", contents.NotCaptions),
        ("back.vtt", b"WEBVTT\n\n00:05.000 --> 00:04.000\na\n", contents.NotCaptions),
        ("order.vtt", b"WEBVTT\n\n00:05.000 --> 00:06.000\na\n\n00:01.000 --> 00:02.000\nb\n", contents.NotCaptions),
        ("comma.vtt", b"WEBVTT\n\n00:00:01,000 --> 00:00:02,000\na\n", contents.NotCaptions),
        ("style.vtt", b"WEBVTT\n\nSTYLE\n::cue{color:red}\n\n00:01.000 --> 00:02.000\na\n", contents.NotCaptions),
        ("gbk.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + "字幕".encode("gbk"), contents.Damaged),
    ],
)
def test_kind_of_refuses_what_pretends_or_endangers(name, content, refusal):
    with pytest.raises(refusal) as refused:
        kind_of(name, content)
    assert str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "most"),
    [
        ("a.pdf", PDF, 50),
        ("a.mp4", files.mp4(), 500),
        ("a.m4a", files.mp4(b"soun"), 100),
        ("a.mp3", files.mp3(), 100),
        ("a.vtt", files.CAPTIONS.encode(), 1),
        ("a.docx", files.office(), 50),
    ],
)
def test_kind_of_refuses_when_the_file_is_too_heavy_for_its_kind(name, content, most):
    size = most * 1024 * 1024 + 1
    with tempfile.TemporaryFile() as file:
        # What is missing is one empty box of an MP4, which may stand there; nothing of it lies on the disk.
        file.write(content + struct.pack(">I4s", size - len(content), b"free"))
        file.truncate(size)
        with pytest.raises(contents.TooHeavy) as refused:
            contents.kind_of(file, name, size)
    assert str(most) in str(refused.value)


def test_kind_of_refuses_when_a_pdf_has_too_many_pages(monkeypatch):
    monkeypatch.setattr(contents, "MOST_PAGES", 2)
    assert kind_of("two.pdf", files.pdf(2)) == Kind.PDF
    with pytest.raises(contents.TooManyPages):
        kind_of("three.pdf", files.pdf(3))


def test_kind_of_refuses_when_a_pdf_is_locked():
    writer = pypdf.PdfWriter(io.BytesIO(files.pdf(1)))
    writer.encrypt("secret", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    with pytest.raises(contents.Locked):
        kind_of("locked.pdf", locked.getvalue())


def test_count_pages_leaves_no_process_behind_when_time_is_over(monkeypatch):
    monkeypatch.setattr(drawing, "_COUNTING_SECONDS", 0.001)
    with pytest.raises(drawing.DrawingError):
        drawing.count_pages(io.BytesIO(files.pdf(1)))
