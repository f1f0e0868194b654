"""Pages of rule sets: who sees which, how one is laid down, ended and taken back."""

import datetime as dt

import pytest
import time_machine

from lms.records.models import RuleSet
from tests.factories import people
from tests.factories import records as make

RULES, NEW = "/records/rules/", "/records/rules/new/"


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def typed(tree, **more):
    given = {
        "authority": tree.county.pk,
        "name": "澜溪县学时规定",
        "source": "文件〔2024〕2号",
        "from_on": "2024-01-01",
        "until_on": "",
        "yearly": "72",
        "general": "18",
        "professional": "42",
        "elective": "12",
        "daily_cap": "6",
        "minutes_per_hour": "45",
        "cycle_hours": "360",
        "cycle_years": "5",
        "year_month": "9",
        "year_day": "1",
        "paper_category": "professional",
        "paper_cap": "28",
        "award_category": "elective",
        "award_each": "18",
    }
    return given | more


def test_rules_are_listed_with_those_above_and_how_they_stand(as_user, officer, tree):
    client = as_user(officer)
    assert "尚无规定" in client.get(RULES).text
    make.rules(tree.county, name="县规定")
    make.rules(tree.province, name="省规定", until_on=dt.date(2023, 12, 31))
    make.rules(tree.neighbour, name="邻县规定")
    make.rules(tree.province, name="新规定", from_on=dt.date(2025, 1, 1))
    text = client.get(RULES).text
    for words in ("县规定", "省规定", "施行中", "已截止", "待施行"):
        assert words in text
    assert "邻县规定" not in text
    assert as_user(people.officer("signatory", tree.county)).get(RULES).status_code == 404


def test_new_rules_are_laid_down_with_what_else_earns_hours(as_user, officer, tree):
    client = as_user(officer)
    assert client.get(NEW).status_code == 200
    response = client.post(NEW, typed(tree))
    made = RuleSet.objects.get()
    assert response.url == f"{RULES}{made.pk}/"
    assert (made.yearly, made.daily_cap, made.year_month, made.set_by) == (72, 6, 9, officer)
    assert list(made.conversions.order_by("kind").values_list("kind", "hours_each", "yearly_cap")) == [
        ("award", 18, None),
        ("paper", None, 28),
    ]
    text = client.get(response.url).text
    for words in ("澜溪县学时规定", "文件〔2024〕2号", "9 月 1 日", "发表论文", "按材料所载"):
        assert words in text


def test_new_rules_that_are_refused_keep_what_was_typed(as_user, officer, tree):
    make.rules(tree.county, name="现行规定")
    client = as_user(officer)
    for wrong, status, words in (
        ({}, 409, "现行规定"),
        ({"yearly": "60"}, 409, "各科目合计"),
        ({"year_day": "31"}, 409, "起始日为 1 至 28"),
        ({"name": ""}, 422, "规定名称"),
        ({"from_on": "2020-01-01", "until_on": "2019-01-01"}, 409, "2020年1月1日"),
    ):
        page = client.post(NEW, typed(tree, **wrong))
        assert (page.status_code, words in page.text, "文件〔2024〕2号" in page.text) == (status, True, True)
    assert RuleSet.objects.count() == 1


def test_new_rules_for_another_authority_are_no_choice(as_user, officer, tree):
    client = as_user(officer)
    for unit in (tree.neighbour, tree.city, tree.school):
        assert client.post(NEW, typed(tree, authority=unit.pk)).status_code == 422
    for office in ("exam_officer", "auditor"):
        assert as_user(people.officer(office, tree.county)).get(NEW).status_code == 404
    assert not RuleSet.objects.exists()


def test_rules_end_on_a_day_and_are_taken_back_before_they_begin(as_user, officer, tree):
    bound = make.rules(tree.county, name="现行规定", until_on=dt.date(2024, 12, 31))
    coming = make.rules(tree.county, name="未来规定", from_on=dt.date(2025, 1, 1))
    client = as_user(officer)
    assert "撤回该规定" not in client.get(f"{RULES}{bound.pk}/").text
    late = client.post(f"{RULES}{bound.pk}/end/", {"until_on": "2025-12-31"})
    assert (late.status_code, "2024年12月31日" in late.text) == (409, True)
    assert client.post(f"{RULES}{bound.pk}/end/", {"until_on": ""}).status_code == 422
    assert client.post(f"{RULES}{bound.pk}/end/", {"until_on": "2024-08-31"}).status_code == 302
    assert "撤回该规定" in client.get(f"{RULES}{coming.pk}/").text
    assert client.post(f"{RULES}{coming.pk}/take-back/").url == RULES
    assert list(RuleSet.objects.values_list("name", "until_on")) == [("现行规定", dt.date(2024, 8, 31))]


def test_who_only_looks_and_strangers_change_nothing(as_user, tree):
    found = make.rules(tree.county)
    for office, unit, status in (
        ("auditor", tree.county, 200),
        ("school_officer", tree.school, 200),
        ("bureau_officer", tree.neighbour, 404),
        ("signatory", tree.county, 404),
    ):
        client = as_user(people.officer(office, unit))
        page = client.get(f"{RULES}{found.pk}/")
        assert page.status_code == status
        assert "截止该规定" not in page.text
        assert client.post(f"{RULES}{found.pk}/end/", {"until_on": "2024-03-05"}).status_code == 404
        assert client.post(f"{RULES}{found.pk}/take-back/").status_code == 404
