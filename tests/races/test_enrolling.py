"""Many teachers enrol at once: the seats are given out exactly, everybody else waits in order, nobody is in twice."""

import threading

import pytest
from django.db import transaction
from django.db.models import F

from lms.inbox.models import Message
from lms.journal.models import Line
from lms.lib import clock
from lms.people.models import Organisation, Teacher
from lms.training import conditions, enrolling
from lms.training.models import Enrolment, Period
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT

CONFIRMED, WAITING = Enrolment.State.CONFIRMED, Enrolment.State.WAITING
TEACHERS, SEATS, CONNECTIONS = 60, 10, 6
ENROLS = ('INSERT INTO "training_enrolment" ', 'UPDATE "training_period" ')


@pytest.fixture
def school(two_connections):
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")
    return people.organisation("澜溪县实验小学", parent=county)


def full(school, seats):
    return make.period(make.programme(school.parent), capacity=seats)


def enrol(teacher_id, period_id):
    """As a request would: everything read afresh on this connection."""
    teacher = Teacher.objects.select_related("user").get(pk=teacher_id)
    period = Period.objects.get(pk=period_id)
    return enrolling.enrol(teacher=teacher, period=period, by=teacher.user, at=AT).state


def unlocked(teacher_id, period_id):
    """The twin: it looks by the same code whether she may join and whether a seat is free, and takes the next number
    and the seat without having held herself or the period in between."""
    teacher, period = Teacher.objects.get(pk=teacher_id), Period.objects.get(pk=period_id)
    if conditions.unmet(period, conditions.applicant(teacher, [period], AT)):
        return None
    is_free = period.enrolments.seated().count() < period.capacity
    Period.objects.filter(pk=period_id).update(next_place=F("next_place") + 1)
    with transaction.atomic():
        return Enrolment.objects.create(
            period=period,
            teacher=teacher,
            school=teacher.school_on(clock.local_date(AT)),
            state=CONFIRMED if is_free else WAITING,
            place=Period.objects.get(pk=period_id).next_place - 1,
            applied_at=AT,
        ).state


def race(two_connections, act, first, second):
    """The first has looked, and is held before it writes; the second begins then, and may finish if nothing stops
    it."""
    looked, done = threading.Event(), threading.Event()

    def held():
        with two_connections.held_before(ENROLS, looked, done):
            return act(*first)

    def free():
        looked.wait(5)
        try:
            return act(*second)
        finally:
            done.set()

    return two_connections.run(held, free)


def test_ten_seats_go_to_ten_of_sixty_and_fifty_wait_in_order(two_connections, school):
    ids = [each.pk for each in make.teachers(school, TEACHERS)]
    period = full(school, SEATS)
    start = threading.Barrier(CONNECTIONS)

    def connection(number):
        def act():
            start.wait(10)
            return [enrol(each, period.pk) for each in ids[number::CONNECTIONS]]

        return act

    results = two_connections.run(*(connection(number) for number in range(CONNECTIONS)))
    told = [state for mine in results for state in mine]
    assert (told.count(CONFIRMED), told.count(WAITING)) == (SEATS, TEACHERS - SEATS)
    rows = list(period.enrolments.order_by("place").values_list("place", "state", "teacher"))
    assert [place for place, _state, _teacher in rows] == list(range(1, TEACHERS + 1))
    assert [state for _place, state, _teacher in rows] == [CONFIRMED] * SEATS + [WAITING] * (TEACHERS - SEATS)
    assert sorted(teacher for _place, _state, teacher in rows) == sorted(ids)
    period.refresh_from_db()
    assert period.next_place == TEACHERS + 1
    assert Line.objects.filter(act="training.enrolled").count() == TEACHERS
    assert Message.objects.filter(kind="training.confirmed").count() == SEATS


def test_the_last_seat_is_given_to_one_of_two(two_connections, school):
    one, other = make.teachers(school, 2)
    period = full(school, 1)
    assert race(two_connections, enrol, (one.pk, period.pk), (other.pk, period.pk)) == [CONFIRMED, WAITING]


def test_the_last_seat_is_given_twice_when_nothing_is_locked(two_connections, school):
    one, other = make.teachers(school, 2)
    period = full(school, 1)
    assert race(two_connections, unlocked, (one.pk, period.pk), (other.pk, period.pk)) == [CONFIRMED, CONFIRMED]


def test_a_double_click_enrols_once(two_connections, school):
    (teacher,) = make.teachers(school, 1)
    period = full(school, SEATS)
    results = race(two_connections, enrol, (teacher.pk, period.pk), (teacher.pk, period.pk))
    assert results[0] == CONFIRMED
    assert isinstance(results[1], enrolling.AlreadyEnrolled)
    assert period.enrolments.count() == 1


def test_two_periods_of_one_programme_joined_at_once_give_one_seat(two_connections, school):
    (teacher,) = make.teachers(school, 1)
    first = full(school, SEATS)
    second = make.period(first.programme, 2, capacity=SEATS)
    results = race(two_connections, enrol, (teacher.pk, first.pk), (teacher.pk, second.pk))
    assert results[0] == CONFIRMED
    assert isinstance(results[1], enrolling.NotQualified)
    assert [each.name for each in results[1].missing] == ["once"]
    assert Enrolment.objects.count() == 1


def test_two_periods_of_one_programme_give_two_seats_when_nothing_is_locked(two_connections, school):
    (teacher,) = make.teachers(school, 1)
    first = full(school, SEATS)
    second = make.period(first.programme, 2, capacity=SEATS)
    results = race(two_connections, unlocked, (teacher.pk, first.pk), (teacher.pk, second.pk))
    assert results == [CONFIRMED, CONFIRMED]


def test_a_seat_given_back_twice_at_once_is_given_to_one_who_waits(two_connections, school):
    one, two, three = make.teachers(school, 3)
    period = full(school, 1)
    for each in (one, two, three):
        make.enrolled(each, period)

    def withdraw(pk):
        row = Enrolment.objects.select_related("teacher__user", "teacher__merged_into", "period").get(pk=pk)
        return enrolling.withdraw(enrolment=row, reason="忙", by=row.teacher.user, at=AT).state

    seat = Enrolment.objects.get(teacher=one)
    looked, done = threading.Event(), threading.Event()

    def held():
        with two_connections.held_before('UPDATE "training_enrolment" ', looked, done):
            return withdraw(seat.pk)

    def free():
        looked.wait(5)
        try:
            return withdraw(seat.pk)
        finally:
            done.set()

    results = two_connections.run(held, free)
    assert results[0] == Enrolment.State.WITHDRAWN
    assert isinstance(results[1], enrolling.NotEnrolled)
    states = list(period.enrolments.order_by("place").values_list("state", flat=True))
    assert states == [Enrolment.State.WITHDRAWN, CONFIRMED, WAITING]
