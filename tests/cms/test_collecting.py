"""A course from a folder of files."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cms import collecting
from cms.models import CourseImage, CoursePage, LessonPage, ModulePage
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from lms.questions.likeness import twins
from tests.cms.test_formats import docx
from tests.factories import courses, people
from tests.factories import files as make

pytestmark = pytest.mark.django_db
QUESTION = "```题目\n判断\n一句话。\n答案：对\n解析：因为。\n```\n"
FILES = {
    "course.md": "---\n标题：一门课\n英文标题：A course\n简介：给谁。\n---\n".encode(),
    "01-开始/module.md": "---\n标题：第一部分\n---\n".encode(),
    "01-开始/10-最后.md": ("---\n标题：末课\n---\n正文。\n" + QUESTION).encode(),
    "01-开始/2-先.md": "---\n标题：先课\n最少学习：7\n每次抽题：0\n来源：\n- 某书\n---\n正文。\n".encode(),
    "02-又/1-文档.docx": docx("# 文档课", "正文。"),
    "02-又/图.png": b"\x89PNG",
}
COURSES = Path("lms/demo/courses")


@pytest.fixture
def institution(tree, at):
    return courses.institution(tree.county, at=at)


@pytest.fixture
def trainer(tree):
    return people.officer(Appointment.Office.TRAINER, tree.county, "夏培")


def collect(institution, files=FILES, **kwargs):
    facts = {"name": "文件夹", "by": None, "at": dt.datetime(2024, 3, 5, tzinfo=dt.UTC), **kwargs}
    return collecting.collect(institution=institution, files=files, **facts)


def test_collect_makes_drafts_in_the_order_of_their_numbers(institution, trainer):
    found = collect(institution, by=trainer)
    assert (found.modules, found.lessons, found.questions) == (2, 3, 1)
    course = CoursePage.objects.child_of(institution).get()
    assert (course.title, course.title_en, course.summary, course.live) == ("一门课", "A course", "给谁。", False)
    modules = ModulePage.objects.child_of(course).order_by("path")
    assert [each.title for each in modules] == ["第一部分", "又"]
    lessons = LessonPage.objects.descendant_of(course).order_by("path")
    assert [each.title for each in lessons] == ["先课", "末课", "文档课"]
    first = lessons[0]
    assert (first.minutes, first.ask, first.sources, first.live) == (7, 0, "某书", False)
    assert first.owner == trainer
    assert first.latest_revision.user == trainer
    assert Line.objects.get(act="cms.course_collected").facts == {"lessons": 3, "questions": 1, "remarks": 1}


def test_collect_says_what_it_did_not_understand(institution):
    found = collect(institution, FILES | {"02-又/表.xlsx": b"PK"})
    assert [(each.file, each.why) for each in found.remarks] == [
        ("02-又/表.xlsx", "file_unknown"),
        ("02-又/图.png", "picture_unused"),
    ]


def test_collect_brings_the_pictures_of_its_files(institution, trainer):
    files_of = {
        "01-甲/1-课.md": (
            "---\n标题：课\n---\n正文。\n\n![海](图/海.jpg)\n\n![](../帆.png)\n\n![无](无.png)\n\n![坏](坏.png)\n"
        ).encode(),
        "01-甲/2-文档.docx": docx("# 文档课", "正文。", picture=make.picture("PNG")),
        "01-甲/图/海.jpg": make.picture("JPEG"),
        "帆.png": make.picture("PNG"),
        "01-甲/坏.png": b"\x89PNG broken",
        "没人用.webp": make.picture("WEBP"),
    }
    found = collect(institution, files_of, by=trainer)
    assert [(each.line, each.found, each.why) for each in found.remarks] == [
        (8, "../帆.png", "picture_unnamed"),
        (10, "无.png", "picture_missing"),
        (12, "坏.png", "picture_unfit"),
        (None, "没人用.webp", "picture_unused"),
    ]
    pictures = list(CourseImage.objects.order_by("pk"))
    assert [(each.title, each.alt, each.collection, each.uploaded_by_user) for each in pictures] == [
        ("海", "海", institution.collection, trainer),
        ("帆", "", institution.collection, trainer),
        ("海边", "海边", institution.collection, trainer),
    ]
    first, second = LessonPage.objects.descendant_of(institution).order_by("path")
    assert [(each.block_type, each.value["image"].pk) for each in first.body if each.block_type == "picture"] == [
        ("picture", pictures[0].pk),
        ("picture", pictures[1].pk),
    ]
    assert second.body[1].value["image"] == pictures[2]
    assert all(each.file_size == each.file.size for each in pictures)


def test_collect_takes_names_from_files_where_they_give_none(institution):
    found = collect(institution, {"01-听.md": "正文。".encode("gb18030")})
    assert found.course.title == "文件夹"
    assert LessonPage.objects.descendant_of(found.course).get().title == "听"
    assert [each.why for each in found.remarks] == ["no_title"]


def test_collect_publishes_for_the_installation(institution):
    course = collect(institution, live=True).course
    assert course.live
    lesson = LessonPage.objects.descendant_of(course).first()
    assert lesson.live
    assert lesson.version


def test_collect_refuses_when_there_is_no_lesson(institution):
    with pytest.raises(collecting.NothingToCollect):
        collect(institution, {"course.md": FILES["course.md"], "图.png": b"x"})
    assert not CoursePage.objects.exists()


def test_collect_refuses_when_it_is_not_her_institution(institution, personas, tree):
    other = people.officer(Appointment.Office.TRAINER, tree.neighbour, "外人")
    for user in (other, personas.county_officer, personas.teacher.user):
        with pytest.raises(NotYourOffice):
            collect(institution, by=user)


def test_collect_refuses_when_a_trainer_would_publish(institution, trainer):
    with pytest.raises(NotYourOffice):
        collect(institution, by=trainer, live=True)


def zipped(files):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return kept.getvalue()


def test_unpack_leaves_a_common_folder_out():
    files = collecting.unpack(zipped({f"我的课/{name}": content for name, content in FILES.items()}))
    assert files == FILES


def test_unpack_reads_names_of_an_old_packer():
    kept = zipped({"01-abcd.md": b"x"}).replace(b"01-abcd.md", "01-开始.md".encode("gb18030"))
    assert collecting.unpack(kept) == {"01-开始.md": b"x"}


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04"])
def test_unpack_refuses_when_it_is_no_zip(content):
    with pytest.raises(collecting.NotAFolder):
        collecting.unpack(content)


def test_unpack_refuses_when_it_unpacks_beyond_measure():
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.md", b"0" * 20_000_000)
    with pytest.raises(collecting.FolderTooLarge):
        collecting.unpack(kept.getvalue())


def written():
    """The courses that come with the project: name → files."""
    return {
        folder.name: {str(each.relative_to(folder)): each.read_bytes() for each in sorted(folder.rglob("*.md"))}
        for folder in sorted(COURSES.iterdir())
        if folder.is_dir()
    }


def test_courses_of_the_project_come_in_whole(institution):
    least = {"a-reading": 3, "b-crisis": 4, "c-mental-health": 12, "homeroom": 4}
    stems = {}
    for name, files in written().items():
        found = collect(institution, files)
        assert found.remarks == []
        assert found.lessons >= least.pop(name)
        for lesson in LessonPage.objects.descendant_of(found.course):
            text = "".join(block.value.source for block in lesson.body if block.block_type == "text")
            assert sum("\u4e00" <= letter <= "\u9fff" for letter in text) >= 1200, lesson.title
            assert lesson.sources, lesson.title
            assert lesson.title_en, lesson.title
            asked = [block for block in lesson.body if block.block_type == "question"]
            assert len(asked) > lesson.ask, lesson.title
            stems |= {f"{lesson.title} {place}": block.value["stem"] for place, block in enumerate(asked)}
    assert not least
    assert twins(stems, stems) == []


def test_collect_course_says_what_came_and_what_did_not(institution, tmp_path, capsys):
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    call_command("collect_course", tmp_path, "--unit", institution.organisation.code)
    said = capsys.readouterr().out
    assert "02-又/图.png:" in said
    assert "2 modules, 3 lessons, 1 questions, 1 remarks" in said
    assert not LessonPage.objects.live().exists()


def test_collect_course_refuses_when_no_such_unit_has_a_room(institution, tree, tmp_path):
    with pytest.raises(CommandError, match="room for courses"):
        call_command("collect_course", tmp_path, "--unit", tree.neighbour.code)
