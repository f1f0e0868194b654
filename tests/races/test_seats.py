"""The last seat, decided about by two at once: it has one holder, whatever else happens to it in that moment."""

from functools import partial

import pytest

from lms.people.models import Organisation, User
from lms.training import deciding, enrolling, planning, seating, sharing
from lms.training.models import Enrolment, Period
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY, SECOND
from tests.races.conftest import unlocked

State = Enrolment.State
# An act has looked, and is about to write what comes of it.
DECIDES = (
    'UPDATE "training_enrolment" ',
    'UPDATE "training_period" SET "capacity"',
    'INSERT INTO "training_quotashare"',
)


@pytest.fixture
def county(two_connections):
    return people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")


@pytest.fixture
def school(county):
    return people.organisation("澜溪县实验小学", parent=county)


@pytest.fixture
def officer(county):
    return people.officer("bureau_officer", county).pk


def period_with(county, **more):
    return make.period(make.programme(county), **more)


def applied(school, period, count=1):
    return [make.enrolled(each, period).pk for each in make.teachers(school, count)]


# The acts as requests would ask for them: everything read afresh on the connection.


def row(pk):
    related = ("period__programme__organisation", "school", "teacher__user", "teacher__merged_into")
    return Enrolment.objects.select_related(*related).get(pk=pk)


def approve(pk, by):
    return deciding.approve(enrolment=row(pk), by=User.objects.get(pk=by), at=AT).state


def pick(pk, by):
    found = row(pk)
    deciding.pick(period=found.period, enrolments=[found], by=User.objects.get(pk=by), at=AT)
    return row(pk).state


def withdraw(pk):
    found = row(pk)
    return enrolling.withdraw(enrolment=found, reason="忙", by=found.teacher.user, at=AT).state


def change_seats(period, capacity, by):
    found = Period.objects.get(pk=period)
    return planning.change_seats(period=found, capacity=capacity, by=User.objects.get(pk=by), at=AT).capacity


def share(period, unit, seats):
    found, below = Period.objects.get(pk=period), Organisation.objects.get(pk=unit)
    sharing.share(period=found, seats={below: seats}, until_on=None, by=None, at=AT)
    return seats


def accept(pk, at):
    found = row(pk)
    return enrolling.accept(enrolment=found, by=found.teacher.user, at=at).state


def decline(pk, at):
    found = row(pk)
    return enrolling.decline(enrolment=found, by=found.teacher.user, at=at).state


def lapse(at):
    return enrolling.lapse(at=at)


def without_locks(monkeypatch):
    """The twin: the same acts, without a transaction around them and without a row that is held."""
    acts = ((deciding, "approve"), (deciding, "pick"), (enrolling, "withdraw"), (enrolling, "accept"))
    return unlocked(monkeypatch, *acts, (planning, "change_seats"))


def race(two_connections, first, second):
    """The first has looked and is held before it writes; the second begins then, and may finish if nothing stops it."""
    return two_connections.race(first, second, before=DECIDES)


def taken(period):
    return period.enrolments.taking().count()


# Two for the last seat


def test_the_last_seat_is_given_to_one_of_two_approved_at_once(two_connections, county, school, officer):
    period = period_with(county, capacity=1, admission="school")
    one, two = applied(school, period, 2)
    results = race(two_connections, lambda: approve(one, officer), lambda: approve(two, officer))
    assert results == [State.CONFIRMED, State.WAITING]
    assert make.states(period) == [(1, State.CONFIRMED), (2, State.WAITING)]


def test_the_last_seat_is_given_to_two_approved_at_once_when_nothing_is_locked(
    two_connections, county, school, officer, monkeypatch
):
    period = period_with(county, capacity=1, admission="school")
    one, two = applied(school, period, 2)
    with without_locks(monkeypatch):
        results = race(two_connections, lambda: approve(one, officer), lambda: approve(two, officer))
    assert results == [State.CONFIRMED, State.CONFIRMED]
    assert taken(period) == 2


def test_the_last_seat_of_a_share_is_given_to_one_of_two(two_connections, county, school, officer):
    period = period_with(county, capacity=9, admission="school")
    share(period.pk, school.pk, 1)
    one, two = applied(school, period, 2)
    results = race(two_connections, lambda: approve(one, officer), lambda: approve(two, officer))
    assert results == [State.CONFIRMED, State.WAITING]


def test_the_last_seat_is_picked_for_one_of_two(two_connections, county, school, officer):
    period = period_with(county, capacity=1, selection="choice")
    one, two = applied(school, period, 2)
    results = race(two_connections, lambda: pick(one, officer), lambda: pick(two, officer))
    assert results[0] == State.CONFIRMED
    assert isinstance(results[1], deciding.NoSeatFor)
    assert taken(period) == 1


def test_an_application_approved_twice_at_once_takes_one_seat(two_connections, county, school, officer):
    period = period_with(county, capacity=5, admission="school")
    (one,) = applied(school, period)
    results = race(two_connections, lambda: approve(one, officer), lambda: approve(one, officer))
    assert results[0] == State.CONFIRMED
    assert isinstance(results[1], deciding.NothingToDecide)
    period.refresh_from_db()
    assert period.next_place == 2


# A seat that comes or goes meanwhile


def seated_and_applied(school, period):
    """One has the only seat, another one's application waits for the school."""
    one, two = applied(school, period, 2)
    approve(one, people.officer("school_officer", school).pk)
    return one, two


def test_approved_while_the_only_seat_is_given_back_she_has_it(two_connections, county, school, officer):
    for is_approved_first in (True, False):
        period = period_with(county, capacity=1, admission="school")
        one, two = seated_and_applied(school, period)
        acts = [partial(approve, two, officer), partial(withdraw, one)]
        race(two_connections, *(acts if is_approved_first else reversed(acts)))
        assert make.states(period) == [(1, State.WITHDRAWN), (2, State.CONFIRMED)]


def test_approved_while_the_only_seat_is_given_back_it_stays_empty_when_nothing_is_locked(
    two_connections, county, school, officer, monkeypatch
):
    """She looked and found no seat; it was given back before she stood in line, and nobody looks again."""
    period = period_with(county, capacity=1, admission="school")
    one, two = seated_and_applied(school, period)
    with without_locks(monkeypatch):
        race(two_connections, lambda: approve(two, officer), lambda: withdraw(one))
    assert make.states(period) == [(1, State.WITHDRAWN), (2, State.WAITING)]


def test_approved_while_the_seats_go_down_there_is_never_one_too_many(two_connections, county, school, officer):
    period = period_with(county, capacity=2, admission="school")
    _one, two = seated_and_applied(school, period)
    results = race(two_connections, lambda: approve(two, officer), lambda: change_seats(period.pk, 1, officer))
    assert results[0] == State.CONFIRMED
    assert isinstance(results[1], planning.SeatsTaken)
    period.refresh_from_db()
    assert (period.capacity, taken(period)) == (2, 2)


def test_the_seats_go_down_while_she_is_approved_and_she_waits(two_connections, county, school, officer):
    period = period_with(county, capacity=2, admission="school")
    _one, two = seated_and_applied(school, period)
    results = race(two_connections, lambda: change_seats(period.pk, 1, officer), lambda: approve(two, officer))
    assert results == [1, State.WAITING]
    period.refresh_from_db()
    assert (period.capacity, taken(period)) == (1, 1)


def test_approved_while_the_seats_go_down_there_is_one_too_many_when_nothing_is_locked(
    two_connections, county, school, officer, monkeypatch
):
    period = period_with(county, capacity=2, admission="school")
    _one, two = seated_and_applied(school, period)
    with without_locks(monkeypatch):
        race(two_connections, lambda: approve(two, officer), lambda: change_seats(period.pk, 1, officer))
    period.refresh_from_db()
    assert (period.capacity, taken(period)) == (1, 2)


def test_approved_while_the_seats_are_shared_no_share_is_broken(two_connections, county, school, officer):
    """Two seats; one is taken. The other goes to her, or is kept for the second school, whichever was first."""
    other = people.organisation("澜溪县第二小学", parent=county)
    for is_approved_first in (True, False):
        period = period_with(county, capacity=2, admission="school")
        _one, two = seated_and_applied(school, period)
        acts = [partial(approve, two, officer), partial(share, period.pk, other.pk, 1)]
        results = race(two_connections, *(acts if is_approved_first else reversed(acts)))
        if is_approved_first:
            assert results[0] == State.CONFIRMED
            assert isinstance(results[1], sharing.PoolTaken)
        else:
            assert results == [1, State.WAITING]
        period.refresh_from_db()
        seats = seating.Seats(period, AT)
        assert seats.taken_from_pool() <= seats.pool()


def test_two_who_go_at_once_make_room_for_two_who_wait(two_connections, county, school):
    period = period_with(county, capacity=2)
    ids = applied(school, period, 5)
    race(two_connections, lambda: withdraw(ids[0]), lambda: withdraw(ids[1]))
    assert [state for _place, state in make.states(period)] == [
        State.WITHDRAWN,
        State.WITHDRAWN,
        State.CONFIRMED,
        State.CONFIRMED,
        State.WAITING,
    ]


# An offer, answered as it lapses


@pytest.fixture
def offered(county, school):
    """The only seat is offered to the second until a day from now, and the third waits."""
    period = period_with(county, capacity=1, offer_hours=24)
    ids = applied(school, period, 3)
    withdraw(ids[0])
    return period, ids[1]


def test_accepted_in_time_it_does_not_lapse_as_well(two_connections, offered):
    period, mine = offered
    results = race(two_connections, lambda: accept(mine, AT + DAY - SECOND), lambda: lapse(AT + DAY))
    assert results == [State.CONFIRMED, 0]
    assert make.states(period)[1:] == [(2, State.CONFIRMED), (3, State.WAITING)]


def test_lapsed_first_it_is_not_accepted_as_well(two_connections, offered):
    period, mine = offered
    results = race(two_connections, lambda: lapse(AT + DAY), lambda: accept(mine, AT + DAY - SECOND))
    assert results[0] == 1
    assert isinstance(results[1], enrolling.OfferOver)
    assert make.states(period)[1:] == [(2, State.LAPSED), (3, State.OFFERED)]


def test_accepted_in_time_it_lapses_as_well_when_nothing_is_locked(two_connections, offered, monkeypatch):
    period, mine = offered
    with without_locks(monkeypatch):
        race(two_connections, lambda: accept(mine, AT + DAY - SECOND), lambda: lapse(AT + DAY))
    assert make.states(period)[1:] == [(2, State.CONFIRMED), (3, State.OFFERED)]
    assert taken(period) == 2


def test_lapsed_by_two_clocks_at_once_it_is_offered_to_one(two_connections, offered):
    period, mine = offered
    assert sorted(race(two_connections, lambda: lapse(AT + DAY), lambda: lapse(AT + DAY))) == [0, 1]
    assert make.states(period)[1:] == [(2, State.LAPSED), (3, State.OFFERED)]
    assert Enrolment.objects.get(pk=mine).steps.filter(state=State.LAPSED).count() == 1


def test_declined_and_lapsed_at_once_it_is_offered_once(two_connections, offered):
    period, mine = offered
    results = race(two_connections, lambda: decline(mine, AT + DAY - SECOND), lambda: lapse(AT + DAY))
    assert results == [State.DECLINED, 0]
    assert make.states(period)[1:] == [(2, State.DECLINED), (3, State.OFFERED)]
