"""What pages ask about assignments: how one stands with each, and how much is to be read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.training import assigning, handing_in, works
from lms.training.models import Enrolment
from tests.factories import assignments as work
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


def test_own_says_until_when_and_why_no_more(officer, teacher, period, seat):
    later, sooner = work.assignment(period, due_at=AT + 9 * DAY), work.assignment(period, due_at=AT + 2 * DAY)
    made = work.handed_in(later, teacher)
    first, second = works.own([seat], AT + 3 * DAY)[seat.pk]
    assert (first.assignment, first.submission, type(first.closed)) == (sooner, None, handing_in.TooLate)
    assert (second.submission, type(second.closed)) == (made, handing_in.WaitsToBeRead)
    work.sent_back(made, by=officer, at=AT + 8 * DAY)
    _first, second = works.own([seat], AT + 8 * DAY)[seat.pk]
    assert (second.closed, second.due_on) == (None, AT.date() + 15 * DAY)


def test_own_is_nothing_for_who_waits_and_closed_for_who_did_not_complete(period, seat):
    work.assignment(period)
    seat.state = Enrolment.State.WAITING
    assert works.own([seat], AT) == {}
    seat.state = Enrolment.State.NOT_COMPLETED
    (only,) = works.own([seat], AT)[seat.pk]
    assert isinstance(only.closed, handing_in.NoSeatForWork)


def test_own_takes_two_queries_for_many_seats(tree, teacher):
    seats = []
    for _ in range(3):
        period = make.period(make.programme(tree.county))
        seats.append(make.enrolled(teacher, period))
        work.assignment(period)
        work.handed_in(work.assignment(period), teacher)
    with CaptureQueriesContext(connection) as captured:
        found = works.own(seats, AT)
    assert (len(captured), [len(each) for each in found.values()]) == (2, [2, 2, 2])


def test_assignments_count_what_is_to_be_read_revised_and_passed(tree, officer, period):
    assignment = work.assignment(period)
    made = []
    for each in make.teachers(tree.school, 4):
        make.enrolled(each, period)
        made.append(work.handed_in(assignment, each))
    work.sent_back(made[0], by=officer)
    work.graded(made[1], by=officer)
    work.graded(made[2], by=officer, is_passed=False)
    (found,) = works.assignments(period)
    assert (found.all, found.unread, found.revised, found.passed) == (4, 1, 1, 1)
    assert works.seats(period) == 4


def test_submissions_are_listed_by_state_the_longest_waiting_first(tree, officer, period):
    assignment = work.assignment(period)
    one, two = make.teachers(tree.school, 2)
    for each in (one, two):
        make.enrolled(each, period)
    later, sooner = work.handed_in(assignment, one, at=AT + DAY), work.handed_in(assignment, two)
    assert list(works.submissions(assignment)) == [sooner, later]
    work.graded(sooner, by=officer)
    assert list(works.submissions(assignment, "handed_in")) == [later]
    assigning.withdraw(assignment=assignment, reason="重复", by=officer, at=AT)
    assert works.submissions(assignment).count() == 2
