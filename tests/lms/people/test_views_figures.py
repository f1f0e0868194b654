"""The pages of yearly figures: report, correct, decide, see who owes them; and what others find there."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.people import figures
from lms.people.models import YearlyFigures
from tests.factories import district, people
from tests.factories.people import AT

pytestmark = pytest.mark.django_db

TYPED = {
    "year": "2023",
    "as_of_on": "2023-10-08",
    "pupils": "1240",
    "classes": "28",
    "has_counselling_room": "on",
    "full_time_posts": "1",
    "part_time_posts": "6",
}


@pytest.fixture(autouse=True)
def today(settings, tmp_path):
    (tmp_path / "clock").write_text(str((AT - dt.datetime.now(dt.UTC)).total_seconds()))
    settings.CLOCK_FILE = str(tmp_path / "clock")


@pytest.fixture
def school_officer(tree, client):
    client.force_login(people.officer("school_officer", tree.school, "叶校"))
    return client


@pytest.fixture
def bureau(tree, client):
    client.force_login(people.officer("bureau_officer", tree.county, "沈县"))
    return client


def of_school(tree):
    return reverse("people:unit_figures", args=[tree.school.pk])


def test_a_school_reports_and_corrects(school_officer, tree):
    address = reverse("people:report_figures", args=[tree.school.pk])
    assert school_officer.get(address).status_code == 200
    assert school_officer.post(address, TYPED).status_code == 302
    found = YearlyFigures.objects.get()
    correct = reverse("people:correct_figures", args=[found.pk])
    assert correct in school_officer.get(of_school(tree)).text
    assert school_officer.post(correct, {**TYPED, "pupils": "1250"}).status_code == 302
    found.refresh_from_db()
    assert (found.pupils, found.year) == (1250, 2023)


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(school_officer, tree):
    answer = school_officer.post(
        reverse("people:report_figures", args=[tree.school.pk]), {**TYPED, "classes": "1241", "full_time_posts": "0"}
    )
    assert answer.status_code == 422
    assert "班级数（1241）不能多于学生数（1240）" in answer.text and 'value="1241"' in answer.text
    assert not YearlyFigures.objects.exists()


def test_the_form_begins_with_what_was_reported_last(school_officer, tree):
    district.figures(tree.school, year=2022, pupils=777)
    assert 'value="777"' in school_officer.get(reverse("people:report_figures", args=[tree.school.pk])).text


def test_the_bureau_confirms(bureau, tree):
    found = district.figures(tree.school, state="submitted")
    assert "确认这份数据" in bureau.get(of_school(tree)).text
    bureau.post(reverse("people:decide_figures", args=[found.pk]), {"act": "confirm"})
    found.refresh_from_db()
    assert found.state == "confirmed"
    assert "900" in bureau.get(reverse("people:unit", args=[tree.school.pk])).text


def test_the_bureau_returns_with_a_reason_only(bureau, tree):
    found = district.figures(tree.school, state="submitted")
    address = reverse("people:decide_figures", args=[found.pk])
    refused = bureau.post(address, {"act": "return", "reason": " "})
    assert refused.status_code == 409 and "请写明需要更正的内容" in refused.text
    bureau.post(address, {"act": "return", "reason": "核对班级数"})
    assert "核对班级数" in bureau.get(of_school(tree)).text


def test_a_second_decision_is_refused_on_the_page(bureau, tree):
    found = district.figures(tree.school)
    refused = bureau.post(reverse("people:decide_figures", args=[found.pk]), {"act": "confirm"})
    assert refused.status_code == 409 and "已经确认或退回" in refused.text


def test_the_work_list_says_how_each_school_stands_and_who_is_to_be_reminded(bureau, tree):
    second = people.organisation("澜溪县第二小学", parent=tree.county)
    third = people.organisation("澜溪县第三小学", parent=tree.county)
    district.figures(tree.school)
    district.figures(second, state="returned", reason="核对班级数")
    shown = bureau.get(reverse("people:figures")).text
    assert (shown.index(second.name) < shown.index(third.name) < shown.index(tree.school.name)) is True
    assert tree.other_school.name not in shown
    only = bureau.get(reverse("people:figures") + "?state=missing").text
    assert third.name in only and second.name not in only
    text = bureau.get(reverse("people:figures_reminder"))
    assert text["Content-Type"].startswith("text/plain")
    assert second.name in text.text and third.name in text.text and "核对班级数" in text.text
    assert tree.school.name not in text.text and tree.other_school.name not in text.text


def test_the_work_list_of_another_year(bureau, tree):
    district.figures(tree.school)
    assert "未报送" in bureau.get(reverse("people:figures") + "?year=2021").text
    assert bureau.get(reverse("people:figures") + "?year=3000").context["year"] == 2023


def test_everybody_reported_says_so(bureau, tree):
    district.figures(tree.school)
    assert "所有学校都已报送" in bureau.get(reverse("people:figures_reminder")).text


def test_the_work_list_asks_the_same_for_one_school_and_for_three(bureau, tree):
    counts = []
    for n in range(2):
        bureau.get(reverse("people:figures"))
        with CaptureQueriesContext(connection) as asked:
            bureau.get(reverse("people:figures"))
        counts.append(len(asked))
        for each in range(2):
            district.figures(people.organisation(f"澜溪县第{n}{each}小学", parent=tree.county))
    assert counts[0] == counts[1]


def test_an_auditor_looks_and_acts_not(client, tree):
    found = district.figures(tree.school, state="submitted")
    client.force_login(people.officer("auditor", tree.county))
    assert "确认这份数据" not in client.get(of_school(tree)).text
    assert client.post(reverse("people:decide_figures", args=[found.pk]), {"act": "confirm"}).status_code == 404
    assert client.get(reverse("people:report_figures", args=[tree.school.pk])).status_code == 404
    assert client.get(reverse("people:correct_figures", args=[found.pk])).status_code == 404


@pytest.mark.parametrize("office", ["bureau_officer", "school_officer", "auditor"])
def test_a_neighbour_finds_nothing(client, tree, office):
    found = district.figures(tree.school, state="submitted")
    unit = tree.other_school if office == "school_officer" else tree.neighbour
    client.force_login(people.officer(office, unit))
    assert client.get(of_school(tree)).status_code == 404
    assert client.get(reverse("people:report_figures", args=[tree.school.pk])).status_code == 404
    assert client.post(reverse("people:correct_figures", args=[found.pk]), TYPED).status_code == 404
    assert client.post(reverse("people:decide_figures", args=[found.pk]), {"act": "confirm"}).status_code == 404
    assert tree.school.name not in client.get(reverse("people:figures")).text
    assert tree.school.name not in client.get(reverse("people:figures_reminder")).text
    found.refresh_from_db()
    assert found.state == "submitted"


def test_nobody_without_an_office_finds_the_work_list(client, tree):
    client.force_login(people.teacher(school=tree.school).user)
    assert client.get(reverse("people:figures")).status_code == 404
    assert client.get(reverse("people:figures_reminder")).status_code == 404


def test_to_decide_leaves_out_ones_own_and_other_bureaus(tree, at):
    user = people.officer("bureau_officer", tree.county)
    mine = district.figures(tree.school, state="submitted", by=user)
    theirs = district.figures(tree.other_school, state="submitted")
    assert list(figures.to_decide_by(user, at)) == []
    colleague = people.officer("bureau_officer", tree.city)
    assert set(figures.to_decide_by(colleague, at)) == {mine, theirs}
