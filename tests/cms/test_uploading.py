"""The doors by which files and pictures come in, and what is left of a picture."""

import gc
import io
import json
from pathlib import Path

import pytest
from django.core.cache import caches
from django.utils import translation
from PIL import Image
from wagtail.models import UploadedFile

from cms import contents, uploading
from cms.models import CourseFile, CourseImage, SlidePicture
from lms.people.models import Appointment
from tests.factories import courses, files, people

# Wagtail leaves it to the garbage collector to close the temporary files in which it makes pictures smaller.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")]
Office = Appointment.Office


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    caches["renditions"].clear()
    yield
    gc.collect()  # here, where what is left open is forgiven


@pytest.fixture
def a(tree):
    w = courses.world(tree.county, lessons=0)
    w.trainer = people.officer(Office.TRAINER, tree.county, "甲训员")
    return w


@pytest.fixture
def trainer(client, a):
    client.force_login(a.trainer)
    return client


# The doors: each sends one file in and says what was answered.


def singly(client, room, name, content):
    return client.post("/editor/images/add/", {"title": "图", "file": files.upload(name, content)})


def at_once(kind):
    def send(client, room, name, content):
        return client.post(f"/editor/{kind}/multiple/add/", {"title": name, "files[]": files.upload(name, content)})

    return send


def choosing_a_picture(client, room, name, content):
    sent = {"image-chooser-upload-title": "图", "image-chooser-upload-file": files.upload(name, content)}
    return client.post("/editor/images/chooser/create/", sent)


def choosing_a_file(client, room, name, content):
    sent = {"document-chooser-upload-title": "文件", "document-chooser-upload-file": files.upload(name, content)}
    return client.post("/editor/documents/chooser/create/", sent)


def a_file(client, room, name, content):
    return client.post("/editor/documents/add/", {"title": "文件", "file": files.upload(name, content)})


def in_place_of_a_picture(client, room, name, content):
    before = files.kept_picture(room.collection, "旧图", "old.png")
    return client.post(f"/editor/images/{before.pk}/", {"title": "图", "alt": "", "file": files.upload(name, content)})


def in_place_of_a_file(client, room, name, content):
    before = files.kept_file(room.collection, "旧文件", "old.mp3", files.mp3(), "audio")
    return client.post(f"/editor/documents/edit/{before.pk}/", {"title": "文件", "file": files.upload(name, content)})


PICTURE_DOORS = (singly, at_once("images"), choosing_a_picture, in_place_of_a_picture)
FILE_DOORS = (a_file, at_once("documents"), choosing_a_file, in_place_of_a_file)


def read(kept):
    with kept.file.open("rb") as file:
        return file.read()


def said(response):
    """All that an answer says to people, JSON or page."""
    text = response.content.decode()
    return json.dumps(json.loads(text), ensure_ascii=False) if text.startswith("{") else text


@pytest.mark.parametrize("send", PICTURE_DOORS)
def test_picture_is_kept_in_the_institution_without_what_the_camera_wrote(trainer, a, send):
    assert send(trainer, a.room, "手机.jpg", files.photo(orientation=6, size=(80, 40))).status_code in (200, 302)
    kept = CourseImage.objects.get(title__in=("图", "手机.jpg"))
    content = read(kept)
    assert kept.collection == a.room.collection
    assert b"SECRET" not in content
    with Image.open(io.BytesIO(content)) as opened:
        assert opened.format == "JPEG"
        assert opened.size == (40, 80) == (kept.width, kept.height)  # turned upright
        assert not opened.getexif()
        assert "icc_profile" not in opened.info
    assert kept.file_size == len(content)


@pytest.mark.parametrize("send", PICTURE_DOORS)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("picture.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("picture.png", b"<!doctype html><script>alert(1)</script>"),
        ("picture.png", files.picture("GIF")),
        ("picture.gif", b"GIF89a/*" + files.picture("GIF")[8:] + b"*/=1;alert(1)"),
        ("picture.jpg", b"GIF89a/*" + files.picture("GIF")[8:] + b"*/=1;alert(1)"),
        ("picture.jpg", files.picture("PNG")),
        ("picture.png", files.picture("PNG")[:-40]),
        ("picture.png", files.pdf(1)),
    ],
)
def test_picture_is_refused_when_it_is_none(trainer, a, send, name, content):
    answer = send(trainer, a.room, name, content)
    refused = "按内容判断" in said(answer)
    assert refused
    assert not CourseImage.objects.exclude(title="旧图").exists()
    assert not UploadedFile.objects.exists()


@pytest.mark.parametrize("send", PICTURE_DOORS)
def test_picture_is_refused_when_it_is_too_large_or_too_heavy(trainer, a, send, monkeypatch):
    # One colour packs well: 42 million points in little more than 100 kB.
    large = files.picture("PNG", size=(7000, 6000), mode="1", colour=0)
    assert "40" in said(send(trainer, a.room, "large.png", large))
    assert not CourseImage.objects.exclude(title="旧图").exists()
    monkeypatch.setattr(uploading, "MOST_PICTURE_BYTES", 200)
    assert "MB" in said(send(trainer, a.room, "heavy.png", files.picture("PNG", size=(300, 300)) + b"\0" * 200))
    assert not CourseImage.objects.exclude(title="旧图").exists()


def test_picture_hides_nothing_behind_its_end():
    hidden = files.picture("PNG") + b"<script>alert(1)</script>" + files.office()
    kept = uploading.picture(io.BytesIO(hidden), "a.png", len(hidden))
    assert b"script" not in kept
    assert b"PK\x03\x04" not in kept


@pytest.mark.parametrize(
    ("form", "name", "mode"),
    [("PNG", "a.png", "RGBA"), ("PNG", "a.png", "P"), ("WEBP", "a.webp", "RGBA"), ("JPEG", "a.jpeg", "CMYK")],
)
def test_picture_keeps_its_format_and_stays_see_through(form, name, mode):
    content = files.picture(form, mode=mode, colour=None if mode in ("P", "CMYK") else (0, 0, 0, 0))
    with Image.open(io.BytesIO(uploading.picture(io.BytesIO(content), name, len(content)))) as opened:
        assert opened.format == form
        assert opened.mode == ("RGBA" if mode == "RGBA" else "RGB")


def test_picture_is_made_no_longer_than_a_page_shows():
    content = files.picture("JPEG", size=(4000, 1000))
    with Image.open(io.BytesIO(uploading.picture(io.BytesIO(content), "a.jpg", len(content)))) as opened:
        assert opened.size == (2560, 640)


def test_picture_says_what_is_wrong_in_the_language_of_the_reader():
    with pytest.raises(uploading.NoPicture) as refused:
        uploading.picture(io.BytesIO(b"x"), "a.jpg", 1)
    with translation.override("en"):
        assert "JPEG, PNG or WebP" in str(refused.value)
    with translation.override("zh-hans"):
        assert "请选择 JPEG、PNG 或 WebP 图片" in str(refused.value)


@pytest.mark.parametrize("send", FILE_DOORS)
@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("讲义.pdf", files.pdf(2), "pdf"),
        ("课.mp4", files.mp4(), "video"),
        ("听.m4a", files.mp4(b"soun"), "audio"),
        ("字幕.vtt", files.CAPTIONS.encode(), "captions"),
        ("表.xlsx", files.office("xlsx"), "office"),
    ],
)
def test_file_is_kept_in_the_institution_as_what_its_content_says(trainer, a, send, name, content, kind):
    assert send(trainer, a.room, name, content).status_code in (200, 302)
    kept = CourseFile.objects.get(title__in=("文件", name))
    assert (kept.kind, kept.collection) == (kind, a.room.collection)
    assert read(kept) == content


@pytest.mark.parametrize("send", FILE_DOORS)
@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("page.pdf", b"<!doctype html><script>alert(1)</script>", contents.UnknownKind),
        ("picture.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', contents.UnknownKind),
        ("page.html", b"<!doctype html><script>alert(1)</script>", contents.UnknownKind),
        ("tail.pdf", files.pdf(1) + b"<script>alert(1)</script>", contents.Damaged),
        ("movie.mp4", files.pdf(1), contents.EndingDiffers),
        ("macro.docx", files.office(extra=[("word/vbaProject.bin", "x")]), contents.MacrosInside),
        ("captions.vtt", b"WEBVTT\n\n00:02.000 --> 00:01.000\na\n", contents.NotCaptions),
    ],
)
def test_file_is_refused_with_a_sentence_when_it_pretends_or_endangers(trainer, a, send, name, content, refusal):
    sentence = str(refusal(ending="pdf", line=3))
    assert sentence[:12] in said(send(trainer, a.room, name, content))
    assert [each.title for each in CourseFile.objects.all()] in ([], ["旧文件"])
    assert not UploadedFile.objects.exists()


def test_nothing_is_kept_for_later_when_something_beside_the_file_is_wrong(trainer, a):
    """Wagtail would keep the bare file and ask for the rest; what it keeps nobody has looked at."""
    html = files.upload("a.pdf", "<script>")
    for kind in ("images", "documents"):
        for sent in ({"title": "长" * 300}, {"title": "对", "collection": "987654"}):
            answer = trainer.post(f"/editor/{kind}/multiple/add/", {**sent, "files[]": html})
            assert answer.json()["success"] is False
    good = files.upload("a.png", files.picture("PNG"))
    answer = trainer.post("/editor/images/multiple/add/", {"title": "长" * 300, "files[]": good})
    assert answer.json()["success"] is False
    assert not UploadedFile.objects.exists()
    assert not CourseImage.objects.exists()


@pytest.mark.parametrize("send", FILE_DOORS)
def test_pages_of_a_pdf_are_drawn_after_it_came(trainer, a, queue, send):
    with queue.committing():
        send(trainer, a.room, "讲义.pdf", files.pdf(2))
    assert not SlidePicture.objects.exists()
    queue.drain()
    kept = CourseFile.objects.get(title__in=("文件", "讲义.pdf"))
    assert [slide.number for slide in kept.slides.all()] == [1, 2]


def test_pages_are_drawn_anew_when_a_pdf_gets_other_content(trainer, a, queue):
    with queue.committing():
        a_file(trainer, a.room, "讲义.pdf", files.pdf(2))
    queue.drain()
    kept = CourseFile.objects.get()
    old = [slide.file.path for slide in kept.slides.all()]
    with queue.committing():
        trainer.post(
            f"/editor/documents/edit/{kept.pk}/", {"title": "讲义", "file": files.upload("b.pdf", files.pdf(3))}
        )
    queue.drain()
    assert kept.slides.count() == 3
    assert not any(Path(each).exists() for each in old)


def test_title_can_be_changed_without_sending_the_file_again(trainer, a):
    a_file(trainer, a.room, "讲义.pdf", files.pdf(1))
    kept = CourseFile.objects.get()
    trainer.post(f"/editor/documents/edit/{kept.pk}/", {"title": "新名"})
    trainer.post(f"/editor/documents/multiple/{kept.pk}/", {f"doc-{kept.pk}-title": "再新"})
    after = CourseFile.objects.get()
    assert (after.title, after.kind, after.file.name) == ("再新", "pdf", kept.file.name)
