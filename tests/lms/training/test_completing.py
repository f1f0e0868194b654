"""When nothing is missing, the enrolment is completed: its hours stand on the record, and its outcome, each once."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from lms.journal.models import Line
from lms.lib import clock
from lms.people import access, merging
from lms.records import ledger
from lms.records.models import HourEntry, Outcome
from lms.training import assigning, completing, demands, enrolling, jobs, planning
from lms.training.models import Enrolment, Period, Programme
from tests.factories import assignments as work
from tests.factories import attendance, people, records
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

COMPLETED, CONFIRMED = Enrolment.State.COMPLETED, Enrolment.State.CONFIRMED


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def enrolment(teacher, period):
    return make.enrolled(teacher, period)


def finish(teacher, lesson, at=AT):
    """Finish a lesson, and reconsider as whoever hears of it does."""
    make.learnt(teacher, lesson, at=at)
    return completing.reconsider(teacher=teacher, lesson=lesson.key, at=at)


def finish_all(teacher, lessons, at=AT):
    for number, each in enumerate(lessons):
        finish(teacher, each, at + number * DAY / 24)


def state(enrolment):
    enrolment.refresh_from_db()
    return enrolment.state


def test_reconsider_completes_nobody_while_a_lesson_is_missing(teacher, lessons, enrolment):
    assert finish(teacher, lessons[0]) == []
    assert state(enrolment) == CONFIRMED
    assert demands.missing(enrolment, enrolment.period.programme.requirements.all()) == [
        enrolment.period.programme.requirements.get(key=lessons[1].key)
    ]
    assert not HourEntry.objects.exists()


def test_reconsider_completes_with_the_last_lesson_and_puts_hours_and_outcome_on_record(teacher, lessons, enrolment):
    finish(teacher, lessons[0])
    then = AT + DAY
    assert finish(teacher, lessons[1], then) == [enrolment]
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.ended_at) == (COMPLETED, then)
    entry = HourEntry.objects.get()
    assert (entry.teacher, entry.category, entry.hours, entry.earned_on) == (
        teacher,
        "professional",
        12,
        clock.local_date(then),
    )
    assert (entry.title, entry.source) == (str(enrolment.period), f"training.enrolment:{enrolment.pk}")
    outcome = Outcome.objects.get()
    assert (outcome.teacher, outcome.track, outcome.title, outcome.period, outcome.hours, outcome.is_completed) == (
        teacher,
        "mental",
        enrolment.period.programme.title,
        1,
        12,
        True,
    )
    assert outcome.organiser == enrolment.period.programme.organisation
    line = Line.objects.get(act="training.completed")
    assert (line.actor, line.facts) == (
        None,
        {"state": "completed", "place": 1, "hours": {"professional": "12.0"}, "outcome": outcome.pk},
    )
    message = teacher.user.messages.get(kind="training.completed")
    assert (message.facts["hours"], message.address) == ("12.0", "/records/")


def test_reconsider_twice_posts_records_and_tells_once(teacher, lessons, enrolment):
    finish_all(teacher, lessons)
    assert completing.reconsider(teacher=teacher, lesson=lessons[1].key, at=AT) == []
    assert completing.sweep(at=AT + DAY) == 0
    assert (HourEntry.objects.count(), Outcome.objects.count()) == (1, 1)
    assert teacher.user.messages.filter(kind="training.completed").count() == 1


def test_reconsider_writes_the_record_in_the_sites_language_whichever_is_hers(teacher, lessons, enrolment):
    with translation.override("en"):
        finish_all(teacher, lessons)
    assert HourEntry.objects.get().title.endswith("，第1期")


def test_reconsider_posts_every_category_and_none_where_a_programme_is_worth_none(teacher, tree):
    lesson = make.lesson()
    for amounts in ({"professional": Decimal(10), "elective": Decimal("2.5")}, {}):
        make.enrolled(teacher, make.period(make.programme(tree.county, lessons=[lesson], hours=amounts)))
    finish(teacher, lesson)
    assert dict(HourEntry.objects.values_list("category", "hours")) == {"professional": 10, "elective": Decimal("2.5")}
    assert set(Outcome.objects.values_list("hours", flat=True)) == {Decimal("12.5"), None}
    told = teacher.user.messages.filter(kind="training.completed").order_by("pk")
    assert [each.facts["hours"] for each in told] == ["12.5", ""]


def test_reconsider_credits_nothing_again_after_the_hours_were_taken_back(teacher, lessons, enrolment):
    finish_all(teacher, lessons)
    ledger.reverse(entry=HourEntry.objects.get(), reason="查实代学", by=None, at=AT)
    Enrolment.objects.update(state=CONFIRMED)
    completing.reconsider(teacher=teacher, lesson=lessons[0].key, at=AT)
    assert HourEntry.objects.filter(reverses=None).count() == 1


def test_reconsider_leaves_an_outcome_that_stands_already(teacher, lessons, enrolment):
    programme = enrolment.period.programme
    known = records.outcome(teacher, track=programme.track, title=programme.title, period=1)
    finish_all(teacher, lessons)
    assert state(enrolment) == COMPLETED
    assert Outcome.objects.get() == known
    assert Line.objects.get(act="training.completed").facts["outcome"] is None


@pytest.mark.parametrize("ahead", [{"starts_on": 1, "ends_on": 30}, {"starts_on": -30, "ends_on": -1}])
def test_nobody_completes_a_period_that_has_not_begun_or_is_over(teacher, programme, lessons, ahead):
    today = clock.local_date(AT)
    dates = {name: today + days * DAY for name, days in ahead.items()}
    period = make.period(programme, 2, enrol_from_at=AT - 50 * DAY, enrol_until_at=AT - 40 * DAY, **dates)
    enrolment = make.enrolled(teacher, period, at=AT - 45 * DAY)
    finish_all(teacher, lessons)
    assert completing.sweep(at=AT + DAY / 24) == 0
    assert state(enrolment) == CONFIRMED


def test_a_period_completes_on_its_first_and_on_its_last_day(tree, programme, lessons):
    today = clock.local_date(AT)
    period = make.period(programme, 2, starts_on=today, ends_on=today)
    teacher = people.teacher("何远", school=tree.school)
    enrolment = make.enrolled(teacher, period)
    finish_all(teacher, lessons)
    assert state(enrolment) == COMPLETED


def test_nobody_who_waits_or_withdrew_completes(tree, teacher, programme, lessons):
    period = make.period(programme, 2, capacity=1)
    first = people.teacher("何远", school=tree.school)
    make.enrolled(first, period)
    waits = make.enrolled(teacher, period)
    finish_all(teacher, lessons)
    assert state(waits) == Enrolment.State.WAITING
    enrolling.withdraw(enrolment=waits, reason="不等了", by=teacher.user, at=AT)
    assert completing.sweep(at=AT) == 0
    assert not HourEntry.objects.exists()


def test_sweep_completes_who_finished_everything_before_she_had_a_seat(teacher, lessons, period):
    finish_all(teacher, lessons)
    enrolment = make.enrolled(teacher, period)
    assert completing.sweep(at=AT) == 1
    assert state(enrolment) == COMPLETED
    assert HourEntry.objects.count() == 1


def test_sweep_completes_who_lacked_only_what_is_demanded_no_longer(teacher, lessons, enrolment):
    finish(teacher, lessons[0])
    assert completing.sweep(at=AT) == 0
    programme = enrolment.period.programme
    planning.retire_lesson(programme=programme, key=lessons[1].key, by=None, at=AT)
    assert completing.sweep(at=AT) == 1
    assert state(enrolment) == COMPLETED


def test_sweep_completes_nobody_where_nothing_is_demanded(teacher, tree):
    enrolment = make.enrolled(teacher, make.period(make.programme(tree.county)))
    assert completing.sweep(at=AT) == 0
    assert state(enrolment) == CONFIRMED


def test_sweep_is_not_held_up_by_one_that_cannot_be_completed(teacher, tree, lessons, enrolment, caplog):
    spoilt = make.programme(tree.county, lessons=lessons[:1], code="0-first")
    make.enrolled(teacher, make.period(spoilt))
    Programme.objects.filter(pk=spoilt.pk).update(track="")  # no outcome can be recorded of it
    for number, each in enumerate(lessons):
        make.learnt(teacher, each, at=AT + number * DAY / 24)
    assert completing.sweep(at=AT + DAY / 24) == 1
    assert state(enrolment) == COMPLETED
    assert Enrolment.objects.filter(state=CONFIRMED).count() == 1
    assert "could not be completed" in caplog.text


def test_lessons_finished_under_a_record_that_was_merged_count_for_the_one_that_stays(tree, teacher, lessons, period):
    double = people.teacher("林知薇", school=tree.school)
    enrolment = make.enrolled(double, period)
    make.learnt(double, lessons[0])
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=None, at=AT)
    assert finish(teacher, lessons[1], AT + DAY) == [enrolment]
    assert HourEntry.objects.get().teacher == teacher
    assert Outcome.objects.get().teacher == teacher
    assert teacher.user.messages.filter(kind="training.completed").exists()


def test_sweep_counts_lessons_of_merged_records_as_one_persons(tree, teacher, lessons, period):
    double = people.teacher("林知薇", school=tree.school)
    make.learnt(double, lessons[0])
    make.learnt(teacher, lessons[1])
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=None, at=AT)
    enrolment = make.enrolled(teacher, period)
    assert completing.sweep(at=AT) == 1
    assert state(enrolment) == COMPLETED


def test_lessons_of_others_complete_nobody(tree, teacher, lessons, enrolment):
    other = people.teacher("何远", school=tree.school)
    finish(teacher, lessons[0])
    finish_all(other, lessons)
    assert completing.sweep(at=AT + DAY) == 0
    assert state(enrolment) == CONFIRMED


def test_the_clock_completes_unless_it_is_held(teacher, lessons, period):
    finish_all(teacher, lessons)
    enrolment = make.enrolled(teacher, period)
    with clock.held():
        jobs.complete_ready()
    assert state(enrolment) == CONFIRMED
    jobs.complete_ready()
    assert state(enrolment) == COMPLETED


# Attendance


@pytest.fixture
def attentive(tree, lessons):
    """A period of a programme that demands one lesson and three quarters of the time of two sessions."""
    programme = make.programme(tree.county, lessons=lessons[:1])
    planning.demand_attendance(programme=programme, percent=75, by=None, at=AT)
    period = make.period(programme)
    sessions = [attendance.session(period, starts_at=AT + n * DAY) for n in range(2)]
    return SimpleNamespace(programme=programme, period=period, sessions=sessions)


def test_who_attended_too_little_is_completed_when_she_has_attended_enough(tree, teacher, lessons, attentive):
    clerk = people.officer("clerk", tree.county)
    enrolment = make.enrolled(teacher, attentive.period)
    first, second = attentive.sessions
    finish(teacher, lessons[0])
    attendance.taken(first, enrolment, by=clerk)
    assert completing.sweep(at=AT) == 0
    assert [str(each) for each in demands.missing(enrolment, attentive.programme.requirements.all())] == [
        "出勤率不低于75%"
    ]
    attendance.taken(second, enrolment, by=clerk, at=AT + DAY)
    assert completing.sweep(at=AT + DAY) == 1
    assert state(enrolment) == COMPLETED


def test_attendance_alone_may_be_demanded(tree, teacher):
    programme = make.programme(tree.county)
    planning.demand_attendance(programme=programme, percent=100, by=None, at=AT)
    enrolment = make.enrolled(teacher, make.period(programme))
    held = attendance.session(enrolment.period)
    assert completing.sweep(at=AT) == 0
    attendance.taken(held, enrolment, by=people.officer("clerk", tree.county))
    assert completing.sweep(at=AT) == 1


def test_attendance_demanded_no_longer_holds_nobody_back(teacher, lessons, attentive):
    enrolment = make.enrolled(teacher, attentive.period)
    finish(teacher, lessons[0])
    planning.demand_attendance(programme=attentive.programme, percent=None, by=None, at=AT)
    assert completing.sweep(at=AT) == 1
    assert state(enrolment) == COMPLETED


# Closing


def close(period, by, at):
    return completing.close(period=period, by=by, at=at)


def test_close_ends_what_is_left_and_says_what_was_missing(tree, teacher, lessons, programme):
    officer = people.officer("bureau_officer", tree.county)
    period = make.period(programme, 7, capacity=1)
    seated, waits = make.enrolled(teacher, period), make.enrolled(*make.teachers(tree.school, 1), period)
    finish(teacher, lessons[0])
    over = AT + 40 * DAY
    assert close(period, officer, over).state == Period.State.CLOSED
    assert (state(seated), state(waits)) == (Enrolment.State.NOT_COMPLETED, Enrolment.State.CANCELLED)
    seated.refresh_from_db()
    assert seated.reason == "尚缺 1 项：倾听"
    assert teacher.user.messages.filter(kind="training.not_completed").exists()
    assert not HourEntry.objects.exists()
    line = Line.objects.get(act="training.period_closed")
    assert line.facts == {"completed": 0, "not_completed": 1, "cancelled": 1}


def test_close_completes_who_has_done_everything(tree, teacher, lessons, programme):
    period = make.period(programme, 7)
    enrolment = make.enrolled(teacher, period)
    for number, each in enumerate(lessons):
        make.learnt(teacher, each, at=AT + number * DAY / 24)
    close(period, people.officer("bureau_officer", tree.county), AT + 40 * DAY)
    assert state(enrolment) == COMPLETED
    assert HourEntry.objects.count() == 1


def test_close_keeps_on_record_who_came_and_did_not_complete_and_not_who_never_came(tree):
    programme = make.programme(tree.county, title="危机干预专题培训")
    planning.demand_attendance(programme=programme, percent=80, by=None, at=AT)
    period = make.period(programme, 7)
    officer = people.officer("bureau_officer", tree.county)
    broke_off, absent, came = (make.enrolled(each, period) for each in make.teachers(tree.school, 3))
    for n, here in enumerate(([broke_off, came], [came])):
        held = attendance.session(period, starts_at=AT + n * DAY)
        for each in (broke_off, absent, came):
            attendance.taken(held, each, "present" if each in here else "absent", by=officer, at=AT + n * DAY)
    close(period, officer, AT + 60 * DAY)
    rows = Outcome.objects.order_by("-is_completed").values_list("teacher", "is_completed", "hours", "ended_on")
    assert list(rows) == [
        (came.teacher_id, True, 12, period.ends_on),
        (broke_off.teacher_id, False, None, period.ends_on),
    ]
    entry = HourEntry.objects.get()
    assert (entry.teacher, entry.begun_on, entry.earned_on) == (came.teacher, period.starts_on, period.ends_on)


def test_close_asks_as_often_for_many_as_for_one(tree):
    programme = make.programme(tree.county)
    planning.demand_attendance(programme=programme, percent=80, by=None, at=AT)
    officer = people.officer("bureau_officer", tree.county)

    def closing(number, count):
        period = make.period(programme, number)
        seats = [make.enrolled(each, period) for each in make.teachers(tree.school, count, name=f"第{number}期")]
        held = attendance.session(period, starts_at=AT + number * DAY)
        for each in seats[::2]:
            attendance.taken(held, each, by=officer, at=AT + number * DAY)
        with CaptureQueriesContext(connection) as asked:
            close(period, officer, AT + 60 * DAY)
        return len(asked)

    closing(1, 2)
    assert closing(2, 2) == closing(3, 6)
    assert Outcome.objects.filter(is_completed=True).count() == 1 + 1 + 3


def test_close_puts_a_person_with_two_records_on_record_once(tree, teacher):
    programme = make.programme(tree.county)
    planning.demand_attendance(programme=programme, percent=80, by=None, at=AT)
    period = make.period(programme, 7)
    officer = people.officer("bureau_officer", tree.county)
    double = people.teacher("林知薇", school=tree.school)
    held = attendance.session(period)
    for each in (teacher, double):
        attendance.taken(held, make.enrolled(each, period), by=officer)
    Enrolment.objects.filter(teacher=double).update(state=CONFIRMED)
    type(double).objects.filter(pk=double.pk).update(merged_into=teacher)
    close(period, officer, AT + 60 * DAY)
    assert Outcome.objects.get().teacher == teacher


def test_close_refuses_while_it_runs_and_twice(tree, period):
    officer = people.officer("bureau_officer", tree.county)
    with pytest.raises(completing.StillRunning):
        close(period, officer, AT)
    close(period, officer, AT + 40 * DAY)
    with pytest.raises(completing.AlreadyClosed):
        close(period, officer, AT + 41 * DAY)


def test_close_refuses_another_authority(tree, period):
    with pytest.raises(access.NotYourOffice):
        close(period, people.officer("bureau_officer", tree.neighbour), AT + 40 * DAY)


# Assignments


def test_required_work_must_be_passed_and_voluntary_need_not(tree, teacher, lessons, enrolment):
    required = work.assignment(enrolment.period, title="个案分析")
    work.assignment(enrolment.period, title="读后感", is_required=False)
    finish_all(teacher, lessons)
    assert [str(each) for each in demands.missing(enrolment, demands.of(enrolment.period))] == ["个案分析"]
    officer = people.officer("bureau_officer", tree.county)
    submission = work.handed_in(required, teacher)
    assert completing.sweep(at=AT) == 0
    work.graded(submission, by=officer)
    assert completing.sweep(at=AT + DAY) == 1
    assert state(enrolment) == COMPLETED
    assert HourEntry.objects.count() == 1


def test_lessons_missing_or_work_not_passed_completes_nobody(tree, teacher, lessons, enrolment):
    officer = people.officer("bureau_officer", tree.county)
    first, second = (work.assignment(enrolment.period) for _ in range(2))
    work.graded(work.handed_in(first, teacher), by=officer)
    assert completing.sweep(at=AT) == 0
    finish_all(teacher, lessons)
    assert completing.sweep(at=AT + DAY / 24) == 0
    work.graded(work.handed_in(second, teacher), by=officer, is_passed=False)
    assert completing.sweep(at=AT + DAY) == 0
    assert state(enrolment) == CONFIRMED


def test_work_alone_completes_where_the_programme_demands_nothing(tree, teacher):
    period = make.period(make.programme(tree.county))
    enrolment = make.enrolled(teacher, period)
    submission = work.handed_in(work.assignment(period), teacher)
    assert completing.sweep(at=AT) == 0
    work.graded(submission, by=people.officer("bureau_officer", tree.county))
    assert completing.sweep(at=AT) == 1
    assert state(enrolment) == COMPLETED


def test_withdrawn_work_is_demanded_no_more(tree, teacher, lessons, enrolment):
    assignment = work.assignment(enrolment.period)
    finish_all(teacher, lessons)
    assert state(enrolment) == CONFIRMED
    officer = people.officer("bureau_officer", tree.county)
    assigning.withdraw(assignment=assignment, reason="重复", by=officer, at=AT)
    assert completing.sweep(at=AT + DAY) == 1


def test_work_of_one_period_is_not_demanded_in_another(tree, teacher, programme, lessons, period):
    work.assignment(period)
    other = make.enrolled(teacher, make.period(programme, 2))
    finish_all(teacher, lessons)
    assert state(other) == COMPLETED


def test_work_passed_by_another_completes_only_her(tree, teacher, lessons, enrolment):
    other = people.teacher("何远", school=tree.school)
    hers = make.enrolled(other, enrolment.period)
    assignment = work.assignment(enrolment.period)
    for each in (teacher, other):
        finish_all(each, lessons)
    officer = people.officer("bureau_officer", tree.county)
    work.handed_in(assignment, teacher)
    work.graded(work.handed_in(assignment, other), by=officer)
    assert completing.sweep(at=AT + DAY) == 1
    assert (state(hers), state(enrolment)) == (COMPLETED, CONFIRMED)


def test_sweep_asks_as_often_for_three_assignments_and_periods_as_for_one(tree, programme, lessons):
    def another(number):
        period = make.period(programme, number)
        make.enrolled(people.teacher(f"候选{number}", school=tree.school), period)
        work.assignment(period)

    another(1)
    with CaptureQueriesContext(connection) as one:
        assert completing.sweep(at=AT) == 0
    another(2)
    another(3)
    with CaptureQueriesContext(connection) as three:
        assert completing.sweep(at=AT) == 0
    assert len(three) == len(one)


def test_close_is_refused_while_required_work_waits_to_be_read(tree, teacher, lessons, enrolment):
    officer = people.officer("bureau_officer", tree.county)
    finish_all(teacher, lessons[:1])
    voluntary = work.assignment(enrolment.period, is_required=False)
    work.handed_in(voluntary, teacher)
    submission = work.handed_in(work.assignment(enrolment.period, title="个案分析"), teacher)
    after = AT + 40 * DAY
    with pytest.raises(completing.WorkUnread):
        completing.close(period=enrolment.period, by=officer, at=after)
    work.graded(submission, by=officer, is_passed=False, at=after)
    completing.close(period=enrolment.period, by=officer, at=after)
    enrolment.refresh_from_db()
    assert enrolment.state == Enrolment.State.NOT_COMPLETED
    assert "个案分析" in enrolment.reason


def test_close_completes_whose_work_was_passed_after_the_last_day(tree, teacher, lessons, enrolment):
    officer = people.officer("bureau_officer", tree.county)
    submission = work.handed_in(work.assignment(enrolment.period), teacher)
    finish_all(teacher, lessons)
    after = AT + 40 * DAY
    work.graded(submission, by=officer, at=after)
    assert completing.sweep(at=after) == 0
    completing.close(period=enrolment.period, by=officer, at=after)
    assert state(enrolment) == COMPLETED
