"""Pages of one teacher that report at the same moment: together they earn the time that passed, never more."""

import datetime as dt
import threading

import pytest
import time_machine

from lms.lib import clock
from lms.people.models import Organisation, Teacher
from lms.records import learning
from lms.records.models import HourEntry, LearningClock, LessonCompletion, LessonProgress
from lms.training import completing
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT

COUNTS = 'UPDATE "records_learningclock" '
SECOND = dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT):
        yield


@pytest.fixture
def teacher(two_connections):
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")
    return people.teacher("林知微", school=people.organisation("澜溪县实验小学", parent=county))


def opened(teacher, lesson, at=AT):
    return learning.open_lesson(teacher=teacher, lesson=lesson, at=at)


def report(teacher, lesson, token, number, at):
    """As a request would: the teacher read afresh on this connection."""
    me = Teacher.objects.get(pk=teacher.pk)
    return learning.report(teacher=me, lesson=lesson, token=token, number=number, places={}, at=at).why


def unlocked(teacher, lesson, token, number, at):
    """The twin: the same counting, without having held the clock between looking and writing."""
    running = LearningClock.objects.get(teacher=teacher)
    progress = LessonProgress.objects.get(teacher=teacher, lesson=lesson.key)
    if number <= running.beats:
        return "replayed"
    running.beats = number
    seconds, why = learning._count(running, at)
    running.save(update_fields=["beats", "counted_until", "day", "day_seconds"])
    LessonProgress.objects.filter(pk=progress.pk).update(seconds=LessonProgress.objects.get().seconds + seconds)
    return why


def race(two_connections, statement, first, second):
    """The first has looked, and is held before it writes; the second begins then, and may finish if nothing stops
    it."""
    looked, done = threading.Event(), threading.Event()

    def held():
        with two_connections.held_before(statement, looked, done):
            return first()

    def free():
        looked.wait(5)
        try:
            return second()
        finally:
            done.set()

    return two_connections.run(held, free)


def seconds():
    return sum(LessonProgress.objects.values_list("seconds", flat=True))


@pytest.mark.parametrize("numbers", [(1, 2), (1, 1), (2, 1)])
def test_one_interval_is_counted_once_when_a_page_reports_it_twice_at_once(two_connections, teacher, numbers):
    lesson = make.lesson()
    token, then = opened(teacher, lesson), AT + 30 * SECOND
    race(two_connections, COUNTS, *[lambda n=n: report(teacher, lesson, token, n, then) for n in numbers])
    assert seconds() == 30
    assert LearningClock.objects.get().day_seconds == 30


def test_one_interval_is_counted_twice_when_nothing_is_locked(two_connections, teacher):
    lesson = make.lesson()
    token, then = opened(teacher, lesson), AT + 30 * SECOND
    race(two_connections, COUNTS, *[lambda n=n: unlocked(teacher, lesson, token, n, then) for n in (1, 2)])
    assert seconds() == 60


def test_two_pages_that_report_at_once_earn_no_more_than_one(two_connections, teacher):
    one, other = make.lesson("一"), make.lesson("二")
    first = opened(teacher, one)
    second = opened(teacher, other)
    results = race(
        two_connections,
        COUNTS,
        lambda: report(teacher, other, second, 1, AT + 30 * SECOND),
        lambda: report(teacher, one, first, 1, AT + 30 * SECOND),
    )
    assert results == ["", "elsewhere"]
    assert seconds() == 30


def test_a_page_that_opens_while_another_reports_opens_no_interval_again(two_connections, teacher):
    one, other = make.lesson("一"), make.lesson("二")
    token = opened(teacher, one)
    results = race(
        two_connections,
        COUNTS,
        lambda: report(teacher, one, token, 1, AT + 30 * SECOND),
        # It came before the report did, and had to wait for it.
        lambda: opened(Teacher.objects.get(pk=teacher.pk), other, AT + 5 * SECOND),
    )
    assert results[0] == ""
    report(teacher, other, results[1], 1, AT + 40 * SECOND)
    assert seconds() == 40


def test_many_pages_that_open_and_report_at_once_earn_no_more_than_the_time_that_passed(two_connections, teacher):
    """Six pages go on opening, reporting and taking the clock from each other for two minutes of the tests' time."""
    lessons = [make.lesson(f"第{n}课") for n in range(6)]
    moments = [AT + 7 * n * SECOND for n in range(1, 18)]
    start = threading.Barrier(len(lessons))

    def page(lesson):
        def act():
            me = Teacher.objects.get(pk=teacher.pk)
            token, number = opened(me, lesson), 0
            start.wait(10)
            for place, then in enumerate(moments):
                if place % 5 == 4:
                    token, number = opened(me, lesson, then), 0
                number += 1
                report(me, lesson, token, number, then)

        return act

    assert two_connections.run(*map(page, lessons)) == [None] * len(lessons)
    passed = (moments[-1] - AT) // SECOND
    assert 0 < seconds() <= passed
    assert LearningClock.objects.get().day_seconds == seconds()


def test_finishing_and_reporting_at_once_wait_for_each_other_and_not_crosswise(two_connections, teacher):
    lesson = make.lesson()
    token = opened(teacher, lesson)
    report(teacher, lesson, token, 1, AT + 60 * SECOND)
    results = race(
        two_connections,
        'INSERT INTO "records_lessoncompletion" ',
        lambda: learning.finish(teacher=Teacher.objects.get(pk=teacher.pk), lesson=lesson, at=AT + 60 * SECOND).minutes,
        lambda: report(teacher, lesson, token, 2, AT + 90 * SECOND),
    )
    assert results == [1, ""]
    assert seconds() == 90


def test_a_lesson_finished_twice_at_once_is_finished_once_and_its_hours_are_posted_once(two_connections, teacher):
    lesson = make.lesson()
    school = teacher.postings.get().organisation
    make.enrolled(teacher, make.period(make.programme(school.parent, lessons=[lesson])))
    report(teacher, lesson, opened(teacher, lesson), 1, AT + 60 * SECOND)

    def finish():
        me = Teacher.objects.get(pk=teacher.pk)
        learning.finish(teacher=me, lesson=lesson, at=AT + 60 * SECOND)
        return len(completing.reconsider(teacher=me, lesson=lesson.key, at=AT + 60 * SECOND))

    def sweep():
        return completing.sweep(at=AT + 60 * SECOND)

    results = two_connections.run(finish, finish, sweep)
    assert sum(results) == 1
    assert (LessonCompletion.objects.count(), HourEntry.objects.count()) == (1, 1)
    assert HourEntry.objects.get().earned_on == clock.local_date(AT)
