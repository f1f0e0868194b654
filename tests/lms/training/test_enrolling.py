"""A seat in the order of application, a place on the waiting list, and the way out again."""

import pytest

from lms.journal.models import Line
from lms.lib import clock
from lms.people import merging
from lms.training import deciding, enrolling, jobs
from lms.training.models import Enrolment
from tests.factories import attendance, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY, SECOND, states
from tests.factories.training import told as kinds

State = Enrolment.State
CONFIRMED, WAITING, WITHDRAWN, CANCELLED = State.CONFIRMED, State.WAITING, State.WITHDRAWN, State.CANCELLED


def withdraw(enrolment, *, by=None, reason="临时有任务", at=AT):
    return enrolling.withdraw(enrolment=enrolment, reason=reason, by=by or enrolment.teacher.user, at=at)


# Coming in


def test_enrol_gives_a_seat_tells_her_and_is_journalled(tree, teacher, period):
    made = make.enrolled(teacher, period)
    assert (made.state, made.place, made.applied_at, made.confirmed_at) == (CONFIRMED, 1, AT, AT)
    message = teacher.user.messages.get()
    assert (message.kind, message.address) == ("training.confirmed", "/training/")
    assert message.facts["starts_on"] == "2024-03-04"
    assert (made.school, made.enrolled_by) == (tree.school, teacher.user)
    assert make.steps(made) == [(CONFIRMED, teacher.user.pk, "")]
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


def test_enrol_is_refused_to_anybody_but_herself(tree, teacher, period, officer, sender):
    for by in (officer, sender, people.teacher(school=tree.school).user):
        with pytest.raises(enrolling.NotYourOwn):
            enrolling.enrol(teacher=teacher, period=period, by=by, at=AT)
    assert not Enrolment.objects.exists()


def test_enrol_twice_after_withdrawing_takes_the_next_place(teacher, period):
    withdraw(make.enrolled(teacher, period))
    assert make.enrolled(teacher, period).place == 2
    assert states(period) == [(1, WITHDRAWN), (2, CONFIRMED)]


# Through the school, or to be picked


def test_enrol_through_the_school_waits_for_it_and_tells_its_officers(tree, places, programme, teacher, sender):
    second = people.officer("school_officer", tree.school)
    others = [
        people.officer("school_officer", places.east),
        people.officer("bureau_officer", tree.county),
        people.officer("clerk", tree.school),
        people.officer("school_officer", tree.school, is_active=False),
        people.user("卸任"),
    ]
    people.appointment(others[-1], "school_officer", tree.school, until_on=AT.date() - DAY)
    made = make.enrolled(teacher, make.through_schools(programme))
    assert (made.state, made.place, made.confirmed_at, made.school) == (State.SUBMITTED, None, None, tree.school)
    assert make.steps(made) == [(State.SUBMITTED, teacher.user.pk, "")]
    assert Line.objects.get(act="training.applied").facts == {"state": "submitted", "place": None}
    for officer in (sender, second):
        message = officer.messages.get()
        assert (message.kind, message.address) == ("training.submitted", "/training/school/")
        assert message.facts["name"] == "林知微"
    assert kinds(teacher) == []
    assert [each for each in others if each.messages.exists()] == []


def test_enrol_through_the_school_takes_no_seat_and_no_number(tree, programme, teacher):
    period = make.through_schools(programme, capacity=1)
    for each in make.teachers(tree.school, 2):
        assert make.enrolled(each, period).state == State.SUBMITTED
    period.refresh_from_db()
    assert (period.next_place, period.enrolments.taking().count()) == (1, 0)


def test_enrol_where_the_organiser_picks_waits_for_him(teacher, programme):
    made = make.enrolled(teacher, make.period(programme, capacity=1, selection="choice"))
    assert (made.state, made.place) == (State.APPROVED, None)
    assert kinds(teacher) == []


@pytest.mark.parametrize("state", [State.REJECTED, State.CANCELLED, State.WITHDRAWN, State.DECLINED, State.LAPSED])
def test_enrol_is_open_again_to_whoever_is_out(teacher, period, state):
    make.enrolled(teacher, period)
    Enrolment.objects.update(state=state)
    assert make.enrolled(teacher, period).state == CONFIRMED


@pytest.fixture
def returned(teacher, programme, sender):
    """An application that the school has sent back."""
    made = make.enrolled(teacher, make.through_schools(programme))
    return deciding.send_back(enrolment=made, reason="请先登记岗位", by=sender, at=AT)


def hand_in(enrolment, by, at=AT):
    return enrolling.hand_in_again(enrolment=enrolment, by=by, at=at)


def test_hand_in_again_brings_it_to_the_school_once_more(teacher, returned, sender):
    made = hand_in(returned, teacher.user, AT + DAY)
    assert (made.state, made.reason, made.applied_at) == (State.SUBMITTED, "", AT)
    assert make.steps(made)[1:] == [
        (State.RETURNED, sender.pk, "请先登记岗位"),
        (State.SUBMITTED, teacher.user.pk, ""),
    ]
    assert Line.objects.get(act="training.handed_in_again").actor == teacher.user
    assert list(sender.messages.values_list("kind", flat=True)) == ["training.submitted"] * 2


def test_hand_in_again_is_refused_to_anybody_but_herself(returned, sender, officer):
    for by in (sender, officer):
        with pytest.raises(enrolling.NotYourOwn):
            hand_in(returned, by)
    assert Enrolment.objects.get().state == State.RETURNED


@pytest.mark.parametrize("state", [each for each in State if each != State.RETURNED])
def test_hand_in_again_is_refused_for_what_was_not_returned(teacher, returned, state):
    Enrolment.objects.update(state=state, place=1, offered_until_at=AT + DAY)
    with pytest.raises(enrolling.NotReturned):
        hand_in(returned, teacher.user)
    assert Enrolment.objects.get().state == state


def test_hand_in_again_is_refused_when_a_rule_keeps_her_out_by_now(tree, teacher, returned, programme):
    type(programme).objects.update(posts=["full_time_mental_health_teacher"])
    with pytest.raises(enrolling.NotQualified) as refused:
        hand_in(returned, teacher.user)
    assert [each.name for each in refused.value.missing] == ["posts"]
    with pytest.raises(enrolling.NotQualified) as refused:
        hand_in(returned, teacher.user, returned.period.enrol_until_at)
    assert [each.name for each in refused.value.missing] == ["posts"]
    assert Enrolment.objects.get().state == State.RETURNED


def test_hand_in_again_of_a_merged_record_is_done_by_the_person(tree, teacher, returned):
    greater = people.teacher("林知微", school=tree.school)
    merging.merge(lesser=teacher, greater=greater, reason="同一人", by=None, at=AT)
    assert hand_in(Enrolment.objects.get(), greater.user).state == State.SUBMITTED


# Offers


@pytest.fixture
def offering(tree, programme):
    """One seat, which was given back at AT and is offered to the second for a day; two more wait."""
    period = make.period(programme, 2, capacity=1, offer_hours=24)
    made = [make.enrolled(each, period) for each in make.teachers(tree.school, 4)]
    withdraw(made[0])
    assert [state for _place, state in states(period)] == [WITHDRAWN, State.OFFERED, WAITING, WAITING]
    return period


def offer(period):
    return period.enrolments.get(state=State.OFFERED)


def accept(enrolment, by=None, at=AT):
    return enrolling.accept(enrolment=enrolment, by=by or enrolment.person.user, at=at)


def decline(enrolment, by=None, at=AT):
    return enrolling.decline(enrolment=enrolment, by=by or enrolment.person.user, at=at)


def test_accept_takes_the_seat_until_the_last_moment(offering):
    last = AT + DAY - SECOND
    mine = accept(offer(offering), at=last)
    assert (mine.state, mine.confirmed_at, mine.offered_until_at, mine.place) == (CONFIRMED, last, None, 2)
    assert make.steps(mine)[-1] == (CONFIRMED, mine.teacher.user.pk, "")
    assert Line.objects.get(act="training.accepted").actor == mine.teacher.user
    assert states(offering)[2:] == [(3, WAITING), (4, WAITING)]


def test_accept_is_refused_from_the_moment_until_which_it_was_kept(offering):
    mine = offer(offering)
    for at in (AT + DAY, AT + 2 * DAY):
        with pytest.raises(enrolling.OfferOver):
            accept(mine, at=at)
    assert offer(offering) == mine
    assert (mine.steps.count(), Line.objects.filter(act="training.accepted").count()) == (2, 0)


def test_accept_and_decline_are_refused_once_it_lapsed(offering):
    mine = offer(offering)
    enrolling.lapse(at=AT + DAY)
    for act in (accept, decline):
        with pytest.raises(enrolling.OfferOver):
            act(mine, at=AT)
    assert Enrolment.objects.get(pk=mine.pk).state == State.LAPSED


def test_accept_and_decline_are_refused_to_anybody_but_herself(offering, officer, sender):
    mine = offer(offering)
    for by in (officer, sender, offering.enrolments.get(place=3).teacher.user):
        for act in (accept, decline):
            with pytest.raises(enrolling.NotYourOwn):
                act(mine, by)
    assert offer(offering) == mine


def test_accept_and_decline_are_refused_where_nothing_is_offered(offering):
    for each in offering.enrolments.exclude(state=State.OFFERED):
        for act in (accept, decline):
            with pytest.raises(enrolling.NoOffer):
                act(each)
    mine = accept(offer(offering))
    for act in (accept, decline):
        with pytest.raises(enrolling.NoOffer):
            act(mine)


def test_accept_is_refused_while_a_seat_she_took_meanwhile_has_a_session_at_the_same_time(tree, offering):
    attendance.session(offering)
    mine = offer(offering)
    other = make.period(make.programme(tree.county))
    with pytest.raises(enrolling.NotQualified):
        make.enrolled(mine.teacher, attendance.session(other).period)
    # As if she had come in there before this seat was offered to her, or the session was moved.
    there = Enrolment.objects.create(
        period=other, teacher=mine.teacher, school=tree.school, state=CONFIRMED, place=1, applied_at=AT
    )
    with pytest.raises(enrolling.NotQualified) as refused:
        accept(mine)
    assert [each.name for each in refused.value.missing] == ["no_clash"]
    assert offer(offering) == mine
    withdraw(there)
    assert accept(mine).state == CONFIRMED


def test_accept_is_done_by_the_person_whose_record_was_merged(tree, offering):
    mine = offer(offering)
    greater = people.teacher("林知微", school=tree.school)
    merging.merge(lesser=mine.teacher, greater=greater, reason="同一人", by=None, at=AT)
    mine = Enrolment.objects.get(pk=mine.pk)
    with pytest.raises(enrolling.NotYourOwn):
        accept(mine, mine.teacher.user)
    assert accept(mine, greater.user).state == CONFIRMED


def test_decline_offers_the_seat_to_the_next_at_once(offering):
    gone = decline(offer(offering), at=AT + SECOND)
    assert (gone.state, gone.ended_at, gone.offered_until_at) == (State.DECLINED, AT + SECOND, None)
    assert states(offering)[1:] == [(2, State.DECLINED), (3, State.OFFERED), (4, WAITING)]
    assert offer(offering).offered_until_at == AT + DAY + SECOND
    assert Line.objects.get(act="training.declined").actor == gone.teacher.user
    assert kinds(offer(offering).teacher)[-1] == "training.offered"
    assert kinds(gone.teacher) == ["training.waitlisted", "training.offered"]


def test_lapse_passes_the_seat_on_exactly_at_the_moment(offering):
    assert enrolling.lapse(at=AT + DAY - SECOND) == 0
    mine = offer(offering)
    assert enrolling.lapse(at=AT + DAY) == 1
    mine.refresh_from_db()
    assert (mine.state, mine.ended_at) == (State.LAPSED, AT + DAY)
    assert make.steps(mine)[-1] == (State.LAPSED, None, "")
    assert states(offering)[1:] == [(2, State.LAPSED), (3, State.OFFERED), (4, WAITING)]
    assert offer(offering).offered_until_at == AT + 2 * DAY
    assert kinds(mine.teacher)[-1] == "training.lapsed"
    assert Line.objects.get(act="training.lapsed").actor is None
    assert enrolling.lapse(at=AT + DAY) == 0


def test_lapse_of_many_periods_offers_each_seat_within_its_own(tree, offering):
    other = make.period(make.programme(tree.county), capacity=1, offer_hours=12)
    made = [make.enrolled(each, other) for each in make.teachers(tree.school, 3)]
    withdraw(made[0])
    assert enrolling.lapse(at=AT + DAY) == 2
    assert states(other)[1:] == [(2, State.LAPSED), (3, State.OFFERED)]
    assert states(offering)[1:] == [(2, State.LAPSED), (3, State.OFFERED), (4, WAITING)]


def test_lapse_of_the_last_who_waits_leaves_the_seat_to_newcomers(tree, offering, teacher):
    for days in (1, 2, 3):
        enrolling.lapse(at=AT + days * DAY)
    assert {state for _place, state in states(offering)[1:]} == {State.LAPSED}
    assert make.enrolled(teacher, offering, at=AT + 4 * DAY).state == CONFIRMED


def test_an_offered_seat_is_nobody_elses(tree, offering, teacher):
    assert make.enrolled(teacher, offering).state == WAITING
    assert offering.enrolments.taking().count() == 1


def test_the_clock_lapses_offers_unless_it_is_held(offering, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT + DAY)
    monkeypatch.setattr(clock, "is_held", lambda: True)
    jobs.lapse_offers()
    assert states(offering)[1] == (2, State.OFFERED)
    monkeypatch.setattr(clock, "is_held", lambda: False)
    jobs.lapse_offers()
    assert states(offering)[1] == (2, State.LAPSED)


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
    gone = withdraw(Enrolment.objects.get(teacher=two))
    assert states(period) == [(1, CONFIRMED), (2, CANCELLED), (3, WAITING)]
    assert (gone.ended_at, gone.reason) == (AT, "临时有任务")
    assert Line.objects.get(act="training.cancelled").reason == "临时有任务"


@pytest.mark.parametrize("state", [State.SUBMITTED, State.RETURNED, State.APPROVED, State.WAITING, State.OFFERED])
def test_withdraw_before_there_is_a_seat_cancels(teacher, period, state):
    enrolment = make.enrolled(teacher, period)
    Enrolment.objects.update(state=state, offered_until_at=AT + DAY)
    found = withdraw(enrolment)
    assert (found.state, found.ended_at, found.offered_until_at) == (CANCELLED, AT, None)
    assert make.steps(found)[-1] == (CANCELLED, teacher.user.pk, "临时有任务")


def test_withdraw_of_an_offered_seat_gives_it_to_the_next(tree, programme):
    period = make.period(programme, 2, capacity=1)
    one, two = make.teachers(tree.school, 2)
    make.enrolled(one, period)
    make.enrolled(two, period)
    Enrolment.objects.filter(teacher=one).update(state=State.OFFERED, offered_until_at=AT + DAY)
    withdraw(Enrolment.objects.get(teacher=one))
    assert states(period) == [(1, CANCELLED), (2, CONFIRMED)]


def test_withdraw_is_done_by_her_school_and_by_the_organiser_and_she_is_told_why(tree, teacher, period):
    for by in (
        people.officer("school_officer", tree.school),
        people.officer("bureau_officer", tree.county),
        people.officer("exam_officer", tree.city),
    ):
        gone = withdraw(make.enrolled(teacher, period), by=by, reason="调离")
        assert make.steps(gone)[-1] == (WITHDRAWN, by.pk, "调离")
        message = teacher.user.messages.latest("pk")
        assert (message.kind, message.facts["reason"]) == ("training.withdrawn", "调离")
    assert Line.objects.filter(act="training.withdrawn", actor=by, reason="调离").count() == 1


def test_withdraw_of_ones_own_tells_nobody_what_she_knows(teacher, period):
    withdraw(make.enrolled(teacher, period))
    assert kinds(teacher) == ["training.confirmed"]


def test_who_is_taken_off_the_waiting_list_by_another_is_told_why(tree, teacher, programme, sender):
    period = make.period(programme, 2, capacity=1)
    make.enrolled(people.teacher("何远", school=tree.school), period)
    withdraw(make.enrolled(teacher, period), by=sender, reason="已调离")
    message = teacher.user.messages.latest("pk")
    assert (message.kind, message.facts["reason"]) == ("training.withdrawn", "已调离")


def test_withdraw_is_refused_to_whoever_is_neither_she_nor_speaks_for_her(tree, places, teacher, period):
    enrolment = make.enrolled(teacher, period)
    for by in (
        people.teacher(school=tree.school).user,
        people.officer("school_officer", places.east),
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
        people.officer("trainer", tree.school),
    ):
        with pytest.raises(enrolling.NotYourOwn):
            withdraw(enrolment, by=by)
    assert states(period) == [(1, CONFIRMED)]


def test_withdraw_is_the_business_of_the_school_for_which_she_came(tree, places, teacher, period):
    """She works elsewhere now; the seat was her former school's."""
    enrolment = make.enrolled(teacher, period)
    teacher.postings.update(organisation=places.east)
    with pytest.raises(enrolling.NotYourOwn):
        withdraw(enrolment, by=people.officer("school_officer", places.east))
    assert withdraw(enrolment, by=people.officer("school_officer", tree.school)).state == WITHDRAWN


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
