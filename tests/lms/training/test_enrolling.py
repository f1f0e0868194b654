"""A seat in the order of application, a place on the waiting list, and the way out again."""

import pytest

from lms.journal.models import Line
from lms.people import merging
from lms.training import enrolling
from lms.training.models import Enrolment
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY, SECOND

CONFIRMED, WAITING, WITHDRAWN = Enrolment.State.CONFIRMED, Enrolment.State.WAITING, Enrolment.State.WITHDRAWN


def withdraw(enrolment, *, by=None, reason="临时有任务", at=AT):
    return enrolling.withdraw(enrolment=enrolment, reason=reason, by=by or enrolment.teacher.user, at=at)


def states(period):
    return list(period.enrolments.order_by("place").values_list("place", "state"))


def kinds(teacher):
    return list(teacher.user.messages.order_by("pk").values_list("kind", flat=True))


# Coming in


def test_enrol_gives_a_seat_tells_her_and_is_journalled(teacher, period):
    made = make.enrolled(teacher, period)
    assert (made.state, made.place, made.applied_at, made.confirmed_at) == (CONFIRMED, 1, AT, AT)
    message = teacher.user.messages.get()
    assert (message.kind, message.address) == ("training.confirmed", "/training/")
    assert message.facts["starts_on"] == "2024-03-04"
    line = Line.objects.get(act="training.enrolled")
    assert (line.actor, line.facts) == (teacher.user, {"state": "confirmed", "place": 1})


def test_enrol_gives_everybody_a_seat_where_there_are_seats_for_all(tree, period):
    for each in make.teachers(tree.school, 5):
        assert make.enrolled(each, period).state == CONFIRMED
    assert [place for place, _state in states(period)] == [1, 2, 3, 4, 5]


def test_enrol_puts_her_on_the_waiting_list_when_all_seats_are_taken(tree, teacher, programme):
    period = make.period(programme, 2, capacity=2)
    for each in make.teachers(tree.school, 2):
        make.enrolled(each, period)
    made = make.enrolled(teacher, period)
    assert (made.state, made.place, made.confirmed_at) == (WAITING, 3, None)
    message = teacher.user.messages.get()
    assert (message.kind, message.facts["place"]) == ("training.waitlisted", 3)


def test_enrol_counts_the_seats_of_those_who_have_completed(tree, teacher, programme):
    period = make.period(programme, 2, capacity=1)
    make.enrolled(make.teachers(tree.school, 1)[0], period)
    Enrolment.objects.update(state=Enrolment.State.COMPLETED)
    assert make.enrolled(teacher, period).state == WAITING


def test_enrol_lets_nobody_pass_those_who_wait_where_a_seat_is_free_for_the_moment(tree, teacher, programme):
    period = make.period(programme, 2, capacity=1)
    first, second = make.teachers(tree.school, 2)
    make.enrolled(first, period)
    make.enrolled(second, period)
    Enrolment.objects.filter(teacher=first).update(state=WITHDRAWN)
    assert make.enrolled(teacher, period).state == WAITING


def test_enrol_is_refused_a_second_time(teacher, tree, programme, period):
    make.enrolled(teacher, period)
    full = make.period(make.programme(tree.county), capacity=1)
    make.enrolled(people.teacher("何远", school=tree.school), full)
    make.enrolled(teacher, full)
    for each in (period, full):
        with pytest.raises(enrolling.AlreadyEnrolled):
            make.enrolled(teacher, each)
    assert Enrolment.objects.filter(teacher=teacher).count() == 2
    assert len(kinds(teacher)) == 2


def test_enrol_is_refused_when_she_is_in_under_a_record_that_was_merged(teacher, tree, period):
    double = people.teacher("林知薇", school=tree.school)
    make.enrolled(double, period)
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=None, at=AT)
    with pytest.raises(enrolling.AlreadyEnrolled):
        make.enrolled(teacher, period)


def test_enrol_is_refused_for_a_stranger_with_every_rule_that_keeps_her_out(tree, lessons):
    programme = make.programme(tree.county, lessons=lessons, posts=["homeroom_teacher"])
    period = make.period(programme, enrol_until_at=AT + SECOND)
    stranger = people.teacher("何远", school=tree.other_school)
    with pytest.raises(enrolling.NotQualified) as refused:
        make.enrolled(stranger, period, at=AT + 2 * SECOND)
    assert [each.name for each in refused.value.missing] == ["window", "unit", "posts"]
    assert str(refused.value).startswith("暂不能报名：本期报名已于")
    assert not Enrolment.objects.exists()
    period.refresh_from_db()
    assert period.next_place == 1
    assert kinds(stranger) == []


def test_enrol_and_withdraw_are_refused_to_anybody_but_herself(tree, teacher, period):
    officer = people.officer("bureau_officer", tree.county)
    with pytest.raises(enrolling.NotYourOwn):
        enrolling.enrol(teacher=teacher, period=period, by=officer, at=AT)
    enrolment = make.enrolled(teacher, period)
    with pytest.raises(enrolling.NotYourOwn):
        withdraw(enrolment, by=officer)
    assert states(period) == [(1, CONFIRMED)]


def test_enrol_twice_after_withdrawing_takes_the_next_place(teacher, period):
    withdraw(make.enrolled(teacher, period))
    assert make.enrolled(teacher, period).place == 2
    assert states(period) == [(1, WITHDRAWN), (2, CONFIRMED)]


# Going


def test_withdraw_gives_the_seat_to_the_first_who_waits_and_tells_her(tree, programme):
    period = make.period(programme, 2, capacity=2)
    one, two, three, four = make.teachers(tree.school, 4)
    for each in (one, two, three, four):
        make.enrolled(each, period)
    later = AT + DAY
    gone = withdraw(Enrolment.objects.get(teacher=one), reason=" 生病 ", at=later)
    assert (gone.state, gone.ended_at, gone.reason) == (WITHDRAWN, later, "生病")
    assert states(period) == [(1, WITHDRAWN), (2, CONFIRMED), (3, CONFIRMED), (4, WAITING)]
    assert Enrolment.objects.get(teacher=three).confirmed_at == later
    assert kinds(three) == ["training.waitlisted", "training.confirmed"]
    assert kinds(four) == ["training.waitlisted"]
    acts = list(Line.objects.filter(at=later).order_by("pk").values_list("act", "actor", "reason"))
    assert acts == [("training.withdrawn", one.user.pk, "生病"), ("training.promoted", None, "")]


def test_withdraw_promotes_in_the_order_of_application_one_after_another(tree, programme):
    period = make.period(programme, 2, capacity=2)
    everybody = make.teachers(tree.school, 5)
    for each in everybody:
        make.enrolled(each, period)
    for each in everybody[:2]:
        withdraw(Enrolment.objects.get(teacher=each))
    assert [state for _place, state in states(period)] == [WITHDRAWN, WITHDRAWN, CONFIRMED, CONFIRMED, WAITING]


def test_withdraw_promotes_nobody_when_somebody_leaves_the_waiting_list(tree, programme):
    period = make.period(programme, 2, capacity=1)
    one, two, three = make.teachers(tree.school, 3)
    for each in (one, two, three):
        make.enrolled(each, period)
    withdraw(Enrolment.objects.get(teacher=two))
    assert states(period) == [(1, CONFIRMED), (2, WITHDRAWN), (3, WAITING)]


def test_withdraw_tells_the_record_that_stays_when_the_one_that_waits_was_merged(tree, programme):
    period = make.period(programme, 2, capacity=1)
    one, two, double = make.teachers(tree.school, 3)
    make.enrolled(one, period)
    make.enrolled(double, period)
    merging.merge(lesser=double, greater=two, reason="同一人", by=None, at=AT)
    withdraw(Enrolment.objects.get(teacher=one))
    assert kinds(two)[-1] == "training.confirmed"
    assert withdraw(Enrolment.objects.get(teacher=double), by=two.user).state == WITHDRAWN


def test_withdraw_is_refused_without_a_reason(teacher, period):
    enrolment = make.enrolled(teacher, period)
    with pytest.raises(enrolling.WithdrawalUnexplained):
        withdraw(enrolment, reason=" ")
    assert states(period) == [(1, CONFIRMED)]


def test_withdraw_is_refused_a_second_time_and_after_completion(teacher, tree, period):
    enrolment = make.enrolled(teacher, period)
    withdraw(enrolment)
    with pytest.raises(enrolling.NotEnrolled):
        withdraw(enrolment)
    done = make.enrolled(people.teacher("何远", school=tree.school), period)
    Enrolment.objects.filter(pk=done.pk).update(state=Enrolment.State.COMPLETED)
    with pytest.raises(enrolling.NotEnrolled):
        withdraw(done)


def test_withdraw_is_done_on_the_last_day_and_refused_after_it(teacher, tree, period):
    enrolment = make.enrolled(teacher, period)
    with pytest.raises(enrolling.NotEnrolled):
        withdraw(enrolment, at=AT + 31 * DAY)
    assert withdraw(enrolment, at=AT + 30 * DAY).state == WITHDRAWN
