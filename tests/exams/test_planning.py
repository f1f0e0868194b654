"""The usual plan laid out at once, and a judged module with its rubric: every refusal, and what stands afterwards."""

from decimal import Decimal

import pytest

from exams import convening, outline, planning
from exams.models import Module, Stage
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from lms.scoring import designing
from lms.scoring.models import Rubric
from tests.factories import exams as make
from tests.factories import people


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程秋霁")


@pytest.fixture
def bare(tree):
    """An exam without stages."""
    exam = make.exam(tree.city)
    Module.objects.filter(stage__exam=exam, sitting__isnull=False).get().sitting.delete()
    Module.objects.filter(stage__exam=exam).delete()
    exam.stages.all().delete()
    return exam


def add_judged(stage, by, at, **more):
    values = {"kind": "oral", "name": "口试", "criteria": planning.default_criteria("oral")}
    return planning.add_judged_module(stage=stage, **{**values, **more}, by=by, at=at)


@pytest.mark.parametrize("kind", list(planning.RUBRICS))
def test_default_criteria_come_to_the_full_marks_and_fit_a_rubric(tree, officer, at, kind):
    criteria = planning.default_criteria(kind)
    assert sum(each["points"] for each in criteria) == planning.FULL_MARKS
    rubric = designing.draft_rubric(name="评分表", criteria=criteria, by=officer, at=at)
    rubric.full_clean()
    for each in rubric.criteria.all():
        each.full_clean()


def test_lay_default_plan_leaves_only_the_sitting_to_be_set(bare, officer, at):
    planning.lay_default_plan(exam=bare, by=officer, at=at)
    gaps = outline.gaps(outline.stages_of(bare))
    assert [(gap.kind, gap.module.kind) for gap in gaps] == [("sitting", "written")]


def test_lay_default_plan_refuses_when_a_stage_stands(bare, officer, at):
    convening.add_stage(exam=bare, number=1, kind="written", name="笔试", by=officer, at=at)
    with pytest.raises(planning.PlanBegun):
        planning.lay_default_plan(exam=bare, by=officer, at=at)
    assert bare.stages.count() == 1


def test_lay_default_plan_refuses_when_the_officer_is_of_a_neighbour(tree, bare, at):
    with pytest.raises(NotYourOffice):
        planning.lay_default_plan(exam=bare, by=people.officer("exam_officer", tree.county), at=at)
    assert not bare.stages.exists()


def test_add_judged_module_numbers_it_after_the_others(tree, officer, at):
    stage = make.stage(make.exam(tree.city), 2)
    module = add_judged(stage, officer, at, judges=5)
    assert (module.number, module.judges, module.full_marks) == (3, 5, 100)
    assert module.rubric.name == "口试"


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"criteria": []}, designing.NoCriteria),
        ({"pass_mark": Decimal(101)}, convening.MarksDoNotFit),
        ({"kind": "written"}, convening.KindDoesNotFit),
        ({"judges": 0}, convening.TooFewJudges),
    ],
)
def test_add_judged_module_leaves_nothing_when_a_part_is_refused(tree, officer, at, more, refusal):
    stage = make.stage(make.exam(tree.city), 2)
    with pytest.raises(refusal):
        add_judged(stage, officer, at, **more)
    assert stage.modules.count() == 2
    assert not Rubric.objects.exists()


def test_add_judged_module_refuses_when_the_officer_is_of_a_neighbour(tree, at):
    stage = make.stage(make.exam(tree.city), 2)
    with pytest.raises(NotYourOffice):
        add_judged(stage, people.officer("exam_officer", tree.county), at)
    assert not Rubric.objects.exists()


def test_gaps_name_stages_then_modules_then_the_sitting(bare, officer, at):
    def kinds():
        return [(gap.kind, gap.stage and gap.stage.number) for gap in outline.gaps(outline.stages_of(bare))]

    assert kinds() == [("stages", None)]
    convening.add_stage(exam=bare, number=1, kind="written", name="笔试", by=officer, at=at)
    convening.add_stage(exam=bare, number=2, kind="performance", name="面试", by=officer, at=at)
    assert kinds() == [("modules", 1), ("modules", 2)]
    make_paper = {"name": "x", "full_marks": Decimal(100), "pass_mark": Decimal(60), "by": officer, "at": at}
    convening.add_module(stage=make.stage(bare), number=1, kind="written", **make_paper)
    assert kinds() == [("modules", 2), ("sitting", 1)]


def test_gaps_ask_for_nothing_of_a_stage_that_is_seated(tree):
    exam = make.exam(tree.city, written=Stage.State.ARRANGED)
    make.module(exam).sitting.delete()
    assert outline.gaps(outline.stages_of(exam)) == []


def test_free_code_skips_what_is_taken_and_passes_on_when_the_year_is_full(tree, officer, at):
    units = outline.authorities(officer, at)
    assert outline.free_code(units, at) == "241"
    for figure in range(1, 10):
        make.exam(tree.city, code=f"24{figure}")
    make.exam(tree.county, code="001")
    assert outline.free_code(units, at) == "002"
