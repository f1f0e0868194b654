"""Pages on which an exam officer sets up an exam by hand: figures, plan, stages, modules, rubrics, sitting."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import convening, planning
from exams.models import Exam, Module, Sitting, Stage
from lms.journal.models import Line
from lms.lib import clock
from lms.people.models import Appointment
from tests.factories import exams as make
from tests.factories import hearing as hear
from tests.factories import people

FIGURES = {
    "name": "2024年度上岗资格考试",
    "code": "241",
    "opens_on": "2024-04-01",
    "closes_on": "2024-04-20",
    "posts": ["homeroom_teacher", "part_time_mental_health_teacher"],
    "education_primary": "diploma",
    "education_junior": "bachelor",
    "min_service_years": "2",
    "min_training_hours": "60",
    "in_service": "on",
    "publicity_working_days": "5",
}
SITTING = {
    "site": "松平市第一中学考点",
    "day": "2024-05-11",
    "begins": "09:00",
    "minutes": "120",
    "entry_closes_minutes": "30",
    "grace_seconds": "30",
    "room_size": "30",
}
PANEL = {"name": "口试", "pass_mark": "60", "judges": "7", "drop_high": "1", "drop_low": "1", "min_for_drop": "5"}
CRITERIA = [("material", "教材分析", "定位准确", "60"), ("method", "教法", "", "40")]


def rows(criteria=CRITERIA, blank_before=0):
    """The posted rows of a rubric, with so many empty ones before the last."""
    lines = [*criteria[:-1], *[("", "", "", "")] * blank_before, *criteria[-1:]]
    data = {"criteria-TOTAL_FORMS": len(lines), "criteria-INITIAL_FORMS": "0"}
    for number, line in enumerate(lines):
        data |= {f"criteria-{number}-{name}": value for name, value in zip(FIELDS, line, strict=True)}
    return data


FIELDS = ("code", "name", "hint", "points")


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def scene(tree):
    office = Appointment.Office
    return SimpleNamespace(
        level=make.level(tree.city),
        officer=people.officer(office.EXAM_OFFICER, tree.city, "程秋霁"),
        auditor=people.officer(office.AUDITOR, tree.city, "易宛青"),
        stranger=people.officer(office.EXAM_OFFICER, tree.county, "尤邻"),
    )


@pytest.fixture
def bare(tree, scene, at):
    """An exam without any stage."""
    return convening.convene(
        organisation=tree.city,
        level=scene.level,
        name="上岗资格考试",
        code="245",
        registration_opens_at=at + dt.timedelta(days=10),
        registration_closes_at=at + dt.timedelta(days=30),
        eligibility=make.ELIGIBILITY,
        publicity_working_days=5,
        by=scene.officer,
        at=at,
    )


@pytest.fixture
def planned(bare, scene, at):
    """An exam with the usual plan."""
    planning.lay_default_plan(exam=bare, by=scene.officer, at=at)
    return bare


def get(client, user, name, /, *args, **query):
    client.force_login(user)
    return client.get(reverse(f"exams:{name}", args=args), query)


def post(client, user, name, /, *args, query="", **data):
    client.force_login(user)
    return client.post(reverse(f"exams:{name}", args=args) + query, data)


# a new exam


def test_list_offers_a_new_exam_to_exam_officers_only(client, scene):
    assert reverse("exams:convene") in get(client, scene.officer, "list").text
    assert reverse("exams:convene") not in get(client, scene.auditor, "list").text


def test_convene_offers_the_next_free_code_of_the_year(client, scene, tree):
    make.exam(tree.city, code="241")
    make.exam(tree.county, code="242")
    make.exam(tree.province, code="243")
    page = get(client, scene.officer, "convene")
    assert page.context["form"]["code"].value() == "243"


def test_convene_founds_the_exam_and_ends_registration_with_its_last_day(client, scene, tree):
    data = {**FIGURES, "authority": tree.city.pk, "level": scene.level.pk}
    answer = post(client, scene.officer, "convene", **data)
    exam = Exam.objects.get()
    assert answer.url == reverse("exams:exam", args=[exam.pk])
    assert exam.registration_opens_at == clock.local_moment(dt.date(2024, 4, 1))
    assert exam.registration_closes_at == clock.local_moment(dt.date(2024, 4, 21))
    assert exam.eligibility == {
        "posts": ["homeroom_teacher", "part_time_mental_health_teacher"],
        "min_education": {"primary": "diploma", "junior": "bachelor"},
        "min_service_years": 2,
        "min_training_hours": 60,
        "in_service": True,
    }
    assert "4月20日 24:00" in client.get(answer.url).text
    assert Line.objects.filter(act="exams.exam_convened").count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"code": "24"}, "code"),
        ({"closes_on": "2024-03-01"}, "closes_on"),
        ({"closes_on": "9999-12-31"}, "closes_on"),
        ({"publicity_working_days": "0"}, "publicity_working_days"),
        ({"posts": []}, "posts"),
        ({"min_service_years": "two"}, "min_service_years"),
    ],
)
def test_convene_shows_the_refusal_at_its_field_and_keeps_what_was_typed(client, scene, tree, typed, field):
    data = {**FIGURES, "authority": tree.city.pk, "level": scene.level.pk, **typed}
    page = post(client, scene.officer, "convene", **data)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert FIGURES["name"] in page.text
    assert page.context["form"]["education_primary"].value() == "diploma"
    assert not Exam.objects.exists()


def test_convene_shows_that_the_code_is_taken(client, scene, tree):
    make.exam(tree.city, code="241")
    data = {**FIGURES, "authority": tree.city.pk, "level": scene.level.pk}
    page = post(client, scene.officer, "convene", **data)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["code"])
    assert Exam.objects.count() == 1


def test_convene_offers_neither_units_nor_levels_of_others(client, scene, tree):
    beside = make.level(tree.neighbour)
    form = get(client, scene.stranger, "convene").context["form"]
    assert list(form.fields["authority"].queryset) == [tree.county]
    assert list(form.fields["level"].queryset) == [scene.level]
    data = {**FIGURES, "authority": tree.neighbour.pk, "level": beside.pk}
    page = post(client, scene.stranger, "convene", **data)
    assert set(page.context["form"].errors) == {"authority", "level"}
    assert not Exam.objects.exists()


def test_convene_refuses_a_level_of_a_unit_below_the_authority(client, scene, tree):
    below = make.level(tree.county)
    page = post(client, scene.officer, "convene", **FIGURES, authority=tree.city.pk, level=below.pk)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["level"])


def test_convene_leads_to_the_schemes_when_there_is_no_level(client, tree):
    officer = people.officer("exam_officer", tree.city)
    assert reverse("certs:schemes") in get(client, officer, "convene").text


def test_convene_is_not_there_without_the_office(client, scene, personas):
    for user in (scene.auditor, personas.county_officer, personas.teacher.user):
        assert get(client, user, "convene").status_code == 404
        assert post(client, user, "convene", **FIGURES).status_code == 404


def test_amend_shows_the_figures_as_typed_and_changes_them(client, scene, bare):
    form = get(client, scene.officer, "amend", bare.pk).context["form"]
    assert form["closes_on"].value() == clock.local_date(bare.registration_closes_at)
    assert form["education_junior"].value() == "bachelor"
    answer = post(client, scene.officer, "amend", bare.pk, **FIGURES, level=scene.level.pk)
    assert answer.url == reverse("exams:plan", args=[bare.pk])
    bare.refresh_from_db()
    assert (bare.name, bare.code) == (FIGURES["name"], "241")


def test_amend_keeps_a_day_that_ends_at_midnight(client, scene, bare):
    data = {**FIGURES, "level": scene.level.pk}
    post(client, scene.officer, "amend", bare.pk, **data)
    form = get(client, scene.officer, "amend", bare.pk).context["form"]
    assert form["closes_on"].value() == dt.date(2024, 4, 20)


def test_amend_shows_that_the_exam_is_announced(client, scene, tree):
    exam = make.exam(tree.city, written="registration_open", name="已发布的考试")
    page = post(client, scene.officer, "amend", exam.pk, **FIGURES, level=scene.level.pk)
    assert page.status_code == 422
    assert "已发布的考试" in page.text
    assert FIGURES["name"] in page.text


# the plan


def test_usual_plan_is_laid_out_with_one_click(client, scene, bare):
    page = get(client, scene.officer, "plan", bare.pk).text
    assert reverse("exams:usual_plan", args=[bare.pk]) in page
    answer = post(client, scene.officer, "usual_plan", bare.pk)
    assert answer.url == reverse("exams:plan", args=[bare.pk])
    written, performance = bare.stages.all()
    paper = written.modules.get()
    assert (paper.full_marks, paper.pass_mark, paper.difference_limit) == (100, 60, 2)
    assert [each.kind for each in performance.modules.all()] == ["oral", "lesson"]
    for each in performance.modules.all():
        assert (each.judges, each.drop_high, each.drop_low, each.pass_mark) == (7, 1, 1, 60)
        assert sum(line.points for line in each.rubric.criteria.all()) == 100
    assert [each.name for each in bare.stages.all()] == ["笔试", "口试与说课"]


def test_usual_plan_is_refused_when_a_stage_stands(client, scene, planned):
    answer = post(client, scene.officer, "usual_plan", planned.pk)
    assert answer.status_code == 409
    assert planned.stages.count() == 2


def test_plan_names_what_is_missing_in_turn(client, scene, bare, at):
    stage = convening.add_stage(exam=bare, number=1, kind="written", name="笔试", by=scene.officer, at=at)
    page = get(client, scene.officer, "plan", bare.pk)
    assert page.context["step"].address == reverse("exams:new_module", args=[stage.pk])
    post(
        client,
        scene.officer,
        "new_module",
        stage.pk,
        name="专业知识",
        full_marks="100",
        pass_mark="60",
        difference_limit="2",
    )
    page = get(client, scene.officer, "plan", bare.pk)
    assert page.context["step"].address == reverse("exams:schedule_sitting", args=[stage.modules.get().pk])
    post(client, scene.officer, "schedule_sitting", stage.modules.get().pk, **SITTING)
    page = get(client, scene.officer, "plan", bare.pk)
    assert page.context["step"] is None
    assert reverse("exams:exam", args=[bare.pk]) in page.text


def test_plan_takes_as_many_queries_with_three_modules_as_with_two(client, scene, planned, at):
    client.force_login(scene.officer)
    address = reverse("exams:plan", args=[planned.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as two:
        client.get(address)
    criteria = planning.default_criteria("oral")
    performance = make.stage(planned, 2)
    planning.add_judged_module(stage=performance, kind="oral", name="答辩", criteria=criteria, by=scene.officer, at=at)
    with CaptureQueriesContext(connection) as three:
        client.get(address)
    assert len(three) == len(two)


def test_plan_offers_no_change_once_the_exam_is_announced(client, scene, tree):
    exam = make.exam(tree.city, written="registration_open")
    page = get(client, scene.officer, "plan", exam.pk).text
    for name in ("amend", "new_stage"):
        assert reverse(f"exams:{name}", args=[exam.pk]) not in page


def test_new_stage_is_written_first_and_a_performance_after(client, scene, bare):
    for name in ("笔试", "面试"):
        assert get(client, scene.officer, "new_stage", bare.pk).status_code == 200
        assert post(client, scene.officer, "new_stage", bare.pk, name=name).status_code == 302
    assert [(each.kind, each.name) for each in bare.stages.all()] == [("written", "笔试"), ("performance", "面试")]


def test_new_stage_shows_that_the_exam_is_announced(client, scene, tree):
    exam = make.exam(tree.city, written="registration_open")
    page = post(client, scene.officer, "new_stage", exam.pk, name="第三阶段")
    assert page.status_code == 422
    assert "第三阶段" in page.text


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"pass_mark": "101"}, "pass_mark"), ({"full_marks": "many"}, "full_marks"), ({"name": ""}, "name")],
)
def test_new_module_keeps_what_was_typed_for_the_paper(client, scene, bare, at, typed, field):
    stage = convening.add_stage(exam=bare, number=1, kind="written", name="笔试", by=scene.officer, at=at)
    data = {"name": "综合知识", "full_marks": "100", "pass_mark": "60", "difference_limit": "2", **typed}
    page = post(client, scene.officer, "new_module", stage.pk, **data)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert page.context["form"]["difference_limit"].value() == "2"
    assert not Module.objects.exists()


@pytest.fixture
def performance(bare, scene, at):
    convening.add_stage(exam=bare, number=1, kind="written", name="笔试", by=scene.officer, at=at)
    return convening.add_stage(exam=bare, number=2, kind="performance", name="面试", by=scene.officer, at=at)


@pytest.mark.parametrize(("kind", "first"), [("oral", "教育认识"), ("lesson", "教材与学情分析")])
def test_new_module_offers_the_usual_rubric_of_its_kind(client, scene, performance, kind, first):
    page = get(client, scene.officer, "new_module", performance.pk, kind=kind)
    assert page.context["rows"].forms[0]["name"].value() == first
    assert page.context["rows"].total() == 100


def test_new_module_of_an_unknown_kind_is_not_there(client, scene, performance):
    assert get(client, scene.officer, "new_module", performance.pk, kind="written").status_code == 404


def test_new_module_adds_panel_and_rubric_together(client, scene, performance):
    answer = post(client, scene.officer, "new_module", performance.pk, query="?kind=lesson", **PANEL, **rows())
    assert answer.url == reverse("exams:plan", args=[performance.exam_id])
    module = performance.modules.get()
    assert (module.kind, module.number, module.judges) == ("lesson", 1, 7)
    lines = module.rubric.criteria.values_list("code", "name", "hint", "points")
    assert list(lines) == [("material", "教材分析", "定位准确", 60), ("method", "教法", "", 40)]


@pytest.mark.parametrize(
    ("criteria", "says"),
    [
        ([("material", "教材分析", "", "60"), ("method", "教法", "", "30")], "90"),
        ([("material", "教材分析", "", "60"), ("", "教法", "", "40")], "4"),
        ([("material", "教材分析", "", "60"), ("material", "教法", "", "40")], "4"),
        ([("material", "教材分析", "", "60"), ("method", "教法", "", "")], "4"),
    ],
)
def test_new_module_shows_what_is_wrong_with_the_rubric_and_keeps_it(client, scene, performance, criteria, says):
    page = post(client, scene.officer, "new_module", performance.pk, **PANEL, **rows(criteria, blank_before=2))
    assert page.status_code == 422
    assert says in page.context["form"].non_field_errors()[0]
    assert page.text.count("教材分析") == 1
    assert not Module.objects.exists()
    assert not Line.objects.filter(act="scoring.rubric_drafted").exists()


def test_new_module_shows_a_text_that_is_too_long_at_its_field(client, scene, performance):
    criteria = [("material", "教" * 61, "", "60"), ("method", "教法", "", "40")]
    page = post(client, scene.officer, "new_module", performance.pk, **PANEL, **rows(criteria))
    assert page.status_code == 422
    assert page.context["rows"].errors[0]["name"]


def test_new_module_leaves_no_rubric_behind_when_the_panel_is_refused(client, scene, performance):
    panel = {**PANEL, "judges": "5", "drop_high": "3", "drop_low": "3"}
    page = post(client, scene.officer, "new_module", performance.pk, **panel, **rows())
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["judges"])
    assert page.context["form"]["drop_high"].value() == "3"
    assert not Line.objects.filter(act="scoring.rubric_drafted").exists()


def test_rubric_is_changed_until_it_is_used(client, scene, planned, at):
    module = make.module(planned, 2)
    assert get(client, scene.officer, "rubric", module.pk).context["rows"].total() == 100
    answer = post(client, scene.officer, "rubric", module.pk, name="新评分表", **rows())
    assert answer.url == reverse("exams:plan", args=[planned.pk])
    assert [line.code for line in module.rubric.criteria.all()] == ["material", "method"]
    module.rubric.frozen_at = at
    module.rubric.save()
    assert "教材分析" in get(client, scene.officer, "rubric", module.pk).text
    page = post(client, scene.officer, "rubric", module.pk, name="再改一次", **rows([("a", "b", "", "100")]))
    assert page.status_code == 422
    assert "再改一次" in page.text
    assert [line.code for line in module.rubric.criteria.all()] == ["material", "method"]


def test_rubric_keeps_what_was_typed_when_the_points_do_not_sum(client, scene, planned):
    module = make.module(planned, 2)
    before = module.rubric.criteria.count()
    page = post(client, scene.officer, "rubric", module.pk, name="评分表", **rows([("a", "甲项目", "", "99")]))
    assert page.status_code == 422
    assert "甲项目" in page.text
    assert module.rubric.criteria.count() == before


# the sitting


def test_sitting_is_set_and_changed(client, scene, planned):
    module = make.module(planned)
    assert get(client, scene.officer, "schedule_sitting", module.pk).status_code == 200
    post(client, scene.officer, "schedule_sitting", module.pk, **SITTING)
    sitting = Sitting.objects.get()
    assert sitting.starts_at == clock.local_moment(dt.date(2024, 5, 11), dt.time(9))
    form = get(client, scene.officer, "schedule_sitting", module.pk).context["form"]
    assert (form["day"].value(), form["begins"].value()) == (dt.date(2024, 5, 11), dt.time(9))
    post(client, scene.officer, "schedule_sitting", module.pk, **{**SITTING, "minutes": "90"})
    sitting.refresh_from_db()
    assert sitting.minutes == 90


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"day": "2024-03-20"}, "day"),
        ({"room_size": "100"}, "minutes"),
        ({"begins": "nine"}, "begins"),
        ({"site": ""}, "site"),
    ],
)
def test_sitting_shows_the_refusal_at_its_field_and_keeps_what_was_typed(client, scene, planned, typed, field):
    page = post(client, scene.officer, "schedule_sitting", make.module(planned).pk, **{**SITTING, **typed})
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert page.context["form"]["entry_closes_minutes"].value() == "30"
    assert not Sitting.objects.exists()


def test_sitting_of_a_performance_is_not_there(client, scene, planned):
    assert get(client, scene.officer, "schedule_sitting", make.module(planned, 2).pk).status_code == 404


# scope


@pytest.mark.parametrize("who", ["stranger", "auditor"])
def test_pages_are_not_there_for_others(client, scene, planned, who):
    user = getattr(scene, who)
    stage, paper, judged = make.stage(planned), make.module(planned), make.module(planned, 2)
    pages = [
        *[(name, planned.pk) for name in ("amend", "plan", "usual_plan", "new_stage")],
        ("new_module", stage.pk),
        ("schedule_sitting", paper.pk),
        ("rubric", judged.pk),
    ]
    for name, pk in pages:
        if name != "usual_plan":
            assert get(client, user, name, pk).status_code == 404, name
        if name != "plan":
            assert post(client, user, name, pk, name="x").status_code == 404, name


# the next step on the exam's page


def step_of(client, scene, exam):
    return get(client, scene.officer, "exam", exam.pk).context["step"]


def test_exam_leads_through_its_plan_before_registration(client, scene, bare, at):
    assert step_of(client, scene, bare).address == reverse("exams:plan", args=[bare.pk])
    planning.lay_default_plan(exam=bare, by=scene.officer, at=at)
    module = make.module(bare)
    assert step_of(client, scene, bare).address == reverse("exams:schedule_sitting", args=[module.pk])
    post(client, scene.officer, "schedule_sitting", module.pk, **SITTING)
    assert step_of(client, scene, bare).address == reverse("exams:open_registration", args=[bare.pk])


def test_exam_asks_for_the_sitting_before_seats_are_arranged(client, scene, tree):
    exam = make.exam(tree.city, written="registration_closed")
    make.candidate(exam, "林知微", school=tree.school)
    Sitting.objects.all().delete()
    assert step_of(client, scene, exam).address == reverse("exams:schedule_sitting", args=[make.module(exam).pk])


def test_exam_reviews_first_while_registrations_wait(client, scene, tree):
    exam = make.exam(tree.city, written="registration_open")
    make.candidate(exam, "林知微", state="submitted", school=tree.school)
    Sitting.objects.all().delete()
    assert reverse("exams:candidates", args=[exam.pk]) in step_of(client, scene, exam).address


def test_exam_asks_for_the_modules_of_a_later_stage(client, scene, tree):
    exam = make.exam(tree.city, written="finalised")
    make.stage(exam, 2).modules.all().delete()
    assert step_of(client, scene, exam).address == reverse("exams:plan", args=[exam.pk])


def test_exam_asks_for_the_paper_between_tickets_and_bell(client, scene, tree):
    exam = make.exam(tree.city, written="arranged")
    make.entry(make.candidate(exam, "林知微", school=tree.school), state="ticketed")
    module = make.module(exam)
    assert step_of(client, scene, exam).address == reverse("exams:compose", args=[module.pk])
    paper = module.papers.create(title="甲卷", composed_by=scene.officer, composed_at=exam.held_at)
    assert step_of(client, scene, exam).address == reverse("exams:paper", args=[paper.pk])
    Sitting.objects.update(paper=paper)
    assert step_of(client, scene, exam).address == reverse("exams:invigilate", args=[make.stage(exam).pk])


def test_exam_offers_to_check_the_scores_when_every_hearing_is_through(client, tree):
    world = hear.called(tree.city, candidates=2)
    scene = SimpleNamespace(officer=world.officer)
    hear.at_step(world, "scored")
    setup = reverse("exams:hearing_setup", args=[world.stage.pk])
    assert step_of(client, scene, world.exam).address == setup
    hear.at_step(world, "scored", hearing_at=1)
    step = step_of(client, scene, world.exam)
    assert (step.address, step.method) == (reverse("exams:check_scores", args=[world.stage.pk]), "post")
    answer = client.post(step.address)
    assert answer.url == reverse("exams:results", args=[world.stage.pk])
    world.stage.refresh_from_db()
    assert world.stage.state == Stage.State.SCORES_CHECKED
    propose = reverse("exams:propose_publicity", args=[world.stage.pk])
    assert step_of(client, scene, world.exam).address == propose


def test_exam_offers_to_check_the_scores_when_the_rest_forfeited(client, tree):
    world = hear.called(tree.city, candidates=2)
    hear.at_step(world, "acknowledged")
    world.hearings[1].state = "forfeited"
    world.hearings[1].save()
    step = step_of(client, SimpleNamespace(officer=world.officer), world.exam)
    assert step.address == reverse("exams:check_scores", args=[world.stage.pk])


def test_an_exam_is_set_up_and_announced_by_hand(client, scene, tree):
    """The whole way through the pages, from the list to open registration."""
    data = {**FIGURES, "authority": tree.city.pk, "level": scene.level.pk}
    exam = client.get(post(client, scene.officer, "convene", **data).url).context["exam"]
    client.post(reverse("exams:usual_plan", args=[exam.pk]))
    for _ in range(2):
        step = step_of(client, scene, exam)
        client.post(step.address, SITTING)
    assert make.stage(exam).state == Stage.State.REGISTRATION_OPEN
    assert make.module(exam).pass_mark == Decimal(60)
