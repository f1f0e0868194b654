"""Whose seat it is: the period's, and those kept for a county's parts; who is next, and what is counted."""

from lms.journal.models import Line
from lms.lib import clock
from lms.training import enrolling, seating, sharing
from lms.training.models import Enrolment, Period, QuotaShare
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

State = Enrolment.State
TODAY = clock.local_date(AT)


def share(period, seats, *, until_on=None, at=AT):
    return sharing.share(period=period, seats=seats, until_on=until_on, by=None, at=at)


def come(school, period, count=1, *, at=AT):
    """So many teachers of a school enrol, each by herself; the states in which they find themselves."""
    return [make.enrolled(each, period, at=at).state for each in make.teachers(school, count)]


def seats_of(period, at=AT):
    period.refresh_from_db()
    return seating.Seats(period, at)


def leave(enrolment, at=AT):
    enrolling.withdraw(enrolment=enrolment, reason="有事", by=enrolment.person.user, at=at)


# What is counted


def test_a_period_without_shares_is_one_pool(programme, places):
    period = make.period(programme, capacity=2)
    assert come(places.east, period) == [State.CONFIRMED]
    seats = seats_of(period)
    assert (seats.seats(), seats.taken(), seats.pool(), seats.taken_from_pool()) == (2, 1, 2, 1)
    assert seats.is_free(places.alone.path)
    seats.take(places.alone.path)
    assert not seats.is_free(places.alone.path)
    assert not seats.is_free(places.east.path)


def test_where_there_are_seats_for_all_one_is_always_free(programme, places):
    period = make.period(programme)
    come(places.east, period, 3)
    seats = seats_of(period)
    assert seats.taken() == 3
    assert seats.is_free(places.east.path)


def test_what_is_counted_are_offers_seats_and_whoever_was_there_to_the_end(programme, places):
    period = make.period(programme, capacity=100)
    for number, state in enumerate(State.values, start=1):
        (teacher,) = make.teachers(places.east, 1)
        Enrolment.objects.create(
            period=period,
            teacher=teacher,
            school=places.east,
            state=state,
            place=number,
            applied_at=AT,
            offered_until_at=AT,
        )
    assert seats_of(period).taken() == 4
    assert set(Enrolment.TAKING) == {State.OFFERED, State.CONFIRMED, State.COMPLETED, State.NOT_COMPLETED}


def test_a_seat_counts_against_every_share_above_the_school(programme, places):
    """10 seats, 5 of them the cluster's, 2 of these its first school's."""
    period = make.period(programme, capacity=10)
    share(period, {places.cluster: 5, places.east: 2})
    come(places.east, period, 2)
    come(places.west, period, 1)
    come(places.alone, period, 4)
    seats = seats_of(period)
    east, west, cluster = places.east.path, places.west.path, places.cluster.path
    assert (seats.taken(), seats.taken(cluster), seats.taken(east), seats.taken(west)) == (7, 3, 2, 1)
    assert (seats.pool(), seats.pool(cluster), seats.pool(east)) == (5, 3, 2)
    assert (seats.taken_from_pool(), seats.taken_from_pool(cluster), seats.taken_from_pool(east)) == (4, 1, 2)
    assert [seats.is_free(each) for each in (east, west, places.alone.path)] == [False, True, True]


def test_left_is_the_least_of_what_every_share_above_and_the_pool_still_have(programme, places):
    """9 seats, 4 of them the cluster's, 1 of these its first school's; the cluster's second school holds 2."""
    period = make.period(programme, capacity=9)
    share(period, {places.cluster: 4, places.east: 1})
    come(places.west, period, 2)
    seats = seats_of(period)
    assert [seats.left(each.path) for each in (places.east, places.west, places.alone)] == [1, 1, 5]
    Period.objects.update(capacity=2)
    assert [seats_of(period).left(each.path) for each in (places.east, places.west, places.alone)] == [0, 0, 0]
    Period.objects.update(capacity=None)
    assert seats_of(period).left(places.east.path) is None


def test_a_share_keeps_its_seats_from_everybody_else_and_takes_none_of_theirs(programme, places):
    period = make.period(programme, capacity=4)
    share(period, {places.east: 2})
    assert come(places.alone, period, 3) == [State.CONFIRMED, State.CONFIRMED, State.WAITING]
    assert come(places.east, period, 3) == [State.CONFIRMED, State.CONFIRMED, State.WAITING]
    assert [state for _place, state in make.states(period)].count(State.CONFIRMED) == 4


def test_a_school_with_a_share_of_its_own_finds_none_of_what_its_cluster_kept(programme, places):
    """The cluster's 3 seats less the school's 1 are for its other schools."""
    period = make.period(programme, capacity=9)
    share(period, {places.cluster: 3, places.east: 1})
    assert come(places.east, period, 2) == [State.CONFIRMED, State.WAITING]
    assert come(places.west, period, 3) == [State.CONFIRMED, State.CONFIRMED, State.WAITING]


def test_a_share_all_given_on_leaves_nothing_for_those_without_one(programme, places):
    period = make.period(programme, capacity=3)
    share(period, {places.cluster: 3, places.east: 3})
    assert come(places.west, period) == [State.WAITING]
    assert come(places.alone, period) == [State.WAITING]
    assert come(places.east, period) == [State.CONFIRMED]


def test_shares_of_another_period_do_not_matter(programme, places):
    period, other = make.period(programme, 1, capacity=1), make.period(make.programme(places.county), capacity=1)
    share(other, {places.east: 1})
    assert come(places.alone, period) == [State.CONFIRMED]


def test_shares_are_in_force_to_the_end_of_their_day_and_not_after(programme, places):
    period = make.period(programme, capacity=1)
    share(period, {places.east: 1}, until_on=TODAY + DAY)
    last = clock.local_moment(TODAY + 2 * DAY) - make.SECOND
    assert seats_of(period, last).shares == {places.east.path: 1}
    assert not seats_of(period, last).is_free(places.alone.path)
    assert seats_of(period, last + make.SECOND).shares == {}
    assert seats_of(period, last + make.SECOND).is_free(places.alone.path)


# Who comes in


def test_a_newcomer_passes_those_who_wait_for_seats_that_are_not_hers(programme, places):
    """Who waits for the full pool does not hold up a school that has seats of its own."""
    period = make.period(programme, capacity=3)
    share(period, {places.east: 2})
    assert come(places.alone, period, 2) == [State.CONFIRMED, State.WAITING]
    assert come(places.east, period) == [State.CONFIRMED]
    assert make.states(period) == [(1, State.CONFIRMED), (2, State.WAITING), (3, State.CONFIRMED)]


def test_a_newcomer_passes_nobody_for_whom_a_seat_has_just_come_free(programme, places):
    """The day of the shares is over, and the clock has not yet given their seats to those who wait."""
    period = make.period(programme, capacity=2)
    share(period, {places.east: 1}, until_on=TODAY)
    assert come(places.alone, period, 2) == [State.CONFIRMED, State.WAITING]
    assert come(places.east, period, at=AT + DAY) == [State.WAITING]
    seating.refill(at=AT + DAY)
    assert make.states(period) == [(1, State.CONFIRMED), (2, State.CONFIRMED), (3, State.WAITING)]


def test_next_places_count_up_by_one_and_are_kept(period):
    assert [*seating.next_places(period, 1), *seating.next_places(period, 2)] == [1, 2, 3]
    assert Period.objects.get().next_place == 4


# Who moves up


def test_fill_gives_all_free_seats_in_order_and_stops(programme, places):
    period = make.period(programme, capacity=1)
    come(places.alone, period, 5)
    Period.objects.update(capacity=3)
    seating.fill(Period.objects.get(), at=AT)
    seating.fill(Period.objects.get(), at=AT)
    assert [state for _place, state in make.states(period)] == [State.CONFIRMED] * 3 + [State.WAITING] * 2
    assert Line.objects.filter(act="training.promoted", actor=None).count() == 2


def test_fill_goes_past_those_whose_share_is_full_to_the_first_for_whom_a_seat_is_free(programme, places):
    period = make.period(programme, capacity=3)
    share(period, {places.east: 1})
    come(places.east, period, 2)
    come(places.alone, period, 3)
    leave(period.enrolments.get(place=3))
    assert make.states(period) == [
        (1, State.CONFIRMED),
        (2, State.WAITING),
        (3, State.WITHDRAWN),
        (4, State.CONFIRMED),
        (5, State.CONFIRMED),
    ]


def test_fill_leaves_the_seat_of_a_share_to_its_own_when_others_wait_longer(programme, places):
    period = make.period(programme, capacity=2)
    share(period, {places.east: 1})
    come(places.alone, period, 2)
    come(places.east, period, 2)
    leave(period.enrolments.get(place=3))
    assert make.states(period) == [
        (1, State.CONFIRMED),
        (2, State.WAITING),
        (3, State.WITHDRAWN),
        (4, State.CONFIRMED),
    ]


def test_fill_does_not_take_the_freed_seat_of_a_share_that_nobody_of_it_waits_for(programme, places):
    period = make.period(programme, capacity=2)
    share(period, {places.east: 1})
    come(places.east, period)
    come(places.alone, period, 2)
    leave(period.enrolments.get(place=1))
    assert make.states(period)[2] == (3, State.WAITING)


def test_fill_counts_a_moved_up_seat_against_the_shares_above_it_at_once(programme, places):
    """Two of the cluster wait, from two schools, and its share has one seat left."""
    period = make.period(programme, capacity=5)
    share(period, {places.cluster: 1})
    come(places.east, period, 2)
    come(places.west, period, 1)
    QuotaShare.objects.update(seats=2)
    seating.fill(Period.objects.get(), at=AT)
    assert make.states(period) == [(1, State.CONFIRMED), (2, State.CONFIRMED), (3, State.WAITING)]


def test_fill_takes_those_put_forward_first_in_the_order_in_which_they_were(programme, places):
    period = make.period(programme, capacity=1)
    come(places.alone, period, 5)
    period.enrolments.filter(place=4).update(advanced_at=AT + 2 * DAY)
    period.enrolments.filter(place=5).update(advanced_at=AT + DAY)
    assert list(period.enrolments.in_line().values_list("place", flat=True)) == [5, 4, 2, 3]
    for capacity, seated in ((2, [1, 5]), (3, [1, 4, 5]), (4, [1, 2, 4, 5])):
        Period.objects.update(capacity=capacity)
        seating.fill(Period.objects.get(), at=AT)
        assert list(period.enrolments.seated().order_by("place").values_list("place", flat=True)) == seated


def test_fill_offers_the_seat_where_offers_are_on_and_counts_it(programme, places):
    period = make.period(programme, capacity=1, offer_hours=48)
    come(places.alone, period, 3)
    leave(period.enrolments.get(place=1), at=AT + DAY)
    assert make.states(period) == [(1, State.WITHDRAWN), (2, State.OFFERED), (3, State.WAITING)]
    offered = period.enrolments.get(place=2)
    assert (offered.offered_until_at, offered.confirmed_at) == (AT + 3 * DAY, None)
    assert make.steps(offered)[-1] == (State.OFFERED, None, "")
    message = offered.teacher.user.messages.latest("pk")
    assert (message.kind, message.facts["offered_until_at"]) == ("training.offered", (AT + 3 * DAY).isoformat())
    line = Line.objects.get(act="training.offered")
    assert (line.actor, line.at, line.facts) == (None, AT + DAY, {"state": "offered", "place": 2})
    assert seats_of(period).taken() == 1


def test_an_offer_stands_no_longer_than_the_period(programme, places):
    period = make.period(programme, capacity=1, offer_hours=720)
    come(places.alone, period, 2)
    leave(period.enrolments.get(place=1), at=AT + 29 * DAY)
    offered = period.enrolments.get(place=2)
    assert offered.offered_until_at == clock.local_moment(period.ends_on + DAY)


def test_fill_gives_nothing_once_the_period_is_over_and_still_does_on_its_last_day(programme, places):
    period = make.period(programme, capacity=1)
    come(places.alone, period, 2)
    Period.objects.update(capacity=2)
    seating.fill(Period.objects.get(), at=AT + 31 * DAY)
    assert make.states(period)[1] == (2, State.WAITING)
    seating.fill(Period.objects.get(), at=AT + 30 * DAY)
    assert make.states(period)[1] == (2, State.CONFIRMED)


def test_lock_reads_the_period_afresh(programme):
    period = make.period(programme, capacity=1)
    Period.objects.update(capacity=7)
    assert seating.lock(period).capacity == 7


def test_how_many_questions_a_fill_asks_does_not_grow_with_those_who_get_nothing(
    programme, places, django_assert_max_num_queries
):
    period = make.period(programme, capacity=3)
    share(period, {places.east: 2})
    come(places.alone, period, 12)
    held = Period.objects.get()
    with django_assert_max_num_queries(3):
        seating.fill(held, at=AT + DAY)
