"""What publishing, withdrawing, moving, copying and deleting pages does to what programmes demand."""

import pytest
import time_machine

from cms.models import CoursePage, LessonPage
from lms.journal.models import Line
from lms.records.models import LessonCompletion
from lms.training.models import Requirement
from tests.factories import courses
from tests.factories import training as make
from tests.factories.people import AT


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def w(tree):
    return courses.world(tree.county, lessons=2)


def demanded(programme):
    """The titles of the lessons that a programme demands now."""
    standing = Requirement.objects.standing().filter(programme=programme)
    return set(standing.values_list("title", flat=True))


def test_publishing_a_lesson_demands_it_with_its_minutes(w):
    assert demanded(w.programme) == {"第1课", "第2课"}
    courses.lesson(w.module, "第3课", minutes=25)
    assert demanded(w.programme) == {"第1课", "第2课", "第3课"}
    assert Requirement.objects.get(title="第3课").minutes == 25


def test_publishing_a_lesson_demands_nothing_when_it_is_a_draft(w):
    w.module.add_child(instance=LessonPage(title="草稿课", slug="draft", live=False))
    assert demanded(w.programme) == {"第1课", "第2课"}


def test_publishing_a_lesson_again_brings_title_minutes_and_version_up_to_date(w):
    before = w.lesson.version
    w.lesson.title, w.lesson.minutes = "改过的第1课", 9
    after = courses.publish(w.lesson)
    row = Requirement.objects.get(key=w.lesson.key)
    assert (row.title, row.minutes, row.retired_at) == ("改过的第1课", 9, None)
    assert len(after.version) == 64 and after.version != before


def test_publishing_a_lesson_again_keeps_its_version_when_nothing_changed(w):
    assert courses.publish(w.lesson).version == w.lesson.version


def test_unpublishing_a_lesson_retires_it_and_publishing_brings_it_back(w):
    w.lesson.unpublish()
    assert demanded(w.programme) == {"第2课"}
    courses.publish(w.lesson)
    assert demanded(w.programme) == {"第1课", "第2课"}
    assert Requirement.objects.count() == 2


def test_unpublishing_a_lesson_keeps_what_was_finished(w, personas):
    make.learnt(personas.teacher, make.lesson(w.lesson.title, key=w.lesson.key))
    w.lesson.unpublish()
    w.lesson.delete()
    done = LessonCompletion.objects.get(teacher=personas.teacher)
    assert (done.lesson, done.title) == (w.lesson.key, "第1课")


@pytest.mark.parametrize("level", ["module", "course", "page"])
def test_unpublishing_what_is_above_retires_all_lessons_and_publishing_brings_them_back(w, level):
    page = getattr(w, level)
    page.unpublish()
    assert demanded(w.programme) == set()
    courses.publish(page)
    assert demanded(w.programme) == {"第1课", "第2课"}


def test_deleting_a_lesson_retires_it(w):
    w.lesson.delete()
    assert demanded(w.programme) == {"第2课"}


def test_deleting_a_module_retires_all_its_lessons_and_no_others(w):
    other = courses.module(w.course, "另一单元")
    courses.lesson(other, "第3课")
    w.module.delete()
    assert demanded(w.programme) == {"第3课"}
    assert not LessonPage.objects.descendant_of(w.module).exists()


def test_deleting_the_page_of_a_programme_retires_all_it_demanded(w):
    w.page.delete()
    assert demanded(w.programme) == set()


def test_taking_a_course_out_of_a_programme_retires_its_lessons(w):
    w.page.courses = []
    courses.publish(w.page)
    assert demanded(w.programme) == set()


def test_moving_a_lesson_demands_it_where_it_went_and_no_longer_where_it_was(w, tree):
    other = courses.course(w.room, "另一门课程")
    target = courses.module(other)
    second = courses.programme(tree.county, title="另一项目")
    courses.programme_page(w.room, second, [other])
    w.lesson.move(target, pos="last-child")
    assert demanded(w.programme) == {"第2课"}
    assert demanded(second) == {"第1课"}


def test_moving_a_module_takes_its_lessons_along(w, tree):
    other = courses.course(w.room, "另一门课程")
    second = courses.programme(tree.county, title="另一项目")
    courses.programme_page(w.room, second, [other])
    w.module.move(other, pos="last-child")
    assert demanded(w.programme) == set()
    assert demanded(second) == {"第1课", "第2课"}


def test_ordering_lessons_changes_nothing_that_is_demanded(w):
    before = Line.objects.count()
    w.lessons[1].move(w.lessons[0], pos="left")
    assert demanded(w.programme) == {"第1课", "第2课"}
    assert Line.objects.count() == before


def test_copying_a_course_makes_lessons_with_new_keys_that_nobody_demands(w):
    copy = w.course.copy(recursive=True, to=w.room, update_attrs={"slug": "copy", "title": "课程副本"}, keep_live=True)
    old = set(LessonPage.objects.descendant_of(w.course).values_list("translation_key", flat=True))
    new = set(LessonPage.objects.descendant_of(copy).values_list("translation_key", flat=True))
    assert len(old) == len(new) == 2
    assert not old & new
    assert copy.translation_key != CoursePage.objects.get(pk=w.course.pk).translation_key
    assert set(Requirement.objects.standing().values_list("key", flat=True)) == old


def test_copying_a_lesson_beside_itself_demands_the_copy_too(w):
    w.lesson.copy(update_attrs={"slug": "copy", "title": "第1课副本"}, keep_live=True)
    assert demanded(w.programme) == {"第1课", "第2课", "第1课副本"}


def test_two_programmes_that_use_one_course_both_demand_its_lessons(w, tree):
    second = courses.programme(tree.county, title="另一项目")
    courses.programme_page(w.room, second, [w.course])
    assert demanded(second) == demanded(w.programme) == {"第1课", "第2课"}
    w.lesson.unpublish()
    assert demanded(second) == demanded(w.programme) == {"第2课"}
