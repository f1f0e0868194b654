import io
import shutil
import subprocess
from types import SimpleNamespace

import pytest
from PIL import Image

from exams import composing, contents, printed_papers, question_media
from exams.models import Module, QuestionMedia
from lms.lib import clock
from lms.questions.items import Media
from tests.exams.test_showing import MATCHING, ORDERING
from tests.factories import exams, papers


@pytest.fixture
def officers(tree):
    return papers.exam_officer(tree.city, "甲"), papers.exam_officer(tree.city, "乙")


@pytest.fixture
def paper(tree, officers, at):
    exam = exams.exam(tree.city)
    Module.objects.filter(stage__exam=exam, kind="written").update(full_marks=20, pass_mark=12)
    papers.bank(tree.city)
    return composing.compose(exams.module(exam), "期末卷", papers.sections(), by=officers[0], at=at)


def test_printed_offers_a_box_for_every_answer_by_its_kind(paper, officers, at):
    items = [*contents.of(paper)[0], MATCHING, ORDERING]
    said = printed_papers.printed(paper, items, by=officers[0], at=at)
    boxes = [each["boxes"] for section in said["sections"] for each in section["items"]]
    assert boxes == [
        {"letters": ["A", "B", "C", "D"]},
        {"letters": ["A", "B", "C", "D"]},
        {"letters": ["对", "错"]},
        {"blanks": 2},
        {"fields": [{"part": None, "points": "4", "height": 45}]},
        {"fields": [{"part": 1, "points": "5", "height": 45}, {"part": 2, "points": "5", "height": 45}]},
        {"pairs": ["1", "2"]},
        {"places": 4},
    ]
    assert (said["is_draft"], said["form"], said["full_marks"]) == (True, "", "20")
    assert officers[0].username in said["copy"]


def _keep(bank, *every):
    item = SimpleNamespace(media=every)
    QuestionMedia.objects.bulk_create(question_media.rows_of(bank, question_media.store(bank, [item]), clock.now()))


def test_pictures_stand_where_their_marks_are_and_what_is_heard_is_not_written_out(paper, officers, at, tmp_path, tree):
    drawn = io.BytesIO()
    Image.new("RGB", (3000, 1500), "navy").save(drawn, "JPEG")
    seen, heard = Media("图", "image/jpeg", drawn.getvalue()), Media("听", "audio/mpeg", b"ID3sound")
    _keep(tree.city, seen, heard)
    items = contents.of(paper)[0]
    items[0]["stem"] = f"看图：{seen.mark('情绪的曲线')}回答。\n听一听：{heard.mark('一段对话的文字')}再答。"
    items[1]["body"]["options"][0]["text"] = "![没有了的图](media:0123456789abcdef)"
    said = printed_papers.printed(paper, items, by=officers[0], at=at)
    assert {name: (each["dots"], each["width"]) for name, each in said["pictures"].items()} == {
        seen.id: ([1200, 600], 120.0)
    }
    file = tmp_path / "paper.pdf"
    file.write_bytes(printed_papers.pdf(paper, items, by=officers[0], at=at))
    text = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
    assert all(words in text for words in ("看图：", "（听录音）", "（图：没有了的图）"))
    assert not any(words in text for words in ("media:", "一段对话的文字", "!["))
    listed = subprocess.run(["pdfimages", "-list", file], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
    assert "1200   600" in listed


def test_pdf_names_the_form_and_whose_copy_it_is_and_shows_no_key(paper, officers, at, tmp_path):
    frozen = composing.freeze(paper, by=officers[1], at=at)
    frozen.form = "B"
    file = tmp_path / "paper.pdf"
    file.write_bytes(printed_papers.pdf(frozen, [*frozen.items, MATCHING, ORDERING], by=officers[1], at=at))
    if shutil.which("pdftotext") is None:
        pytest.fail("pdftotext is missing: it reads what was printed")
    text = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, text=True, check=True).stdout  # noqa: S603, S607
    for shown in ("B 卷", "答题卡", "准考证号", officers[1].username, frozen.digest[:8], "课间发现学生独自流泪"):
        assert shown in text
    for hidden in ("同理心", "成因", "放松、合理想法"):
        assert hidden not in text
