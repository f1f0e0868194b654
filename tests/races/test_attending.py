"""Two devices mark the same person at once: one attendance, the later mark counts, and nothing is noted twice."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError

from lms.people.models import Organisation, User
from lms.training import attending
from lms.training.models import Attendance, AttendanceMark, Enrolment, Session
from tests.factories import attendance as held
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT

ONE, TWO, NOW = AT + timedelta(minutes=1), AT + timedelta(minutes=2), AT + timedelta(minutes=5)
ADDS, CHANGES = 'INSERT INTO "training_attendance" ', 'UPDATE "training_attendance" '
MARKS = 'INSERT INTO "training_attendancemark" '


@pytest.fixture
def world(two_connections):
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")
    school = people.organisation("澜溪县实验小学", parent=county)
    period = make.period(make.programme(county))
    (teacher,) = make.teachers(school, 1)
    seat = make.enrolled(teacher, period)
    clerks = [people.officer("clerk", county, name) for name in ("甲", "乙")]
    return held.session(period), seat, teacher, clerks


def take(session_id, seat_id, clerk_id, state, at, key=None):
    """As a request would: everything read afresh on this connection."""
    session, clerk = Session.objects.get(pk=session_id), User.objects.get(pk=clerk_id)
    mark = held.mark(seat_id, state, at=at, key=key)
    taken = attending.take(session=session, marks=[mark], source=Attendance.Source.LIST, by=clerk, at=NOW)
    return [str(refusal) for _key, refusal in taken.refused]


def unlocked(session_id, seat_id, _clerk_id, state, at, key=None):
    """The twin: it looks by the same rule which mark is the later, and writes without having held the session."""
    row = Attendance.objects.filter(session=session_id, enrolment=seat_id).first()
    row = row or Attendance(session_id=session_id, enrolment_id=seat_id, source=Attendance.Source.LIST)
    if row.pk is None or at >= row.marked_at:
        row.state, row.marked_at = state, at
        row.save()
    return []


def race(two_connections, act, statement, first, second):
    """The first has looked, and is held before it writes; the second begins then, and may finish if nothing stops
    it."""
    looked, done = threading.Event(), threading.Event()

    def held_back():
        with two_connections.held_before(statement, looked, done):
            return act(*first)

    def free():
        looked.wait(5)
        try:
            return act(*second)
        finally:
            done.set()

    return two_connections.run(held_back, free)


def test_two_devices_that_mark_somebody_first_make_one_attendance(two_connections, world):
    session, seat, _teacher, (one, two) = world
    marks = (session.pk, seat.pk, one.pk, "absent", ONE), (session.pk, seat.pk, two.pk, "present", TWO)
    assert race(two_connections, take, ADDS, *marks) == [[], []]
    assert Attendance.objects.get().state == "present"
    assert AttendanceMark.objects.count() == 2


def test_two_devices_stumble_over_each_other_when_nothing_is_locked(two_connections, world):
    session, seat, _teacher, (one, two) = world
    marks = (session.pk, seat.pk, one.pk, "absent", ONE), (session.pk, seat.pk, two.pk, "present", TWO)
    results = race(two_connections, unlocked, ADDS, *marks)
    assert isinstance(results[0], IntegrityError)


def test_later_mark_counts_when_the_earlier_is_written_at_the_same_moment(two_connections, world):
    session, seat, _teacher, (one, two) = world
    held.taken(session, seat, "late", by=one)
    marks = (session.pk, seat.pk, one.pk, "absent", ONE), (session.pk, seat.pk, two.pk, "present", TWO)
    assert race(two_connections, take, CHANGES, *marks) == [[], []]
    assert Attendance.objects.get().state == "present"


def test_earlier_mark_wins_when_nothing_is_locked(two_connections, world):
    session, seat, _teacher, (one, two) = world
    held.taken(session, seat, "late", by=one)
    marks = (session.pk, seat.pk, one.pk, "absent", ONE), (session.pk, seat.pk, two.pk, "present", TWO)
    race(two_connections, unlocked, CHANGES, *marks)
    assert Attendance.objects.get().state == "absent"


def test_one_mark_sent_twice_at_once_is_taken_once(two_connections, world):
    session, seat, _teacher, (one, _two) = world
    mark = (session.pk, seat.pk, one.pk, "present", ONE, uuid.uuid4())
    assert race(two_connections, take, MARKS, mark, mark) == [[], []]
    assert AttendanceMark.objects.count() == 1


def test_telephone_and_clerk_at_once_make_one_attendance(two_connections, world):
    session, seat, teacher, (one, _two) = world

    def act(way):
        if way == "clerk":
            return take(session.pk, seat.pk, one.pk, "present", ONE)
        user = User.objects.get(pk=teacher.user_id)
        return held.signed(Session.objects.get(pk=session.pk), user, at=TWO).state

    results = race(two_connections, act, ADDS, ("clerk",), ("phone",))
    assert results == [[], "late"]
    assert (Attendance.objects.count(), Enrolment.objects.count()) == (1, 1)
