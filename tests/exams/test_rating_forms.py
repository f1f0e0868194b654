"""A standard of a paper in two forms: both are rated, one line holds for both, and none is proposed before."""

from decimal import Decimal

import pytest
from django.urls import reverse

from exams import rated_items, rating, standard_setting, standards, whole_exam
from exams.models import Module, Stage
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make
from tests.factories import standards as panels

D = Decimal
CODES = ("1", "2", "3", "4", "5", "6.1", "6.2")  # 21 points in each form
WRITTEN_B = {
    "number": 5,
    "kind": "short_answer",
    "section": "简答题",
    "points": "5",
    "stem": "怎样与家长沟通？",
    "body": {},
}


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def judges(tree):
    return panels.judges(tree.city, 3)


@pytest.fixture
def module(tree):
    """A module in marking whose paper has two forms; item 5 of B is another question."""
    module = exams.module(make.exam_in_marking(tree.city))
    Module.objects.filter(pk=module.pk).update(full_marks=21, pass_mark=12)
    first = module.sitting.paper
    second = make.paper(module, items=[*make.ITEMS[:4], WRITTEN_B, *make.ITEMS[5:]])
    first.form, second.form, second.form_of = "A", "B", first
    first.save()
    second.save()
    module.sitting.paper = first
    module.sitting.save()
    return exams.module(module.stage.exam)


@pytest.fixture
def opened(module, judges, officer, at):
    return rating.open_round(rating.name_judges(module, judges, by=officer, at=at), by=officer, at=at)


def percents(of_a, of_b):
    return {**dict.fromkeys(CODES, of_a), **{f"B-{code}": of_b for code in CODES}}


def closed(opened, officer, at, *pairs):
    for sheet, pair in zip(opened.sheets.order_by("pk"), pairs, strict=True):
        rating.sign(sheet, percents(*pair), by=sheet.judge, at=at)
    return rating.close_round(opened, by=officer, at=at)


def checked(module):
    for score in panels.NEAR:
        make.scored(module.stage.exam, score)
    Stage.objects.filter(pk=module.stage_id).update(state="scores_checked")


def test_every_item_of_both_forms_is_rated_under_its_own_name(module):
    assert tuple(rated_items.of(module)) == (*CODES, *(f"B-{code}" for code in CODES))
    assert {form: sum(each.values()) for form, each in rated_items.points(module).items()} == {"A": 21, "B": 21}


def test_sign_refuses_while_a_form_lacks_ratings_and_fixes_the_mean_of_both(opened, judges, at):
    sheet = opened.sheets.get(judge=judges[0])
    with pytest.raises(rating.RatingsMissing) as refusal:
        rating.sign(sheet, dict.fromkeys(CODES, 60), by=judges[0], at=at)
    assert "B-5" in str(refusal.value)
    signed = rating.sign(sheet, percents(60, 50), by=judges[0], at=at)
    assert signed.total == D("11.55")  # (12.6 + 10.5) / 2


def test_close_round_keeps_each_forms_cut_their_difference_and_the_mean(opened, officer, at):
    found = closed(opened, officer, at, (60, 50), (62, 54), (58, 52))
    last = found.rounds["1"]
    assert (last["value"], last["forms"]["A"]["value"], last["forms"]["B"]["value"]) == ("11.76", "12.60", "10.92")
    assert (last["forms"]["A"]["error"], last["forms"]["B"]["error"]) == ("0.24", "0.24")
    # Differences -2.1, -1.68, -1.26: mean -1.68, deviation 0.42, error 0.42 / √3.
    assert last["difference"] == {"value": "-1.68", "error": "0.24"}
    forms = standards.forms(found)
    assert ([each[0] for each in forms.lines], forms.are_apart) == (["A", "B"], True)


def test_forms_are_not_apart_where_the_difference_is_chance(opened, officer, at):
    assert not standards.forms(closed(opened, officer, at, (60, 62), (60, 57), (60, 61))).are_apart


def test_a_paper_without_forms_says_nothing_of_forms(tree, officer, at):
    module = panels.frozen(exams.exam(tree.city, written="scores_checked"), officer, (58, 60, 62), at)
    setting = module.standard_settings.get()
    assert ("forms" in setting.rounds["1"], standards.forms(setting)) == (False, None)
    assert standard_setting.propose(module, D(12), "评委分数线", by=officer, at=at).value == D(12)


def test_no_line_is_proposed_while_a_form_lacks_ratings(module, opened, officer, at):
    checked(module)
    module = exams.module(module.stage.exam)
    with pytest.raises(standard_setting.FormNotRated) as refusal:
        standard_setting.propose(module, D(12), "评委分数线", by=officer, at=at)
    assert "A卷" in str(refusal.value)
    assert not module.cut_scores.exists()
    closed(opened, officer, at, (60, 50), (62, 54), (58, 52))
    cut = standard_setting.propose(module, D(12), "评委分数线", by=officer, at=at)
    assert cut.value == D(12)


def test_no_line_is_proposed_on_a_standard_that_knows_form_a_alone(module, opened, officer, at):
    found = closed(opened, officer, at, (60, 50), (62, 54), (58, 52))
    del found.rounds["1"]["forms"], found.rounds["1"]["difference"]
    found.save()
    checked(module)
    with pytest.raises(standard_setting.FormNotRated) as refusal:
        standard_setting.propose(exams.module(module.stage.exam), D(12), "评委分数线", by=officer, at=at)
    assert "B卷" in str(refusal.value)


def test_a_frozen_standard_of_both_forms_counts_whatever_runs_beside_it(module, opened, judges, officer, at):
    rating.freeze(closed(opened, officer, at, (60, 50), (62, 54), (58, 52)), by=officer, at=at)
    rating.name_judges(opened.module, judges, by=officer, at=at)
    checked(module)
    module = exams.module(module.stage.exam)
    assert standard_setting.propose(module, D(12), "评委分数线", by=officer, at=at).value == D(12)


def test_a_panel_that_cannot_finish_is_dissolved_and_a_line_may_be_proposed(module, opened, officer, at):
    checked(module)
    module = exams.module(module.stage.exam)
    with pytest.raises(standard_setting.FormNotRated):
        standard_setting.propose(module, D(12), "主管部门确定", by=officer, at=at)
    rating.dissolve(opened, "评委不足三人", by=officer, at=at)
    assert standard_setting.propose(module, D(12), "主管部门确定", by=officer, at=at).value == D(12)


def test_without_judges_a_line_of_two_forms_is_proposed_as_ever(module, officer, at):
    checked(module)
    module = exams.module(module.stage.exam)
    assert standard_setting.propose(module, D(12), "主管部门确定", by=officer, at=at).value == D(12)


def test_both_cuts_are_part_of_what_two_people_see_and_can_be_reckoned_again(module, opened, officer, at):
    frozen = rating.freeze(closed(opened, officer, at, (60, 50), (62, 54), (58, 52)), by=officer, at=at)
    checked(module)
    seen = standard_setting.preview(exams.module(module.stage.exam), D(12))["standard"]
    assert (seen["value"], seen["forms"]["B"]["value"], seen["difference"]["value"]) == ("11.76", "10.92", "-1.68")
    [(setting, sums)] = whole_exam.judges_lines(module.stage.exam)
    assert setting == frozen
    assert {name: str(each) for name, each in frozen.rounds["1"]["sums"]} == {
        name: f"{total.normalize():f}" for name, total in sums.items()
    }


def test_the_second_round_shows_each_item_of_each_form_what_the_first_came_to(opened, judges, officer, at):
    found = closed(opened, officer, at, (60, 50), (62, 54), (58, 52))
    found = rating.open_round(found, by=officer, at=at)
    rows = {row.name: row for row in standards.rows(found.sheets.get(judge=judges[0], round=2))}
    assert (rows["5"].first, rows["B-5"].first) == (60, 50)
    assert (rows["5"].spread.mean, rows["B-5"].spread.mean) == (D("60.0"), D("52.0"))
    assert [name for name, row in rows.items() if row.opens_form] == ["1", "B-1"]


def test_the_sheet_shows_both_forms_and_the_page_both_cuts(client, module, opened, judges, officer, at):
    client.force_login(judges[0])
    address = reverse("exams:rating_sheet", args=[opened.sheets.get(judge=judges[0]).pk])
    page = client.get(address)
    for text in ("A卷", "B卷", "怎样缓解考前焦虑？", "怎样与家长沟通？", 'name="r-B-5"', "取两套的平均"):
        assert text in page.text
    assert (page.context["full"], len(page.context["rows"])) == (D(21), 14)
    response = client.post(address, {"r-5": "60", "r-B-5": "130", "act": "save"})
    assert response.status_code == 422
    assert [row.name for row in response.context["rows"] if row.is_wrong] == ["B-5"]
    closed(opened, officer, at, (60, 50), (62, 54), (58, 52))
    client.force_login(officer)
    page = client.get(reverse("exams:standard", args=[module.pk])).text
    for text in ("12.60", "10.92", "−1.68", "难度不等"):
        assert text in page


def test_the_line_page_shows_a_refusal_for_a_form_without_ratings(client, module, opened, officer):
    checked(module)
    client.force_login(officer)
    address = reverse("exams:propose_line", args=[module.pk])
    response = client.post(address, {"value": "12", "reason": "评委分数线"})
    assert (response.status_code, "还缺A卷的评定" in response.text) == (422, True)
    assert "评委分数线" in response.text
