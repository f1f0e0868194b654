"""A picture or a sound put into a question: drawn anew, said in words, kept once, nothing left of what failed."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from exams import editing, illustrating
from exams.illustrating import Upload
from exams.models import Question, QuestionMedia
from lms.lib import scans
from tests.exams.test_editing import CONTENT
from tests.factories import papers


def picture(comment=b"GPS 43.9"):
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(drawn, "JPEG", comment=comment)
    return drawn.getvalue()


def upload(content, says="一张蓝色的图", name="图.jpg"):
    return Upload(io.BytesIO(content), name, says)


def files():
    return sorted(Path(settings.PRIVATE_ROOT).glob("scans/*"))


@pytest.fixture
def officer(tree):
    return papers.exam_officer(tree.city, "出题人")


@pytest.fixture
def write(tree, officer, at):
    return lambda code="S001", **more: editing.write(tree.city, code, CONTENT, by=officer, at=at, **more)


def test_a_picture_is_drawn_anew_and_shown_below_the_stem_by_its_words(write):
    made = write(upload=upload(picture()))
    media = QuestionMedia.objects.get()
    assert made.stem == f"学生在走廊上哭，先做什么？\n\n![一张蓝色的图](media:{media.media_id})"
    kept = scans.read(media.file, media.digest)
    assert b"GPS" not in kept.content
    assert media.content_type == "image/jpeg"


def test_the_same_picture_is_kept_once(write):
    write(upload=upload(picture()))
    before = files()
    write("S002", upload=upload(picture(), says="又一次"))
    assert (QuestionMedia.objects.count(), files()) == (1, before)


def test_a_sound_is_kept_as_it_is(write):
    made = write(upload=upload(b"ID3" + b"\x00" * 64, says="老师说：请坐。", name="录音.mp3"))
    assert QuestionMedia.objects.get().content_type == "audio/mpeg"
    assert "[老师说：请坐。]" in made.stem


@pytest.mark.parametrize(
    ("content", "says", "refusal"),
    [
        (picture(), "  ", illustrating.WordsMissing),
        (b"MZ\x90\x00", "程序", illustrating.MediaUnreadable),
        (b"\xff\xd8\xff broken", "坏图", illustrating.MediaUnreadable),
        (b"%PDF-1.4 %%EOF", "文件", illustrating.MediaUnreadable),
        (b"ID3" + b"\x00" * (10 * 1024 * 1024), "太长", illustrating.MediaTooBig),
    ],
)
def test_what_is_no_picture_or_sound_or_has_no_words_is_refused(write, content, says, refusal):
    before = files()
    with pytest.raises(refusal):
        write(upload=upload(content, says=says))
    assert (Question.objects.count(), QuestionMedia.objects.count(), files()) == (0, 0, before)


def test_an_act_that_is_refused_leaves_no_file(write, tree, officer, at):
    write()
    before = files()
    with pytest.raises(editing.CodeTaken):
        write(upload=upload(picture(b"another")))
    assert (QuestionMedia.objects.count(), files()) == (0, before)


def test_a_mark_of_what_the_bank_does_not_have_is_refused(tree, officer, at):
    with pytest.raises(illustrating.MediaUnknown):
        editing.write(
            tree.city, "S1", replace(CONTENT, stem="见图 ![x](media:0123456789abcdef)"), by=officer, at=at
        )  # fmt: skip


def test_a_revision_by_the_form_adds_a_picture_and_its_page_shows_it(client, tree, officer):
    question = papers.question(tree.city, "T1", kind="true_false", body={}, key={"right": True})
    client.force_login(officer)
    address = reverse("exams:revise_question", args=[question.pk])
    typed = {"stem": "对吗？", "points": "1", "difficulty": "easy", "right": "true", "step": "draft"}
    answer = client.post(address, {**typed, "media": SimpleUploadedFile("a.jpg", picture())})
    assert (answer.status_code, "请写明图片内容" in answer.text) == (422, True)
    answer = client.post(address, {**typed, "media": SimpleUploadedFile("a.jpg", picture()), "says": "蓝图"})
    page = client.get(answer.url).text
    assert 'alt="蓝图"' in page


def test_what_is_said_in_a_sound_stands_on_the_page_in_words(client, officer, write):
    made = write(upload=upload(b"ID3" + b"\x00" * 64, says='老师说"请坐"。', name="录音.mp3"))
    client.force_login(officer)
    page = client.get(reverse("exams:question", args=[made.pk])).text
    assert ">老师说&quot;请坐&quot;。</p>" in page
    assert "<audio" in page
