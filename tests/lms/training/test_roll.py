"""What pages ask about sessions: who is here, what clashes, what one's own share is."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.training import appealing, enrolling, roll, scheduling, signing_codes
from tests.factories import attendance as held
from tests.factories import people
from tests.factories import training as make
from tests.factories.attendance import HOUR, MINUTE
from tests.factories.people import AT
from tests.factories.training import DAY


@pytest.fixture
def clerk(tree):
    return people.officer("clerk", tree.county, "考务")


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


def queries(act):
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_board_tells_who_is_here_late_missing_and_away(tree, period, clerk):
    session = held.session(period)
    seats = [make.enrolled(each, period) for each in make.teachers(tree.school, 6)]
    for seat, state in zip(seats, ("present", "late", "left_early", "excused", "absent"), strict=False):
        held.taken(session, seat, state, by=clerk)
    board = roll.board(session, AT)
    named = [[each.name for each in some] for some in (board.here, board.late, board.missing, board.away)]
    assert named == [["候选1"], ["候选2"], ["候选6"], ["候选3", "候选4", "候选5"]]
    assert (board.seats, board.came) == (6, 2)
    assert board.here[0].school == "澜溪县实验小学"


def test_board_leaves_out_who_waits_or_withdrew(tree, clerk):
    full = make.period(make.programme(tree.county), capacity=1)
    first, second = make.teachers(tree.school, 2)
    seat = make.enrolled(first, full)
    make.enrolled(second, full)
    session = held.session(full)
    assert [each.name for each in roll.board(session, AT).missing] == ["候选1"]
    enrolling.withdraw(enrolment=seat, reason="忙", by=first.user, at=AT)
    assert [each.name for each in roll.board(session, AT).missing] == ["候选2"]


def test_board_asks_as_much_for_three_as_for_one(tree, period, clerk):
    session = held.session(period)
    one, *others = make.teachers(tree.school, 3)
    held.taken(session, make.enrolled(one, period), by=clerk)
    before = queries(lambda: roll.board(session, AT))
    for each in others:
        held.taken(session, make.enrolled(each, period), by=clerk)
    assert queries(lambda: roll.board(session, AT)) == before


def test_sessions_come_in_order_with_who_came_and_what_clashes(tree, period, clerk):
    late = held.session(period, starts_at=AT + DAY, title="第二")
    first = held.session(period, title="第一")
    seat = make.enrolled(make.teachers(tree.school, 1)[0], period)
    held.taken(first, seat, "absent", by=clerk)
    found = roll.sessions(period)
    assert [(each.title, each.came, each.noted) for each in found] == [("第一", 0, 1), ("第二", 0, 0)]
    before = queries(lambda: roll.sessions(period))
    held.session(period, starts_at=AT + 2 * DAY)
    assert queries(lambda: roll.sessions(period)) == before
    assert late in found


def test_clashes_of_room_and_of_trainer_are_told_across_the_units_periods(tree, period):
    trainer = people.officer("trainer", tree.county, "温师")
    mine = held.session(period, room="301", trainer=trainer)
    other = make.period(make.programme(tree.county))
    same_room = held.session(other, room="301", starts_at=AT + HOUR)
    same_trainer = held.session(other, room="305", trainer=trainer, starts_at=AT - HOUR)
    same_name = held.session(other, trainer_name="温师")
    held.session(other, room="302", trainer_name="别人")
    held.session(other, room="301", trainer=trainer, starts_at=AT + 2 * HOUR)
    held.session(make.period(make.programme(tree.neighbour)), room="301")
    told = {(each.other, each.same_room, each.same_trainer) for each in roll.clashes([mine], period)[mine.pk]}
    assert told == {(same_room, True, False), (same_trainer, False, True), (same_name, False, True)}


def test_clashes_leave_out_what_was_cancelled_and_rooms_without_a_name(period, officer):
    mine = held.session(period, room="301")
    scheduling.cancel(session=held.session(period, room="301"), reason="停", by=officer, at=AT)
    held.session(period)
    assert roll.clashes([mine, held.session(period)], period) == {}


def test_near_are_the_sessions_around_today_of_ones_own_units(tree, period, clerk):
    seat = make.enrolled(make.teachers(tree.school, 1)[0], period)
    now = held.session(period)
    held.taken(now, seat, by=clerk)
    held.session(period, starts_at=AT + 20 * DAY)
    held.session(make.period(make.programme(tree.neighbour)))
    (found,) = roll.near(clerk, AT)
    assert (found, found.seats, found.came) == (now, 1, 1)
    assert roll.near(people.officer("auditor", tree.county), AT) == []


def test_open_appeals_are_those_of_ones_own_sessions(tree, period, clerk, teacher):
    session = held.session(period)
    make.enrolled(teacher, period)
    made = appealing.appeal(session=session, words="我在", by=teacher.user, at=AT + 2 * HOUR)
    assert roll.open_appeals(clerk, AT) == [made]
    assert roll.open_appeals(people.officer("clerk", tree.neighbour), AT) == []
    appealing.decide(appeal=made, state="", reason="无人见到", by=clerk, at=AT + 3 * HOUR)
    assert roll.open_appeals(clerk, AT) == []


def test_own_tells_each_session_with_her_state_and_whether_she_may_appeal(tree, period, teacher, clerk):
    seat = make.enrolled(teacher, period)
    came, missed, later = (held.session(period, starts_at=AT + n * DAY) for n in (0, 1, 2))
    held.taken(came, seat, by=clerk)
    after = AT + DAY + 3 * HOUR
    told = [(each.session, each.attendance and each.attendance.state, each.may_appeal) for each in own(seat, after)]
    assert told == [(came, "present", False), (missed, None, True), (later, None, False)]
    appealing.appeal(session=missed, words="我在", by=teacher.user, at=after)
    assert [each.may_appeal for each in own(seat, after)] == [False, False, False]
    waiting = make.enrolled(make.teachers(tree.school, 1)[0], period)
    waiting.state = "waitlisted"
    assert roll.own([waiting], after) == {}


def own(seat, at):
    return roll.own([seat], at)[seat.pk]


def test_trainers_are_those_of_the_unit_above_and_below_it(tree):
    inside = [people.officer("trainer", unit, name) for unit, name in ((tree.city, "甲"), (tree.school, "乙"))]
    people.officer("trainer", tree.neighbour, "丙")
    people.officer("clerk", tree.county, "丁")
    assert set(roll.trainers(tree.county, AT)) == set(inside)


# The share


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


def share(period, seat):
    return roll.attendance_share([seat])[seat.pk]


def test_share_is_minutes_attended_of_all_minutes_that_were_not_cancelled(tree, period, seat, clerk, officer):
    first, second, third, off = (held.session(period, starts_at=AT + n * DAY) for n in range(4))
    scheduling.cancel(session=off, reason="停", by=officer, at=AT)
    held.taken(first, seat, by=clerk)
    held.taken(second, seat, "excused", by=clerk, at=AT + DAY)
    held.taken(third, seat, "absent", by=clerk, at=AT + 2 * DAY)
    assert share(period, seat) == Decimal("33.33")
    held.taken(third, seat, "late", by=clerk, at=AT + 2 * DAY + MINUTE)
    assert share(period, seat) == Decimal("66.66")


def test_share_loses_the_minutes_that_the_code_measured(period, seat, teacher):
    session = held.session(period)
    held.signed(session, teacher.user, at=AT + 12 * MINUTE)
    assert share(period, seat) == Decimal(90)
    held.signed(session, teacher.user, way=signing_codes.OUT, at=AT + HOUR)
    assert share(period, seat) == Decimal(40)


def test_share_is_whole_where_nothing_was_missed_and_nought_without_sessions(period, seat, teacher):
    assert share(period, seat) == 0
    held.signed(held.session(period), teacher.user, at=AT - 5 * MINUTE)
    assert share(period, seat) == Decimal(100)


def test_share_weighs_long_sessions_more(period, seat, clerk):
    held.taken(held.session(period, ends_at=AT + 3 * HOUR), seat, by=clerk)
    held.session(period, starts_at=AT + DAY, ends_at=AT + DAY + HOUR)
    assert share(period, seat) == Decimal(75)


def test_share_asks_twice_however_many_they_are(tree, period, clerk):
    session = held.session(period)
    seats = [make.enrolled(each, period) for each in make.teachers(tree.school, 3)]
    for each in seats:
        held.taken(session, each, by=clerk)
    assert queries(lambda: roll.attendance_share(seats[:1])) == 2
    assert queries(lambda: roll.attendance_share(seats)) == 2
