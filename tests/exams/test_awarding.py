"""Who is proposed for certification, and when not."""

import datetime as dt

import pytest

from certs.models import Batch, Credential
from exams import awarding
from exams.models import Stage
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from tests.factories import exams as make
from tests.factories import people

ISSUE_ON = dt.date(2024, 3, 20)


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.city, "程秋霁")


def finished(tree, *, last="finalised", outcomes=("passed", "failed", "passed")):
    exam = make.exam(tree.city, written="finalised", performance=last)
    hearing = make.stage(exam, 2)
    for outcome in outcomes:
        entry = make.entry(make.candidate(exam, "林知微", school=tree.school), state="passed")
        make.entry(entry.candidate, hearing, outcome)
    return exam


def propose(exam, by, at):
    return awarding.propose(exam=exam, issue_on=ISSUE_ON, by=by, at=at)


def test_propose_lists_those_who_passed_the_last_stage(tree, officer, at):
    exam = finished(tree)
    batch = propose(exam, officer, at)
    assert (batch.basis, batch.level, batch.state) == (f"exam:{exam.pk}", exam.level, Batch.State.PROPOSED)
    credentials = Credential.objects.filter(batch=batch)
    assert credentials.count() == 2
    assert credentials.first().facts["school"] == "澜溪县实验小学"
    assert credentials.first().facts["exam"] == exam.name
    assert Line.objects.filter(act="exams.award_proposed").get().facts["count"] == 2


@pytest.mark.parametrize("state", ["scores_checked", "publicised"])
def test_propose_refuses_and_names_the_stage_that_is_not_final(tree, officer, at, state):
    with pytest.raises(awarding.NotAllFinal) as refused:
        propose(finished(tree, last=state), officer, at)
    assert "面试" in str(refused.value)


def test_propose_refuses_when_an_earlier_stage_is_not_final(tree, officer, at):
    exam = finished(tree)
    Stage.objects.filter(exam=exam, number=1).update(state="line_set")
    with pytest.raises(awarding.NotAllFinal):
        propose(exam, officer, at)


def test_propose_refuses_when_nobody_passed(tree, officer, at):
    with pytest.raises(awarding.NobodyPassed):
        propose(finished(tree, outcomes=("failed", "absent")), officer, at)


def test_propose_refuses_when_the_list_stands(tree, officer, at):
    exam = finished(tree)
    propose(exam, officer, at)
    with pytest.raises(awarding.ListStands):
        propose(exam, officer, at)
    assert Batch.objects.count() == 1


@pytest.mark.parametrize(("office", "unit"), [("signatory", "city"), ("exam_officer", "county")])
def test_propose_refuses_when_the_office_does_not_cover_the_exam(tree, at, office, unit):
    with pytest.raises(NotYourOffice):
        propose(finished(tree), people.officer(office, getattr(tree, unit)), at)
