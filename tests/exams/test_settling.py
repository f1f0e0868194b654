"""From marks to results: exact sums, explained, and refused while anything is missing."""

from decimal import Decimal

import pytest

from exams import marking, settling, stages
from exams.models import Hearing, HearingDay, Mark, ModuleResult, Panel, Performance, StageEntry
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from lms.scoring.models import Assessment, Rubric
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def exam(tree):
    return make.exam_in_marking(tree.city)


@pytest.fixture
def written(exam):
    return exams.stage(exam)


@pytest.fixture
def three(tree):
    return make.markers(tree.city, 3)


def complete(attempt, three, at, marks=(("5", "3", "4.5"), ("6.1", "2", "2"), ("6.2", "5", "4.5"))):
    """Give a script all its marks."""
    marking.mark_by_key(attempt.pk, at)
    for item, first, second in marks:
        make.marks(attempt, item, first, second, three)
    return attempt


# Written


def test_settle_written_sums_exactly_and_explains(exam, written, officer, three, at):
    attempt = make.script(exam, answers={**make.RIGHT, "2": ["C"], "4": ["安全", "", "密"], **make.WRITTEN})
    marking.mark_by_key(attempt.pk, at)
    make.marks(attempt, "5", "3", "4.5", three)
    make.marks(attempt, "6.1", "0.5", "5", three, third="1.5")
    make.marks(attempt, "6.2", "5", "4.5", three)

    assert settling.settle_written(written, by=officer, at=at) == 1

    result = ModuleResult.objects.get()
    assert result.score == D("3.667") + D("3.75") + D("1") + D("4.75")
    assert result.status == "scored"
    assert result.passed is None
    assert result.basis == {
        "objective": {
            "points": "3.667",
            "sections": [["单选题", "1", "1"], ["多选题", "1", "2"], ["判断题", "1", "1"], ["填空题", "0.667", "2"]],
        },
        "constructed": {
            "5": ["3", "4.5", None, "3.75"],
            "6.1": ["0.5", "5", "1.5", "1"],
            "6.2": ["5", "4.5", None, "4.75"],
        },
    }
    written.refresh_from_db()
    assert written.state == "scores_checked"
    assert StageEntry.objects.get().state == "marked"
    assert Line.objects.get(act="exams.scores_checked").facts == {"results": 1, "scored": 1}


def test_settle_written_counts_blank_and_missing_answers_as_nought(exam, written, officer, at):
    attempt = make.script(exam, answers={"1": "B", "5": "  "})
    marking.mark_by_key(attempt.pk, at)
    settling.settle_written(written, by=officer, at=at)
    result = ModuleResult.objects.get()
    assert result.score == D(1)
    assert result.basis["constructed"] == {item: [None, None, None, "0"] for item in ("5", "6.1", "6.2")}


def test_settle_written_gives_the_absent_and_the_violators_no_score(exam, written, officer, at):
    absent = exams.entry(exams.candidate(exam), state="absent")
    violator = make.script(exam, entry_state="violated").entry
    withdrawn = exams.entry(exams.candidate(exam), state="withdrawn")

    assert settling.settle_written(written, by=officer, at=at) == 0

    found = {each.entry_id: (each.status, each.score, each.passed) for each in ModuleResult.objects.all()}
    assert found == {absent.pk: ("absent", None, None), violator.pk: ("void", None, None)}
    states = dict(StageEntry.objects.values_list("pk", "state"))
    assert states == {absent.pk: "absent", violator.pk: "violated", withdrawn.pk: "withdrawn"}


def test_settle_written_needs_no_more_queries_for_more_scripts(
    exam, written, officer, three, at, django_assert_max_num_queries
):
    for _ in range(6):
        complete(make.script(exam), three, at)
    with django_assert_max_num_queries(24):
        settling.settle_written(written, by=officer, at=at)
    assert ModuleResult.objects.count() == 6


def refused(stage, officer, at):
    with pytest.raises(settling.MarksMissing) as refusal:
        settling.settle_written(stage, by=officer, at=at)
    assert not ModuleResult.objects.exists()
    stage.refresh_from_db()
    assert stage.state == "marking"
    return {name: count for name, count in refusal.value.facts.items() if count}


def test_settle_written_refuses_when_a_script_is_still_open(exam, written, officer, at):
    make.script(exam, state="open", answers={"1": "B"})
    assert refused(written, officer, at) == {"sitting": 1}


def test_settle_written_refuses_when_the_key_has_not_marked(exam, written, officer, at):
    make.script(exam, answers={"1": "B"})
    assert refused(written, officer, at) == {"sitting": 1}


def test_settle_written_refuses_when_answers_have_no_markers(exam, written, officer, at):
    attempt = make.script(exam)
    marking.mark_by_key(attempt.pk, at)
    assert refused(written, officer, at) == {"unallocated": 3}


def test_settle_written_refuses_when_marks_are_waiting(exam, written, officer, three, at):
    complete(make.script(exam), three, at, [("5", "3", None), ("6.1", None, None), ("6.2", "5", "5")])
    assert refused(written, officer, at) == {"waiting": 3}


def test_settle_written_refuses_when_a_third_mark_is_missing(exam, written, officer, three, at):
    attempt = complete(make.script(exam), three, at, [("5", "0", "5"), ("6.1", "0", "4"), ("6.2", "5", "5")])
    Mark.objects.create(answer=attempt.answers.get(item="5"), role="third", marker=three[2], assigned_at=at)
    assert refused(written, officer, at) == {"thirds": 2}


@pytest.mark.parametrize("state", ["seated", "ticket_issued", "present"])
def test_settle_written_refuses_when_somebody_is_neither_present_nor_absent(exam, written, officer, at, state):
    exams.entry(exams.candidate(exam), state=state)
    assert refused(written, officer, at) == {"undecided": 1}


def test_settle_written_refuses_a_second_time(exam, written, officer, three, at):
    complete(make.script(exam), three, at)
    settling.settle_written(written, by=officer, at=at)
    with pytest.raises(stages.NotAtThisStep):
        settling.settle_written(written, by=officer, at=at)
    assert ModuleResult.objects.count() == 1


def test_settle_written_refuses_another_authoritys_officer(exam, written, tree, at):
    with pytest.raises(NotYourOffice):
        settling.settle_written(written, by=people.officer(Appointment.Office.EXAM_OFFICER, tree.county), at=at)


def test_settle_written_refuses_a_performance(exam, officer, at):
    with pytest.raises(settling.OtherKindOfStage):
        settling.settle_written(exams.stage(exam, 2), by=officer, at=at)


# Performance


@pytest.fixture
def performance(tree):
    exam = exams.exam(tree.city, written="finalised", performance="in_progress")
    stage = exams.stage(exam, 2)
    day = HearingDay.objects.create(stage=stage, starts_at=people.AT, site="考点")
    panel = Panel.objects.create(stage=stage, code="P1", name="第1考场", group="小学")
    rubric = Rubric.objects.create(name="评分表")

    def hear(state, *scores):
        """A hearing in a state with a score in each module; None leaves one without, an empty list has none."""
        entry = exams.entry(exams.candidate(exam), stage, "present")
        hearing = Hearing.objects.create(entry=entry, day=day, panel=panel, state=state)
        for module, score in zip(stage.modules.all(), scores, strict=False):
            score = None if score is None else D(score)
            made = Assessment.objects.create(rubric=rubric, judges=7, score=score, basis={"kept": ["70"]})
            Performance.objects.create(hearing=hearing, module=module, assessment=made)
        return entry

    return stage, hear


def test_settle_performance_passes_only_who_passed_each_module(performance, officer, at):
    stage, hear = performance
    both = hear("acknowledged", "60.00", "60.00")
    oral_only = hear("acknowledged", "98.00", "59.99")
    lesson_only = hear("scored", "59.99", "98.00")

    assert settling.settle_performance(stage, by=officer, at=at) == 1

    states = dict(StageEntry.objects.values_list("pk", "state"))
    assert states == {both.pk: "passed", oral_only.pk: "failed", lesson_only.pk: "failed"}
    passed = {(each.entry_id, each.module.kind): each.passed for each in ModuleResult.objects.select_related("module")}
    assert passed[oral_only.pk, "oral"] is True
    assert passed[oral_only.pk, "lesson"] is False
    result = ModuleResult.objects.get(entry=both, module__kind="oral")
    assert (result.score, result.basis) == (D(60), {"panel": {"kept": ["70"]}, "line": "60"})
    stage.refresh_from_db()
    assert stage.state == "scores_checked"
    assert set(stage.reached) == {"marking", "scores_checked"}
    assert Line.objects.get(act="exams.scores_checked").facts["passed"] == 1


def test_settle_performance_gives_no_score_to_who_forfeited_or_was_disqualified(performance, officer, at):
    stage, hear = performance
    forfeited = hear("forfeited")
    thrown_out = hear("disqualified", "90.00", "90.00")

    settling.settle_performance(stage, by=officer, at=at)

    found = set(ModuleResult.objects.values_list("entry", "status", "score", "passed"))
    assert found == {(forfeited.pk, "absent", None, False), (thrown_out.pk, "void", None, False)}
    assert dict(StageEntry.objects.values_list("pk", "state")) == {forfeited.pk: "absent", thrown_out.pk: "violated"}


def test_settle_performance_refuses_when_a_hearing_is_not_finished(performance, officer, at):
    stage, hear = performance
    hear("presenting", None, None)
    with pytest.raises(settling.ScoresMissing) as refusal:
        settling.settle_performance(stage, by=officer, at=at)
    assert refusal.value.facts == {"undecided": 0, "hearings": 1, "scores": 0}


def test_settle_performance_refuses_when_a_module_has_no_score(performance, officer, at):
    stage, hear = performance
    hear("acknowledged", "70", None)
    hear("acknowledged", "70")
    with pytest.raises(settling.ScoresMissing) as refusal:
        settling.settle_performance(stage, by=officer, at=at)
    assert refusal.value.facts == {"undecided": 0, "hearings": 0, "scores": 2}
    assert not ModuleResult.objects.exists()


def test_settle_performance_refuses_when_somebody_has_no_hearing(performance, officer, at):
    stage, _ = performance
    exams.entry(exams.candidate(stage.exam), stage, "seated")
    with pytest.raises(settling.ScoresMissing) as refusal:
        settling.settle_performance(stage, by=officer, at=at)
    assert refusal.value.facts["undecided"] == 1


def test_settle_performance_refuses_a_second_time(performance, officer, at):
    stage, hear = performance
    hear("acknowledged", "70", "70")
    settling.settle_performance(stage, by=officer, at=at)
    with pytest.raises(stages.NotAtThisStep):
        settling.settle_performance(stage, by=officer, at=at)


def test_settle_performance_refuses_another_authoritys_officer(performance, tree, at):
    with pytest.raises(NotYourOffice):
        settling.settle_performance(
            performance[0], by=people.officer(Appointment.Office.EXAM_OFFICER, tree.county), at=at
        )


def test_settle_performance_refuses_a_written_stage(written, officer, at):
    with pytest.raises(settling.OtherKindOfStage):
        settling.settle_performance(written, by=officer, at=at)
