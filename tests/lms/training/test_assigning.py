"""Work is set to those in a period, changed until somebody handed in, withdrawn with a reason; by those who teach."""

import pytest
from django.db import IntegrityError, transaction

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import merging
from lms.people.access import NotYourOffice
from lms.training import assigning, scheduling
from lms.training.models import Assignment, Enrolment, Period
from tests.factories import assignments as work
from tests.factories import attendance as held
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY


@pytest.fixture
def seat(teacher, period):
    return make.enrolled(teacher, period)


def change(assignment, by, **more):
    return assigning.change(assignment=assignment, task=work.task(**more), by=by, at=AT)


def withdraw(assignment, by, reason="与另一作业重复"):
    return assigning.withdraw(assignment=assignment, reason=reason, by=by, at=AT)


def test_assign_sets_work_and_tells_those_with_a_seat(officer, period, seat, teacher):
    made = work.assignment(period, by=officer)
    assert (made.title, made.is_required, made.set_by) == ("个案分析", True, officer)
    assert Line.objects.get(act="training.assignment_set").facts["required"] is True
    message = Message.objects.get(recipient=teacher.user, kind="training.assignment_set")
    words = rendering.words(message)
    assert (words.subject, message.address) == ("新作业：个案分析", f"/training/assignments/{made.pk}/")
    assert "24:00前提交" in words.body
    assert "须通过方可结业" in words.body


def test_assign_tells_nobody_who_waits_and_whom_she_is_after_a_merge(tree, programme, teacher):
    full = make.period(programme, 2, capacity=1)
    double = people.teacher("林知薇", school=tree.school)
    make.enrolled(double, full)
    waits = people.teacher("候补", school=tree.school)
    make.enrolled(waits, full)
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=None, at=AT)
    work.assignment(full)
    assert [each.recipient for each in Message.objects.filter(kind="training.assignment_set")] == [teacher.user]


def test_those_who_teach_are_planners_trainers_of_the_unit_and_who_gives_a_session(tree, period):
    allowed = [people.officer(each, tree.county) for each in ("bureau_officer", "exam_officer", "trainer")]
    guest = people.officer("trainer", tree.neighbour)
    with pytest.raises(NotYourOffice):
        work.assignment(period, by=guest)
    session = held.session(period, trainer=guest)
    for by in (*allowed, guest):
        assert work.assignment(period, by=by)
    scheduling.cancel(session=session, reason="停电", by=allowed[0], at=AT)
    with pytest.raises(NotYourOffice):
        work.assignment(period, by=guest)


@pytest.mark.parametrize("office", ["clerk", "auditor", "school_officer", "content_reviewer"])
def test_assign_is_refused_to_other_offices(tree, period, office):
    with pytest.raises(NotYourOffice):
        work.assignment(period, by=people.officer(office, tree.county))


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"title": " "}, assigning.AssignmentUntitled),
        ({"task": " "}, assigning.AssignmentUntitled),
        ({"takes_text": False, "takes_file": False}, assigning.TakesNothing),
        ({"due_at": AT}, assigning.DueUnfit),
        ({"due_at": AT + 32 * DAY}, assigning.DueUnfit),
    ],
)
def test_assign_and_change_are_refused_what_does_not_fit(officer, period, wrong, refusal):
    with pytest.raises(refusal):
        work.assignment(period, by=officer, **wrong)
    made = work.assignment(period)
    with pytest.raises(refusal):
        change(made, officer, **wrong)
    made.refresh_from_db()
    assert made.title == "个案分析"


def test_assign_is_refused_once_the_period_is_closed(officer, period):
    Period.objects.update(state=Period.State.CLOSED)
    with pytest.raises(assigning.PeriodOver):
        work.assignment(period, by=officer)


def test_change_is_written_and_told_until_somebody_hands_in(officer, period, seat, teacher):
    made = work.assignment(period)
    assert change(made, officer, title="案例", is_required=False).title == "案例"
    facts = Line.objects.get(act="training.assignment_changed").facts
    assert (facts["before"]["title"], facts["after"]["required"]) == ("个案分析", False)
    told = Message.objects.filter(recipient=teacher.user, kind="training.assignment_set").latest("pk")
    assert rendering.words(told).subject == "作业有调整：案例"
    work.handed_in(made, teacher)
    with pytest.raises(assigning.HandedInAlready):
        change(made, officer, title="又改")


def test_withdraw_keeps_what_was_handed_in_and_says_why(officer, period, seat, teacher):
    made = work.assignment(period)
    submission = work.handed_in(made, teacher)
    withdraw(made, officer)
    assert (Assignment.objects.get().reason, submission.versions.count()) == ("与另一作业重复", 1)
    assert list(Assignment.objects.required()) == []
    assert Line.objects.get(act="training.assignment_withdrawn").reason == "与另一作业重复"
    told = rendering.words(Message.objects.get(recipient=teacher.user, kind="training.assignment_withdrawn"))
    assert "与另一作业重复" in told.body


def test_withdraw_and_change_are_refused_without_office_reason_or_twice(tree, officer, period):
    made = work.assignment(period)
    for act in (withdraw, change):
        with pytest.raises(NotYourOffice):
            act(made, people.officer("bureau_officer", tree.neighbour))
    with pytest.raises(assigning.WithdrawalUnexplained):
        withdraw(made, officer, " ")
    withdraw(made, officer)
    for act in (withdraw, change):
        with pytest.raises(assigning.AssignmentWithdrawn):
            act(made, officer)


def test_an_assignment_that_takes_nothing_cannot_stand(period):
    made = work.assignment(period)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=made.pk).update(takes_text=False, takes_file=False)


@pytest.mark.parametrize(("state", "is_open"), [("confirmed", True), ("not_completed", True), ("withdrawn", False)])
def test_open_to_is_who_holds_a_seat_or_held_it_to_the_end(period, seat, teacher, state, is_open):
    work.assignment(period)
    Enrolment.objects.update(state=state)
    assert Assignment.objects.open_to(teacher.user).exists() is is_open


@pytest.mark.parametrize("days", [0, 61])
def test_assign_is_refused_with_days_for_revising_that_cannot_be(officer, period, days):
    with pytest.raises(assigning.RevisingUnfit):
        work.assignment(period, by=officer, revising_days=days)
    made = work.assignment(period)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=made.pk).update(revising_days=days)
