"""The pages of programmes and courses: what concerns whom, why one can or cannot join, and where one goes on."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms import lessons, progress
from lms.people.models import Appointment
from lms.records import learning
from lms.records.models import LessonProgress
from lms.training.models import Enrolment
from tests.factories import certs, courses, people
from tests.factories import training as make
from tests.factories.people import AT

DAY = dt.timedelta(days=1)
State = Enrolment.State


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def w(tree, personas):
    made = courses.world(tree.county, lessons=3)
    made.teacher, made.stranger, made.officer = personas.teacher, personas.stranger, personas.county_officer
    return made


@pytest.fixture
def seated(w):
    w.enrolment = courses.enrolled(w.teacher, w.period)
    return w


def show(client, user, address, status=200):
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def finish(teacher, lesson, *, at=AT):
    return make.learnt(teacher, make.lesson(lesson.title, key=lesson.key, version=lesson.version), at=at)


def begin(teacher, lesson, course, seconds=0, at=AT):
    learning.open_lesson(teacher=teacher, lesson=lessons.as_recorded(lesson, course), at=at)
    LessonProgress.objects.filter(teacher=teacher, lesson=lesson.key).update(seconds=seconds)


# The list


def test_programmes_lists_those_of_the_reader_and_of_the_units_above_her(client, w, tree):
    courses.programme_page(w.room, courses.programme(tree.city, title="全市培训"))
    courses.programme_page(w.room, courses.programme(tree.neighbour, title="邻县培训"))
    page = show(client, w.teacher.user, reverse("cms:programmes"))
    assert "心理健康教育C证培训" in page and "全市培训" in page
    assert "邻县培训" not in page
    assert "6学时，共3课" in page


def test_programmes_leaves_out_what_is_a_draft_or_offered_no_longer(client, w, tree):
    courses.programme_page(w.room, courses.programme(tree.county, title="草稿项目")).unpublish()
    old = courses.programme(tree.county, title="停办项目")
    old.ended_on = dt.date(2024, 3, 4)
    old.save()
    courses.programme_page(w.room, old)
    page = show(client, w.teacher.user, reverse("cms:programmes"))
    assert "草稿项目" not in page and "停办项目" not in page


def test_programmes_leads_on_in_what_is_being_learnt(client, seated):
    page = show(client, seated.teacher.user, reverse("cms:programmes"))
    assert f'href="{seated.lessons[0].address}"' in page and "开始学习" in page
    finish(seated.teacher, seated.lessons[0])
    page = show(client, seated.teacher.user, reverse("cms:programmes"))
    assert f'href="{seated.lessons[1].address}"' in page and "继续学习" in page
    assert "已学完1课，共3课" in page


def test_programmes_says_so_when_there_are_none(client, tree, personas):
    assert "暂无培训项目" in show(client, personas.teacher.user, reverse("cms:programmes"))


def test_programmes_sends_who_is_signed_out_to_the_sign_in(client, w):
    for address in (reverse("cms:programmes"), w.page.address, w.course.address, w.lesson.address):
        assert client.get(address).status_code == 302


def test_programmes_asks_as_often_for_three_as_for_one(client, seated, tree, django_assert_num_queries):
    client.force_login(seated.teacher.user)
    client.get(reverse("cms:programmes"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("cms:programmes"))
    for n in range(2):
        more = courses.course(seated.room, f"课程{n}")
        courses.lesson(courses.module(more))
        programme = courses.programme(tree.county, title=f"项目{n}")
        courses.programme_page(seated.room, programme, [more])
        courses.enrolled(seated.teacher, courses.period(programme))
    with django_assert_num_queries(len(one)):
        client.get(reverse("cms:programmes"))


# A programme


def test_programme_says_for_whom_it_is_and_what_it_takes(client, w, tree):
    level = certs.level(tree.county, name="心理健康教育C证", code="C", rank=1)
    programme = courses.programme(
        tree.county, title="班主任研修", posts=["homeroom_teacher"], stages=["junior"], requires=level, hours=12
    )
    page = courses.programme_page(w.room, programme, [w.course])
    text = show(client, w.teacher.user, page.address)
    for words in ("班主任", "初中", "心理健康教育C证", "专业科目 12", "第1课", "3课，至少3分钟"):
        assert words in text


def test_programme_says_each_reason_that_keeps_her_out(client, w, tree):
    level = certs.level(tree.county, name="心理健康教育C证", code="C", rank=1)
    programme = courses.programme(tree.county, title="班主任研修", posts=["homeroom_teacher"], requires=level)
    courses.period(programme, number=7)
    page = courses.programme_page(w.room, programme, [w.course])
    text = show(client, w.teacher.user, page.address)
    assert "第7期" in text and "暂不能报名" in text
    assert text.count("i-cross") >= 3  # the symbol, the post, the certificate
    assert "报名</button>" not in text


def test_programme_offers_a_seat_to_whom_nothing_keeps_out(client, w):
    text = show(client, w.teacher.user, w.page.address)
    assert "名额不限" in text and "暂不能报名" not in text
    door = reverse("training:enrol", args=[w.period.pk])
    assert f'action="{door}"' in text and '<button class="btn">报名' in text
    client.post(door)
    assert Enrolment.objects.get().teacher == w.teacher
    assert "已录取" in show(client, w.teacher.user, w.page.address)


def test_programme_offers_the_waiting_list_when_all_seats_are_taken(client, w):
    w.period.capacity = 1
    w.period.save()
    courses.enrolled(w.stranger, w.period)
    assert "报名候补" in show(client, w.teacher.user, w.page.address)


def test_programme_offers_nothing_to_whom_is_no_teacher(client, w):
    text = show(client, w.officer, w.page.address)
    assert "第1期" in text and "报名</" not in text and "暂不能报名" not in text


@pytest.mark.parametrize(
    ("state", "starts", "words"),
    [
        (State.CONFIRMED, -1, "开始学习"),
        (State.CONFIRMED, 5, "课时将于2024年3月10日开放"),
        (State.WAITING, -1, "您在候补名单中"),
        (State.COMPLETED, -1, "已结业"),
    ],
)
def test_programme_says_where_the_reader_stands(client, w, state, starts, words):
    w.period.starts_on = AT.date() + starts * DAY
    w.period.save()
    courses.enrolled(w.teacher, w.period, state)
    assert words in show(client, w.teacher.user, w.page.address)


def test_pages_say_so_when_the_period_ended_before_everything_was_finished(client, w):
    w.period.starts_on, w.period.ends_on = AT.date() - 9 * DAY, AT.date() - DAY
    w.period.save()
    courses.enrolled(w.teacher, w.period)
    assert "第1期已于2024年3月4日结束，您尚未学完" in show(client, w.teacher.user, w.page.address)
    assert "本期已结束，已学内容保留" in show(client, w.teacher.user, w.course.address)


def test_programme_leads_to_its_courses_only_whom_may_read_them(client, w):
    link = f'href="{w.course.address}"'
    assert link not in show(client, w.teacher.user, w.page.address)
    courses.enrolled(w.teacher, w.period)
    assert link in show(client, w.teacher.user, w.page.address)


def test_programme_is_not_there_for_other_regions_nor_while_it_is_withdrawn(client, w):
    show(client, w.stranger.user, w.page.address, 404)
    w.page.unpublish()
    show(client, w.teacher.user, w.page.address, 404)


def test_programme_shows_an_introduction_without_what_an_editor_may_not_write(client, w):
    w.page.introduction = '<p onclick="x()">欢迎</p><script>alert(1)</script><a href="https://example.org/">外面</a>'
    courses.publish(w.page)
    text = show(client, w.teacher.user, w.page.address)
    assert "<p>欢迎</p>" in text and "onclick" not in text and "alert(1)" not in text
    assert 'rel="noopener noreferrer"' in text


@pytest.mark.parametrize("place", ["page", "course"])
def test_page_asks_as_often_for_many_lessons_as_for_few(client, seated, django_assert_num_queries, place):
    client.force_login(seated.teacher.user)
    address = getattr(seated, place).address
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for n in range(12):
        page = courses.lesson(seated.module if n % 2 else courses.module(seated.course), f"更多{n}", questions=0)
        begin(seated.teacher, page, seated.course)
    with django_assert_num_queries(len(few)):
        client.get(address)


# A course


def test_course_shows_how_she_stands_in_every_lesson(client, seated):
    first, second, _third = seated.lessons
    finish(seated.teacher, first)
    begin(seated.teacher, second, seated.course, seconds=59)
    text = show(client, seated.teacher.user, seated.course.address)
    for words in ("已学完1课，共3课", "已学完", "学习中", "未开始", "已学0分钟，共需1分钟", "尚未计入学时"):
        assert words in text
    assert "已学1分钟" in text  # a minute and 59 seconds
    assert "您学完后有更新" not in text


def test_course_says_when_a_lesson_was_updated_since(client, seated):
    finish(seated.teacher, seated.lesson)
    seated.lesson.sources = "修订"
    courses.publish(seated.lesson)
    text = show(client, seated.teacher.user, seated.course.address)
    assert "您学完后有更新，仍算学完" in text and "已学完1课，共3课" in text


def test_course_says_that_hours_are_credited_when_the_programme_is_completed(client, w):
    courses.enrolled(w.teacher, w.period, State.COMPLETED)
    text = show(client, w.teacher.user, w.course.address)
    assert "学时已计入" in text and "尚未计入学时" not in text


def test_course_counts_nothing_for_who_reads_it_by_office(client, w):
    text = show(client, w.officer, w.course.address)
    assert "您以工作身份浏览本课程" in text and "未开始" not in text and w.lesson.address in text


def test_course_is_not_there_without_a_seat_an_office_or_a_period_that_has_begun(client, w, tree):
    for user in (w.teacher.user, w.stranger.user):
        show(client, user, w.course.address, 404)
    waiting = people.teacher("候补", school=tree.school)
    courses.enrolled(waiting, w.period, State.WAITING)
    show(client, waiting.user, w.course.address, 404)
    gone = people.teacher("退出", school=tree.school)
    courses.enrolled(gone, w.period, State.WITHDRAWN)
    show(client, gone.user, w.course.address, 404)
    early = people.teacher("下期", school=tree.school)
    courses.enrolled(early, courses.period(w.programme, starts_on=AT.date() + 2 * DAY))
    show(client, early.user, w.course.address, 404)


def test_course_is_read_by_its_trainer_and_not_by_the_neighbours(client, w, tree):
    trainer = people.officer(Appointment.Office.TRAINER, tree.county)
    show(client, trainer, w.course.address)
    show(client, people.officer(Appointment.Office.TRAINER, tree.neighbour), w.course.address, 404)
    show(client, people.officer(Appointment.Office.CLERK, tree.county), w.course.address, 404)


def test_course_leaves_out_drafts_and_withdrawn_modules(client, seated):
    seated.lessons[1].unpublish()
    hidden = courses.module(seated.course, "撤下的单元")
    below = courses.lesson(hidden, "撤下单元的课")
    hidden.unpublish()
    text = show(client, seated.teacher.user, seated.course.address)
    assert "第1课" in text and "第2课" not in text and "撤下" not in text
    show(client, seated.teacher.user, below.address, 404)


# Where one goes on


@pytest.mark.parametrize(
    ("finished", "seen_last", "goes_on"),
    [
        ((), None, 0),
        ((0,), 0, 1),
        ((), 1, 1),  # in the middle of it
        ((1,), 1, 2),
        ((2,), 2, 0),  # the last is finished, so what was left out
        ((0, 2), 0, 1),
        ((0, 1, 2), 2, None),
    ],
)
def test_next_lesson_is_the_first_unfinished_from_the_one_seen_last_on(seated, finished, seen_last, goes_on):
    for place in finished:
        finish(seated.teacher, seated.lessons[place], at=AT + place * dt.timedelta(minutes=2))
    if seen_last is not None:
        begin(seated.teacher, seated.lessons[seen_last], seated.course, at=AT + DAY)
    path = progress.paths(seated.teacher, [seated.course])[seated.course.pk]
    assert path.next_lesson == (None if goes_on is None else seated.lessons[goes_on])


def test_running_has_seats_of_periods_that_run_alone(w, tree):
    today = AT.date()
    courses.enrolled(w.teacher, w.period)
    for n, dates in enumerate([(today - 9 * DAY, today - DAY), (today + DAY, today + 9 * DAY)]):
        programme = courses.programme(tree.county, title=f"项目{n}")
        courses.programme_page(w.room, programme, [w.course])
        period = courses.period(programme, starts_on=dates[0], ends_on=dates[1], enrol_until_at=AT - 5 * DAY)
        courses.enrolled(w.teacher, period)
    unpaged = courses.programme(tree.county, title="无页面")
    courses.enrolled(w.teacher, courses.period(unpaged))
    assert [each.page.title for each in progress.running(w.teacher.user, AT)] == ["心理健康教育C证培训"]
    assert progress.running(w.stranger.user, AT) == []


def test_course_is_in_english_for_who_reads_english(client, seated):
    seated.course.title_en = "An introduction"
    courses.publish(seated.course)
    client.force_login(seated.teacher.user)
    answer = client.get(seated.course.address, headers={"accept-language": "en"})
    assert "An introduction" in answer.content.decode() and "0 of 3 lessons finished" in answer.content.decode()


@pytest.mark.parametrize("place", ["room", "page", "course", "module", "lesson"])
def test_preview_of_the_editor_shows_a_page_with_nothing_to_learn_or_join(w, place):
    page = getattr(w, place)
    shown = page.make_preview_request(preview_mode=page.default_preview_mode).content.decode()
    assert page.title in shown and "预览" in shown
    assert "lesson.js" not in shown and courses.EXPLANATION not in shown and "<form" not in shown.split("<main")[1]
