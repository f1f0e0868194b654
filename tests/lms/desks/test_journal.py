"""The journal's page: the lines of one's own subtree, found by act, day and unit."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.journal import sealing
from lms.people import noting
from lms.people.models import Appointment
from tests.factories import journal, people

pytestmark = pytest.mark.django_db
PAGE = "/journal/"


@pytest.fixture
def auditor(client, tree):
    user = people.officer(Appointment.Office.AUDITOR, tree.county, "审计员")
    client.force_login(user)
    return user


@pytest.fixture
def neighbour(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.neighbour, "邻县干部")


def shown(client, **asked):
    return client.get(PAGE, asked).content.decode()


def test_journal_shows_own_subtree_and_nothing_beside_or_above(client, auditor, personas, tree, neighbour):
    journal.line(personas.county_officer, tree.school, reason="本县的理由")
    journal.line(neighbour, tree.other_school, reason="邻县的理由")
    journal.line(personas.province_officer, tree.province, reason="省里的理由")
    page = shown(client)
    assert "本县的理由" in page
    assert "邻县" not in page
    assert "省里的理由" not in page
    assert "周省" not in page


def test_journal_shows_particulars_whatever_their_names(client, auditor, personas, tree):
    journal.line(personas.county_officer, tree.school, facts={"items": 22, "digest": "abc"})
    page = shown(client)
    assert "<dt>items</dt><dd>22</dd>" in page
    assert "<dt>digest</dt><dd>abc</dd>" in page


def test_journal_of_a_school_officer_is_her_school_s(client, tree, personas):
    sister = people.officer(Appointment.Office.SCHOOL_OFFICER, people.organisation("第二小学", parent=tree.county))
    mine = people.officer(Appointment.Office.SCHOOL_OFFICER, tree.school)
    for who, reason in ((personas.teacher.user, "本校的"), (sister, "邻校的"), (personas.county_officer, "县里的")):
        journal.line(who, tree.school, reason=reason)
    client.force_login(mine)
    page = shown(client)
    assert [reason in page for reason in ("本校的", "邻校的", "县里的")] == [True, False, False]


def test_journal_shows_who_read_a_record_only_where_it_is_asked_for(client, auditor, personas, tree, at):
    noting.note_reading(teacher=personas.teacher, by=personas.county_officer, at=at)
    assert "沈县" not in shown(client)
    assert "沈县" in shown(client, act=noting.READ)


@pytest.mark.parametrize("office", ["marker", "judge", "signatory", "clerk"])
def test_journal_is_not_there_for_other_offices(client, tree, office):
    client.force_login(people.officer(office, tree.county))
    assert client.get(PAGE).status_code == 404


def test_journal_is_not_there_for_a_teacher(client, personas):
    client.force_login(personas.teacher.user)
    assert client.get(PAGE).status_code == 404


def test_journal_is_not_there_when_the_office_has_ended(client, tree):
    former = people.user("离任")
    people.appointment(former, "auditor", tree.county, until_on=dt.date(2023, 12, 31))
    client.force_login(former)
    assert client.get(PAGE).status_code == 404


def test_journal_finds_by_act_day_and_unit(client, auditor, personas, tree, at):
    below = people.officer(Appointment.Office.EXAM_OFFICER, tree.school, "校考务")
    journal.line(personas.county_officer, tree.school, act="exams.exam_convened", reason="第一件")
    journal.line(personas.county_officer, tree.school, reason="第二件", at=at + dt.timedelta(days=1))
    journal.line(below, tree.school, reason="第三件")
    assert "第一件" in (page := shown(client, act="exams.exam_convened"))
    assert "第二件" not in page
    assert "第二件" in (page := shown(client, day="2024-03-06"))
    assert "第三件" not in page
    assert "第三件" in (page := shown(client, unit=tree.school.path))
    assert "第一件" not in page


def test_journal_counts_a_day_by_the_wall_clock(client, auditor, personas, tree):
    late = dt.datetime(2024, 3, 5, 15, 59, tzinfo=dt.UTC)
    journal.line(personas.county_officer, tree.school, reason="当天最后一分钟", at=late)
    journal.line(personas.county_officer, tree.school, reason="次日", at=late + dt.timedelta(minutes=1))
    assert "当天最后一分钟" in (page := shown(client, day="2024-03-05"))
    assert "次日" not in page


def test_journal_says_what_is_wrong_when_the_day_is_no_day(client, auditor, personas, tree):
    journal.line(personas.county_officer, tree.school, reason="在")
    page = shown(client, day="2024-02-31")
    assert "输入一个有效的日期" in page
    assert "2024-02-31" in page


def test_journal_does_not_widen_when_another_countys_unit_is_asked_for(client, auditor, neighbour, tree):
    journal.line(neighbour, tree.other_school, reason="邻县的理由")
    assert "邻县的理由" not in shown(client, unit=tree.neighbour.path)
    assert "邻县的理由" not in shown(client, unit="0")


def test_journal_is_paged_when_there_are_many(client, auditor, personas, tree):
    for n in range(53):
        journal.line(personas.county_officer, tree.school, reason=f"第{n:02}件")
    first = shown(client)
    assert "第52件" in first
    assert "第02件" not in first
    link = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = client.get(PAGE + link).content.decode()
    assert "第02件" in second
    assert "第03件" not in second


def test_journal_shows_the_head_of_the_chain(client, auditor, personas, tree):
    journal.line(personas.county_officer, tree.school)
    assert "待封存" in shown(client)
    journal.seal()
    page = shown(client)
    assert sealing.head()[1] in page
    assert "待封存" not in page


def test_journal_asks_as_often_for_three_lines_as_for_one(client, auditor, personas, tree, django_assert_num_queries):
    journal.line(personas.county_officer, tree.school)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    for _n in range(2):
        journal.line(personas.county_officer, tree.school)
    with django_assert_num_queries(len(one)):
        client.get(PAGE)
