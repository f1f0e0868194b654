"""Time spent on lessons: nothing earns more of it than really passed, and what is finished stays."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.core import signing

from lms.journal.models import Line
from lms.lib import clock
from lms.people import merging
from lms.records import learning, queries
from lms.records.models import LearningClock, LessonCompletion, LessonProgress, Reflection
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import SECOND

HOUR = dt.timedelta(hours=1)
HERE, THERE = uuid.UUID(int=1), uuid.UUID(int=2)  # two places in a lesson


@pytest.fixture(autouse=True)
def _now():
    """Tokens keep real time, so the tests' moment is the present."""
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def teacher(db):
    return people.teacher("林知微")


@pytest.fixture
def lesson():
    return make.lesson(minutes=2)


class Page:
    """A page that shows a lesson and reports."""

    def __init__(self, teacher, lesson, at=AT):
        self.teacher, self.lesson, self.number = teacher, lesson, 0
        self.token = learning.open_lesson(teacher=teacher, lesson=lesson, at=at)

    def report(self, at, *, number=None, token=None, places=None, away=False):
        self.number = number or self.number + 1
        return learning.report(
            teacher=self.teacher,
            lesson=self.lesson,
            token=token or self.token,
            number=self.number,
            places=places or {},
            away=away,
            at=at,
        )


def seconds(teacher, lesson):
    return LessonProgress.objects.get(teacher=teacher, lesson=lesson.key).seconds


def after(number):
    return AT + number * SECOND


# The time that counts


def test_report_counts_the_time_since_the_one_before(teacher, lesson):
    page = Page(teacher, lesson)
    first, second = page.report(after(30)), page.report(after(55))
    assert (first.counted, first.why, first.seconds, first.day_seconds) == (True, "", 30, 30)
    assert (second.seconds, second.day_seconds) == (55, 55)
    assert LessonProgress.objects.get().minutes == 0
    assert LearningClock.objects.get().beats == 2
    assert not Line.objects.exists()


def test_open_lesson_earns_nothing_by_itself(teacher, lesson):
    for number in range(0, 300, 30):
        Page(teacher, lesson, at=after(number))
    assert seconds(teacher, lesson) == 0
    assert LessonProgress.objects.get().opened_at == AT
    assert LessonProgress.objects.get().seen_at == after(270)


def test_report_earns_no_more_when_there_are_many_of_them(teacher, lesson):
    """Two reports within every second: the parts of a second are kept, none is rounded up."""
    page = Page(teacher, lesson)
    for number in range(1, 41):
        told = page.report(AT + number * dt.timedelta(milliseconds=510))
    assert told.seconds == 20
    assert page.report(after(21)).seconds == 21


def test_report_counts_what_was_left_of_a_second_when_the_next_one_comes(teacher, lesson):
    page = Page(teacher, lesson)
    assert page.report(AT + dt.timedelta(seconds=30, milliseconds=900)).seconds == 30
    assert page.report(AT + dt.timedelta(seconds=60, milliseconds=100)).seconds == 60


def test_report_earns_nothing_when_the_silence_was_too_long_and_counts_on_from_there(teacher, lesson):
    page = Page(teacher, lesson)
    assert page.report(after(75)).counted
    told = page.report(after(151))
    assert (told.counted, told.why, told.seconds) == (False, "silence", 75)
    assert page.report(after(181)).seconds == 105


def test_report_passes_over_the_time_when_the_page_was_out_of_sight(teacher, lesson):
    page = Page(teacher, lesson)
    page.report(after(30))
    back, later = page.report(after(80), away=True), page.report(after(100))
    assert (back.counted, back.why, back.seconds) == (False, "away", 30)
    assert (later.counted, later.seconds) == (True, 50)


def test_report_never_counts_an_interval_again_when_requests_come_out_of_order(teacher, lesson):
    page = Page(teacher, lesson)
    page.report(after(60))
    assert page.report(after(40)).seconds == 60
    assert page.report(after(70)).seconds == 70


def test_open_lesson_never_opens_an_interval_again_when_requests_come_out_of_order(teacher, lesson):
    Page(teacher, lesson).report(after(60))
    late = Page(teacher, lesson, at=after(10))
    assert late.report(after(70)).seconds == 70


# One page at a time


def test_report_earns_once_when_ten_pages_are_open(teacher, lesson):
    pages = [Page(teacher, lesson) for _ in range(10)]
    for moment in range(30, 330, 30):
        told = [page.report(after(moment)) for page in pages]
        assert [each.why for each in told] == ["elsewhere"] * 9 + [""]
    assert seconds(teacher, lesson) == 300
    assert not Line.objects.exists()


def test_report_earns_once_when_two_lessons_are_open(teacher, lesson):
    other = make.lesson("另一课")
    one, two = Page(teacher, lesson), Page(teacher, other)
    assert one.report(after(30)).why == "elsewhere"
    assert two.report(after(30)).day_seconds == 30
    assert (seconds(teacher, lesson), seconds(teacher, other)) == (0, 30)


def test_report_adds_up_when_a_lesson_is_opened_again_on_another_day(teacher, lesson):
    Page(teacher, lesson).report(after(30))
    tomorrow = AT + 24 * HOUR
    told = Page(teacher, lesson, at=tomorrow).report(tomorrow + 30 * SECOND)
    assert (told.seconds, told.day_seconds) == (60, 30)
    assert LessonProgress.objects.get().opened_at == AT


# What is not honest


def test_report_earns_nothing_and_is_journalled_when_its_number_is_repeated(teacher, lesson):
    page = Page(teacher, lesson)
    page.report(after(30))
    page.report(after(60))
    for number in (1, 2, -5):
        told = page.report(after(90), number=number)
        assert (told.counted, told.why, told.seconds) == (False, "replayed", 60)
    line = Line.objects.order_by("pk").first()
    assert (line.act, line.actor, line.facts) == (
        "records.report_refused",
        teacher.user,
        {"why": "replayed", "number": 1, "beats": 2},
    )
    assert Line.objects.count() == 3
    assert page.report(after(90), number=3).seconds == 90


def test_report_is_counted_when_one_before_it_never_arrived(teacher, lesson):
    page = Page(teacher, lesson)
    page.report(after(30))
    assert page.report(after(60), number=3).seconds == 60


@pytest.mark.parametrize("number", [learning.MOST_REPORTS + 1, 2**63])
def test_report_earns_nothing_and_is_journalled_when_no_page_counts_so_far(teacher, lesson, number):
    page = Page(teacher, lesson)
    assert page.report(after(30), number=number).why == "forged"
    assert page.report(after(30), number=1).seconds == 30
    assert Line.objects.get().facts["why"] == "forged"


def forged(teacher, lesson):
    running = LearningClock.objects.get(teacher=teacher)
    yield "", "nothing"
    yield "x" * 100, "nonsense"
    yield "\ud800", "no text"
    yield None, "none"
    yield Page(teacher, lesson).token[:-1] + "_", "another signature"
    yield signing.dumps([teacher.pk, str(lesson.key), running.opening], salt="elsewhere"), "of another purpose"
    yield signing.dumps([teacher.pk, str(lesson.key)], salt="lms.records.learning"), "of another shape"


def test_report_earns_nothing_and_is_journalled_when_the_token_is_forged(teacher, lesson):
    page = Page(teacher, lesson)
    tokens = list(forged(teacher, lesson))
    page = Page(teacher, lesson)
    for token, name in tokens:
        told = learning.report(teacher=teacher, lesson=lesson, token=token, number=1, places={}, at=after(30))
        assert (told.counted, told.why, told.seconds) == (False, "forged", 0), name
    assert Line.objects.filter(act="records.report_refused", facts__why="forged").count() == len(tokens)
    assert page.report(after(30)).seconds == 30


def test_report_earns_nothing_and_is_journalled_when_the_token_is_anothers(teacher, lesson):
    other = people.teacher("何远")
    token = Page(other, lesson).token
    page = Page(teacher, lesson)
    assert page.report(after(30), token=token).why == "forged"
    assert (seconds(teacher, lesson), seconds(other, lesson)) == (0, 0)
    assert Line.objects.get().actor == teacher.user


def test_report_earns_nothing_and_is_journalled_when_the_token_is_of_another_lesson(teacher, lesson):
    other = make.lesson("另一课")
    Page(teacher, other)
    token = Page(teacher, other).token
    page = Page(teacher, lesson)
    assert page.report(after(30), token=token).why == "forged"
    assert seconds(teacher, other) == 0


def test_report_earns_nothing_and_accuses_nobody_when_the_page_was_left_open_over_a_day(teacher, lesson):
    page = Page(teacher, lesson)
    later = AT + 25 * HOUR
    with time_machine.travel(later, tick=False):
        told = page.report(later)
    assert (told.counted, told.why, told.seconds) == (False, "elsewhere", 0)
    assert not Line.objects.exists()


def test_report_is_refused_when_no_lesson_was_opened(teacher, lesson):
    with pytest.raises(learning.NotOpened):
        learning.report(teacher=teacher, lesson=lesson, token="", number=1, places={}, at=AT)
    Page(teacher, make.lesson("另一课"))
    with pytest.raises(learning.NotOpened):
        learning.report(teacher=teacher, lesson=lesson, token="", number=1, places={}, at=AT)


# The day


def test_day_holds_eight_hours_of_45_minutes_and_begins_again_at_the_sites_midnight(teacher, lesson):
    Page(teacher, lesson)
    midnight = clock.local_moment(clock.local_date(AT) + make.DAY)
    LearningClock.objects.update(day_seconds=learning.DAY_LIMIT - 20)
    page = Page(teacher, lesson, at=midnight - 100 * SECOND)
    last = page.report(midnight - 70 * SECOND)
    assert (last.counted, last.why, last.seconds, last.day_seconds) == (False, "day_full", 20, 8 * 45 * 60)
    full = page.report(midnight - 40 * SECOND)
    assert (full.counted, full.why, full.seconds) == (False, "day_full", 20)
    assert page.report(midnight - SECOND).seconds == 20
    new = page.report(midnight + 29 * SECOND)
    assert (new.counted, new.seconds, new.day_seconds) == (True, 50, 30)


def test_day_is_counted_over_all_lessons(teacher, lesson):
    Page(teacher, lesson).report(after(30))
    told = Page(teacher, make.lesson("另一课"), at=after(30)).report(after(60))
    assert (told.seconds, told.day_seconds) == (30, 60)


def test_day_does_not_begin_again_when_a_request_of_yesterday_comes_late(teacher, lesson):
    midnight = clock.local_moment(clock.local_date(AT) + make.DAY)
    page = Page(teacher, lesson, at=midnight)
    page.report(midnight + 60 * SECOND)
    page.report(midnight - SECOND)
    assert page.report(midnight + 90 * SECOND).day_seconds == 90


def test_places_of_videos_are_kept_beside_each_other(teacher, lesson):
    page = Page(teacher, lesson)
    page.report(after(30), places={"a.mp4": 12})
    page.report(after(60), places={"b.mp4": 5, "a.mp4": 40})
    assert LessonProgress.objects.get().places == {"a.mp4": 40, "b.mp4": 5}


# Questions, finishing


def test_pass_questions_counts_the_first_time(teacher, lesson):
    Page(teacher, lesson)
    learning.pass_questions(teacher=teacher, lesson=lesson, at=after(60))
    learning.pass_questions(teacher=teacher, lesson=lesson, at=after(90))
    assert LessonProgress.objects.get().passed_at == after(60)


def test_pass_questions_is_refused_when_the_lesson_was_not_opened(teacher, lesson):
    with pytest.raises(learning.NotOpened):
        learning.pass_questions(teacher=teacher, lesson=lesson, at=AT)


def test_finish_is_refused_when_the_lesson_was_not_opened(teacher, lesson):
    with pytest.raises(learning.NotOpened):
        learning.finish(teacher=teacher, lesson=lesson, at=AT)


def test_finish_is_refused_a_second_before_the_least_minutes_are_spent(teacher, lesson):
    page = Page(teacher, lesson)
    page.report(after(60))
    page.report(after(119))
    with pytest.raises(learning.TooShort) as refused:
        learning.finish(teacher=teacher, lesson=lesson, at=after(9999))
    assert "1" in str(refused.value)
    assert not LessonCompletion.objects.exists()
    page.report(after(120))
    assert learning.finish(teacher=teacher, lesson=lesson, at=after(120)).minutes == 2


def test_finish_is_refused_while_its_questions_are_not_passed(teacher):
    lesson = make.lesson(minutes=1, asks=True)
    Page(teacher, lesson).report(after(60))
    with pytest.raises(learning.NotPassed):
        learning.finish(teacher=teacher, lesson=lesson, at=after(60))
    learning.pass_questions(teacher=teacher, lesson=lesson, at=after(61))
    assert learning.finish(teacher=teacher, lesson=lesson, at=after(62)).finished_at == after(62)


def test_finish_keeps_what_the_lesson_was_and_writes_it_into_the_journal(teacher, lesson):
    done = make.learnt(teacher, lesson)
    assert (done.title, done.course_title, done.version, done.finished_at) == (
        "倾听的三个层次",
        "心理健康教育基础",
        "v1",
        AT,
    )
    line = Line.objects.get()
    assert (line.act, line.actor, line.facts) == (
        "records.lesson_finished",
        teacher.user,
        {"minutes": 2, "version": "v1"},
    )


def test_finish_twice_is_the_same_as_once_also_when_the_lesson_has_changed(teacher, lesson):
    done = make.learnt(teacher, lesson)
    longer = make.lesson("改过的课", minutes=90, asks=True, key=lesson.key, version="v2")
    assert learning.finish(teacher=teacher, lesson=longer, at=after(60)) == done
    assert LessonCompletion.objects.get().version == "v1"
    assert Line.objects.count() == 1


def test_two_records_of_one_person_are_merged_though_she_finished_a_lesson_under_both(tree, lesson):
    one, other = (people.teacher(name, school=tree.school) for name in ("林知微", "林知薇"))
    longer = make.lesson("另一课")
    for each, what, then in ((one, lesson, AT), (other, lesson, AT), (other, longer, after(600))):
        make.learnt(each, what, at=then)
    merging.merge(lesser=other, greater=one, reason="同一人", by=None, at=AT)
    assert set(queries.finished(one).values_list("lesson", flat=True)) == {lesson.key, longer.key}
    assert list(queries.finishers([lesson.key, longer.key])) == [{"who": one.pk}]
    assert list(queries.finishers([lesson.key, uuid.uuid4()])) == []


# Reflections


def reflect(teacher, lesson, text, block=HERE, at=AT):
    return learning.reflect(teacher=teacher, lesson=lesson, block=block, prompt="你会怎么做？", text=text, at=at)


def test_reflect_keeps_every_version_and_the_last_is_meant(teacher, lesson):
    reflect(teacher, lesson, "  先听，再问。\n")
    reflect(teacher, lesson, "先听，再问，不评价。", at=after(60))
    reflect(teacher, lesson, "别的地方", block=THERE)
    kept = Reflection.objects.filter(block=HERE).order_by("written_at")
    assert [each.text for each in kept] == ["先听，再问。", "先听，再问，不评价。"]
    assert kept[0].prompt == "你会怎么做？"


def test_reflect_changes_nothing_when_the_text_is_the_same(teacher, lesson):
    first = reflect(teacher, lesson, "先听，再问。")
    assert reflect(teacher, lesson, " 先听，再问。 ", at=after(60)) == first
    assert Reflection.objects.count() == 1


@pytest.mark.parametrize("text", ["", " \n\t", "\x00"])
def test_reflect_is_refused_when_nothing_is_written(teacher, lesson, text):
    with pytest.raises(learning.NothingWritten):
        reflect(teacher, lesson, text)


def test_reflect_takes_5000_characters_and_no_more(teacher, lesson):
    reflect(teacher, lesson, "字" * 5000)
    with pytest.raises(learning.WrittenTooLong):
        reflect(teacher, lesson, "字" * 5001)
