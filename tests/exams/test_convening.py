"""Calling an exam: every refusal, and what stands afterwards."""

import datetime as dt
from decimal import Decimal

import pytest

from exams import convening
from exams.models import Module, Stage
from exams.stages import NotAtThisStep
from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, QuietTime
from tests.factories import exams as make
from tests.factories import people

DAY = dt.timedelta(days=1)


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程秋霁")


def convene(tree, by, at, **more):
    values = {
        "organisation": tree.city,
        "level": make.level(tree.city),
        "name": "上岗资格考试",
        "code": "241",
        "registration_opens_at": at + DAY,
        "registration_closes_at": at + 10 * DAY,
        "eligibility": make.ELIGIBILITY,
        "publicity_working_days": 5,
        "by": by,
        "at": at,
    }
    return convening.convene(**{**values, **more})


def plan(exam, by, at):
    stage = convening.add_stage(exam=exam, number=1, kind="written", name="笔试", by=by, at=at)
    module = convening.add_module(
        stage=stage,
        number=1,
        kind="written",
        name="专业知识",
        full_marks=Decimal("100"),
        pass_mark=Decimal("60"),
        difference_limit=Decimal("2"),
        by=by,
        at=at,
    )
    return stage, module


def schedule(module, by, at, **more):
    values = {
        "site": "第一考点",
        "starts_at": module.stage.exam.registration_closes_at + 20 * DAY,
        "minutes": 120,
        "entry_closes_minutes": 30,
        "grace_seconds": 30,
        "room_size": 30,
    }
    return convening.schedule_sitting(module=module, by=by, at=at, **{**values, **more})


def test_convene_founds_an_exam_when_an_exam_officer_calls_it(tree, officer, at):
    exam = convene(tree, officer, at)
    assert (exam.code, exam.held_at, exam.publicity_working_days) == ("241", at, 5)
    assert Line.objects.get().act == "exams.exam_convened"


@pytest.mark.parametrize("office", ["bureau_officer", "auditor", "signatory"])
def test_convene_refuses_when_the_office_is_another(tree, at, office):
    with pytest.raises(NotYourOffice):
        convene(tree, people.officer(office, tree.city), at)


def test_convene_refuses_when_the_office_lies_below_the_authority(tree, at):
    with pytest.raises(NotYourOffice):
        convene(tree, people.officer("exam_officer", tree.county), at)


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"code": "24"}, convening.CodeNotThreeDigits),
        ({"code": "24a"}, convening.CodeNotThreeDigits),
        ({"code": "２４１"}, convening.CodeNotThreeDigits),
        ({"registration_closes_at": people.AT + DAY}, convening.WindowBackwards),
        ({"eligibility": {"min_age": 18}}, convening.FiguresNotUnderstood),
        ({"publicity_working_days": 0}, convening.NoWorkingDays),
    ],
)
def test_convene_refuses_when_a_figure_is_wrong(tree, officer, at, more, refusal):
    with pytest.raises(refusal):
        convene(tree, officer, at, **more)


def test_convene_refuses_when_the_level_belongs_to_a_neighbour(tree, officer, at):
    with pytest.raises(convening.LevelOfAnother):
        convene(tree, officer, at, level=make.level(tree.county))


def test_convene_refuses_when_the_code_is_taken(tree, officer, at):
    convene(tree, officer, at)
    with pytest.raises(convening.CodeTaken):
        convene(tree, officer, at)
    assert Line.objects.count() == 1


def test_add_stage_refuses_when_it_is_out_of_turn(tree, officer, at):
    exam = convene(tree, officer, at)
    with pytest.raises(convening.StageOutOfTurn) as refused:
        convening.add_stage(exam=exam, number=2, kind="written", name="笔试", by=officer, at=at)
    assert "1" in str(refused.value)


@pytest.mark.parametrize(("first", "kind"), [(False, "performance"), (True, "written")])
def test_add_stage_refuses_when_its_kind_is_out_of_turn(tree, officer, at, first, kind):
    exam = convene(tree, officer, at)
    if first:
        convening.add_stage(exam=exam, number=1, kind="written", name="笔试", by=officer, at=at)
    with pytest.raises(convening.KindOutOfTurn):
        convening.add_stage(exam=exam, number=1 + first, kind=kind, name="x", by=officer, at=at)


def test_add_stage_refuses_when_the_exam_is_announced(tree, officer, at):
    exam = make.exam(tree.city, written="registration_open")
    with pytest.raises(convening.ExamAnnounced):
        convening.add_stage(exam=exam, number=3, kind="performance", name="x", by=officer, at=at)
    assert exam.stages.count() == 2


def amend(exam, by, at, **more):
    values = {
        "level": exam.level,
        "name": "改名的考试",
        "code": "242",
        "registration_opens_at": at + 2 * DAY,
        "registration_closes_at": at + 12 * DAY,
        "eligibility": {**make.ELIGIBILITY, "min_service_years": 3},
        "publicity_working_days": 7,
        "by": by,
        "at": at,
    }
    convening.amend(exam=exam, **{**values, **more})


def test_amend_puts_other_figures_in_place_while_the_exam_is_planned(tree, officer, at):
    exam = convene(tree, officer, at)
    amend(exam, officer, at)
    exam.refresh_from_db()
    assert (exam.name, exam.code, exam.publicity_working_days) == ("改名的考试", "242", 7)
    assert exam.registration_closes_at == at + 12 * DAY
    assert exam.eligibility["min_service_years"] == 3
    assert Line.objects.filter(act="exams.exam_amended").count() == 1


def test_amend_refuses_when_the_exam_is_announced(tree, officer, at):
    exam = make.exam(tree.city, written="registration_open")
    with pytest.raises(convening.ExamAnnounced):
        amend(exam, officer, at)


def test_amend_refuses_when_registration_would_outlast_the_sitting(tree, officer, at):
    exam = make.exam(tree.city, starts_at=at + 11 * DAY)
    with pytest.raises(convening.WindowPastSitting):
        amend(exam, officer, at)


@pytest.mark.parametrize(
    ("figures", "refusal"),
    [
        ({"code": "241"}, convening.CodeTaken),
        ({"code": "24"}, convening.CodeNotThreeDigits),
        ({"publicity_working_days": 0}, convening.NoWorkingDays),
    ],
)
def test_amend_refuses_what_convene_refuses(tree, officer, at, figures, refusal):
    convene(tree, officer, at)
    exam = convene(tree, officer, at, code="243")
    with pytest.raises(refusal):
        amend(exam, officer, at, **figures)
    exam.refresh_from_db()
    assert exam.code == "243"


def test_add_module_refuses_when_the_stage_is_past_planning(tree, officer, at):
    stage = make.stage(make.exam(tree.city, written="registration_open"))
    with pytest.raises(convening.PlanStands):
        convening.add_module(
            stage=stage,
            number=2,
            kind="written",
            name="x",
            full_marks=Decimal(100),
            pass_mark=Decimal(60),
            by=officer,
            at=at,
        )


@pytest.mark.parametrize(("stage_kind", "kind"), [("written", "oral"), ("performance", "written")])
def test_add_module_refuses_when_its_kind_does_not_fit_the_stage(tree, officer, at, stage_kind, kind):
    exam = convene(tree, officer, at)
    stages = {
        each: convening.add_stage(exam=exam, number=number, kind=each, name="一", by=officer, at=at)
        for number, each in enumerate(("written", "performance"), 1)
    }
    stage = stages[stage_kind]
    with pytest.raises(convening.KindDoesNotFit):
        convening.add_module(
            stage=stage,
            number=1,
            kind=kind,
            name="x",
            full_marks=Decimal(100),
            pass_mark=Decimal(60),
            by=officer,
            at=at,
        )


def test_add_module_refuses_when_a_written_stage_has_one(tree, officer, at):
    stage, _ = plan(convene(tree, officer, at), officer, at)
    with pytest.raises(convening.KindDoesNotFit):
        convening.add_module(
            stage=stage,
            number=2,
            kind="written",
            name="x",
            full_marks=Decimal(100),
            pass_mark=Decimal(60),
            by=officer,
            at=at,
        )


@pytest.mark.parametrize("pass_mark", ["0", "-1", "100.01"])
def test_add_module_refuses_when_the_pass_mark_lies_outside(tree, officer, at, pass_mark):
    stage = convening.add_stage(
        exam=convene(tree, officer, at), number=1, kind="written", name="笔试", by=officer, at=at
    )
    with pytest.raises(convening.MarksDoNotFit):
        convening.add_module(
            stage=stage,
            number=1,
            kind="written",
            name="x",
            full_marks=Decimal(100),
            pass_mark=Decimal(pass_mark),
            by=officer,
            at=at,
        )


@pytest.mark.parametrize(("judges", "drop"), [(0, 0), (5, 3)])
def test_add_module_refuses_when_no_score_would_be_left(tree, officer, at, judges, drop):
    exam = convene(tree, officer, at)
    convening.add_stage(exam=exam, number=1, kind="written", name="笔试", by=officer, at=at)
    stage = convening.add_stage(exam=exam, number=2, kind="performance", name="面试", by=officer, at=at)
    with pytest.raises(convening.TooFewJudges):
        convening.add_module(
            stage=stage,
            number=1,
            kind="oral",
            name="口试",
            full_marks=Decimal(100),
            pass_mark=Decimal(60),
            judges=judges,
            drop_high=drop,
            drop_low=drop,
            by=officer,
            at=at,
        )
    assert not Module.objects.exists()


def test_schedule_sitting_keeps_the_database_quiet_around_it_and_moves_that_with_it(tree, officer, at):
    _stage, module = plan(convene(tree, officer, at), officer, at)
    sitting = schedule(module, officer, at)
    quiet = QuietTime.objects.get(source=f"exams.sitting:{sitting.pk}")
    assert quiet.from_at == sitting.starts_at - convening.QUIET_BEFORE
    assert quiet.until_at == sitting.ends_at + convening.QUIET_AFTER
    assert quiet.why == "上岗资格考试 · 专业知识"
    later = schedule(module, officer, at, starts_at=sitting.starts_at + DAY, minutes=90)
    quiet = QuietTime.objects.get()
    assert quiet.from_at == later.starts_at - convening.QUIET_BEFORE
    assert quiet.until_at == later.ends_at + convening.QUIET_AFTER


def test_schedule_sitting_changes_the_time_when_it_is_called_again(tree, officer, at):
    _, module = plan(convene(tree, officer, at), officer, at)
    first = schedule(module, officer, at)
    second = schedule(module, officer, at, minutes=90)
    assert (first.pk, second.minutes) == (second.pk, 90)


def test_schedule_sitting_refuses_when_registration_would_still_run(tree, officer, at):
    exam = convene(tree, officer, at)
    _, module = plan(exam, officer, at)
    with pytest.raises(convening.SittingTooEarly):
        schedule(module, officer, at, starts_at=exam.registration_closes_at - dt.timedelta(seconds=1))


@pytest.mark.parametrize(
    "figures", [{"minutes": 0}, {"room_size": 0}, {"room_size": 100}, {"entry_closes_minutes": 121}]
)
def test_schedule_sitting_refuses_when_a_figure_makes_no_sense(tree, officer, at, figures):
    _, module = plan(convene(tree, officer, at), officer, at)
    with pytest.raises(convening.SittingFigures):
        schedule(module, officer, at, **figures)


def test_schedule_sitting_refuses_when_seats_are_arranged(tree, officer, at):
    module = make.module(make.exam(tree.city, written="arranged"))
    with pytest.raises(NotAtThisStep):
        schedule(module, officer, at)


def test_schedule_sitting_refuses_when_the_module_is_no_paper(tree, officer, at):
    module = make.module(make.exam(tree.city), 2)
    with pytest.raises(convening.KindDoesNotFit):
        schedule(module, officer, at)


def test_open_registration_moves_the_first_stage_when_the_plan_is_complete(tree, officer, at):
    exam = convene(tree, officer, at)
    plan(exam, officer, at)
    convening.open_registration(exam=exam, by=officer, at=at)
    assert exam.stages.get().state == Stage.State.REGISTRATION_OPEN
    assert Line.objects.filter(act="exams.registration_opened").count() == 1


def test_open_registration_refuses_when_there_is_no_module(tree, officer, at):
    exam = convene(tree, officer, at)
    convening.add_stage(exam=exam, number=1, kind="written", name="笔试", by=officer, at=at)
    with pytest.raises(convening.PlanIncomplete):
        convening.open_registration(exam=exam, by=officer, at=at)


def test_open_registration_refuses_when_the_window_is_over(tree, officer, at):
    exam = make.exam(tree.city, closes_at=at)
    with pytest.raises(convening.WindowOver):
        convening.open_registration(exam=exam, by=officer, at=at)


def test_open_registration_refuses_when_it_is_open_already(tree, officer, at):
    exam = make.exam(tree.city, written="registration_open")
    with pytest.raises(NotAtThisStep):
        convening.open_registration(exam=exam, by=officer, at=at)


def test_close_registration_refuses_when_the_window_still_runs(tree, officer, at):
    exam = make.exam(tree.city, written="registration_open")
    with pytest.raises(convening.RegistrationStillRunning):
        convening.close_registration(exam=exam, by=officer, at=exam.registration_closes_at - dt.timedelta(seconds=1))
    convening.close_registration(exam=exam, by=officer, at=exam.registration_closes_at)
    assert make.stage(exam).state == Stage.State.REGISTRATION_CLOSED


@pytest.mark.parametrize(
    "act",
    [
        lambda exam, by, at: convening.open_registration(exam=exam, by=by, at=at),
        lambda exam, by, at: convening.close_registration(exam=exam, by=by, at=at),
        lambda exam, by, at: convening.add_stage(exam=exam, number=3, kind="performance", name="x", by=by, at=at),
        lambda exam, by, at: amend(exam, by, at),
        lambda exam, by, at: schedule(make.module(exam), by, at),
        lambda exam, by, at: plan_module(exam, by, at),
    ],
)
def test_every_act_refuses_when_the_officer_is_of_a_neighbour(tree, at, act):
    exam = make.exam(tree.county)
    with pytest.raises(NotYourOffice):
        act(exam, people.officer("exam_officer", tree.neighbour), at)


def plan_module(exam, by, at):
    return convening.add_module(
        stage=make.stage(exam),
        number=2,
        kind="written",
        name="x",
        full_marks=Decimal(100),
        pass_mark=Decimal(60),
        by=by,
        at=at,
    )
