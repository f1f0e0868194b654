"""A lesson as it is learnt, through the browser's requests: its page, its minutes, its tries and its reflections."""

import html
import json
import re
import uuid

import pytest
import time_machine
from django.core.files.images import ImageFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.models import CourseFile, CourseImage, SlidePicture, Try
from lms.journal.models import Line
from lms.records import learning
from lms.records.models import HourEntry, LearningClock, LessonCompletion, LessonProgress, Reflection
from lms.training.models import Enrolment
from tests.factories import certs, courses
from tests.factories.people import AT

# Wagtail leaves the temporary file open in which it made a picture's size.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
DOORS = ("open", "report", "try", "answer", "reflect")


@pytest.fixture(autouse=True)
def now(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    with time_machine.travel(AT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def w(tree, personas):
    made = courses.world(tree.county, lessons=2, minutes=2, questions=6, ask=2)
    made.teacher, made.stranger, made.officer = personas.teacher, personas.stranger, personas.county_officer
    courses.enrolled(made.teacher, made.period)
    return made


@pytest.fixture
def client(w):
    signed_in = Client()
    signed_in.force_login(w.teacher.user)
    return signed_in


def door(name, page):
    return reverse(f"cms:{name}", args=[page.pk])


def text(answer, status=200):
    assert answer.status_code == status
    return html.unescape(answer.content.decode())


class Tab:
    """A tab of the browser that shows a lesson."""

    def __init__(self, client, page):
        self.client, self.page, self.number = client, page, 0
        self.token = client.post(door("open", page), content_type="application/json").json()["token"]

    def send(self, **said):
        said = {"token": self.token, "number": self.number, "places": {}} | said
        return self.client.post(door("report", self.page), json.dumps(said), content_type="application/json")

    def report(self, **said):
        self.number += 1
        return self.send(**said).json()


def learn(tab, now, seconds):
    """Report every half minute until so many seconds have passed."""
    for _turn in range(seconds // 30):
        now.shift(30)
        heard = tab.report()
    return heard


def try_of(client, w, choose, page=None):
    """Draw questions and answer each with the option that `choose` picks by its text."""
    page = page or w.lesson
    client.post(door("try", page))
    row = Try.objects.filter(lesson=page.key).order_by("-number").first()
    sent = {"number": row.number}
    for each in row.asked:
        sent[f"q-{each['id']}"] = next(option["id"] for option in each["body"]["options"] if choose(option["text"]))
    return client.post(door("answer", page), sent)


def right(option):
    return option == "甲"


def wrong(option):
    return option == "乙"


# Who finds it


def test_lesson_and_its_doors_are_not_there_for_strangers(w):
    stranger = Client()
    stranger.force_login(w.stranger.user)
    assert stranger.get(w.lesson.address).status_code == 404
    for name in DOORS:
        assert stranger.post(door(name, w.lesson)).status_code == 404


def test_doors_are_closed_to_who_reads_by_office_alone(w):
    officer = Client()
    officer.force_login(w.officer)
    page = text(officer.get(w.lesson.address))
    assert "您以工作身份浏览本课程" in page and "lesson.js" not in page and "开始小测" not in page
    for name in DOORS:
        assert officer.post(door(name, w.lesson)).status_code == 404
    assert not LearningClock.objects.exists() and not Try.objects.exists()


def test_doors_send_who_is_signed_out_to_the_sign_in_or_tell_the_script(w):
    for name in ("try", "answer", "reflect"):
        assert Client().post(door(name, w.lesson)).status_code == 302
    for name in ("open", "report"):
        answer = Client().post(door(name, w.lesson), content_type="application/json")
        assert (answer.status_code, answer.json()["refused"]) == (401, "SignedOut")


def test_doors_take_posts_only(client, w):
    assert {client.get(door(name, w.lesson)).status_code for name in DOORS} == {405}


# Its page


def rich(w):
    """A lesson with a block of every kind."""

    picture = CourseImage(
        title="教室", collection=w.room.collection, file=ImageFile(certs.picture(size=(1600, 900)), name="room.png")
    )
    picture.save()
    w.video, w.audio = courses.file(w.room, "video", "v.mp4"), courses.file(w.room, "audio", "a.mp3")
    w.pdf, w.sheet = courses.file(w.room, "pdf", "s.pdf"), courses.file(w.room)
    captions = courses.file(w.room, "captions", "c.vtt")
    for number in (1, 2, 3):
        SlidePicture.objects.create(
            source=w.pdf, number=number, text=f"第{number}页写着", file=ImageFile(certs.picture(), name="p.png")
        )
    w.block = str(uuid.uuid4())
    body = [
        courses.block(
            "text", '<h2>小标题</h2><p>正文<script>alert(1)</script><a href="https://example.org">外</a></p>'
        ),
        courses.block("picture", {"image": picture.pk, "alt": "一间教室", "caption": "图一"}),
        courses.block("video", {"file": w.video.pk, "captions": captions.pk, "poster": picture.pk}),
        courses.block("audio", {"file": w.audio.pk, "transcript": "录音全文"}),
        courses.block("slides", {"file": w.pdf.pk, "title": "讲义", "may_download": False}),
        courses.block("download", {"file": w.sheet.pk, "title": "记录表", "note": "打印"}),
        courses.block("regulation", {"number": "教基一〔2012〕15号", "title": "《纲要》", "text": "原文一段"}),
        courses.block("callout", {"text": "<p>先保证安全</p>"}),
        courses.block("reflection", {"prompt": "您的班上呢？"}, id=w.block),
    ]
    return courses.lesson(w.module, "样样都有", body=body, questions=2, sources="来源一\n\n来源二")


def test_lesson_shows_every_kind_of_block(client, w):
    page = text(client.get(rich(w).address))
    for words in (
        "<h2>小标题</h2>",
        'rel="noopener noreferrer"',
        'alt="一间教室"',
        "图一",
        'kind="captions"',
        "poster=",
        "录音全文",
        "第1页：第1页写着",
        "1 / 3",
        "记录表",
        "DOCX",
        "教基一〔2012〕15号",
        "先保证安全",
        "您的班上呢？",
        "<li>来源二</li>",
    ):
        assert words in page, words
    assert "alert(1)" not in page
    assert w.pdf.file.name not in page  # slides that may not be downloaded


def test_lesson_is_read_and_learnt_on_when_its_files_were_taken_away(client, w, now):
    page = rich(w)
    CourseFile.objects.all().delete()
    CourseImage.objects.all().delete()
    assert text(client.get(page.address)).count("文件已撤下") == 5
    tab = Tab(client, page)
    now.shift(30)
    assert tab.report(places={"1": 5})["counted"]


def test_lesson_shows_no_question_and_no_key_in_its_body(client, w):
    page = text(client.get(w.lesson.address))
    assert "小测题干" not in page and courses.EXPLANATION not in page and "is_right" not in page
    assert "为您抽取2题" in page


def test_lesson_says_without_scripts_that_minutes_are_not_counted(client, w):
    page = text(client.get(w.lesson.address))
    assert "<noscript>" in page and "浏览器须启用脚本才能计时" in page


def test_lesson_has_no_script_or_style_in_line(client, w):
    page = text(client.get(rich(w).address))
    assert not re.search(r"<script(?![^>]*\ssrc=)", page) and not re.search(r"\sstyle=|\son\w+=", page)


def test_lesson_asks_as_often_for_many_slides_and_lessons_as_for_few(client, w, django_assert_num_queries):
    page = rich(w)
    client.get(page.address)
    with CaptureQueriesContext(connection) as few:
        client.get(page.address)
    for number in range(4, 20):
        SlidePicture.objects.create(source=w.pdf, number=number, file=ImageFile(certs.picture(), name="p.png"))
        courses.lesson(w.module, f"更多{number}")
    with django_assert_num_queries(len(few)):
        client.get(page.address)


def test_lesson_is_not_there_once_it_is_withdrawn(client, w):
    tab = Tab(client, w.lesson)
    w.lesson.unpublish()
    assert client.get(w.lesson.address).status_code == 404
    assert tab.send(number=1).status_code == 404


# Its minutes


def test_report_counts_and_finishes_the_lesson_when_questions_were_passed(client, w, now):
    tab = Tab(client, w.lesson)
    try_of(client, w, right)
    heard = learn(tab, now, 90)
    assert heard == {"counted": True, "why": "", "seconds": 90, "finished": False}
    assert learn(tab, now, 30)["finished"] is True
    assert LessonCompletion.objects.get().lesson == w.lesson.key
    page = text(client.get(w.lesson.address))
    assert "您于2024年3月5日学完本课，用时2分钟" in page and f'href="{w.lessons[1].address}"' in page


def test_the_whole_course_completes_the_programme_and_credits_its_hours(client, w, now):
    for each in w.lessons:
        tab = Tab(client, each)
        learn(tab, now, 120)
        assert try_of(client, w, right, each).status_code == 302
    assert Enrolment.objects.get().state == Enrolment.State.COMPLETED
    assert HourEntry.objects.get().hours == 6


def test_report_earns_what_one_tab_earns_when_ten_are_open(client, w, now):
    tabs = [Tab(client, w.lesson) for _ in range(10)]
    for _half_minute in range(2):
        now.shift(30)
        heard = [tab.report() for tab in tabs]
    assert [each["why"] for each in heard] == ["elsewhere"] * 9 + [""]
    assert LessonProgress.objects.get().seconds == 60


def test_report_earns_once_when_two_lessons_are_open_on_two_devices(client, w, now):
    phone = Client()
    phone.force_login(w.teacher.user)
    first, second = Tab(client, w.lessons[0]), Tab(phone, w.lessons[1])
    now.shift(30)
    assert first.report()["why"] == "elsewhere"
    assert second.report()["counted"]
    assert sum(LessonProgress.objects.values_list("seconds", flat=True)) == 30


def test_report_earns_nothing_and_is_journalled_when_it_is_replayed(client, w, now):
    tab = Tab(client, w.lesson)
    learn(tab, now, 30)
    now.shift(30)
    heard = tab.send().json()
    assert (heard["counted"], heard["why"], heard["seconds"]) == (False, "replayed", 30)
    assert Line.objects.get(act="records.report_refused").facts["why"] == "replayed"


def test_report_earns_nothing_and_is_journalled_when_the_token_is_forged_or_anothers(client, w, now):
    tab, neighbour = Tab(client, w.lesson), Client()
    courses.enrolled(w.stranger, w.period)
    neighbour.force_login(w.stranger.user)
    other = Tab(neighbour, w.lesson)
    now.shift(30)
    for token in ("forged", other.token, Tab(client, w.lessons[1]).token):
        assert tab.report(token=token)["counted"] is False
    assert LessonProgress.objects.get(teacher=w.teacher, lesson=w.lesson.key).seconds == 0
    assert Line.objects.filter(act="records.report_refused", actor=w.teacher.user).count() == 3


@pytest.mark.parametrize("seconds", [3600, "30", -1])
def test_report_cannot_say_how_long_it_was(client, w, now, seconds):
    tab = Tab(client, w.lesson)
    now.shift(30)
    assert tab.report(seconds=seconds, minutes=seconds)["seconds"] == 30


def test_report_counts_nothing_after_a_long_silence_and_goes_on_from_there(client, w, now):
    tab = Tab(client, w.lesson)
    now.shift(3600)
    assert tab.report()["why"] == "silence"
    assert learn(tab, now, 30)["seconds"] == 30


def test_report_passes_over_the_time_out_of_sight(client, w, now):
    tab = Tab(client, w.lesson)
    now.shift(60)
    assert tab.report(away=True) == {"counted": False, "why": "away", "seconds": 0, "finished": False}
    assert learn(tab, now, 30)["seconds"] == 30


def test_report_stops_at_the_limit_of_the_day(client, w, now):
    tab = Tab(client, w.lesson)
    LearningClock.objects.update(day_seconds=learning.DAY_LIMIT - 10)
    now.shift(30)
    assert tab.report() == {"counted": False, "why": "day_full", "seconds": 10, "finished": False}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"token": 1, "number": 1}',
        '{"token": "t", "number": "1"}',
        '{"token": "t", "number": true}',
        '{"token": "t", "number": 1, "places": []}',
        "[" * 5000,
        '{"token": "' + "t" * 11_000 + '", "number": 1}',
    ],
)
def test_report_refuses_what_is_no_report(client, w, body):
    Tab(client, w.lesson)
    answer = client.post(door("report", w.lesson), body, content_type="application/json")
    assert (answer.status_code, answer.json()["refused"]) == (400, "ReportNotUnderstood")


def test_report_refuses_a_form_of_another_site(client, w):
    answer = client.post(door("report", w.lesson), {"token": "t", "number": "1"})
    assert answer.status_code == 400


def test_report_refuses_when_the_lesson_was_never_opened(client, w):
    said = json.dumps({"token": "t", "number": 1})
    answer = client.post(door("report", w.lesson), said, content_type="application/json")
    assert (answer.status_code, answer.json()["refused"]) == (409, "NotOpened")


def test_report_refuses_when_it_comes_too_often_and_takes_it_a_minute_later(client, w, now):
    tab = Tab(client, w.lesson)
    statuses = {tab.send(number=number).status_code for number in range(1, 31)}
    assert statuses == {200}
    refused = tab.send(number=31)
    assert (refused.status_code, refused.json()["refused"]) == (429, "TooOften")
    now.shift(61)
    assert tab.send(number=32).json()["counted"]


def test_open_refuses_when_it_comes_too_often(client, w):
    statuses = [client.post(door("open", w.lesson)).status_code for _ in range(31)]
    assert statuses[-2:] == [200, 429]


def test_report_keeps_where_a_video_of_this_lesson_stopped_and_nothing_else(client, w, now):
    page = rich(w)
    tab = Tab(client, page)
    now.shift(30)
    file = str(w.video.pk)
    tab.report(places={file: 95, str(w.audio.pk): -1, str(w.pdf.pk): 5, "x": 3})
    assert LessonProgress.objects.get(lesson=page.key).places == {file: 95}
    assert f'data-file="{file}" data-from="95"' in text(client.get(page.address))


# Its questions


def test_try_shows_questions_without_their_key(client, w):
    answer = client.post(door("try", w.lesson))
    assert answer["Location"] == f"{w.lesson.address}#check"
    page = text(client.get(w.lesson.address))
    assert page.count("小测题干") == 2
    assert courses.EXPLANATION not in page and "is_right" not in page and "checked" not in page


def test_answer_says_what_was_right_and_why(client, w):
    try_of(client, w, wrong)
    page = text(client.get(w.lesson.address))
    for words in ("尚未通过：2题答对0题，得分0%", "答错", "您的选择，不正确", "正确选项，未选", courses.EXPLANATION):
        assert words in page
    try_of(client, w, right)
    page = text(client.get(w.lesson.address))
    assert "已通过：2题答对2题，得分100%" in page and "再测一次" in page


def test_try_again_draws_afresh_and_says_so(client, w):
    try_of(client, w, wrong)
    page = text(client.post(door("try", w.lesson), follow=True))
    assert "第2次小测：已重新抽题" in page and "尚未通过" not in page
    assert Try.objects.count() == 2


def test_answer_stays_as_it_was_when_the_try_was_answered(client, w):
    try_of(client, w, wrong)
    row = Try.objects.get()
    sent = {"number": 1, **{f"q-{each['id']}": each["key"]["right"][0] for each in row.asked}}
    page = client.post(door("answer", w.lesson), sent, headers={"referer": f"http://testserver{w.lesson.address}"})
    assert "已经提交，不能再改" in text(client.get(page["Location"]))
    assert Try.objects.get().share == 0


@pytest.mark.parametrize("number", ["", "2", "-1", "x", "9" * 30, "²"])
def test_answer_is_not_there_for_a_try_that_was_not_drawn(client, w, number):
    client.post(door("try", w.lesson))
    assert client.post(door("answer", w.lesson), {"number": number}).status_code == 404


def test_answer_earns_nothing_for_forged_questions_and_shapes(client, w):
    client.post(door("try", w.lesson))
    row = Try.objects.get()
    asked = row.asked[0]["id"]
    client.post(
        door("answer", w.lesson),
        {"number": 1, f"q-{asked}": ["A", "B", "Z"], "q-other": "A", "share": "1", "is_passed": "true"},
    )
    row.refresh_from_db()
    assert (row.share, row.is_passed, set(row.answers.values())) == (0, False, {""})


def test_answer_marks_every_kind_as_a_form_sends_it(client, w):
    kinds = [
        courses.question("multiple", right=("甲", "丙")),
        courses.question("true_false", is_true=False),
        courses.question("fill_in", stem="首要原则是____，其次是____。", blanks="保密\n知情同意/知情"),
    ]
    page = courses.lesson(w.module, "各种题", body=kinds, questions=0, ask=0)
    client.post(door("try", page))
    row = Try.objects.get()
    shown = text(client.get(page.address))
    assert shown.count('type="checkbox"') == 3 and "第2空" in shown
    given = {"multiple": ["A", "C"], "true_false": "false", "fill_in": ["保密", "知情"]}
    client.post(door("answer", page), {"number": 1, **{f"q-{each['id']}": given[each["kind"]] for each in row.asked}})
    row.refresh_from_db()
    assert (row.share, row.is_passed) == (1, True)
    assert "您填的是“知情”，正确答案是“知情同意 / 知情”" in text(client.get(page.address))


def test_try_refuses_when_the_lesson_asks_nothing(client, w):
    silent = courses.lesson(w.module, questions=0)
    assert "学后小测" not in text(client.get(silent.address))
    assert client.post(door("try", silent)).status_code == 409


def test_lesson_without_questions_is_finished_by_time_alone(client, w, now):
    silent = courses.lesson(w.module, minutes=1, questions=0)
    assert learn(Tab(client, silent), now, 60)["finished"]


def test_questions_work_without_a_script(client, w):
    try_of(client, w, right)
    assert LessonProgress.objects.get().passed_at == AT
    assert "已通过" in text(client.get(w.lesson.address))


# What was written


def test_reflect_keeps_what_was_written_and_shows_it_to_its_writer_alone(client, w):
    page = rich(w)
    sent = {"block": w.block, "text": "我想先听他说。"}
    answer = client.post(door("reflect", page), sent)
    assert answer["Location"] == f"{page.address}#b-{w.block}"
    assert (row := Reflection.objects.get()).text == "我想先听他说。" and row.prompt == "您的班上呢？"
    assert "我想先听他说。" in text(client.get(page.address))
    courses.enrolled(w.stranger, w.period)
    for user in (w.stranger.user, w.officer):
        other = Client()
        other.force_login(user)
        assert "我想先听他说。" not in text(other.get(page.address))


@pytest.mark.parametrize(("typed", "words"), [("  ", "保存前请先写下"), ("长" * 5001, "最多5000字")])
def test_reflect_shows_the_refusal_and_keeps_what_was_typed(client, w, typed, words):
    page = rich(w)
    answer = client.post(door("reflect", page), {"block": w.block, "text": typed})
    shown = text(answer, 422)
    assert 'role="alert"' in shown and f">{typed}</textarea>" in shown
    assert not Reflection.objects.exists()


def test_reflect_is_not_there_for_a_block_that_invites_to_nothing(client, w):
    page = rich(w)
    for block in ("", "x", str(uuid.uuid4()), page.body[0].id):
        assert client.post(door("reflect", page), {"block": block, "text": "…"}).status_code == 404
