"""What was handed in is returned once, passed or not passed, by others than its author, who is told why."""

import pytest

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.lib import clock
from lms.people.access import NotYourOffice
from lms.training import assigning, grading, handing_in
from lms.training.models import Submission
from tests.factories import assignments as work
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY


@pytest.fixture
def submission(teacher, period):
    make.enrolled(teacher, period)
    return work.handed_in(work.assignment(period), teacher)


def told(teacher, kind):
    return rendering.words(Message.objects.filter(recipient=teacher.user, kind=kind).latest("pk"))


@pytest.mark.parametrize(
    ("is_passed", "state", "subject"),
    [(True, "passed", "作业通过：个案分析"), (False, "not_passed", "作业未通过：个案分析")],
)
def test_grade_is_final_and_told_with_the_feedback(officer, teacher, submission, is_passed, state, subject):
    made = work.graded(submission, by=officer, is_passed=is_passed)
    assert (made.state, made.graded_by, made.graded_at, made.feedback) == (state, officer, AT, "抓住了情绪背后的需要")
    line = Line.objects.get(act="training.work_graded")
    assert (line.actor, line.facts, line.reason) == (officer, {"state": state}, made.feedback)
    words = told(teacher, "training.work_graded")
    assert (words.subject, "抓住了情绪背后的需要" in words.body) == (subject, True)
    for act in (work.graded, work.sent_back):
        with pytest.raises(handing_in.GradedAlready):
            act(submission, by=officer)


def test_grade_passes_without_a_word(officer, teacher, submission):
    assert work.graded(submission, by=officer, feedback="").state == "passed"
    assert told(teacher, "training.work_graded").body == "培训教师已批阅。"


def test_send_back_gives_a_week_or_until_it_is_due(officer, teacher, submission):
    made = work.sent_back(submission, by=officer, at=AT + 3 * DAY)
    assert (made.state, made.returned_once, made.versions.get().reason) == ("returned", True, "请补充您的思考")
    assert made.due_at == clock.local_moment(clock.local_date(AT) + 11 * DAY)
    assert Line.objects.get(act="training.work_returned").reason == "请补充您的思考"
    words = told(teacher, "training.work_returned")
    assert words.subject == "作业退回修改：个案分析"
    assert "请补充您的思考" in words.body


@pytest.mark.parametrize("days", [1, 60])
def test_send_back_gives_the_days_that_the_assignment_says(officer, teacher, submission, period, days):
    own = work.handed_in(work.assignment(period, revising_days=days, due_at=AT + DAY), teacher)
    assert work.sent_back(own, by=officer).due_at == clock.local_moment(clock.local_date(AT) + (days + 1) * DAY)


def test_send_back_keeps_a_later_day_on_which_it_is_due(officer, teacher, submission, period):
    later = work.handed_in(work.assignment(period, due_at=AT + 20 * DAY), teacher)
    assert work.sent_back(later, by=officer).due_at == AT + 20 * DAY


def test_send_back_is_refused_a_second_time(officer, teacher, submission):
    work.sent_back(submission, by=officer)
    work.handed_in(submission.assignment, teacher, text="第二稿")
    with pytest.raises(grading.ReturnedBefore):
        grading.send_back(submission=submission, version=2, reason="再改", by=officer, at=AT)
    assert work.graded(submission, by=officer, version=2).state == "passed"


def test_nothing_is_decided_about_what_was_not_read(officer, teacher, submission):
    work.sent_back(submission, by=officer)
    work.handed_in(submission.assignment, teacher, text="第二稿")
    for act in (work.graded, work.sent_back):
        with pytest.raises(grading.ReadMeanwhile):
            act(submission, by=officer)


def test_while_it_is_being_revised_nothing_is_decided(officer, submission):
    work.sent_back(submission, by=officer)
    with pytest.raises(handing_in.GradedAlready):
        work.graded(submission, by=officer)


def test_both_are_refused_without_office_a_word_or_once_it_was_withdrawn(tree, officer, submission):
    for who in (people.officer("clerk", tree.county), people.officer("trainer", tree.neighbour)):
        for act in (work.graded, work.sent_back):
            with pytest.raises(NotYourOffice):
                act(submission, by=who)
    with pytest.raises(grading.GradeUnexplained):
        work.graded(submission, by=officer, is_passed=False, feedback=" ")
    with pytest.raises(grading.GradeUnexplained):
        work.sent_back(submission, by=officer, reason=" ")
    assigning.withdraw(assignment=submission.assignment, reason="重复", by=officer, at=AT)
    for act in (work.graded, work.sent_back):
        with pytest.raises(assigning.AssignmentWithdrawn):
            act(submission, by=officer)
    assert Submission.objects.get().state == "handed_in"


def test_both_are_refused_of_ones_own_work(tree, teacher, submission):
    people.appointment(teacher.user, "trainer", tree.county)
    for act in (work.graded, work.sent_back):
        with pytest.raises(grading.OwnWork):
            act(submission, by=teacher.user)
