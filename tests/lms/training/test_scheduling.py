"""Sessions are planned within their period, moved with a reason once attendance is noted, and cancelled."""

import datetime as dt

import pytest

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.training import scheduling
from lms.training.models import Session
from tests.factories import attendance as held
from tests.factories import people
from tests.factories import training as make
from tests.factories.attendance import HOUR, MINUTE
from tests.factories.people import AT
from tests.factories.training import DAY


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


def schedule(period, by, **more):
    return scheduling.schedule(period=period, plan=held.plan(**more), by=by, at=AT)


def change(session, by, *, reason="", at=AT, **more):
    return scheduling.change(session=session, plan=held.plan(**more), reason=reason, by=by, at=at)


def test_schedule_adds_a_session_with_its_journal_line(officer, period):
    made = schedule(period, officer, title=" 倾听 ", room=" 301 ", trainer_name="邻省专家")
    assert (made.title, made.room, made.trainer_name, made.absent_after) == ("倾听", "301", "邻省专家", 15)
    assert made.opens_at == AT - 30 * MINUTE
    assert made.closes_at == AT + 2 * HOUR + 30 * MINUTE
    line = Line.objects.get(act="training.session_scheduled")
    assert (line.actor, line.subject_name, line.facts["room"]) == (officer, "倾听", "301")


def test_schedule_takes_a_trainers_account_and_keeps_her_name(tree, officer, period):
    trainer = people.officer("trainer", tree.county, "温师")
    made = schedule(period, officer, trainer=trainer)
    assert (made.trainer, made.trainer_name) == (trainer, "温师")


@pytest.mark.parametrize("office", ["clerk", "trainer", "school_officer", "auditor"])
def test_schedule_is_refused_without_a_planning_office(tree, period, office):
    with pytest.raises(NotYourOffice):
        schedule(period, people.officer(office, tree.county))
    with pytest.raises(NotYourOffice):
        schedule(period, people.officer("bureau_officer", tree.neighbour))


@pytest.mark.parametrize("wrong", [{"title": " "}, {"kind": "party"}])
def test_schedule_is_refused_without_a_title_or_with_an_unknown_kind(officer, period, wrong):
    with pytest.raises(scheduling.SessionUntitled):
        schedule(period, officer, **wrong)


@pytest.mark.parametrize("ends_at", [AT, AT - HOUR, AT + 12 * HOUR + MINUTE])
def test_schedule_is_refused_when_it_ends_before_it_begins_or_lasts_too_long(officer, period, ends_at):
    with pytest.raises(scheduling.SessionTimesUnfit):
        schedule(period, officer, ends_at=ends_at)


@pytest.mark.parametrize("days", [-2, 31])
def test_schedule_is_refused_outside_the_period(officer, period, days):
    with pytest.raises(scheduling.OutsideThePeriod, match="2024年3月4日"):
        schedule(period, officer, starts_at=AT + days * DAY)


@pytest.mark.parametrize("name", ["absent_after", "opens_minutes", "closes_minutes"])
@pytest.mark.parametrize("minutes", [-1, 241])
def test_schedule_is_refused_with_minutes_out_of_reach(officer, period, name, minutes):
    with pytest.raises(scheduling.MinutesUnfit):
        schedule(period, officer, **{name: minutes})


def test_schedule_is_refused_with_an_account_that_is_no_trainers(officer, period, teacher):
    with pytest.raises(scheduling.NotATrainer):
        schedule(period, officer, trainer=teacher.user)


def test_change_moves_a_session_and_tells_what_it_was(officer, period):
    made = schedule(period, officer, room="301")
    moved = change(made, officer, starts_at=AT + DAY, room="302")
    assert (moved.starts_at, moved.room) == (AT + DAY, "302")
    line = Line.objects.get(act="training.session_changed")
    assert (line.facts["before"]["room"], line.facts["after"]["room"]) == ("301", "302")


def test_change_of_time_is_refused_without_a_reason_when_attendance_is_noted(tree, officer, period, teacher):
    made = held.session(period)
    held.taken(made, make.enrolled(teacher, period), by=officer)
    with pytest.raises(scheduling.MoveUnexplained):
        change(made, officer, starts_at=AT + HOUR, reason="  ")
    assert change(made, officer, title="改名，不改时间").title == "改名，不改时间"
    assert change(made, officer, starts_at=AT + HOUR, reason="停电").starts_at == AT + HOUR
    assert Line.objects.filter(act="training.session_changed").order_by("-pk").first().reason == "停电"


def test_change_is_refused_where_schedule_would_refuse(tree, officer, period):
    made = held.session(period)
    refused = [({"title": ""}, scheduling.SessionUntitled), ({"ends_at": AT}, scheduling.SessionTimesUnfit)]
    refused += [
        ({"starts_at": AT - 3 * DAY}, scheduling.OutsideThePeriod),
        ({"absent_after": 999}, scheduling.MinutesUnfit),
    ]
    for wrong, refusal in refused:
        with pytest.raises(refusal):
            change(made, officer, **wrong)
    with pytest.raises(NotYourOffice):
        change(made, people.officer("clerk", tree.county))


def test_cancel_keeps_the_session_with_the_reason(officer, period):
    made = scheduling.cancel(session=held.session(period), reason=" 专家生病 ", by=officer, at=AT)
    assert (made.cancelled_at, made.reason) == (AT, "专家生病")
    assert not Session.objects.standing().exists()
    assert Line.objects.get(act="training.session_cancelled").reason == "专家生病"


def test_cancel_is_refused_without_a_reason_twice_and_by_others(tree, officer, period):
    made = held.session(period)
    with pytest.raises(scheduling.CancellationUnexplained):
        scheduling.cancel(session=made, reason=" ", by=officer, at=AT)
    with pytest.raises(NotYourOffice):
        scheduling.cancel(session=made, reason="停", by=people.officer("trainer", tree.county), at=AT)
    scheduling.cancel(session=made, reason="停", by=officer, at=AT)
    with pytest.raises(scheduling.SessionCancelled):
        scheduling.cancel(session=made, reason="再停", by=officer, at=AT)
    with pytest.raises(scheduling.SessionCancelled):
        change(made, officer, starts_at=AT + dt.timedelta(hours=3))


def told(kind):
    found = Message.objects.filter(kind=f"training.session_{kind}").order_by("pk")
    return [(each.recipient.full_name, rendering.words(each)) for each in found]


def test_another_time_or_room_is_told_to_those_with_a_seat(tree, officer, teacher):
    full = make.period(make.programme(tree.county), capacity=1)
    make.enrolled(teacher, full)
    make.enrolled(make.teachers(tree.school, 1)[0], full)
    made = held.session(full, starts_at=AT + DAY, room="301")
    change(made, officer, title="只改名", starts_at=AT + DAY, room="301")
    assert told("changed") == []
    change(made, officer, starts_at=AT + 2 * DAY, room="302")
    ((name, words),) = told("changed")
    assert (name, "302" in words.body, "2024年3月7日" in words.body) == ("林知微", True, True)


def test_cancellation_is_told_to_those_with_a_seat_unless_the_session_is_over(officer, teacher, period):
    make.enrolled(teacher, period)
    scheduling.cancel(session=held.session(period, starts_at=AT - 3 * HOUR), reason="登记有误", by=officer, at=AT)
    assert told("cancelled") == []
    scheduling.cancel(session=held.session(period), reason="专家生病", by=officer, at=AT)
    ((name, words),) = told("cancelled")
    assert (name, "专家生病" in words.body) == ("林知微", True)
