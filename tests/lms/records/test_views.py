"""Pages of trainings: a teacher's own, an office's list, and the striking of a wrong entry."""

import datetime as dt
import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.records import ledger
from tests.factories import people, training
from tests.factories import records as make
from tests.factories.people import AT

MINE, LIST = "/records/", "/records/trainings/"


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def of(outcome, more=""):
    return f"{LIST}{outcome.pk}/{more}"


def test_mine_shows_none_one_and_many_with_the_hours_of_the_completed(as_user, teacher):
    client = as_user(teacher.user)
    assert "还没有培训记录" in client.get(MINE).text
    make.outcome(
        teacher, title="心理C证培训", period=3, hours=Decimal("12.5"), ended_on=dt.date(2019, 12, 31), precision="year"
    )
    make.outcome(teacher, title="没结业的", hours=Decimal(40), is_completed=False)
    text = client.get(MINE).text
    assert "已结业培训共12.5学时" in text
    assert "第3期" in text
    assert ("2019年<" in text, "12月31日" in text) == (True, False)
    assert "未结业" in text


def test_mine_shows_the_hours_of_this_year_by_category_and_what_was_taken_back_with_its_reason(
    as_user, teacher, officer
):
    client = as_user(teacher.user)
    assert "本年度尚无登记学时" in client.get(MINE).text
    training.hours(teacher, "12.5", title="心理C证培训，第3期")
    wrong = training.hours(teacher, "4", category="elective", title="读书会")
    training.hours(teacher, "30", title="去年的培训", earned_on=dt.date(2023, 12, 31))
    ledger.reverse(entry=wrong, reason="重复登记", by=officer, at=AT)
    text = re.sub(r"<[^>]+>|\s+", "", client.get(MINE).text)
    assert "2024年计入12.5学时" in text
    assert "公需科目0学时专业科目12.5学时个人选修0学时" in text
    assert "读书会已冲销2024年3月5日个人选修4" in text
    assert "读书会冲销：重复登记2024年3月5日个人选修-4" in text
    assert "去年的培训" not in text
    before = client.get(MINE, {"year": "2023"}).text
    assert ("去年的培训" in before, "心理C证培训" in before) == (True, False)
    assert 'href="?year=2024"' in before


@pytest.mark.parametrize("year", ["", "x", "-1", "99999999999", "0"])
def test_mine_shows_this_year_when_the_address_names_none(as_user, teacher, year):
    assert "2024年计入0学时" in as_user(teacher.user).get(MINE, {"year": year}).text


def test_mine_shows_nobody_elses(as_user, teacher, tree):
    make.outcome(teacher, title="她的培训")
    training.hours(teacher, title="她的学时")
    other = people.teacher("同校", school=tree.school)
    text = as_user(other.user).get(MINE).text
    assert "她的培训" not in text
    assert "她的学时" not in text


def test_trainings_finds_by_name_or_training_among_ones_own_only(as_user, teacher, officer, tree):
    make.outcome(teacher, title="心理C证培训")
    make.outcome(people.teacher("邻县人", school=tree.other_school), title="邻县培训")
    client = as_user(officer)
    for words, found in (("", True), ("林知", True), ("C证", True), ("没有", False)):
        assert ("心理C证培训" in client.get(LIST, {"q": words}).text) is found
    assert "邻县培训" not in client.get(LIST).text + client.get(LIST, {"q": "邻县"}).text


def test_both_lists_take_as_many_queries_with_three_as_with_one(as_user, teacher, officer, tree):
    for user, address in ((teacher.user, MINE), (officer, LIST)):
        client = as_user(user)
        make.outcome(teacher)
        training.hours(teacher)
        client.get(address)
        with CaptureQueriesContext(connection) as one:
            client.get(address)
        make.outcome(teacher)
        for _ in range(2):
            training.hours(teacher)
        make.outcome(people.teacher("新", school=tree.school))
        with CaptureQueriesContext(connection) as three:
            client.get(address)
        assert len(three) == len(one) <= 15


def test_strike_shows_the_reason_to_both_and_offers_it_once(as_user, teacher, officer):
    outcome = make.outcome(teacher, title="心理C证培训")
    client = as_user(officer)
    assert "作废这条记录" in client.get(of(outcome)).text
    assert client.post(of(outcome, "strike/"), {"reason": "录错了人"}).url == of(outcome)
    assert "作废这条记录" not in client.get(of(outcome)).text
    text = as_user(teacher.user).get(of(outcome)).text
    assert "沈县作废：录错了人" in text
    assert "已作废" in as_user(teacher.user).get(MINE).text


def test_strike_is_shown_again_without_a_reason_and_refused_a_second_time(as_user, teacher, officer):
    outcome = make.outcome(teacher)
    client = as_user(officer)
    assert client.post(of(outcome, "strike/"), {"reason": ""}).status_code == 422
    client.post(of(outcome, "strike/"), {"reason": "错"})
    page = client.post(of(outcome, "strike/"), {"reason": "又错"})
    assert (page.status_code, "已经作废" in page.text) == (409, True)


def test_those_who_only_look_find_no_way_to_strike(as_user, teacher, tree):
    outcome = make.outcome(teacher)
    for user in (teacher.user, people.officer("auditor", tree.county), people.officer("school_officer", tree.school)):
        client = as_user(user)
        assert "作废这条记录" not in client.get(of(outcome)).text
        assert client.post(of(outcome, "strike/"), {"reason": "错"}).status_code == 404


def test_strangers_find_nothing(as_user, teacher, tree):
    outcome = make.outcome(teacher)
    for user in (
        people.officer("bureau_officer", tree.neighbour),
        people.officer("signatory", tree.county),
        people.teacher("同校", school=tree.school).user,
    ):
        client = as_user(user)
        assert client.get(of(outcome)).status_code == client.get("/records/trainings/999999/").status_code == 404
        assert client.post(of(outcome, "strike/"), {"reason": "错"}).status_code == 404
    assert as_user(teacher.user).get(LIST).status_code == 404


def test_about_so_many_hours_are_shown_as_such_to_the_teacher_and_the_office(as_user, teacher, officer):
    outcome = make.outcome(teacher, hours=Decimal(40), is_approximate=True, level="national")
    for user, address in ((teacher.user, MINE), (officer, LIST), (teacher.user, f"{LIST}{outcome.pk}/")):
        assert "约40" in as_user(user).get(address).text
    assert "国家级" in as_user(teacher.user).get(f"{LIST}{outcome.pk}/").text
    assert "约40" in as_user(teacher.user).get("/record/").text
