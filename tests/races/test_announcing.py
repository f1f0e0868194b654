"""The job that tells of new lessons runs twice at once: nobody is told twice."""

import threading

import pytest

from cms import announcing, outline
from cms.models import Told
from lms.inbox import writing as inbox
from lms.inbox.models import Message
from lms.people.models import Organisation, User
from tests.factories import courses, people
from tests.factories.people import AT

WRITES = 'INSERT INTO "inbox_message" '


@pytest.fixture
def course(two_connections):
    """A course with new lessons, and three who learn there."""
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")
    school = people.organisation("澜溪县实验小学", parent=county)
    w = courses.world(county, lessons=2)
    for name in ("林知微", "何书意", "陆远"):
        courses.enrolled(people.teacher(name, school=school), w.period)
    return w.course


def unlocked(*, course_id, at):
    """The twin: it looks what is new, and lets go of the course before it tells and notes."""
    lessons = list(outline.lessons().filter(told=None))
    people_ = User.objects.filter(teacher__isnull=False)
    if lessons:
        inbox.send_all(kind="cms.lessons_new", to=people_, at=at, address="/")
        rows = [Told(page_id=each.pk, told_at=at, people=3) for each in lessons]
        Told.objects.bulk_create(rows, ignore_conflicts=True)
    return len(people_) if lessons else 0


def race(two_connections, course, tell):
    """The first has looked and is held before it writes; the second begins then, and may finish if nothing stops it."""
    looked, done = threading.Event(), threading.Event()

    def first():
        with two_connections.held_before(WRITES, looked, done):
            return tell(course_id=course.pk, at=AT)

    def second():
        looked.wait(5)
        try:
            return tell(course_id=course.pk, at=AT)
        finally:
            done.set()

    return two_connections.run(first, second)


def test_nobody_is_told_twice_when_two_jobs_tell_at_once(two_connections, course):
    assert race(two_connections, course, announcing.tell_lessons) == [3, 0]
    assert Message.objects.count() == 3
    assert Told.objects.count() == 2


def test_everybody_is_told_twice_when_nothing_is_locked(two_connections, course):
    assert race(two_connections, course, unlocked) == [3, 3]
    assert Message.objects.count() == 6
