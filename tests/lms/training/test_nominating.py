"""A school names its teachers, all of whom come in, or none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import access, merging
from lms.training import deciding, nominating, sharing
from lms.training.models import Enrolment
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

State = Enrolment.State


@pytest.fixture
def by_order(programme):
    return make.through_schools(programme, capacity=2)


def nominate(teachers, period, by, at=AT):
    return nominating.nominate(teachers=teachers, period=period, by=by, at=at)


def nothing_written(period):
    """As if nobody had been named: no row, no number, no line, no message."""
    period.refresh_from_db()
    named = Line.objects.filter(act="training.nominated").exists()
    return not period.enrolments.exists() and period.next_place == 1 and not named and not Message.objects.exists()


def test_nominate_gives_seats_in_the_order_named_and_the_others_wait(tree, by_order, sender):
    one, two, three = make.teachers(tree.school, 3)
    made = nominate([three, one, two], by_order, sender)
    assert [(each.teacher, each.place, each.state) for each in made] == [
        (three, 1, State.CONFIRMED),
        (one, 2, State.CONFIRMED),
        (two, 3, State.WAITING),
    ]
    first = by_order.enrolments.get(place=1)
    assert (first.school, first.enrolled_by, first.applied_at, first.confirmed_at) == (tree.school, sender, AT, AT)
    assert make.steps(first) == [(State.CONFIRMED, sender.pk, "")]
    line = Line.objects.filter(act="training.nominated").earliest("pk")
    assert (line.actor, line.facts) == (sender, {"state": "confirmed", "place": 1})
    assert (make.told(one), make.told(two)) == (["training.confirmed"], ["training.waitlisted"])


def test_nominate_recommends_where_the_organiser_picks(tree, programme, sender, officer):
    period = make.through_schools(programme, capacity=1, selection="choice")
    made = nominate(make.teachers(tree.school, 2), period, sender)
    assert [(each.place, each.state) for each in made] == [(None, State.APPROVED), (None, State.APPROVED)]
    assert make.told(made[0].teacher) == ["training.school_approved"]
    assert deciding.pick(period=period, enrolments=made[1:], by=officer, at=AT)[0].place == 1


def test_nominate_counts_against_the_share_of_the_school_within_one_list(places, by_order, officer):
    sharing.share(period=by_order, seats={places.east: 1}, until_on=None, by=officer, at=AT)
    named = [*make.teachers(places.east, 2), *make.teachers(places.west, 1)]
    states = [each.state for each in nominate(named, by_order, officer)]
    assert states == [State.CONFIRMED, State.WAITING, State.CONFIRMED]


def test_nominate_names_the_teachers_of_many_schools_for_the_bureau_above_them(tree, places, by_order):
    named = [people.teacher(school=each) for each in (places.east, places.alone)]
    made = nominate(named, by_order, people.officer("bureau_officer", tree.city))
    assert [each.school for each in made] == [places.east, places.alone]


def test_nominate_takes_one_without_an_account(tree, by_order, sender):
    quiet = people.teacher("无账号", school=tree.school, account=False)
    assert nominate([quiet], by_order, sender)[0].state == State.CONFIRMED
    assert not Message.objects.exists()


def test_nominate_is_refused_without_a_name(by_order, sender):
    with pytest.raises(nominating.NobodyNamed):
        nominate([], by_order, sender)


def test_nominate_is_refused_for_all_when_one_is_named_twice(tree, by_order, sender):
    one, two = make.teachers(tree.school, 2)
    with pytest.raises(nominating.NamedTwice) as refused:
        nominate([one, two, one], by_order, sender)
    assert "候选1" in str(refused.value)
    assert nothing_written(by_order)


def test_nominate_is_refused_where_each_enrols_by_herself(tree, period, sender):
    with pytest.raises(nominating.NotThroughTheSchool):
        nominate(make.teachers(tree.school, 1), period, sender)
    assert nothing_written(period)


def test_nominate_is_refused_for_all_when_one_is_of_another_school(tree, places, by_order, sender):
    own = make.teachers(tree.school, 1)
    for stranger in (people.teacher(school=places.east), people.teacher(school=tree.other_school), people.teacher()):
        with pytest.raises(access.NotYourOffice):
            nominate([*own, stranger], by_order, sender)
    assert nothing_written(by_order)


def test_nominate_is_refused_to_whoever_does_not_speak_for_the_school(tree, by_order):
    (one,) = make.teachers(tree.school, 1)
    for by in (
        one.user,
        people.officer("auditor", tree.county),
        people.officer("trainer", tree.school),
        people.officer("clerk", tree.county),
        people.officer("bureau_officer", tree.neighbour),
    ):
        with pytest.raises(access.NotYourOffice):
            nominate([one], by_order, by)
    assert nothing_written(by_order)


def test_nominate_is_refused_for_oneself(tree, teacher, by_order):
    people.appointment(teacher.user, "school_officer", tree.school)
    with pytest.raises(deciding.OwnApplication):
        nominate([*make.teachers(tree.school, 1), teacher], by_order, teacher.user)
    assert nothing_written(by_order)


def test_nominate_is_refused_for_all_when_some_are_unfit_and_names_each_with_every_reason(tree, lessons, sender):
    programme = make.programme(tree.county, lessons=lessons, posts=["homeroom_teacher"], stages=["primary"])
    period = make.through_schools(programme)
    fit = people.teacher("合适", school=tree.school, post="homeroom_teacher")
    unfit = people.teacher("无岗", school=tree.school)
    other = people.teacher("另一", school=tree.school, post="support_staff")
    with pytest.raises(nominating.Unfit) as refused:
        nominate([fit, unfit, other], period, sender)
    assert [teacher for teacher, _why in refused.value.rows] == [unfit, other]
    assert "无岗 – 本培训面向：班主任" in str(refused.value)
    assert "另一 – 本培训面向：班主任" in str(refused.value)
    assert "合适" not in str(refused.value)
    assert nothing_written(period)


def test_nominate_is_refused_for_one_who_is_in_already_or_in_another_period(tree, programme, by_order, sender):
    one, two = make.teachers(tree.school, 2)
    nominate([one], by_order, sender)
    with pytest.raises(nominating.Unfit) as refused:
        nominate([two, one], by_order, sender)
    assert [teacher for teacher, _why in refused.value.rows] == [one]
    with pytest.raises(nominating.Unfit):
        nominate([one], make.through_schools(programme, 2), sender)
    assert Enrolment.objects.count() == 1


def test_nominate_is_refused_for_one_who_is_in_under_a_record_that_was_merged(tree, by_order, sender):
    one, double = make.teachers(tree.school, 2)
    nominate([double], by_order, sender)
    merging.merge(lesser=double, greater=one, reason="同一人", by=None, at=AT)
    with pytest.raises(nominating.Unfit):
        nominate([one], by_order, sender)
    assert by_order.enrolments.count() == 1


def test_nominate_is_refused_for_a_record_that_was_merged(tree, by_order, sender):
    one, double = make.teachers(tree.school, 2)
    merging.merge(lesser=double, greater=one, reason="同一人", by=None, at=AT)
    with pytest.raises(access.NotYourOffice):
        nominate([double], by_order, sender)
    assert not by_order.enrolments.exists()


def test_nominate_is_refused_outside_the_dates_of_enrolment(tree, by_order, sender):
    (one,) = make.teachers(tree.school, 1)
    for at in (AT - 2 * DAY, AT + 10 * DAY):
        with pytest.raises(nominating.Unfit):
            nominate([one], by_order, sender, at)
    assert nothing_written(by_order)
    assert nominate([one], by_order, sender, AT + 10 * DAY - make.SECOND)[0].place == 1


def test_nominate_and_pick_ask_as_often_for_many_as_for_one(tree, programme, sender, officer):
    def asked(number, count):
        period = make.through_schools(programme, number, selection="choice")
        named = make.teachers(tree.school, count, name=f"第{number}期")
        with CaptureQueriesContext(connection) as naming:
            made = nominate(named, period, sender)
        with CaptureQueriesContext(connection) as picking:
            deciding.pick(period=period, enrolments=made, by=officer, at=AT)
        assert period.enrolments.filter(state=State.CONFIRMED).count() == count
        return len(naming), len(picking)

    asked(1, 2)
    assert asked(2, 2) == asked(3, 5)
