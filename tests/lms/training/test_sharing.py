"""Seats shared down the tree: what fits and what does not, the day on which they return, and what would be fair."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.journal.models import Line
from lms.lib import clock
from lms.people import access
from lms.people.models import Organisation
from lms.training import jobs, seating, sharing
from lms.training.models import Enrolment, Period, QuotaShare
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

State = Enrolment.State
TODAY = clock.local_date(AT)


@pytest.fixture
def ten(programme):
    return make.period(programme, capacity=10)


def share(period, seats, *, until_on=None, by=None, at=AT):
    return sharing.share(period=period, seats=seats, until_on=until_on, by=by, at=at)


def come(school, period, count, *, at=AT):
    return [make.enrolled(each, period, at=at) for each in make.teachers(school, count)]


def plan(period):
    return dict(period.shares.values_list("organisation__name", "seats"))


def refused_and_nothing_changed(period, refusal, seats, **more):
    before = (plan(period), Period.objects.get(pk=period.pk).shares_until_on, Line.objects.count())
    with pytest.raises(refusal) as refused:
        share(period, seats, **more)
    assert (plan(period), Period.objects.get(pk=period.pk).shares_until_on, Line.objects.count()) == before
    return str(refused.value)


# The plan


def test_share_keeps_seats_for_units_until_a_day_and_is_journalled(ten, places, officer):
    share(ten, {places.cluster: 6, places.east: 2}, until_on=TODAY + DAY, by=officer)
    assert plan(ten) == {"城东学区": 6, "城东一小": 2}
    assert Period.objects.get().shares_until_on == TODAY + DAY
    line = Line.objects.get(act="training.seats_shared")
    assert (line.actor, line.subject_id) == (officer, str(ten.pk))
    assert line.facts == {
        "before": {},
        "after": {str(places.cluster.pk): 6, str(places.east.pk): 2},
        "until_on": "2024-03-06",
    }


def test_share_takes_the_place_of_the_plan_before_and_an_empty_one_keeps_nothing(ten, places):
    share(ten, {places.cluster: 6, places.alone: 1}, until_on=TODAY)
    share(ten, {places.cluster: 3})
    assert plan(ten) == {"城东学区": 3}
    assert Period.objects.get().shares_until_on is None
    share(ten, {})
    assert plan(ten) == {}
    facts = Line.objects.filter(act="training.seats_shared").latest("pk").facts
    assert facts == {"before": {str(places.cluster.pk): 3}, "after": {}, "until_on": None}


def test_share_leaves_the_plans_of_other_periods_alone(ten, programme, places):
    other = make.period(programme, 2, capacity=5)
    share(other, {places.east: 5})
    share(ten, {places.east: 1})
    assert (plan(other), plan(ten)) == ({"城东一小": 5}, {"城东一小": 1})


def test_share_gives_who_waits_the_seats_that_the_new_plan_frees(programme, places):
    period = make.period(programme, capacity=2)
    share(period, {places.east: 2})
    (waits,) = come(places.west, period, 1)
    assert waits.state == State.WAITING
    share(period, {places.east: 1})
    waits.refresh_from_db()
    assert waits.state == State.CONFIRMED
    assert make.steps(waits)[-1] == (State.CONFIRMED, None, "")


def test_share_is_refused_outside_the_planners_office(ten, tree, places, sender):
    for by in (
        sender,
        people.officer("bureau_officer", places.cluster),
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
        people.teacher(school=tree.school).user,
    ):
        with pytest.raises(access.NotYourOffice):
            share(ten, {places.east: 1}, by=by)
    assert plan(ten) == {}
    assert share(ten, {places.east: 1}, by=people.officer("exam_officer", tree.city)) == ten


def test_share_is_refused_where_there_are_seats_for_all(programme, places):
    refused_and_nothing_changed(make.period(programme), sharing.NothingToShare, {places.east: 1})


def test_share_is_refused_for_a_unit_that_is_not_below_the_organiser(ten, tree, places):
    for unit in (tree.county, tree.city, tree.neighbour, tree.other_school):
        said = refused_and_nothing_changed(ten, sharing.NotBelow, {places.east: 1, unit: 1})
        assert unit.name in said
        assert "澜溪县" in said


@pytest.mark.parametrize("seats", [0, -1, 100_001])
def test_share_is_refused_with_a_number_of_seats_that_is_none(ten, places, seats):
    assert "城东一小" in refused_and_nothing_changed(ten, sharing.ShareUnreadable, {places.east: seats})


def test_share_is_refused_above_what_the_period_has(ten, places):
    share(ten, {places.alone: 10})
    said = refused_and_nothing_changed(ten, sharing.SharedTooMuch, {places.cluster: 6, places.alone: 5})
    assert "澜溪县" in said
    assert "10" in said
    assert "11" in said
    share(ten, {places.cluster: 6, places.alone: 4})


def test_share_is_refused_above_what_the_unit_above_has(ten, places):
    said = refused_and_nothing_changed(ten, sharing.SharedTooMuch, {places.cluster: 3, places.east: 2, places.west: 2})
    assert "城东学区" in said
    refused_and_nothing_changed(ten, sharing.SharedTooMuch, {places.east: 4, places.cluster: 3})
    share(ten, {places.cluster: 4, places.east: 2, places.west: 2})


def test_share_below_a_unit_without_one_counts_against_the_next_above(ten, places):
    """The schools of the cluster have shares, the cluster has none: they are parts of the period's seats."""
    refused_and_nothing_changed(ten, sharing.SharedTooMuch, {places.east: 6, places.west: 5})
    share(ten, {places.east: 6, places.west: 4})


def test_share_is_refused_below_what_its_unit_has_taken(ten, places):
    come(places.east, ten, 2)
    come(places.west, ten, 1)
    assert "城东一小" in refused_and_nothing_changed(ten, sharing.ShareTaken, {places.cluster: 3, places.east: 1})
    assert "城东学区" in refused_and_nothing_changed(ten, sharing.ShareTaken, {places.cluster: 2, places.east: 2})
    share(ten, {places.cluster: 3, places.east: 2})


def test_share_is_refused_when_it_leaves_too_few_for_those_without_one(ten, places):
    come(places.alone, ten, 3)
    said = refused_and_nothing_changed(ten, sharing.PoolTaken, {places.cluster: 8})
    assert "3" in said
    assert "2" in said
    come(places.west, ten, 2)
    refused_and_nothing_changed(ten, sharing.PoolTaken, {places.cluster: 5, places.east: 4})
    share(ten, {places.cluster: 5, places.east: 3})


def test_share_counts_a_seat_that_is_offered(programme, places):
    period = make.period(programme, capacity=3, offer_hours=24)
    (one,) = come(places.east, period, 1)
    Enrolment.objects.filter(pk=one.pk).update(state=State.OFFERED, offered_until_at=AT + DAY)
    refused_and_nothing_changed(period, sharing.PoolTaken, {places.west: 3})
    share(period, {places.west: 2})


def test_share_is_kept_at_longest_until_the_last_day_of_enrolment(ten, places):
    last = clock.local_date(ten.enrol_until_at)
    refused_and_nothing_changed(ten, sharing.KeptTooLong, {places.east: 1}, until_on=last + DAY)
    share(ten, {places.east: 1}, until_on=last)


# The day on which they return


@pytest.fixture
def kept(programme, places):
    """Two seats, one kept for the cluster until today, which nobody of it took; three of another school came."""
    period = make.period(programme, capacity=2)
    share(period, {places.cluster: 1}, until_on=TODAY)
    come(places.alone, period, 3)
    return period


def test_refill_gives_unused_seats_to_those_who_wait_once_the_day_is_over(kept):
    seating.refill(at=clock.local_moment(TODAY + DAY) - make.SECOND)
    assert make.states(kept) == [(1, State.CONFIRMED), (2, State.WAITING), (3, State.WAITING)]
    over = clock.local_moment(TODAY + DAY)
    seating.refill(at=over)
    assert make.states(kept) == [(1, State.CONFIRMED), (2, State.CONFIRMED), (3, State.WAITING)]
    promoted = Line.objects.filter(act="training.promoted")
    assert [(line.actor, line.at) for line in promoted] == [(None, over)]
    seating.refill(at=over + DAY)
    assert promoted.count() == 1


def test_refill_gives_nothing_after_the_period(kept):
    seating.refill(at=AT + 31 * DAY)
    assert make.states(kept)[1] == (2, State.WAITING)


def test_refill_leaves_a_plan_without_a_day_alone(kept):
    Period.objects.update(shares_until_on=None)
    seating.refill(at=AT + DAY)
    assert make.states(kept)[1] == (2, State.WAITING)


def test_the_clock_gives_back_what_was_kept(kept, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT + DAY)
    jobs.lapse_offers()
    assert make.states(kept)[1] == (2, State.CONFIRMED)


def test_the_clock_gives_nothing_back_while_it_is_held(kept, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT + DAY)
    monkeypatch.setattr(clock, "is_held", lambda: True)
    jobs.lapse_offers()
    assert make.states(kept)[1] == (2, State.WAITING)


def test_a_plan_whose_day_is_over_binds_nobody_and_may_be_replaced(kept, places):
    later = AT + DAY
    assert [each.state for each in come(places.west, kept, 1, at=later)] == [State.WAITING]
    seating.refill(at=later)
    with pytest.raises(sharing.PoolTaken):
        share(kept, {places.cluster: 1}, at=later)
    share(kept, {places.alone: 2}, at=later)
    assert QuotaShare.objects.get().organisation == places.alone


# What would be fair


def units(*names):
    """Units in the order of the tree, which need no database."""
    return [Organisation(pk=n, name=name, path=f"{n:08d}/") for n, name in enumerate(names, start=1)]


def fair(seats, *lacking):
    """What each of so many units would get, in the order of the tree."""
    each = units(*"甲乙丙丁戊"[: len(lacking)])
    shares = sharing.fair(seats, dict(zip(each, lacking, strict=True)))
    return [shares.get(unit, 0) for unit in each]


@pytest.mark.parametrize(
    ("seats", "lacking", "expected"),
    [
        (10, (50, 30, 20), [5, 3, 2]),  # in proportion, nothing left over
        (10, (35, 45, 20), [3, 5, 2]),  # 3.5, 4.5, 2: one left, equal remainders, the larger need first
        (7, (50, 30, 20), [4, 2, 1]),  # 3.5, 2.1, 1.4
        (50, (176, 91, 33), [29, 15, 6]),  # 29.33, 15.17, 5.5
        (2, (10, 10, 10), [1, 1, 0]),  # 0.67 each: equal in everything, the order of the tree
        (1, (1, 1, 2), [0, 0, 1]),  # 0.25, 0.25, 0.5
        (3, (100, 1, 1), [3, 0, 0]),  # 2.94, 0.03, 0.03
        (5, (2, 0, 3), [2, 0, 3]),  # as many as lack it
        (100, (2, 0, 3), [2, 0, 3]),  # more seats than need
        (0, (2, 0, 3), [0, 0, 0]),
        (10, (0, 0), [0, 0]),
        (10, (), []),
    ],
)
def test_fair_is_by_the_largest_remainder(seats, lacking, expected):
    assert fair(seats, *lacking) == expected


def test_fair_names_only_units_that_get_some_so_that_it_may_be_shared_as_it_is(ten, places):
    proposed = sharing.fair(10, {places.east: 100, places.west: 0, places.alone: 1})
    assert proposed == {places.east: 10}
    share(ten, proposed)


def test_fair_goes_by_the_tree_whatever_order_they_are_given_in():
    first, second, third = units("甲", "乙", "丙")
    assert sharing.fair(2, {third: 5, second: 5, first: 5}) == {first: 1, second: 1}


@given(st.integers(0, 400), st.lists(st.integers(0, 200), max_size=5))
def test_fair_gives_all_there_is_to_give_and_never_a_seat_too_many(seats, lacking):
    shares = fair(seats, *lacking)
    need = sum(lacking)
    assert sum(shares) == min(seats, need)
    for got, wants in zip(shares, lacking, strict=True):
        assert got <= wants
        exact = min(seats, need) * wants / need if need else 0
        assert abs(got - exact) < 1
