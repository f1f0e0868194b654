"""Publicity by two people, what the public list shows and hides, and results made final after it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from exams import releasing
from exams.models import PublicNotice, Stage, StageEntry
from exams.stages import NotAtThisStep
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import DayOff
from tests.factories import exams as make
from tests.factories import people

DAY = dt.timedelta(days=1)
TODAY = dt.date(2024, 3, 5)  # a Tuesday, the day of `at`


@pytest.fixture
def officer(tree):
    return people.officer("exam_officer", tree.city, "程秋霁")


@pytest.fixture
def second(tree):
    return people.officer("signatory", tree.city, "汤砚秋")


def settled(tree, *, written="line_set", people_of=(("林知微", "passed"), ("何远", "failed"), ("欧阳子修", "absent"))):
    exam = make.exam(tree.city, written=written, code="241")
    for name, state in people_of:
        make.entry(make.candidate(exam, name, school=tree.school), state=state)
    return make.stage(exam)


def propose(stage, by, at, opens_on=TODAY):
    return releasing.propose_publicity(stage=stage, opens_on=opens_on, by=by, at=at)


def opened(stage, officer, second, at):
    notice = propose(stage, officer, at)
    releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=second, at=at)
    return notice


def test_propose_lists_results_masked_and_by_admission_number(tree, officer, at):
    notice = propose(settled(tree), officer, at)
    assert notice.rows == [
        {"number": "99060024100101", "name": "林*微", "school": "澜溪县实验小学", "passed": True},
        {"number": "99060024100102", "name": "何*", "school": "澜溪县实验小学", "passed": False},
    ]
    assert notice.seen == {"opens_on": "2024-03-05", "closes_on": "2024-03-11", "listed": 2, "passed": 1}
    assert Line.objects.get().facts == notice.seen


def test_propose_shows_no_identity_number_and_no_score(tree, officer, at):
    stage = settled(tree)
    teacher = stage.entries.first().candidate.teacher
    notice = propose(stage, officer, at)
    assert teacher.id_number not in str(notice.rows)
    assert teacher.full_name not in str(notice.rows)


def test_propose_tells_two_apart_when_name_and_school_collide(tree, officer, at):
    stage = settled(tree, people_of=(("张一三", "passed"), ("张二三", "failed"), ("张三", "passed")))
    assert [row["name"] for row in propose(stage, officer, at).rows] == ["张*三（0101）", "张*三（0102）", "张*"]


@pytest.mark.parametrize(("saturday_is_worked", "closes"), [(True, 11), (False, 12)])
def test_propose_counts_working_days_by_the_calendar(tree, officer, at, saturday_is_worked, closes):
    DayOff.objects.create(on=dt.date(2024, 3, 8), name="某节")
    if saturday_is_worked:
        DayOff.objects.create(on=dt.date(2024, 3, 9), is_working=True, name="调休")
    assert propose(settled(tree), officer, at).closes_on == dt.date(2024, 3, closes)


def test_propose_takes_the_written_number_when_the_entry_has_none(tree, officer, at):
    stage = settled(tree, written="finalised")
    hearing = make.stage(stage.exam, 2)
    Stage.objects.filter(pk=hearing.pk).update(state="scores_checked")
    hearing.refresh_from_db()
    first = StageEntry.objects.filter(stage=stage, state="passed").get()
    make.entry(first.candidate, hearing, "passed", admission_number="")
    assert [row["number"] for row in propose(hearing, officer, at).rows] == [first.admission_number]


@pytest.mark.parametrize("state", ["marking", "scores_checked", "publicised", "finalised"])
def test_propose_refuses_when_the_line_of_a_written_stage_is_not_set(tree, officer, at, state):
    with pytest.raises(NotAtThisStep):
        propose(settled(tree, written=state), officer, at)


def test_propose_refuses_when_it_would_open_yesterday(tree, officer, at):
    with pytest.raises(releasing.OpensInThePast):
        propose(settled(tree), officer, at, TODAY - DAY)


def test_propose_refuses_and_counts_when_results_are_missing(tree, officer, at):
    with pytest.raises(releasing.ResultsMissing) as refused:
        propose(settled(tree, people_of=(("甲", "passed"), ("乙", "present"), ("丙", "marked"))), officer, at)
    assert refused.value.facts == {"count": 2}


def test_propose_refuses_when_there_is_nobody_to_list(tree, officer, at):
    with pytest.raises(releasing.NothingToPublicise):
        propose(settled(tree, people_of=(("甲", "absent"),)), officer, at)


def test_propose_refuses_when_a_list_stands(tree, officer, at):
    stage = settled(tree)
    propose(stage, officer, at)
    with pytest.raises(releasing.NoticeStands):
        propose(stage, officer, at)
    assert PublicNotice.objects.count() == 1


@pytest.mark.parametrize("office", ["signatory", "bureau_officer"])
def test_propose_refuses_when_the_office_is_another(tree, at, office):
    with pytest.raises(NotYourOffice):
        propose(settled(tree), people.officer(office, tree.city), at)


def test_open_publicises_and_tells_when_a_second_person_agrees(tree, officer, second, at):
    notice = opened(settled(tree), officer, second, at)
    notice.refresh_from_db()
    assert (notice.state, notice.decided_by, notice.stage.state) == ("approved", second, Stage.State.PUBLICISED)
    assert sorted(Message.objects.values_list("recipient__full_name", flat=True)) == ["何远", "林知微"]
    assert Line.objects.filter(act="exams.publicity_opened").count() == 1


def test_open_refuses_when_the_proposer_decides(tree, officer, at):
    notice = propose(settled(tree), officer, at)
    with pytest.raises(releasing.OwnProposal):
        releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=officer, at=at)


def test_database_refuses_when_proposer_and_decider_are_one(tree, officer, at):
    notice = propose(settled(tree), officer, at)
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicNotice.objects.filter(pk=notice.pk).update(state="approved", decided_by=officer)


def test_open_refuses_when_a_result_changed_since_she_looked(tree, officer, second, at):
    stage = settled(tree)
    notice = propose(stage, officer, at)
    stage.entries.filter(state="failed").update(state="passed")
    with pytest.raises(releasing.ChangedSince):
        releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=second, at=at)
    stage.refresh_from_db()
    assert stage.state == Stage.State.LINE_SET


def test_open_refuses_when_she_saw_another_list(tree, officer, second, at):
    notice = propose(settled(tree), officer, at)
    with pytest.raises(releasing.ChangedSince):
        releasing.open_publicity(notice=notice, seen_digest="0" * 64, by=second, at=at)


def test_open_refuses_when_the_calendar_changed_since(tree, officer, second, at):
    notice = propose(settled(tree), officer, at)
    DayOff.objects.create(on=dt.date(2024, 3, 8), name="某节")
    with pytest.raises(releasing.ChangedSince):
        releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=second, at=at)


def test_open_refuses_when_its_first_day_is_past(tree, officer, second, at):
    notice = propose(settled(tree), officer, at)
    with pytest.raises(releasing.OpenedTooLate):
        releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=second, at=at + DAY)


def test_open_refuses_when_it_was_decided(tree, officer, second, at):
    notice = opened(settled(tree), officer, second, at)
    with pytest.raises(releasing.NoticeDecided):
        releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=second, at=at)


@pytest.mark.parametrize("where", ["county", "neighbour"])
def test_deciding_refuses_when_the_office_does_not_cover_the_exam(tree, officer, at, where):
    notice = propose(settled(tree), officer, at)
    by = people.officer("signatory", getattr(tree, where))
    with pytest.raises(NotYourOffice):
        releasing.open_publicity(notice=notice, seen_digest=notice.seen_digest, by=by, at=at)
    with pytest.raises(NotYourOffice):
        releasing.return_publicity(notice=notice, reason="x", by=by, at=at)


def test_return_lets_another_be_proposed_when_a_reason_is_given(tree, officer, second, at):
    stage = settled(tree)
    notice = propose(stage, officer, at)
    releasing.return_publicity(notice=notice, reason="校名有误", by=second, at=at)
    notice.refresh_from_db()
    assert (notice.state, notice.decision_reason) == ("returned", "校名有误")
    assert propose(stage, officer, at).pk != notice.pk


def test_return_refuses_when_there_is_no_reason_or_it_is_her_own(tree, officer, second, at):
    notice = propose(settled(tree), officer, at)
    with pytest.raises(releasing.ReasonMissing):
        releasing.return_publicity(notice=notice, reason=" ", by=second, at=at)
    with pytest.raises(releasing.OwnProposal):
        releasing.return_publicity(notice=notice, reason="x", by=officer, at=at)


def test_finalise_refuses_on_the_last_day_and_names_it(tree, officer, second, at):
    stage = settled(tree)
    notice = opened(stage, officer, second, at)
    with pytest.raises(releasing.PublicityRunning) as refused:
        releasing.finalise(stage=stage, by=officer, at=at + 6 * DAY)
    assert notice.closes_on == TODAY + 6 * DAY
    assert "11" in str(refused.value)
    stage.refresh_from_db()
    assert stage.state == Stage.State.PUBLICISED


def test_finalise_makes_results_final_when_the_last_day_is_past(tree, officer, second, at):
    stage = settled(tree)
    opened(stage, officer, second, at)
    releasing.finalise(stage=stage, by=officer, at=at + 7 * DAY)
    stage.refresh_from_db()
    assert stage.state == Stage.State.FINALISED
    assert Line.objects.filter(act="exams.results_finalised").get().facts == {"passed": 1, "listed": 2}
    assert Message.objects.filter(kind="exams.result_final").count() == 2


def test_finalise_refuses_when_no_list_was_public(tree, officer, at):
    stage = settled(tree)
    propose(stage, officer, at)
    with pytest.raises(releasing.NotPublicised):
        releasing.finalise(stage=stage, by=officer, at=at + 30 * DAY)


def test_finalise_refuses_when_it_is_final_already(tree, officer, second, at):
    stage = settled(tree)
    opened(stage, officer, second, at)
    releasing.finalise(stage=stage, by=officer, at=at + 7 * DAY)
    with pytest.raises(NotAtThisStep):
        releasing.finalise(stage=stage, by=officer, at=at + 7 * DAY)


def test_finalise_refuses_when_the_office_is_another(tree, officer, second, at):
    stage = settled(tree)
    opened(stage, officer, second, at)
    with pytest.raises(NotYourOffice):
        releasing.finalise(stage=stage, by=second, at=at + 7 * DAY)
