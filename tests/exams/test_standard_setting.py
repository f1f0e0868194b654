"""The line: what it would do, who proposes, who approves, and what is refused."""

from decimal import Decimal
from itertools import pairwise

import pytest

from exams import stages, standard_setting
from exams.models import CutScore, Module, ModuleResult, Stage, StageEntry
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.lib.crypto import digest
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal
SCORES = ("41.5", "58", "59.75", "60", "60", "61.25", "77", "100")


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def second(tree):
    return people.officer(Appointment.Office.SIGNATORY, tree.province, "汤局长")


@pytest.fixture
def module(tree):
    """Eight scores and one absent: three from the county, two from its neighbour, three from the city's own school."""
    exam = exams.exam(tree.city, written="scores_checked")
    schools = [tree.school] * 3 + [tree.other_school] * 2 + [tree.city_school] * 3
    for score, school in zip(SCORES, schools, strict=True):
        make.scored(exam, score, school=school)
    make.scored(exam, None, school=tree.school)
    return exams.module(exam)


# The preview


def test_preview_counts_a_score_on_the_line_as_passed(module):
    seen = standard_setting.preview(module, D("60"))
    assert (seen["sat"], seen["passing"], seen["below"], seen["share"]) == (8, 5, 3, "62.5")
    assert (seen["lowest_above"], seen["ties"], seen["highest_below"], seen["at_line"]) == ("60", 2, "59.75", 2)


def test_preview_says_what_other_lines_would_do(module):
    seen = standard_setting.preview(module, D("60"))
    assert [(each["value"], each["passing"], each["change"]) for each in seen["alternatives"]] == [
        ("56.00", 7, 2),
        ("58.00", 7, 2),
        ("59.00", 6, 1),
        ("60.00", 5, 0),
        ("61.00", 3, -2),
        ("62.00", 2, -3),
        ("64.00", 2, -3),
    ]


def test_preview_counts_by_unit_and_gathers_the_authoritys_own_schools(module, tree):
    seen = standard_setting.preview(module, D("60"))
    assert seen["units"] == [
        {"id": None, "name": "", "sat": 3, "passing": 3, "share": "100.0", "if_lower": 0, "if_higher": -1},
        {"id": tree.county.pk, "name": "澜溪县", "sat": 3, "passing": 0, "share": "0.0", "if_lower": 2, "if_higher": 0},
        {
            "id": tree.neighbour.pk,
            "name": "青屏县",
            "sat": 2,
            "passing": 2,
            "share": "100.0",
            "if_lower": 0,
            "if_higher": -2,
        },
    ]
    assert sum(each["passing"] for each in seen["units"]) == seen["passing"]


@pytest.mark.parametrize("value", ["60", "60.5", "0", "100", "41.51"])
def test_preview_has_a_bin_edge_at_the_line(module, value):
    seen = standard_setting.preview(module, D(value))
    above = sum(each["count"] for each in seen["bins"] if D(each["low"]) >= D(value))
    below = sum(each["count"] for each in seen["bins"] if D(each["high"]) <= D(value))
    assert (above, below) == (seen["passing"], seen["below"])
    assert all(D(each["high"]) - D(each["low"]) == 2 for each in seen["bins"])
    edges = [(each["low"], each["high"]) for each in seen["bins"]]
    assert all(one[1] == other[0] for one, other in pairwise(edges))


def test_preview_puts_full_marks_into_the_bin_that_ends_with_them(module):
    bins = standard_setting.preview(module, D("60"))["bins"]
    assert bins[-1] == {"low": "98", "high": "100", "count": 1}


@pytest.mark.parametrize(("value", "passing"), [("0", 8), ("100", 1), ("99.99", 1), ("41.5", 8), ("41.51", 7)])
def test_preview_is_exact_at_the_ends(module, value, passing):
    seen = standard_setting.preview(module, D(value))
    assert seen["passing"] == passing
    assert all(0 <= D(each["value"]) <= 100 for each in seen["alternatives"])


def test_preview_of_no_scores_is_empty(tree):
    seen = standard_setting.preview(exams.module(exams.exam(tree.city)), D(60))
    assert (seen["sat"], seen["passing"], seen["bins"], seen["units"], seen["lowest_above"]) == (0, 0, [], [], None)


def test_preview_is_stable_plain_data_in_three_queries(module, django_assert_num_queries):
    module = Module.objects.select_related("stage__exam__organisation").get(pk=module.pk)
    with django_assert_num_queries(3):
        first = standard_setting.preview(module, D("60"))
    assert digest(first) == digest(standard_setting.preview(module, D("60.00")))
    assert digest(first) != digest(standard_setting.preview(module, D("60.01")))


# Proposing


def test_propose_keeps_what_was_seen(module, officer, at):
    cut_score = standard_setting.propose(module, D("60"), "达到合格要求", by=officer, at=at)
    assert cut_score.state == "proposed"
    assert cut_score.seen["passing"] == 5
    assert cut_score.seen_digest == digest(standard_setting.preview(module, D("60")))
    line = Line.objects.get(act="exams.line_proposed")
    assert (line.facts, line.reason) == ({"value": "60.00", "passing": 5, "below": 3}, "达到合格要求")
    assert not ModuleResult.objects.exclude(passed=None).exists()


@pytest.mark.parametrize("value", ["-0.01", "100.01", "60.005", "NaN", "Infinity"])
def test_propose_refuses_a_line_out_of_range(module, officer, at, value):
    with pytest.raises(standard_setting.LineOutOfRange):
        standard_setting.propose(module, D(value), "理由", by=officer, at=at)


def test_propose_refuses_without_a_reason(module, officer, at):
    with pytest.raises(standard_setting.LineReasonMissing):
        standard_setting.propose(module, D(60), "  ", by=officer, at=at)


def test_propose_refuses_a_second_live_proposal(module, officer, at):
    standard_setting.propose(module, D(60), "理由", by=officer, at=at)
    with pytest.raises(standard_setting.ProposalWaiting) as refusal:
        standard_setting.propose(module, D(61), "理由", by=officer, at=at)
    assert "60.00" in str(refusal.value)
    assert CutScore.objects.count() == 1


@pytest.mark.parametrize("state", ["marking", "line_set", "publicised"])
def test_propose_refuses_at_another_step(module, officer, at, state):
    Stage.objects.filter(pk=module.stage_id).update(state=state)
    with pytest.raises(stages.NotAtThisStep):
        standard_setting.propose(module, D(60), "理由", by=officer, at=at)


def test_propose_refuses_where_the_lines_were_fixed_beforehand(tree, officer, at):
    oral = exams.module(exams.exam(tree.city, performance="scores_checked"), 2, 1)
    with pytest.raises(standard_setting.LineFixedBeforehand):
        standard_setting.propose(oral, D(60), "理由", by=officer, at=at)


def test_propose_refuses_who_is_no_exam_officer_here(module, second, tree, at):
    for stranger in (second, people.officer(Appointment.Office.EXAM_OFFICER, tree.county)):
        with pytest.raises(NotYourOffice):
            standard_setting.propose(module, D(60), "理由", by=stranger, at=at)


# Approving


@pytest.fixture
def proposed(module, officer, at):
    return standard_setting.propose(module, D("60"), "达到合格要求", by=officer, at=at)


def test_approve_draws_the_line(proposed, module, second, at):
    standard_setting.approve(proposed, proposed.seen_digest, by=second, at=at)

    passed = {(each.score, each.passed) for each in ModuleResult.objects.filter(status="scored")}
    assert passed == {(D(score), D(score) >= 60) for score in SCORES}
    assert ModuleResult.objects.get(status="absent").passed is None
    states = {each.results.get().score: each.state for each in StageEntry.objects.all()}
    assert states == {
        **{D(score): "passed" if D(score) >= 60 else "failed" for score in SCORES},
        None: "absent",
    }
    module.stage.refresh_from_db()
    assert module.stage.state == "line_set"
    proposed.refresh_from_db()
    assert (proposed.state, proposed.decided_by, proposed.decided_at) == ("approved", second, at)
    assert Message.objects.get(kind="exams.line_set").recipient == proposed.proposed_by
    line = Line.objects.get(act="exams.line_set")
    assert line.facts["digest"] == proposed.seen_digest


@pytest.mark.parametrize(("line", "count"), [("60.67", 1), ("60.66", 1), ("60.667", None)])
def test_approve_compares_thirds_of_points_exactly(tree, officer, second, at, line, count):
    exam = exams.exam(tree.city, written="scores_checked")
    make.scored(exam, "60.667", school=tree.school)
    module = exams.module(exam)
    if count is None:
        with pytest.raises(standard_setting.LineOutOfRange):
            standard_setting.propose(module, D(line), "理由", by=officer, at=at)
        return
    cut_score = standard_setting.propose(module, D(line), "理由", by=officer, at=at)
    standard_setting.approve(cut_score, cut_score.seen_digest, by=second, at=at)
    reached = D("60.667") >= D(line)
    assert cut_score.seen["passing"] == int(reached)
    assert ModuleResult.objects.get().passed is reached


def test_approve_refuses_the_proposer(proposed, officer, at):
    with pytest.raises(standard_setting.ProposerMayNotDecide):
        standard_setting.approve(proposed, proposed.seen_digest, by=officer, at=at)


def test_approve_refuses_when_a_score_changed_since(proposed, second, at):
    ModuleResult.objects.filter(score=D("77")).update(score=D("77.25"))
    with pytest.raises(standard_setting.ChangedSince):
        standard_setting.approve(proposed, proposed.seen_digest, by=second, at=at)
    today = digest(standard_setting.preview(proposed.module, proposed.value))
    with pytest.raises(standard_setting.ChangedSince):
        standard_setting.approve(proposed, today, by=second, at=at)
    assert not ModuleResult.objects.exclude(passed=None).exists()


def test_approve_refuses_when_she_saw_something_else(proposed, module, second, at):
    other = digest(standard_setting.preview(module, D("61")))
    for seen in (other, "", "0" * 64):
        with pytest.raises(standard_setting.ChangedSince):
            standard_setting.approve(proposed, seen, by=second, at=at)


def test_approve_refuses_a_second_time(proposed, second, at):
    standard_setting.approve(proposed, proposed.seen_digest, by=second, at=at)
    with pytest.raises(standard_setting.LineDecided):
        standard_setting.approve(proposed, proposed.seen_digest, by=second, at=at)


@pytest.mark.parametrize("office", ["clerk", "auditor", "bureau_officer"])
def test_approve_refuses_another_office(proposed, tree, at, office):
    with pytest.raises(NotYourOffice):
        standard_setting.approve(proposed, proposed.seen_digest, by=people.officer(office, tree.city), at=at)


def test_approve_refuses_when_the_stage_has_moved(proposed, module, second, at):
    Stage.objects.filter(pk=module.stage_id).update(state="marking")
    with pytest.raises(stages.NotAtThisStep):
        standard_setting.approve(proposed, proposed.seen_digest, by=second, at=at)


# Returning


def test_give_back_lets_another_be_proposed(proposed, module, officer, second, at):
    standard_setting.give_back(proposed, "请说明与上年的比较", by=second, at=at)
    proposed.refresh_from_db()
    assert (proposed.state, proposed.decision_reason) == ("returned", "请说明与上年的比较")
    told = Message.objects.get(kind="exams.line_returned")
    assert (told.recipient, told.facts["reason"]) == (officer, "请说明与上年的比较")
    assert Line.objects.get(act="exams.line_returned").reason == "请说明与上年的比较"
    assert standard_setting.propose(module, D(61), "已补充", by=officer, at=at).state == "proposed"


def test_give_back_refuses_without_a_reason(proposed, second, at):
    with pytest.raises(standard_setting.LineReturnReasonMissing):
        standard_setting.give_back(proposed, " ", by=second, at=at)


def test_give_back_refuses_the_proposer(proposed, officer, at):
    with pytest.raises(standard_setting.ProposerMayNotDecide):
        standard_setting.give_back(proposed, "理由", by=officer, at=at)


def test_give_back_refuses_what_is_decided(proposed, second, at):
    standard_setting.approve(proposed, proposed.seen_digest, by=second, at=at)
    with pytest.raises(standard_setting.LineDecided):
        standard_setting.give_back(proposed, "理由", by=second, at=at)


def test_give_back_refuses_another_office(proposed, tree, at):
    with pytest.raises(NotYourOffice):
        standard_setting.give_back(proposed, "理由", by=people.officer("clerk", tree.city), at=at)
