"""What pages ask: a programme's periods for one teacher, her own cards, who learns, what an office plans."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.people import merging
from lms.training import assigning, enrolling, queries
from lms.training.models import Enrolment, Period
from tests.factories import assignments as work
from tests.factories import certs, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY


def asked(ask):
    """How many queries it takes, offices once known apart."""
    ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


# Offers


def test_offers_say_what_keeps_her_out_and_how_many_seats_are_left(tree, teacher, programme):
    today_over = make.period(programme, 1, enrol_until_at=AT + DAY)
    full = make.period(programme, 2, capacity=1)
    make.enrolled(people.teacher("何远", school=tree.school), full)
    offers = queries.offers(programme, teacher, AT + 2 * DAY)
    assert [(each.period.number, each.seats_left) for each in offers] == [(2, 0), (1, None)]
    assert offers[0].may_join
    assert (offers[1].period, [rule.name for rule in offers[1].missing]) == (today_over, ["window"])
    assert not offers[1].may_join


def test_offers_show_her_own_enrolment_and_no_reasons_beside_it(teacher, programme, period):
    enrolment = make.enrolled(teacher, period)
    second = make.period(programme, 2)
    offers = {each.period: each for each in queries.offers(programme, teacher, AT)}
    assert (offers[period].enrolment, offers[period].missing, offers[period].may_join) == (enrolment, [], False)
    assert [rule.name for rule in offers[second].missing] == ["once"]


def test_offers_forget_an_enrolment_that_was_withdrawn(teacher, programme, period):
    enrolling.withdraw(enrolment=make.enrolled(teacher, period), reason="忙", by=teacher.user, at=AT)
    (offer,) = queries.offers(programme, teacher, AT)
    assert (offer.enrolment, offer.may_join) == (None, True)


def test_offers_leave_out_drafts_and_say_nothing_of_joining_to_who_is_no_teacher(programme, period):
    make.period(programme, 2)
    Period.objects.filter(number=2).update(state=Period.State.DRAFT)
    (offer,) = queries.offers(programme, None, AT)
    assert (offer.period, offer.enrolment, offer.missing) == (period, None, [])


def test_offers_take_as_many_queries_with_ten_periods_as_with_one(tree, teacher):
    level = certs.level(tree.county)
    programme = make.programme(tree.county, level=level, requires=certs.level(tree.county, code="C", rank=1))
    make.period(programme, 1, capacity=3)
    (programme,) = queries.programmes([programme.pk])
    one = asked(lambda: queries.offers(programme, teacher, AT))
    for number in range(2, 11):
        make.period(programme, number, capacity=3)
    assert len(queries.offers(programme, teacher, AT)) == 10
    assert asked(lambda: queries.offers(programme, teacher, AT)) == one <= 8


def test_offers_of_a_programme_without_periods_are_none(teacher, tree):
    assert queries.offers(make.programme(tree.county), teacher, AT) == []


# Cards


def test_cards_show_what_is_missing_and_who_waits_before_her(tree, teacher, lessons, programme, period):
    make.enrolled(teacher, period)
    make.learnt(teacher, lessons[0])
    full = make.period(make.programme(tree.county), capacity=1, starts_on=AT.date() + DAY, ends_on=AT.date() + 9 * DAY)
    for each in make.teachers(tree.school, 3):
        make.enrolled(each, full)
    make.enrolled(teacher, full)
    running, waiting = queries.cards(teacher, AT)
    assert (running.enrolment.period, running.standing, running.done, running.demanded) == (period, "confirmed", 1, 2)
    assert [each.title for each in running.missing] == ["倾听"]
    assert (waiting.enrolment.period, waiting.standing, waiting.ahead) == (full, "waitlisted", 2)
    assert (running.is_current, waiting.is_current) == (True, True)


def test_cards_count_before_her_those_who_were_put_forward_and_not_those_whom_she_was_put_before(tree, teacher):
    full = make.period(make.programme(tree.county), capacity=1)
    for each in make.teachers(tree.school, 3):
        make.enrolled(each, full)
    own = make.enrolled(teacher, full)  # place 4; 2 and 3 wait before her
    last = make.enrolled(people.teacher("何远", school=tree.school), full)

    def ahead():
        (card,) = queries.cards(teacher, AT)
        return card.ahead

    assert ahead() == 2
    Enrolment.objects.filter(pk=last.pk).update(advanced_at=AT)
    assert ahead() == 3
    Enrolment.objects.filter(pk=own.pk).update(advanced_at=AT + DAY)
    assert ahead() == 1
    Enrolment.objects.filter(pk=last.pk).update(advanced_at=AT + DAY)
    assert ahead() == 0


def test_cards_call_missed_what_is_over_and_was_not_completed(tree, teacher, programme, period):
    enrolment = make.enrolled(teacher, period)
    (card,) = queries.cards(teacher, AT + 30 * DAY)
    assert (card.standing, card.is_current) == ("confirmed", True)
    (card,) = queries.cards(teacher, AT + 31 * DAY)
    assert (card.standing, card.is_current) == ("missed", False)
    Enrolment.objects.filter(pk=enrolment.pk).update(state=Enrolment.State.COMPLETED)
    (card,) = queries.cards(teacher, AT + 31 * DAY)
    assert (card.standing, card.is_current) == ("completed", False)


def test_cards_show_what_goes_on_first_and_then_the_latest_of_the_past(tree, teacher):
    today = AT.date()
    for number, starts in enumerate((-90, -60, 10, 5), start=1):
        programme = make.programme(tree.county)
        dates = {"starts_on": today + starts * DAY, "ends_on": today + (starts + 20) * DAY}
        begun = AT + (starts - 20) * DAY
        make.period(programme, number, enrol_from_at=begun, enrol_until_at=begun + 10 * DAY, **dates)
        make.enrolled(teacher, programme.periods.get(), at=begun)
    assert [each.enrolment.period.number for each in queries.cards(teacher, AT)] == [4, 3, 2, 1]


def test_cards_are_ones_own_with_those_of_a_record_that_was_merged(tree, teacher, period):
    double, other = people.teacher("林知薇", school=tree.school), people.teacher("何远", school=tree.school)
    enrolment = make.enrolled(double, period)
    make.enrolled(other, period)
    assert queries.cards(teacher, AT) == []
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=None, at=AT)
    assert [each.enrolment for each in queries.cards(teacher, AT)] == [enrolment]
    assert queries.seated_programmes(teacher, AT) == {period.programme_id}


def test_cards_count_required_work_and_show_all_that_stands(tree, teacher, period):
    enrolment = make.enrolled(teacher, period)
    required, voluntary = work.assignment(period), work.assignment(period, title="读后感", is_required=False)
    officer = people.officer("bureau_officer", tree.county)
    withdrawn = work.assignment(period, title="作废")
    assigning.withdraw(assignment=withdrawn, reason="重复", by=officer, at=AT)
    (card,) = queries.cards(teacher, AT)
    assert [each.assignment for each in card.work] == [required, voluntary]
    assert (card.demanded, [str(each) for each in card.missing]) == (3, ["认识情绪", "倾听", "个案分析"])
    work.graded(work.handed_in(required, teacher), by=officer)
    (card,) = queries.cards(teacher, AT)
    assert (card.done, card.work[0].is_passed, card.work[1].is_passed) == (1, True, False)
    Enrolment.objects.filter(pk=enrolment.pk).update(state=Enrolment.State.WITHDRAWN)
    (card,) = queries.cards(teacher, AT)
    assert card.work == []


def test_cards_take_as_many_queries_for_ten_as_for_one(tree, teacher):
    def another(n):
        period = make.period(make.programme(tree.county, lessons=[make.lesson(f"第{n}课")]))
        make.enrolled(teacher, period)
        work.handed_in(work.assignment(period), teacher)

    another(1)
    one = asked(lambda: queries.cards(teacher, AT))
    for n in range(2, 11):
        another(n)
    assert len(queries.cards(teacher, AT)) == 10
    assert asked(lambda: queries.cards(teacher, AT)) == one <= 7


# Who learns


@pytest.mark.parametrize(("days", "sees"), [(-2, False), (0, True), (31, True)])
def test_seated_programmes_are_those_of_periods_that_have_begun(teacher, period, days, sees):
    make.enrolled(teacher, period)
    assert (period.programme_id in queries.seated_programmes(teacher, AT + days * DAY)) is sees


def test_seated_programmes_and_learners_leave_out_who_waits(tree, teacher, programme):
    full = make.period(programme, 2, capacity=1)
    first = people.teacher("何远", school=tree.school)
    make.enrolled(first, full)
    make.enrolled(teacher, full)
    assert queries.seated_programmes(teacher, AT) == set()
    assert list(queries.learners([programme.pk], AT)) == [first.user]
    assert list(queries.learners([programme.pk], AT + 31 * DAY)) == []
    assert list(queries.learners([programme.pk + 1], AT)) == []


def test_demanding_finds_the_programmes_of_a_lesson(tree, programme, lessons):
    other = make.programme(tree.county, lessons=lessons[:1])
    make.programme(tree.county)
    assert set(queries.demanding([lessons[0].key])) == {programme, other}
    assert list(queries.demanding([lessons[1].key])) == [programme]


# What an office plans


def test_managed_counts_seats_waiting_and_completed_in_as_many_queries_for_three_as_for_one(tree, programme):
    officer = people.officer("bureau_officer", tree.county)
    full = make.period(programme, 2, capacity=2)
    for each in make.teachers(tree.school, 5):
        make.enrolled(each, full)
    Enrolment.objects.filter(place=1).update(state=Enrolment.State.COMPLETED)
    one = asked(lambda: queries.managed(officer, AT))
    make.period(programme, 1)
    for _ in range(2):
        make.period(make.programme(tree.county))
    make.programme(tree.neighbour)
    found = queries.managed(officer, AT)
    assert len(found) == 3
    (mine,) = [each for each in found if each == programme]
    assert [(each.number, each.taken, each.waiting, each.completed) for each in mine.runs] == [
        (2, 2, 3, 1),
        (1, 0, 0, 0),
    ]
    assert asked(lambda: queries.managed(officer, AT)) == one
    assert queries.managed(people.teacher(school=tree.school).user, AT) == []
