"""What is live is found, by whoever may read it, as soon as it is published and no longer than that."""

import datetime as dt

import pytest
from django.core.management import call_command
from wagtail.models import Page

from cms import finding, jobs, publishing, searching, tasks, words
from cms.models import AnnouncementPage, CourseFile, CoursePage, LessonPage, LibraryPage, SearchEntry, SlidePicture
from lms.people.models import Appointment
from tests.factories import cms, courses, people

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def w(tree, at):
    """A room with one course; a learner in it, and a reviewer."""
    w = courses.world(tree.county, lessons=0)
    w.learner = people.teacher("林知微", school=tree.school)
    courses.enrolled(w.learner, w.period)
    w.reader = w.learner.user
    w.stranger = people.teacher("何远", school=tree.other_school).user
    return w


def lesson(w, title="情绪从哪里来", text="<p>正文的一段。</p>", **more):
    return courses.lesson(more.pop("module", w.module), title, body=[courses.block("text", text)], **more)


def announce(w, title, text):
    page = AnnouncementPage(title=title, slug=f"a-{title}", body=f"<p>{text}</p>", live=False)
    w.room.add_child(instance=page)
    return courses.publish(page)


def found(user, question, at):
    asked = words.asked(question)
    ids = finding.found(finding.matching(finding.readable(user, at), asked), asked).best
    entries = SearchEntry.objects.filter(pk__in=ids)
    return ["".join(part.text for part in hit.title) for hit in finding.hits(finding.ranked(entries, asked), asked)]


# --- What is found ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "is_found"),
    [
        ("倾听", True),
        ("知微", True),  # a name
        ("傾聽", True),  # traditional characters
        ("倾听 共情", True),
        ("倾听 睡眠", False),
        ("听倾", False),
        ("ｇｒｏｗｔｈ", True),  # full width
        ("grow", True),
        ("rowth", False),
        ("2021", True),
        ("10号", True),
        ("倾%情", False),
        ("倾_听", False),
        ("'倾听'", True),
        ("倾听\\", True),
    ],
)
def test_lesson_is_found_by_two_characters_and_by_beginnings_of_latin_words(w, at, question, is_found):
    lesson(w, "第一课", "<p>林知微老师谈倾听与<b>共</b>情。教思政厅函〔2021〕10号。Growth mindset.</p>")
    assert found(w.reader, question, at) == (["第一课"] if is_found else [])


def test_words_in_the_title_come_first_then_more_places_then_the_newest(w, at):
    lesson(w, "睡眠一次", "<p>家长</p>")
    lesson(w, "多次", "<p>睡眠睡眠睡眠</p>")
    lesson(w, "一次旧", "<p>睡眠</p>")
    lesson(w, "一次新", "<p>睡眠</p>")
    assert found(w.reader, "睡眠", at) == ["睡眠一次", "多次", "一次新", "一次旧"]


def test_every_part_of_a_lesson_is_found_but_its_questions(w, at, tmp_path, settings):
    settings.PRIVATE_ROOT = tmp_path
    blocks = [
        courses.block("callout", {"text": "<p>提示甲</p>"}),
        courses.block("regulation", {"number": "令第50号", "title": "规定乙", "text": "原文丙"}),
        courses.block("reflection", {"prompt": "想想丁"}),
        courses.question(stem="题干戊？", explanation="解析己", options=("选项庚", "选项辛"), right=("选项庚",)),
    ]
    courses.lesson(w.module, "各部分", body=blocks, questions=0, sources="来源壬", title_en="Every part")
    for word in ("提示甲", "规定乙", "原文丙", "想想丁", "来源壬", "every"):
        assert found(w.reader, word, at) == ["各部分"]
    for word in ("题干戊", "解析己", "选项庚"):
        assert found(w.reader, word, at) == []


def test_course_is_found_by_its_modules_until_they_are_withdrawn_or_deleted(w, at):
    other = courses.module(w.course, "危机干预", summary="转介流程")
    assert found(w.reader, "转介", at) == [w.course.title]
    other.unpublish()
    assert found(w.reader, "转介", at) == []
    courses.publish(other)
    assert found(w.reader, "转介", at) == [w.course.title]
    other.delete()
    assert found(w.reader, "转介", at) == []
    assert found(w.reader, "走近", at) == [w.course.title]


# --- Who finds it ----------------------------------------------------------------------------------------------------


def test_courses_and_lessons_are_found_by_those_who_may_read_them_only(w, at, tree):
    lesson(w, "倾听的层次")
    overseer = people.officer(Appointment.Office.BUREAU_OFFICER, tree.city, "周市")
    neighbour = people.officer(Appointment.Office.BUREAU_OFFICER, tree.neighbour, "邻县")
    for user in (w.reader, overseer):
        assert found(user, "倾听", at) == ["倾听的层次"]
        assert found(user, "走近学生", at) == [w.course.title]
    for user in (w.stranger, neighbour):
        assert found(user, "倾听", at) == found(user, "走近学生", at) == []


def test_lesson_is_found_from_the_first_day_of_the_period_on(w, at, tree):
    lesson(w, "倾听的层次")
    early = people.teacher("早到", school=tree.school)
    courses.enrolled(early, courses.period(w.programme, starts_on=w.period.starts_on + 9 * DAY))
    assert found(early.user, "倾听", at) == []
    assert found(early.user, "倾听", at + 9 * DAY) == ["倾听的层次"]


def test_announcement_of_an_institution_is_found_by_its_enrolled_only(w, at):
    announce(w, "教材发放", "请到教务处领取")
    publishing.announce(title="全县通知", body="教务安排", by=None, at=at)
    assert sorted(found(w.reader, "教务", at)) == ["全县通知", "教材发放"]
    assert found(w.stranger, "教务", at) == ["全县通知"]


def test_document_is_found_by_everybody_in_any_writing_of_its_number(w, at):
    publishing.add_policy_document(
        title="班主任工作规定",
        number="教基一〔2009〕12号",
        issuer="教育部",
        issued_on=dt.date(2009, 8, 12),
        by=None,
        at=at,
    )
    for question in ("班主任", "教基一〔2009〕12号", "教基一[2009]12号", "（2009）12号", "教育部 2009"):
        assert found(w.stranger, question, at) == ["班主任工作规定"]


# --- Kept up to date -------------------------------------------------------------------------------------------------


def test_lesson_is_found_by_what_was_published_last_and_by_no_draft(w, at):
    page = lesson(w, "第一课", "<p>旧词语</p>")
    page.body = [("text", "<p>新词语</p>")]
    page.save_revision()
    assert (found(w.reader, "旧词语", at), found(w.reader, "新词语", at)) == (["第一课"], [])
    courses.publish(page)
    assert (found(w.reader, "旧词语", at), found(w.reader, "新词语", at)) == ([], ["第一课"])
    assert SearchEntry.objects.filter(page=page.pk).count() == 1


def test_a_draft_is_not_found(w, at):
    page = LessonPage(title="草稿课", slug="draft", body=[], live=False)
    w.module.add_child(instance=page)
    page.save_revision()
    assert found(w.reader, "草稿", at) == []


@pytest.mark.parametrize("which", ["lesson", "module", "course"])
@pytest.mark.parametrize("way", ["unpublish", "delete"])
def test_lesson_is_not_found_when_it_or_what_it_stands_in_is_gone(w, at, which, way):
    w.lesson = lesson(w, "倾听的层次")
    w.page.courses.all().delete()
    w.page.save()
    reviewer = people.officer(Appointment.Office.CONTENT_REVIEWER, w.organisation, "祝审")
    assert found(reviewer, "倾听", at) == ["倾听的层次"]
    page = getattr(w, which)
    getattr(type(page).objects.get(pk=page.pk), way)()
    assert found(reviewer, "倾听", at) == []
    if way == "unpublish":
        courses.publish(type(page).objects.get(pk=page.pk))
        assert found(reviewer, "倾听", at) == ["倾听的层次"]


def test_lesson_moved_to_another_course_is_found_by_the_readers_of_that(w, at):
    other = courses.course(w.room, "别的课程")
    page = lesson(w, "倾听的层次")
    page.move(courses.module(other), pos="last-child")
    assert found(w.reader, "倾听", at) == []
    assert SearchEntry.objects.get(page=page.pk).course_id == other.pk


def test_module_moved_to_another_course_takes_its_words_along(w, at):
    other = courses.course(w.room, "别的课程")
    moving = courses.module(w.course, "危机干预")
    moving.move(other, pos="last-child")
    entered = {entry.title for entry in SearchEntry.objects.filter(folded__contains="危机干预")}
    assert entered == {"别的课程"}


def test_documents_of_the_library_are_found_as_it_is_published(at):
    cms.root()
    for number in ("甲", "乙"):
        document = publishing.add_policy_document(
            title=f"文件{number}", issuer="教育部", issued_on=dt.date(2020, 1, 1), by=None, at=at
        )
    library = LibraryPage.objects.get()
    library.documents.remove(library.documents.get(pk=document.pk))
    courses.publish(library)
    assert list(SearchEntry.objects.values_list("title", flat=True)) == ["文件甲"]
    LibraryPage.objects.get().unpublish()
    assert not SearchEntry.objects.exists()


def test_slides_are_found_with_their_lesson_and_document_once_they_are_drawn(w, at):
    file = CourseFile.objects.create(title="讲义", file="files/1.pdf", kind="pdf", collection=w.room.collection)
    slides = courses.block("slides", {"file": file.pk, "title": "讲义", "may_download": False})
    courses.lesson(w.module, "有讲义", body=[slides], questions=0)
    publishing.add_policy_document(
        title="有文件", issuer="教育部", issued_on=dt.date(2020, 1, 1), file=file, by=None, at=at
    )
    SlidePicture.objects.create(source=file, number=1, file="slides/1.png", width=10, height=10, text="幻灯片上的词")
    assert found(w.reader, "幻灯片", at) == []
    tasks.draw(file.pk)
    assert sorted(found(w.reader, "幻灯片", at)) == ["有文件", "有讲义"]


@pytest.mark.parametrize("which", ["lesson", "library"])
def test_an_entry_that_outlived_its_page_is_not_shown(w, at, which):
    w.lesson = lesson(w, "倾听的层次")
    publishing.add_policy_document(title="倾听", issuer="教育部", issued_on=dt.date(2020, 1, 1), by=None, at=at)
    w.library = LibraryPage.objects.get()
    Page.objects.filter(pk=getattr(w, which).pk).update(live=False)
    assert found(w.reader, "倾听", at) == (["倾听"] if which == "lesson" else ["倾听的层次"])


# --- Made anew -------------------------------------------------------------------------------------------------------


def test_sweep_mends_what_was_left_out_behind_or_over(w, at):
    left_out, behind, hidden = (lesson(w, title) for title in ("漏掉", "落后", "隐藏"))
    kept = set(SearchEntry.objects.values_list("title", flat=True))
    SearchEntry.objects.filter(page=left_out.pk).delete()
    SearchEntry.objects.filter(page=behind.pk).update(title="旧题", made_from_at=at)
    SearchEntry.objects.filter(page=w.course.pk).delete()
    LessonPage.objects.filter(pk=hidden.pk).update(live=False)
    assert {page.title for page in searching.stale()} == {"漏掉", "落后", "隐藏", w.course.title}
    assert jobs.sweep_search() == 4
    assert set(SearchEntry.objects.values_list("title", flat=True)) == kept - {"隐藏"}
    assert jobs.sweep_search() == 0


def test_sweep_leaves_alone_what_is_not_to_be_read(w, at):
    lesson(w, "课程撤下了")
    CoursePage.objects.get(pk=w.course.pk).unpublish()
    assert jobs.sweep_search() == 0
    assert not SearchEntry.objects.exists()


def test_rebuild_search_makes_the_same_entries_anew(w, at, capsys):
    lesson(w, "第一课", "<p>词语</p>")
    announce(w, "公告一", "词语")
    publishing.add_policy_document(title="文件甲", issuer="教育部", issued_on=dt.date(2020, 1, 1), by=None, at=at)
    fields = ("kind", "title", "text", "folded", "grams", "dated_at", "made_from_at", "course", "page", "document")
    before = sorted(map(repr, SearchEntry.objects.values_list(*fields)))
    SearchEntry.objects.all().delete()
    call_command("rebuild_search")
    assert sorted(map(repr, SearchEntry.objects.values_list(*fields))) == before
    assert "4" in capsys.readouterr().out


def test_an_entry_is_bounded_whatever_a_page_holds(w, at):
    lesson(w, "很长", f"<p>{''.join(chr(0x4E00 + n % 20000) for n in range(90_000))}</p>")
    entry = SearchEntry.objects.get(title="很长")
    assert len(entry.text) == searching.MOST_CHARACTERS
