"""Results: the officer's list and explanation, and the candidate's own only once they are public."""

from decimal import Decimal

import pytest
from django.urls import reverse

from exams.models import CutScore, ModuleResult, Stage
from lms.people.models import Appointment
from tests.factories import exams, people
from tests.factories import marking as make

D = Decimal


def main_of(page):
    """What stands in the page's own part, without the frame and its drawings."""
    return page.text.partition("<main")[2].partition("</main>")[0]


BASIS = {
    "objective": {"points": "51.5", "sections": [["单选题", "38", "40"], ["多选题", "13.5", "20"]]},
    "constructed": {
        "66": ["3", "4.5", None, "3.75"],
        "67.1": ["0.5", "5", "1.5", "1"],
        "67.2": [None, None, None, "0"],
    },
}


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "程干事")


@pytest.fixture
def exam(tree):
    return exams.exam(tree.city, written="line_set")


@pytest.fixture
def result(exam, tree):
    return make.scored(exam, "56.25", "欧阳金丝雀", school=tree.school, state="failed", passed=False, basis=BASIS)


# The officer


def test_list_shows_everyone_with_scores_and_state(client, exam, result, officer, tree):
    make.scored(exam, None, "缺考者", school=tree.other_school)
    client.force_login(officer)
    page = client.get(reverse("exams:results", args=[result.entry.stage_id]))
    assert [entry.candidate.teacher.full_name for entry, _ in page.context["rows"]] == ["欧阳金丝雀", "缺考者"]
    assert "56.25" in main_of(page)
    assert reverse("exams:result", args=[result.entry_id]) in main_of(page)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"q": "金丝"}, ["欧阳金丝雀"]),
        ({"q": "nobody"}, []),
        ({"state": "passed"}, ["甲甲", "乙乙"]),
        ({"state": "absent"}, ["缺考者"]),
        ({"sort": "score"}, ["乙乙", "甲甲", "欧阳金丝雀"]),
        ({"state": "wrong", "unit": "999999"}, ["欧阳金丝雀", "甲甲", "乙乙", "缺考者"]),
    ],
)
def test_list_filters_and_sorts_by_the_address(client, exam, result, officer, tree, asked, names):
    make.scored(exam, "61", "甲甲", school=tree.other_school, state="passed", passed=True)
    make.scored(exam, "90", "乙乙", school=tree.other_school, state="passed", passed=True)
    make.scored(exam, None, "缺考者", school=tree.other_school)
    client.force_login(officer)
    page = client.get(reverse("exams:results", args=[result.entry.stage_id]), asked)
    assert [entry.candidate.teacher.full_name for entry, _ in page.context["rows"]] == names


def test_list_filters_by_unit(client, exam, result, officer, tree):
    make.scored(exam, "61", "甲甲", school=tree.other_school)
    client.force_login(officer)
    page = client.get(reverse("exams:results", args=[result.entry.stage_id]), {"unit": tree.neighbour.pk})
    assert [entry.candidate.teacher.full_name for entry, _ in page.context["rows"]] == ["甲甲"]


def test_list_goes_on_to_the_next_page(client, exam, officer, tree):
    for _ in range(51):
        make.scored(exam, "61", school=tree.school)
    client.force_login(officer)
    page = client.get(reverse("exams:results", args=[exams.stage(exam).pk]), {"page": "2"})
    assert len(page.context["rows"]) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_for_more_candidates(
    client, exam, officer, tree, django_assert_max_num_queries, count
):
    for _ in range(count):
        make.scored(exam, "61", school=tree.school)
    client.force_login(officer)
    with django_assert_max_num_queries(13):
        assert client.get(reverse("exams:results", args=[exams.stage(exam).pk])).status_code == 200


def test_explanation_adds_up_mark_by_mark(client, result, officer):
    client.force_login(officer)
    page = client.get(reverse("exams:result", args=[result.entry_id]))
    for text in ("单选题", "38 / 40", "13.5 / 20", "3.75", "56.25", "60"):
        assert text in main_of(page)
    (each,) = page.context["results"]
    assert D(each["objective"]["points"]) + each["constructed_points"] == result.score


def test_a_panels_score_is_explained_sheet_by_sheet_to_officers_only(client, officer, tree):
    exam = exams.exam(tree.city, performance="finalised")
    stage = exams.stage(exam, 2)
    entry = exams.entry(exams.candidate(exam), stage, "passed")
    totals = [("61", True), ("72.5", False), ("74", False), ("93", True)]
    sheets = [{"sheet": n, "total": total, "dropped": dropped} for n, (total, dropped) in enumerate(totals)]
    ModuleResult.objects.create(
        entry=entry,
        module=stage.modules.first(),
        status="scored",
        score=D("73.25"),
        passed=True,
        basis={"panel": {"sheets": sheets, "sum": "146.5", "counted": 2, "trimmed": True}, "line": "60"},
        settled_at=people.AT,
    )
    client.force_login(officer)
    shown = main_of(client.get(reverse("exams:result", args=[entry.pk])))
    assert all(total in shown for total, _ in totals)
    client.force_login(entry.candidate.teacher.user)
    own = main_of(client.get(reverse("exams:my_result", args=[entry.candidate_id])))
    assert "73.25" in own
    assert not [total for total, _ in totals if f">{total}<" in own]


def test_officers_pages_are_not_for_strangers(client, result, tree):
    strangers = [
        result.entry.candidate.teacher.user,
        people.officer(Appointment.Office.EXAM_OFFICER, tree.county),
        people.officer(Appointment.Office.CLERK, tree.city),
        people.officer(Appointment.Office.MARKER, tree.city),
        people.officer(Appointment.Office.BUREAU_OFFICER, tree.city),
    ]
    for stranger in strangers:
        client.force_login(stranger)
        assert client.get(reverse("exams:results", args=[result.entry.stage_id])).status_code == 404
        assert client.get(reverse("exams:result", args=[result.entry_id])).status_code == 404


# The candidate


HIDDEN = ("56.25", "51.5", "3.75", "13.5 / 20", "38 / 40", "74.33", "failed")


@pytest.mark.parametrize("state", ["marking", "scores_checked", "line_set"])
def test_nothing_of_a_result_leaks_before_it_is_public(client, exam, result, state):
    """The scores stand in the records as canaries; every page of hers is searched for them."""
    CutScore.objects.create(
        module=result.module,
        value=D("74.33"),
        seen_digest="x",
        proposed_by=people.user(),
        proposed_at=people.AT,
        state="approved",
        decided_by=people.user(),
        decided_at=people.AT,
    )
    Stage.objects.filter(pk=result.entry.stage_id).update(state=state)
    candidate = result.entry.candidate
    client.force_login(candidate.teacher.user)
    page = client.get(reverse("exams:my_result", args=[candidate.pk]))
    assert page.status_code == 200
    assert page.context["entries"] == []
    assert not [each for each in HIDDEN if each in main_of(page)]
    assert 'class="chip chip-no"' not in main_of(page)


@pytest.mark.parametrize("state", ["publicised", "finalised"])
def test_a_candidate_sees_her_own_result_once_it_is_public(client, exam, result, state):
    Stage.objects.filter(pk=result.entry.stage_id).update(state=state)
    candidate = result.entry.candidate
    client.force_login(candidate.teacher.user)
    text = main_of(client.get(reverse("exams:my_result", args=[candidate.pk])))
    for shown in ("56.25", "38 / 40", "3.75", "chip-no"):
        assert shown in text
    assert "4.5" not in text


def test_a_later_stage_stays_hidden_while_an_earlier_is_public(client, exam, result):
    Stage.objects.filter(pk=result.entry.stage_id).update(state="finalised")
    second = exams.stage(exam, 2)
    Stage.objects.filter(pk=second.pk).update(state="scores_checked")
    candidate = result.entry.candidate
    later = exams.entry(candidate, second, "passed")
    ModuleResult.objects.create(
        entry=later, module=second.modules.first(), status="scored", score=D("88.88"), passed=True, settled_at=people.AT
    )
    client.force_login(candidate.teacher.user)
    text = main_of(client.get(reverse("exams:my_result", args=[candidate.pk])))
    assert "56.25" in text
    assert "88.88" not in text
    assert "chip-ok" not in text


def test_a_result_is_nobody_elses(client, exam, result, officer):
    Stage.objects.filter(pk=result.entry.stage_id).update(state="finalised")
    other = make.scored(exam, "77").entry.candidate.teacher.user
    for stranger in (other, officer):
        client.force_login(stranger)
        assert client.get(reverse("exams:my_result", args=[result.entry.candidate_id])).status_code == 404


def test_the_absent_have_no_score_and_no_nought(client, exam):
    found = make.scored(exam, None)
    Stage.objects.filter(pk=found.entry.stage_id).update(state="finalised")
    client.force_login(found.entry.candidate.teacher.user)
    page = client.get(reverse("exams:my_result", args=[found.entry.candidate_id]))
    assert found.get_status_display() in main_of(page)
    assert "/ 100" not in main_of(page)
