"""A lesson between its page and the record: it is finished once its time is spent and its questions are passed."""

import datetime as dt

import pytest
import time_machine

from cms import lessons, trying
from cms.models import LessonPage
from lms.journal.models import Line
from lms.records import learning
from lms.records.models import HourEntry, LessonCompletion
from lms.training.models import Enrolment
from tests.factories import courses
from tests.factories.people import AT

SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def w(tree, personas):
    made = courses.world(tree.county, lessons=1)
    made.teacher = personas.teacher
    made.enrolment = courses.enrolled(made.teacher, made.period)
    return made


def right(drawn):
    return {each["id"]: each["key"]["right"][0] for each in drawn.asked}


def passed(w, at=AT):
    drawn = trying.draw(page=w.lesson, course=w.course, teacher=w.teacher, at=at)
    return trying.answer(drawn=drawn, page=w.lesson, course=w.course, answers=right(drawn), at=at)


class Front:
    """A page of the lesson that is in front."""

    def __init__(self, w, at=AT):
        self.w, self.number = w, 0
        lesson = lessons.as_recorded(w.lesson, w.course)
        self.token = learning.open_lesson(teacher=w.teacher, lesson=lesson, at=at)

    def report(self, seconds):
        self.number += 1
        return lessons.report(
            page=self.w.lesson,
            course=self.w.course,
            teacher=self.w.teacher,
            token=self.token,
            number=self.number,
            places={},
            away=False,
            at=AT + seconds * SECOND,
        )


def test_as_recorded_knows_the_lesson_by_its_key_and_whether_it_asks(w):
    told = lessons.as_recorded(w.lesson, w.course)
    assert (told.key, told.course, told.course_title) == (
        w.lesson.translation_key,
        w.course.translation_key,
        w.course.title,
    )
    assert told.asks and told.version == LessonPage.objects.get(pk=w.lesson.pk).version
    assert not lessons.as_recorded(courses.lesson(w.module, questions=0), w.course).asks


def test_version_of_differs_when_text_sources_or_questions_change_and_not_with_the_minutes(w):
    before = lessons.version_of(w.lesson)
    w.lesson.minutes = 99
    assert lessons.version_of(w.lesson) == before
    w.lesson.sources = "另一处来源"
    assert lessons.version_of(w.lesson) != before


def test_report_finishes_the_lesson_when_time_and_questions_are_there(w):
    front = Front(w)
    passed(w)
    _standing, none_yet = front.report(30)
    standing, done = front.report(60)
    assert none_yet is None
    assert (standing.seconds, done.minutes, done.version) == (60, 1, w.lesson.version)


def test_report_finishes_nothing_when_the_questions_are_not_passed(w):
    front = Front(w)
    front.report(30)
    assert front.report(60)[1] is None
    assert not LessonCompletion.objects.exists()


def test_answer_finishes_the_lesson_when_its_time_was_spent_before(w):
    front = Front(w)
    front.report(30)
    front.report(60)
    passed(w, AT + 61 * SECOND)
    assert LessonCompletion.objects.get().finished_at == AT + 61 * SECOND


def test_finishing_the_last_lesson_completes_the_programme_and_credits_its_hours_once(w):
    front = Front(w)
    passed(w)
    front.report(30)
    front.report(60)
    w.enrolment.refresh_from_db()
    assert w.enrolment.state == Enrolment.State.COMPLETED
    front.report(90)
    assert [each.hours for each in HourEntry.objects.all()] == [6]
    assert Line.objects.filter(act="records.lesson_finished").count() == 1


def test_try_to_finish_leaves_what_was_finished_as_it_was_when_the_lesson_is_newer(w):
    front = Front(w)
    passed(w)
    front.report(30)
    front.report(60)
    w.lesson.sources = "修订后"
    page = courses.publish(w.lesson)
    done = lessons.try_to_finish(page=page, course=w.course, teacher=w.teacher, at=AT + 90 * SECOND)
    assert (done.version, done.finished_at) == (w.lesson.version, AT + 60 * SECOND)
    assert done.version != page.version


def test_live_lessons_stand_in_the_order_of_courses_modules_and_lessons(w, tree):
    second = courses.course(w.room, "第二门")
    courses.lesson(courses.module(second), "后一课")
    page = courses.programme_page(w.room, courses.programme(tree.county, title="两门"), [second, w.course])
    assert [each.title for each in lessons.live_lessons(page)] == ["后一课", "第1课"]


def test_live_lessons_are_asked_for_in_as_many_queries_however_many_there_are(w, django_assert_num_queries):
    for n in range(2, 9):
        courses.lesson(w.module, f"第{n}课")
    with django_assert_num_queries(3):
        assert len(lessons.live_lessons(w.page)) == 8
