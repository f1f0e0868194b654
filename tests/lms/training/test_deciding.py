"""A school recommends, returns or rejects; the organiser picks, puts in line, and puts one before the others."""

import pytest

from lms.journal.models import Line
from lms.people import access, merging
from lms.people.models import Posting
from lms.training import deciding, enrolling, scheduling, sharing
from lms.training.models import Enrolment
from tests.factories import attendance, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

State = Enrolment.State


@pytest.fixture
def by_order(programme):
    return make.through_schools(programme, capacity=2)


@pytest.fixture
def by_choice(programme):
    return make.through_schools(programme, capacity=2, selection="choice")


def approve(enrolment, by, at=AT):
    return deciding.approve(enrolment=enrolment, by=by, at=at)


def send_back(enrolment, by, reason="请补充岗位", at=AT):
    return deciding.send_back(enrolment=enrolment, reason=reason, by=by, at=at)


def reject(enrolment, by, reason="名额另有安排", at=AT):
    return deciding.reject(enrolment=enrolment, reason=reason, by=by, at=at)


def advance(enrolment, by, reason="省级骨干", at=AT):
    return deciding.advance(enrolment=enrolment, reason=reason, by=by, at=at)


def pick(period, enrolments, by, at=AT):
    return deciding.pick(period=period, enrolments=enrolments, by=by, at=at)


def put_in_line(period, enrolments, by, at=AT):
    return deciding.put_in_line(period=period, enrolments=enrolments, by=by, at=at)


def applied(school, period, count):
    return [make.enrolled(each, period) for each in make.teachers(school, count)]


def recommended(school, period, count):
    """Applications that the installation's school has recommended, where the organiser picks."""
    by = people.officer("school_officer", school)
    return [approve(each, by) for each in applied(school, period, count)]


def now(enrolment):
    return Enrolment.objects.get(pk=enrolment.pk)


def untouched(enrolment, state=State.SUBMITTED, steps=1):
    """As it was before somebody tried."""
    found = now(enrolment)
    return (found.state, found.place, found.steps.count()) == (state, enrolment.place, steps)


# The school recommends


def test_approve_gives_a_seat_by_order_tells_her_and_is_journalled(teacher, by_order, sender):
    mine = make.enrolled(teacher, by_order)
    assert (mine.state, mine.place) == (State.SUBMITTED, None)
    later = AT + DAY
    found = approve(mine, sender, later)
    assert (found.state, found.place, found.confirmed_at, found.applied_at) == (State.CONFIRMED, 1, later, AT)
    assert make.steps(found) == [(State.SUBMITTED, teacher.user.pk, ""), (State.CONFIRMED, sender.pk, "")]
    line = Line.objects.get(act="training.approved")
    assert (line.actor, line.at, line.facts) == (sender, later, {"state": "confirmed", "place": 1})
    assert make.told(teacher) == ["training.confirmed"]


def test_approve_gives_places_in_the_order_of_approval_not_of_application(tree, by_order, sender):
    one, two, three = applied(tree.school, by_order, 3)
    assert [approve(each, sender).state for each in (three, one, two)] == [
        State.CONFIRMED,
        State.CONFIRMED,
        State.WAITING,
    ]
    assert [now(each).place for each in (one, two, three)] == [2, 3, 1]
    assert make.told(two.teacher) == ["training.waitlisted"]


def test_approve_lets_her_wait_when_the_share_of_her_unit_is_full(places, by_order, officer):
    sharing.share(period=by_order, seats={places.east: 1}, until_on=None, by=officer, at=AT)
    one, two = applied(places.east, by_order, 2)
    (other,) = applied(places.alone, by_order, 1)
    assert [approve(each, officer).state for each in (one, two, other)] == [
        State.CONFIRMED,
        State.WAITING,
        State.CONFIRMED,
    ]


def test_approve_puts_her_among_those_the_organiser_picks_from(teacher, by_choice, sender):
    found = approve(make.enrolled(teacher, by_choice), sender)
    assert (found.state, found.place, found.confirmed_at) == (State.APPROVED, None, None)
    assert make.told(teacher) == ["training.school_approved"]
    assert Line.objects.get(act="training.approved").facts == {"state": "school_approved", "place": None}


def test_approve_is_for_the_school_and_those_above_it_and_for_the_organiser(tree, by_order):
    for by in (
        people.officer("school_officer", tree.school),
        people.officer("bureau_officer", tree.county),
        people.officer("exam_officer", tree.city),
    ):
        (mine,) = applied(tree.school, by_order, 1)
        assert approve(mine, by).place


def test_approve_send_back_and_reject_are_refused_outside_ones_office(tree, places, teacher, by_order):
    mine = make.enrolled(teacher, by_order)
    for by in (
        people.officer("school_officer", places.east),
        people.officer("bureau_officer", places.cluster),
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
        people.officer("trainer", tree.county),
        people.teacher(school=tree.school).user,
    ):
        for act in (approve, send_back, reject):
            with pytest.raises(access.NotYourOffice):
                act(mine, by)
    assert untouched(mine)


def test_approve_send_back_reject_and_advance_are_refused_for_ones_own_application(tree, programme, teacher):
    """She who speaks for her school and organises for the county is a teacher too."""
    for office, unit in (("school_officer", tree.school), ("bureau_officer", tree.county)):
        people.appointment(teacher.user, office, unit)
    period = make.through_schools(programme, capacity=1)
    mine = make.enrolled(teacher, period)
    for act in (approve, send_back, reject):
        with pytest.raises(deciding.OwnApplication):
            act(mine, teacher.user)
    assert untouched(mine)
    Enrolment.objects.update(state=State.WAITING, place=1)
    with pytest.raises(deciding.OwnApplication):
        advance(mine, teacher.user)
    assert now(mine).advanced_at is None


def test_an_application_under_a_merged_record_is_her_own(tree, by_order):
    """Only the record that stays can still sign in, and what the other applied for is hers."""
    greater = people.teacher("林知微", school=tree.school)
    people.appointment(greater.user, "school_officer", tree.school)
    double = people.teacher("林知薇", school=tree.school)
    mine = make.enrolled(double, by_order)
    merging.merge(lesser=double, greater=greater, reason="同一人", by=None, at=AT)
    with pytest.raises(deciding.OwnApplication):
        approve(now(mine), greater.user)
    assert untouched(mine)


def test_approve_sees_and_tells_the_record_that_stays(tree, by_order, sender):
    greater, double = people.teacher("林知微", school=tree.school), people.teacher("林知薇", school=tree.school)
    mine = make.enrolled(double, by_order)
    merging.merge(lesser=double, greater=greater, reason="同一人", by=None, at=AT)
    assert approve(now(mine), sender).state == State.CONFIRMED
    assert make.told(greater)[-1] == "training.confirmed"
    assert "training.confirmed" not in make.told(double)


@pytest.mark.parametrize("state", [each for each in State if each != State.SUBMITTED])
def test_approve_and_send_back_are_refused_once_it_no_longer_waits_for_the_school(teacher, by_order, sender, state):
    mine = make.enrolled(teacher, by_order)
    Enrolment.objects.update(state=state, place=1, offered_until_at=AT + DAY)
    for act in (approve, send_back):
        with pytest.raises(deciding.NothingToDecide) as refused:
            act(mine, sender)
        assert "林知微" in str(refused.value)
        assert str(State(state).label) in str(refused.value)
    assert (now(mine).state, now(mine).steps.count()) == (state, 1)


def test_approve_is_refused_twice_from_a_page_that_is_old(teacher, by_order, sender):
    mine = make.enrolled(teacher, by_order)
    stale = now(mine)
    approve(mine, sender)
    with pytest.raises(deciding.NothingToDecide):
        approve(stale, sender)
    assert now(mine).steps.count() == 2


def test_approve_is_refused_when_a_rule_keeps_her_out_by_now(tree, lessons, sender):
    programme = make.programme(tree.county, lessons=lessons, posts=["homeroom_teacher"])
    period = make.through_schools(programme)
    teacher = people.teacher("林知微", school=tree.school, post="homeroom_teacher")
    mine = make.enrolled(teacher, period)
    teacher.posts.update(until_on=AT.date() - DAY)
    with pytest.raises(deciding.NoLongerQualified) as refused:
        approve(mine, sender)
    assert "林知微" in str(refused.value)
    assert "班主任" in str(refused.value)
    assert untouched(mine)


def test_approve_is_refused_for_one_who_left_the_county(tree, teacher, by_order, sender):
    mine = make.enrolled(teacher, by_order)
    teacher.postings.update(until_on=AT.date() - DAY)
    Posting.objects.create(teacher=teacher, organisation=tree.other_school, from_on=AT.date())
    with pytest.raises(deciding.NoLongerQualified):
        approve(mine, sender)
    assert untouched(mine)


def test_approve_counts_another_enrolment_of_hers_and_not_the_one_in_question(teacher, programme, sender):
    mine = make.enrolled(teacher, make.through_schools(programme, 1))
    second = make.period(programme, 2)
    Enrolment.objects.create(
        period=second, teacher=teacher, school=mine.school, state=State.CONFIRMED, place=1, applied_at=AT
    )
    with pytest.raises(deciding.NoLongerQualified):
        approve(mine, sender)
    Enrolment.objects.filter(period=second).update(state=State.WITHDRAWN)
    assert approve(mine, sender).state == State.CONFIRMED


def test_approve_is_done_after_enrolment_closed_and_refused_after_the_period(teacher, by_order, sender):
    mine = make.enrolled(teacher, by_order)
    with pytest.raises(deciding.PeriodOver):
        approve(mine, sender, AT + 31 * DAY)
    assert untouched(mine)
    assert approve(mine, sender, AT + 30 * DAY).state == State.CONFIRMED


# Returned


def test_send_back_says_why_to_her_and_she_hands_it_in_again(teacher, by_order, sender):
    mine = send_back(make.enrolled(teacher, by_order), sender, reason=" 请先登记岗位 ")
    assert (mine.state, mine.reason, mine.ended_at, mine.place) == (State.RETURNED, "请先登记岗位", None, None)
    assert make.steps(mine)[-1] == (State.RETURNED, sender.pk, "请先登记岗位")
    message = teacher.user.messages.get()
    assert (message.kind, message.facts["reason"]) == ("training.returned", "请先登记岗位")
    line = Line.objects.get(act="training.returned")
    assert (line.actor, line.reason) == (sender, "请先登记岗位")
    again = enrolling.hand_in_again(enrolment=mine, by=teacher.user, at=AT + DAY)
    assert (again.state, again.reason) == (State.SUBMITTED, "")
    assert approve(again, sender).place == 1


def test_a_returned_application_still_binds_her(teacher, by_order, sender):
    send_back(make.enrolled(teacher, by_order), sender)
    with pytest.raises(enrolling.AlreadyEnrolled):
        make.enrolled(teacher, by_order)


@pytest.mark.parametrize("act", [send_back, reject])
def test_send_back_and_reject_are_refused_without_a_reason(teacher, by_order, sender, act):
    mine = make.enrolled(teacher, by_order)
    with pytest.raises(deciding.DecisionUnexplained) as refused:
        act(mine, sender, reason=" ")
    assert refused.value.field == "reason"
    assert untouched(mine)


@pytest.mark.parametrize("act", [send_back, reject])
def test_send_back_and_reject_are_refused_after_the_period(teacher, by_order, sender, act):
    mine = make.enrolled(teacher, by_order)
    with pytest.raises(deciding.PeriodOver):
        act(mine, sender, at=AT + 31 * DAY)
    assert untouched(mine)


# Rejected


def test_reject_is_final_says_why_and_she_may_apply_anew(teacher, by_order, sender):
    mine = reject(make.enrolled(teacher, by_order), sender, reason=" 岗位不符 ")
    assert (mine.state, mine.reason, mine.ended_at) == (State.REJECTED, "岗位不符", AT)
    assert make.steps(mine)[-1] == (State.REJECTED, sender.pk, "岗位不符")
    message = teacher.user.messages.get()
    assert (message.kind, message.facts["reason"]) == ("training.rejected", "岗位不符")
    assert Line.objects.get(act="training.rejected").reason == "岗位不符"
    for act in (approve, send_back, reject):
        with pytest.raises(deciding.NothingToDecide):
            act(mine, sender)
    assert make.enrolled(teacher, by_order).pk != mine.pk


@pytest.mark.parametrize("state", [State.RETURNED, State.APPROVED, State.WAITING])
def test_reject_is_the_organisers_where_the_school_has_decided(teacher, by_order, sender, officer, state):
    mine = make.enrolled(teacher, by_order)
    Enrolment.objects.update(state=state, place=1)
    with pytest.raises(deciding.NothingToDecide):
        reject(mine, sender)
    assert now(mine).state == state
    assert reject(mine, officer).state == State.REJECTED


@pytest.mark.parametrize("state", [State.OFFERED, State.CONFIRMED, State.COMPLETED, State.CANCELLED, State.REJECTED])
def test_reject_is_refused_for_a_seat_and_for_what_has_ended(teacher, by_order, officer, state):
    mine = make.enrolled(teacher, by_order)
    Enrolment.objects.update(state=state, place=1, offered_until_at=AT + DAY)
    with pytest.raises(deciding.NothingToDecide):
        reject(mine, officer)
    assert now(mine).state == state


# The organiser picks


def test_pick_gives_seats_in_the_order_named_and_tells_each(tree, by_choice, officer):
    one, two, three = recommended(tree.school, by_choice, 3)
    picked = pick(by_choice, [three, one], officer)
    assert [(each.pk, each.state, each.place) for each in picked] == [
        (three.pk, State.CONFIRMED, 1),
        (one.pk, State.CONFIRMED, 2),
    ]
    assert make.told(one.teacher) == ["training.school_approved", "training.confirmed"]
    assert untouched(two, State.APPROVED, steps=2)
    assert [now(each).confirmed_at for each in (one, three)] == [AT, AT]
    assert make.steps(one)[-1] == (State.CONFIRMED, officer.pk, "")
    assert Line.objects.filter(act="training.picked", actor=officer).count() == 2
    by_choice.refresh_from_db()
    assert by_choice.next_place == 3


def test_pick_of_a_name_given_twice_takes_one_seat(tree, by_choice, officer):
    one, two = recommended(tree.school, by_choice, 2)
    assert pick(by_choice, [one, now(one), two], officer) == [one, two]
    assert make.states(by_choice) == [(1, State.CONFIRMED), (2, State.CONFIRMED)]
    assert now(one).steps.count() == 3


def test_pick_is_refused_for_all_when_one_more_than_the_seats_is_named(tree, by_choice, officer):
    three = recommended(tree.school, by_choice, 3)
    with pytest.raises(deciding.NoSeatFor) as refused:
        pick(by_choice, three, officer)
    assert "候选3" in str(refused.value)
    assert all(untouched(each, State.APPROVED, steps=2) for each in three)
    by_choice.refresh_from_db()
    assert by_choice.next_place == 1


def test_pick_is_refused_for_one_whose_unit_has_used_its_share(places, programme, officer):
    period = make.through_schools(programme, capacity=9, selection="choice")
    sharing.share(period=period, seats={places.cluster: 1}, until_on=None, by=officer, at=AT)
    (east,), (west,), (alone,) = (recommended(each, period, 1) for each in (places.east, places.west, places.alone))
    with pytest.raises(deciding.NoSeatFor) as refused:
        pick(period, [alone, east, west], officer)
    assert "城东二小" in str(refused.value)
    assert all(untouched(each, State.APPROVED, steps=2) for each in (east, west, alone))
    assert len(pick(period, [alone, east], officer)) == 2


@pytest.mark.parametrize("act", [pick, put_in_line])
def test_pick_and_put_in_line_are_refused_without_a_name(tree, by_choice, officer, act):
    with pytest.raises(deciding.NothingPicked):
        act(by_choice, [], officer)


@pytest.mark.parametrize("act", [pick, put_in_line])
def test_pick_and_put_in_line_leave_the_applications_of_another_period_alone(tree, by_choice, officer, act):
    other = make.through_schools(make.programme(tree.neighbour), capacity=1, selection="choice")
    (foreign,) = recommended(tree.other_school, other, 1)
    with pytest.raises(deciding.NothingPicked):
        act(by_choice, [foreign], officer)
    (one,) = recommended(tree.school, by_choice, 1)
    assert act(by_choice, [foreign, one], officer) == [one]
    assert untouched(foreign, State.APPROVED, steps=2)


@pytest.mark.parametrize("act", [pick, put_in_line])
def test_pick_and_put_in_line_are_refused_outside_the_planners_office(tree, by_choice, act, sender):
    (one,) = recommended(tree.school, by_choice, 1)
    for by in (
        sender,
        people.officer("bureau_officer", tree.neighbour),
        people.officer("auditor", tree.county),
        one.teacher.user,
    ):
        with pytest.raises(access.NotYourOffice):
            act(by_choice, [one], by)
    assert untouched(one, State.APPROVED, steps=2)


@pytest.mark.parametrize("act", [pick, put_in_line])
def test_pick_and_put_in_line_are_refused_for_all_when_ones_own_is_among_them(tree, by_choice, act):
    one, own = recommended(tree.school, by_choice, 2)
    people.appointment(own.teacher.user, "bureau_officer", tree.county)
    with pytest.raises(deciding.OwnApplication):
        act(by_choice, [one, own], own.teacher.user)
    assert untouched(one, State.APPROVED, steps=2)


@pytest.mark.parametrize("act", [pick, put_in_line])
def test_pick_and_put_in_line_are_refused_for_all_when_one_is_not_recommended(tree, by_choice, officer, act):
    (one,) = recommended(tree.school, by_choice, 1)
    (raw,) = applied(tree.school, by_choice, 1)
    with pytest.raises(deciding.NothingToDecide) as refused:
        act(by_choice, [one, raw], officer)
    assert "候选1" in str(refused.value)
    assert untouched(one, State.APPROVED, steps=2)
    assert untouched(raw)


@pytest.mark.parametrize("act", [pick, put_in_line])
def test_pick_and_put_in_line_are_refused_after_the_period(tree, by_choice, officer, act):
    (one,) = recommended(tree.school, by_choice, 1)
    with pytest.raises(deciding.PeriodOver):
        act(by_choice, [one], officer, at=AT + 31 * DAY)
    assert untouched(one, State.APPROVED, steps=2)


@pytest.mark.parametrize("act", [pick, put_in_line])
def test_pick_and_put_in_line_are_refused_for_all_when_one_is_at_a_session_elsewhere(tree, by_choice, officer, act):
    """She waited to be picked, and took a seat of another programme meanwhile."""
    one, two = recommended(tree.school, by_choice, 2)
    attendance.session(by_choice)
    other = make.period(make.programme(tree.county))
    make.enrolled(two.teacher, other)
    session = attendance.session(other, title="主题班会")
    with pytest.raises(deciding.NoLongerQualified) as refused:
        act(by_choice, [one, two], officer)
    assert "候选2" in str(refused.value)
    assert "主题班会" in str(refused.value)
    assert all(untouched(each, State.APPROVED, steps=2) for each in (one, two))
    scheduling.cancel(session=session, reason="讲师生病", by=officer, at=AT)
    assert len(act(by_choice, [one, two], officer)) == 2


def test_pick_is_done_after_enrolment_closed(tree, by_choice, officer):
    (one,) = recommended(tree.school, by_choice, 1)
    assert pick(by_choice, [one], officer, at=AT + 11 * DAY)[0].state == State.CONFIRMED


def test_put_in_line_gives_free_seats_in_the_order_named_and_the_others_wait(tree, by_choice, officer):
    one, two, three = recommended(tree.school, by_choice, 3)
    put_in_line(by_choice, [three, two, one], officer)
    assert [now(each).place for each in (one, two, three)] == [3, 2, 1]
    assert make.states(by_choice) == [(1, State.CONFIRMED), (2, State.CONFIRMED), (3, State.WAITING)]
    assert make.steps(three)[-2:] == [(State.WAITING, officer.pk, ""), (State.CONFIRMED, None, "")]
    assert Line.objects.filter(act="training.put_in_line", actor=officer).count() == 3
    assert make.told(one.teacher) == ["training.school_approved", "training.waitlisted"]


def test_put_in_line_goes_behind_those_who_wait(tree, by_choice, officer):
    first = recommended(tree.school, by_choice, 3)
    put_in_line(by_choice, first, officer)
    (late,) = recommended(tree.school, by_choice, 1)
    put_in_line(by_choice, [late], officer)
    enrolling.withdraw(enrolment=now(first[0]), reason="有事", by=first[0].teacher.user, at=AT)
    assert [now(each).state for each in (first[2], late)] == [State.CONFIRMED, State.WAITING]


# Before the others


@pytest.fixture
def line(tree, programme):
    """One with a seat, and four who wait."""
    period = make.period(programme, capacity=1)
    return [make.enrolled(each, period) for each in make.teachers(tree.school, 5)]


def free_a_seat(line):
    seated = next(each for each in map(now, line) if each.state == State.CONFIRMED)
    enrolling.withdraw(enrolment=seated, reason="有事", by=seated.teacher.user, at=AT + DAY)
    return next(place for place, each in enumerate(map(now, line)) if each.state == State.CONFIRMED)


def test_advance_puts_her_before_those_who_wait_with_its_reason_kept(line, officer):
    found = advance(line[3], officer, reason=" 省级骨干教师 ", at=AT)
    assert (found.state, found.place, found.advanced_at) == (State.WAITING, 4, AT)
    assert make.steps(found)[-1] == (State.WAITING, officer.pk, "省级骨干教师")
    journalled = Line.objects.get(act="training.advanced")
    assert (journalled.actor, journalled.reason) == (officer, "省级骨干教师")
    assert make.told(found.teacher) == ["training.waitlisted", "training.waitlisted"]
    assert [free_a_seat(line), free_a_seat(line)] == [3, 1]
    assert (State.WAITING, officer.pk, "省级骨干教师") in make.steps(now(line[3]))


def test_advance_keeps_the_order_of_those_put_forward_and_twice_changes_nothing(line, officer):
    advance(line[4], officer, at=AT)
    advance(line[3], officer, at=AT + make.SECOND)
    advance(line[4], officer, at=AT + 2 * make.SECOND)
    assert [free_a_seat(line) for _ in range(4)] == [4, 3, 1, 2]


def test_advance_gives_her_a_free_seat_at_once(line, officer):
    Enrolment.objects.filter(pk=line[0].pk).update(state=State.WITHDRAWN)
    found = advance(line[3], officer)
    assert (found.state, found.confirmed_at) == (State.CONFIRMED, AT)
    assert [now(each).state for each in line[1:3]] == [State.WAITING, State.WAITING]


def test_advance_is_refused_without_a_reason(line, officer):
    with pytest.raises(deciding.DecisionUnexplained):
        advance(line[3], officer, reason=" ")
    assert now(line[3]).advanced_at is None
    assert untouched(line[3], State.WAITING)


def test_advance_is_refused_for_whoever_does_not_wait(line, officer):
    for state in set(State) - {State.WAITING}:
        Enrolment.objects.filter(pk=line[3].pk).update(state=state, offered_until_at=AT + DAY)
        with pytest.raises(deciding.NotInLine) as refused:
            advance(line[3], officer)
        assert "候选4" in str(refused.value)
    assert now(line[3]).advanced_at is None


def test_advance_is_refused_outside_the_planners_office(line, tree, sender):
    for by in (sender, people.officer("bureau_officer", tree.neighbour), line[3].teacher.user):
        with pytest.raises(access.NotYourOffice):
            advance(line[3], by)
    assert untouched(line[3], State.WAITING)


def test_advance_is_refused_after_the_period(line, officer):
    with pytest.raises(deciding.PeriodOver):
        advance(line[3], officer, at=AT + 31 * DAY)
    assert untouched(line[3], State.WAITING)
