"""Registration and review: who may, when, on what ground, and what the teacher learns of it."""

import datetime as dt
from types import SimpleNamespace

import pytest

from exams import applying
from exams.models import Candidate, Stage, StageEntry
from exams.stages import NotAtThisStep
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import exams as make
from tests.factories import people

S = Candidate.State
TICK = dt.timedelta(microseconds=1)


@pytest.fixture
def scene(tree):
    """An exam of the city with registration open, its officer, a county's bureau officer, and a teacher."""
    office = Appointment.Office
    return SimpleNamespace(
        exam=make.exam(tree.city, written="registration_open"),
        officer=people.officer(office.EXAM_OFFICER, tree.city, "程秋霁"),
        reviewer=people.officer(office.BUREAU_OFFICER, tree.county, "沈县"),
        neighbour=people.officer(office.BUREAU_OFFICER, tree.neighbour, "尤邻"),
        teacher=people.teacher("林知微", school=tree.school),
    )


def register(scene, at, **more):
    values = {"exam": scene.exam, "teacher": scene.teacher, "facts": make.FACTS, "by": scene.teacher.user, "at": at}
    return applying.register(**{**values, **more})


def submitted(scene, **facts):
    return make.candidate(scene.exam, scene.teacher, state="submitted", facts=facts)


# registering


def test_register_waits_for_review_when_the_teacher_registers_herself(scene, tree, at):
    candidate = register(scene, at)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.number, candidate.school) == (S.SUBMITTED, 1, tree.school)
    assert candidate.facts == make.FACTS
    assert Line.objects.get().act == "exams.candidate_registered"
    assert Message.objects.get().recipient == scene.teacher.user


def test_register_gives_the_next_number_when_none_is_named(scene, tree, at):
    register(scene, at, number=7, by=scene.officer)
    other = people.teacher("何远", school=tree.other_school)
    assert register(scene, at, teacher=other, by=scene.officer).number == 8


def test_register_takes_someone_without_an_account_when_an_officer_registers_her(scene, tree, at):
    teacher = people.teacher("何远", school=tree.school, account=False)
    assert register(scene, at, teacher=teacher, by=scene.officer).state == S.SUBMITTED
    assert not Message.objects.exists()


def test_register_keeps_only_known_facts_when_more_is_sent(scene, at):
    facts = {**make.FACTS, "score": "100", "in_service": "yes", "subject": "  语文 " + "x" * 200}
    kept = register(scene, at, facts=facts).facts
    assert "score" not in kept
    assert kept["in_service"] is False
    assert kept["subject"].startswith("语文 x")
    assert len(kept["subject"]) == 80


@pytest.mark.parametrize("who", ["neighbour", "reviewer"])
def test_register_refuses_when_neither_she_nor_an_exam_officer_does_it(scene, at, who):
    with pytest.raises(applying.NotYourRegistration):
        register(scene, at, by=getattr(scene, who))


def test_register_refuses_when_another_teacher_does_it(scene, tree, at):
    with pytest.raises(applying.NotYourRegistration):
        register(scene, at, by=people.teacher("何远", school=tree.school).user)


def test_register_refuses_on_both_sides_of_the_window(scene):
    with pytest.raises(applying.RegistrationNotOpen):
        register(scene, scene.exam.registration_opens_at - TICK)
    with pytest.raises(applying.RegistrationClosed):
        register(scene, scene.exam.registration_closes_at)
    assert register(scene, scene.exam.registration_closes_at - TICK).number == 1


def test_register_refuses_an_officer_too_when_the_window_is_over(scene):
    with pytest.raises(applying.RegistrationClosed):
        register(scene, scene.exam.registration_closes_at, by=scene.officer)


def test_register_refuses_when_the_exam_is_not_announced(scene, tree, at):
    with pytest.raises(NotAtThisStep):
        register(scene, at, exam=make.exam(tree.city))


def test_register_refuses_when_she_is_registered_already(scene, at):
    register(scene, at)
    with pytest.raises(applying.AlreadyRegistered) as refused:
        register(scene, at, by=scene.officer)
    assert "1" in str(refused.value)


def test_register_refuses_when_the_number_is_taken(scene, tree, at):
    register(scene, at, number=5)
    with pytest.raises(applying.NumberTaken):
        register(scene, at, teacher=people.teacher("何远", school=tree.school), by=scene.officer, number=5)


def test_register_refuses_when_her_school_lies_beside_the_authority(scene, tree, at):
    exam = make.exam(tree.county, written="registration_open")
    outsider = people.teacher("何远", school=tree.other_school)
    with pytest.raises(applying.NotBelowTheAuthority):
        register(scene, at, exam=exam, teacher=outsider, by=outsider.user)


def test_register_many_takes_all_or_none_when_one_row_is_wrong(scene, tree, at):
    rows = [applying.Row(people.teacher(f"甲{n}", school=tree.school), make.FACTS, n) for n in (1, 2)]
    with pytest.raises(applying.NumberTaken):
        applying.register_many(
            exam=scene.exam, rows=[*rows, applying.Row(scene.teacher, make.FACTS, 2)], by=scene.officer, at=at
        )
    assert not Candidate.objects.exists()
    made = applying.register_many(exam=scene.exam, rows=rows, by=scene.officer, at=at)
    assert [each.number for each in made] == [1, 2]
    assert Line.objects.get().facts == {"count": 2, "numbers": [1, 2]}
    assert Message.objects.count() == 2


def test_register_many_needs_no_more_queries_when_the_roster_is_longer(scene, tree, at, django_assert_max_num_queries):
    rows = [applying.Row(people.teacher(f"甲{n}", school=tree.school), make.FACTS) for n in range(12)]
    with django_assert_max_num_queries(22):
        applying.register_many(exam=scene.exam, rows=rows, by=scene.officer, at=at)


def test_register_many_refuses_when_the_teacher_herself_asks(scene, at):
    with pytest.raises(NotYourOffice):
        applying.register_many(
            exam=scene.exam, rows=[applying.Row(scene.teacher, make.FACTS)], by=scene.teacher.user, at=at
        )


def test_last_day_is_the_day_before_when_registration_closes_at_midnight(scene):
    scene.exam.registration_closes_at = dt.datetime(2024, 3, 15, 16, tzinfo=dt.UTC)  # 24:00 of the 15th in Shanghai
    assert applying.last_day(scene.exam) == dt.date(2024, 3, 15)


# deciding


def test_approve_tells_the_teacher_when_no_rule_is_broken(scene, at):
    candidate = submitted(scene)
    applying.approve(candidate=candidate, by=scene.reviewer, at=at)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.reviewed_by, candidate.reviewed_at) == (S.APPROVED, scene.reviewer, at)
    assert Line.objects.get().act == "exams.candidate_approved"
    assert Message.objects.get().kind == "exams.candidate_approved"


def test_approve_lists_every_finding_when_some_remain(scene, at):
    candidate = submitted(scene, phone="", training_hours="10")
    with pytest.raises(applying.FindingsRemain) as refused:
        applying.approve(candidate=candidate, by=scene.reviewer, at=at)
    for name in ("phone_missing", "too_few_training_hours"):
        assert applying.wording.rule_name(name) in str(refused.value)
    candidate.refresh_from_db()
    assert candidate.state == S.SUBMITTED


ACTS = {
    "approve": lambda candidate, by, at: applying.approve(candidate=candidate, by=by, at=at),
    "give_back": lambda candidate, by, at: applying.give_back(
        candidate=candidate, rule="other", reason="请补充", by=by, at=at
    ),
    "reject": lambda candidate, by, at: applying.reject(
        candidate=candidate, rule="other", reason="材料不实", by=by, at=at
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_deciding_refuses_when_the_office_is_a_neighbour_s(scene, at, act):
    with pytest.raises(NotYourOffice):
        act(submitted(scene), scene.neighbour, at)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_deciding_refuses_when_it_is_her_own(scene, tree, at, act):
    people.appointment(scene.teacher.user, "bureau_officer", tree.county)
    with pytest.raises(applying.ReviewingOneself):
        act(submitted(scene), scene.teacher.user, at)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("state", ["approved", "rejected", "returned", "withdrawn"])
def test_deciding_refuses_when_nothing_waits_for_review(scene, at, act, state):
    candidate = make.candidate(scene.exam, scene.teacher, state=state)
    with pytest.raises(applying.NotWaitingForReview):
        act(candidate, scene.reviewer, at)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_deciding_refuses_when_seats_are_arranged(scene, at, act):
    candidate = submitted(scene)
    scene.exam.stages.filter(number=1).update(state="arranged")
    with pytest.raises(NotAtThisStep):
        act(candidate, scene.reviewer, at)


def test_deciding_refuses_when_a_colleague_decided_meanwhile(scene, at):
    mine, hers = submitted(scene), Candidate.objects.get()
    applying.approve(candidate=hers, by=scene.officer, at=at)
    with pytest.raises(applying.NotWaitingForReview):
        applying.reject(candidate=mine, rule="other", reason="材料不实", by=scene.reviewer, at=at)
    assert Candidate.objects.get().state == S.APPROVED
    assert Line.objects.count() == 1


def test_give_back_keeps_rule_and_reason_when_the_rule_is_fixable_and_found(scene, at):
    candidate = submitted(scene, phone="139")
    applying.give_back(candidate=candidate, rule="phone_missing", reason="请填写手机号码", by=scene.reviewer, at=at)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.review_rule, candidate.review_reason) == (
        S.RETURNED,
        "phone_missing",
        "请填写手机号码",
    )
    assert Message.objects.get().facts["reason"] == "请填写手机号码"


@pytest.mark.parametrize("rule", ["phone_missing", "too_few_training_hours", "nonsense"])
def test_give_back_refuses_when_the_rule_is_not_found_or_not_fixable(scene, at, rule):
    candidate = submitted(scene, training_hours="1")
    with pytest.raises(applying.NoSuchFinding):
        applying.give_back(candidate=candidate, rule=rule, reason="x", by=scene.reviewer, at=at)


@pytest.mark.parametrize("rule", ["", "other"])
def test_give_back_refuses_when_neither_rule_nor_reason_is_given(scene, at, rule):
    with pytest.raises(applying.ReasonMissing):
        applying.give_back(candidate=submitted(scene), rule=rule, reason="  ", by=scene.reviewer, at=at)


def test_reject_is_final_when_the_rule_is_found(scene, at):
    candidate = submitted(scene, in_service=False)
    applying.reject(candidate=candidate, rule="not_in_service", reason="", by=scene.reviewer, at=at)
    with pytest.raises(applying.NotReturned):
        applying.correct(candidate=candidate, facts=make.FACTS, by=scene.teacher.user, at=at)
    assert Candidate.objects.get().state == S.REJECTED


@pytest.mark.parametrize("rule", ["phone_missing", "too_few_training_hours"])
def test_reject_refuses_when_the_rule_is_fixable_or_met(scene, at, rule):
    with pytest.raises(applying.NoSuchFinding):
        applying.reject(candidate=submitted(scene, phone=""), rule=rule, reason="x", by=scene.reviewer, at=at)


# correcting and withdrawing


@pytest.mark.parametrize("who", ["teacher", "reviewer", "officer"])
def test_correct_submits_again_when_it_was_returned(scene, at, who):
    candidate = make.candidate(scene.exam, scene.teacher, state="returned", facts={"phone": ""})
    by = scene.teacher.user if who == "teacher" else getattr(scene, who)
    applying.correct(candidate=candidate, facts={"phone": "13900000009"}, by=by, at=at)
    candidate.refresh_from_db()
    assert (candidate.state, candidate.facts["phone"], candidate.facts["post"]) == (
        S.SUBMITTED,
        "13900000009",
        make.FACTS["post"],
    )
    assert Line.objects.get().facts == {"changed": ["phone"]}


@pytest.mark.parametrize("state", ["submitted", "approved", "rejected", "withdrawn"])
def test_correct_refuses_when_it_was_not_returned(scene, at, state):
    candidate = make.candidate(scene.exam, scene.teacher, state=state)
    with pytest.raises(applying.NotReturned):
        applying.correct(candidate=candidate, facts={"phone": "1"}, by=scene.teacher.user, at=at)


def test_correct_refuses_when_it_is_another_teacher_s(scene, tree, at):
    candidate = make.candidate(scene.exam, scene.teacher, state="returned")
    with pytest.raises(applying.NotYourRegistration):
        applying.correct(candidate=candidate, facts={}, by=people.teacher("何远", school=tree.other_school).user, at=at)


def test_correct_refuses_when_seats_are_arranged(scene, at):
    candidate = make.candidate(scene.exam, scene.teacher, state="returned")
    scene.exam.stages.filter(number=1).update(state="arranged")
    with pytest.raises(NotAtThisStep):
        applying.correct(candidate=candidate, facts={"phone": "1"}, by=scene.teacher.user, at=at)


@pytest.mark.parametrize("state", ["submitted", "returned", "approved"])
def test_withdraw_ends_the_candidacy_when_it_stands(scene, at, state):
    candidate = make.candidate(scene.exam, scene.teacher, state=state)
    applying.withdraw(candidate=candidate, reason="家中有事", by=scene.teacher.user, at=at)
    candidate.refresh_from_db()
    assert candidate.state == S.WITHDRAWN
    assert Line.objects.get().reason == "家中有事"


def test_withdraw_leaves_the_seat_empty_when_seats_are_arranged(scene, at):
    entry = make.entry(make.candidate(scene.exam, scene.teacher), state="ticket_issued")
    scene.exam.stages.filter(number=1).update(state="arranged")
    applying.withdraw(candidate=entry.candidate, reason="家中有事", by=scene.officer, at=at)
    entry.refresh_from_db()
    assert (entry.state, entry.seat) == (StageEntry.State.WITHDRAWN, 1)


@pytest.mark.parametrize("state", ["rejected", "withdrawn", "voided"])
def test_withdraw_refuses_when_nothing_stands(scene, at, state):
    candidate = make.candidate(scene.exam, scene.teacher, state=state)
    with pytest.raises(applying.AlreadyOver):
        applying.withdraw(candidate=candidate, reason="x", by=scene.teacher.user, at=at)


def test_withdraw_refuses_when_there_is_no_reason(scene, at):
    with pytest.raises(applying.ReasonMissing):
        applying.withdraw(candidate=submitted(scene), reason=" ", by=scene.teacher.user, at=at)


def test_withdraw_refuses_when_a_stranger_asks(scene, at):
    with pytest.raises(applying.NotYourRegistration):
        applying.withdraw(candidate=submitted(scene), reason="x", by=scene.neighbour, at=at)


def test_withdraw_refuses_when_the_bell_has_rung(scene, at):
    candidate = make.candidate(scene.exam, scene.teacher)
    scene.exam.stages.filter(number=1).update(state="arranged")
    bell = make.module(scene.exam).sitting.starts_at
    with pytest.raises(applying.SittingBegun):
        applying.withdraw(candidate=candidate, reason="x", by=scene.teacher.user, at=bell)
    applying.withdraw(candidate=candidate, reason="x", by=scene.teacher.user, at=bell - TICK)


def test_withdraw_refuses_when_the_stage_has_begun(scene, at):
    candidate = make.candidate(scene.exam, scene.teacher)
    scene.exam.stages.filter(number=1).update(state=Stage.State.IN_PROGRESS)
    with pytest.raises(NotAtThisStep):
        applying.withdraw(candidate=candidate, reason="x", by=scene.teacher.user, at=at)
