"""Pages of hours: a teacher's own year against what is demanded, her statement, and her office's list of teachers."""

import datetime as dt
import io
import re
from decimal import Decimal

import openpyxl
import pypdf
import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.journal.models import Line
from lms.people import merging
from lms.records import ledger, queries, statement, statistics
from lms.records.models import HourEntry
from lms.records.statistics import ALL, UNKNOWN, Attendance
from tests.factories import people, training
from tests.factories import records as make
from tests.factories.people import AT

MINE, PEOPLE, EXPORT = "/records/", "/records/people/", "/records/people/export/"


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


def bare(response):
    return re.sub(r"<[^>]+>|\s+", "", response.text)


def credit(teacher, hours, category="professional", on=dt.date(2024, 3, 5), begun_on=None, **more):
    return ledger.post(
        teacher=teacher,
        hours={category: Decimal(hours)},
        title=more.get("title", "研修"),
        source=f"test:{HourEntry.objects.count()}:{on}",
        earned_on=on,
        begun_on=begun_on or on,
        by=None,
        at=AT,
    )[0]


# One's own


def test_mine_says_what_is_missing_by_category_and_in_five_years(as_user, teacher, tree):
    make.rules(tree.county)
    credit(teacher, "18", "general", begun_on=dt.date(2024, 3, 1))
    credit(teacher, "40", "professional", dt.date(2024, 2, 9), dt.date(2024, 2, 5))
    credit(teacher, "8", "professional", dt.date(2023, 12, 31))
    text = bare(as_user(teacher.user).get(MINE))
    assert "2024年计入58学时" in text
    assert "公需科目18学时应修30尚缺12" in text
    assert "专业科目40学时应修42尚缺2" in text
    assert "个人选修0学时应修18尚缺18" in text
    assert "尚缺32学时" in text
    assert "5年周期（2020年1月1日至2024年12月31日）：累计66学时，应修360学时。尚缺294" in text


def test_mine_shows_the_hours_beyond_the_day_and_says_so_at_the_entry(as_user, teacher, tree):
    make.rules(tree.county)
    credit(teacher, "6", title="上午")
    credit(teacher, "4", title="下午")
    text = bare(as_user(teacher.user).get(MINE))
    assert "2024年计入8学时" in text
    assert "有2学时超出每日8学时上限" in text
    assert "下午计入2：当日学时已满" in text


def test_mine_says_when_all_is_fulfilled_and_when_nobody_demands_anything(as_user, teacher, tree):
    client = as_user(teacher.user)
    assert "没有适用的学时规定" in client.get(MINE).text
    make.rules(tree.county, yearly=Decimal(2), general=Decimal(0), professional=Decimal(2), elective=Decimal(0))
    credit(teacher, "2")
    assert "2学时已修满" in bare(client.get(MINE))


def test_mine_shows_another_year_by_its_key(as_user, teacher, tree):
    make.rules(tree.county, from_on=dt.date(2020, 9, 1), year_month=9)
    credit(teacher, "5", title="今年度", on=dt.date(2023, 9, 1))
    credit(teacher, "7", title="上年度", on=dt.date(2023, 8, 31))
    client = as_user(teacher.user)
    now = bare(client.get(MINE))
    assert ("2023年9月–2024年8月计入5学时" in now, "今年度" in now, "上年度" in now) == (True, True, False)
    before = bare(client.get(MINE, {"year": "2022-09-01"}))
    assert ("2022年9月–2023年8月计入7学时" in before, "今年度" in before, "上年度" in before) == (True, False, True)


def test_mine_of_an_officer_without_a_record_is_empty(as_user, officer):
    response = as_user(officer).get(MINE)
    assert (response.status_code, "年度学时证明" in response.text) == (200, False)


# The statement


def text_of(response):
    pages = pypdf.PdfReader(io.BytesIO(b"".join(response))).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


def test_statement_prints_the_year_its_sums_and_every_entry_that_stands(as_user, teacher, tree, officer):
    make.rules(tree.county, name="云省学时规定")
    credit(teacher, "10", title="一天十学时")
    wrong = credit(teacher, "4", "elective", dt.date(2024, 1, 5), title="录错的")
    ledger.reverse(entry=wrong, reason="录错", by=officer, at=AT)
    for user in (teacher.user, officer):
        response = as_user(user).get(f"{PEOPLE}{teacher.pk}/statement/", {"year": "2024"})
        assert response["Content-Type"] == "application/pdf"
        text = text_of(response)
        for words in ("继续教育学时证明", "林知微", "2024年", "云省学时规定", "一天十学时", "另有2学时", "45分钟"):
            assert words in text
        assert "录错的" not in text
        assert teacher.id_number not in text


def test_statement_is_plain_data(teacher, tree):
    make.rules(tree.county)
    credit(teacher, "12.5", on=dt.date(2024, 3, 2), begun_on=dt.date(2024, 3, 1))
    day = dt.date(2024, 3, 5)
    told = statement.statement(teacher, queries.ledger(teacher, day), day)
    assert told["total"] == {"label": "", "hours": "12.5", "required": "90", "missing": "77.5"}
    assert [each["missing"] for each in told["sums"]] == ["30", "29.5", "18"]
    assert (told["school"], told["printed_on"], len(told["entries"])) == ("澜溪县实验小学", "2024-03-05", 1)


def test_statement_is_in_chinese_whatever_the_readers_language(as_user, teacher, tree):
    make.rules(tree.county)
    credit(teacher, "2")
    client = as_user(teacher.user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert "hours count in 2024" in client.get(MINE).text
    text = text_of(client.get(f"{PEOPLE}{teacher.pk}/statement/"))
    assert ("公需科目" in text, "general" in text, "2024年3月5日" in text) == (True, False, True)


def test_statement_of_anybody_else_is_not_there(as_user, teacher, tree):
    address = f"{PEOPLE}{teacher.pk}/statement/"
    for user in (
        people.teacher("同校", school=tree.school).user,
        people.officer("bureau_officer", tree.neighbour),
        people.officer("signatory", tree.county),
    ):
        client = as_user(user)
        assert client.get(address).status_code == client.get(f"{PEOPLE}{teacher.pk}/").status_code == 404


# The office's list


def test_people_shows_each_with_this_year_and_on_request_those_who_miss_hours(as_user, teacher, officer, tree):
    make.rules(tree.county, yearly=Decimal(10), general=Decimal(0), professional=Decimal(10), elective=Decimal(0))
    full = people.teacher("满学时", school=tree.school)
    credit(full, "10", begun_on=dt.date(2024, 3, 4))
    credit(teacher, "4")
    people.teacher("邻县人", school=tree.other_school)
    client = as_user(officer)
    text = bare(client.get(PEOPLE))
    assert "林知微澜溪县实验小学2024年41064/360" in text
    assert "满学时澜溪县实验小学2024年1010–10/360" in text
    assert "邻县人" not in text
    missing = bare(client.get(PEOPLE, {"missing": "on"}))
    assert ("林知微" in missing, "满学时" in missing) == (True, False)
    named = bare(client.get(PEOPLE, {"q": "满"}))
    assert ("林知微" in named, "满学时" in named) == (False, True)
    assert "没有此姓名的教师" in client.get(PEOPLE, {"q": "没有"}).text


def test_people_is_paged_and_says_when_nobody_misses_hours(as_user, officer, tree):
    training.teachers(tree.school, 51)
    client = as_user(officer)
    assert len(re.findall(r"/records/people/\d+/", client.get(PEOPLE).text)) == 50
    assert len(re.findall(r"/records/people/\d+/", client.get(PEOPLE, {"page": "2"}).text)) == 1
    assert "全部达标" in client.get(PEOPLE, {"missing": "on"}).text


def test_people_and_a_person_are_there_for_record_offices_only(as_user, teacher, tree):
    for office, unit, status in (
        ("school_officer", tree.school, 200),
        ("auditor", tree.county, 200),
        ("exam_officer", tree.city, 200),
        ("signatory", tree.county, 404),
    ):
        client = as_user(people.officer(office, unit))
        assert client.get(PEOPLE).status_code == client.get(f"{PEOPLE}{teacher.pk}/").status_code == status
    assert as_user(teacher.user).get(PEOPLE).status_code == 404


def test_pages_of_hours_take_as_many_queries_with_three_as_with_one(as_user, teacher, officer, tree):
    make.rules(tree.county)
    make.rules(tree.province)
    for user, address in ((teacher.user, MINE), (officer, PEOPLE), (officer, f"{PEOPLE}{teacher.pk}/")):
        client = as_user(user)
        credit(teacher, "1")
        client.get(address)
        with CaptureQueriesContext(connection) as one:
            client.get(address)
        for number in range(2):
            credit(people.teacher(f"新{number}", school=tree.school), "3")
            credit(teacher, "2", on=dt.date(2022 + number, 5, 5))
        with CaptureQueriesContext(connection) as three:
            client.get(address)
        assert len(three) == len(one) <= 20


# Taking hours back


def test_the_bureau_takes_hours_back_with_a_reason_that_both_read(as_user, teacher, officer):
    entry = credit(teacher, "4", title="录重的研修")
    address = f"{PEOPLE}hours/{entry.pk}/take-back/"
    client = as_user(officer)
    assert address in client.get(f"{PEOPLE}{teacher.pk}/").text
    assert "录重的研修" in client.get(address).text
    refused = client.post(address, {"reason": " "})
    assert (refused.status_code, HourEntry.objects.count()) == (422, 1)
    assert client.post(address, {"reason": "重复登记"}).url == f"{PEOPLE}{teacher.pk}/"
    assert sum(each.hours for each in HourEntry.objects.all()) == 0
    again = client.post(address, {"reason": "再次"})
    assert (again.status_code, "这笔学时已经冲销" in again.text, "再次" in again.text) == (409, True, True)
    assert address not in client.get(f"{PEOPLE}{teacher.pk}/").text
    assert "重复登记" in as_user(teacher.user).get(MINE).text


def test_nobody_but_the_bureau_finds_a_way_to_take_hours_back(as_user, teacher, tree):
    entry = credit(teacher, "4")
    address = f"{PEOPLE}hours/{entry.pk}/take-back/"
    for user in (
        teacher.user,
        people.officer("school_officer", tree.school),
        people.officer("auditor", tree.county),
        people.officer("bureau_officer", tree.neighbour),
    ):
        client = as_user(user)
        assert client.get(address).status_code == client.post(address, {"reason": "错"}).status_code == 404
        assert address not in client.get(f"{PEOPLE}{teacher.pk}/").text + client.get(MINE).text
    assert HourEntry.objects.count() == 1


# The statistical form


def test_bands_count_whole_hours_with_both_ends_included():
    bands = [statistics.band(Decimal(hours)) for hours in ("0.9", "1", "36.9", "37", "72", "73", "108", "109", "500")]
    assert bands == [None, (1, 36), (1, 36), (37, 72), (37, 72), (73, 108), (73, 108), (109, None), (109, None)]
    assert statistics.band(None) is None


def test_persons_are_counted_once_for_each_level_and_once_in_all_by_the_sum_of_their_hours():
    rows = [
        Attendance(1, "county", Decimal(30)),
        Attendance(1, "county", Decimal(10)),
        Attendance(1, "national", Decimal(70)),
        Attendance(2, "county", Decimal(36)),
        Attendance(2, "", None),
    ]
    found = statistics.count(rows)
    assert dict(found.attendances) == {
        ((1, 36), "county"): 3,
        ((37, 72), "national"): 1,
        (None, ""): 1,
        ((1, 36), ALL): 3,
        ((37, 72), ALL): 1,
        (None, ALL): 1,
    }
    assert dict(found.persons) == {
        ((37, 72), "county"): 1,
        ((37, 72), "national"): 1,
        ((1, 36), "county"): 1,
        (None, ""): 1,
        ((109, None), ALL): 1,
        ((1, 36), ALL): 1,
    }


def test_completed_takes_what_ended_then_was_completed_stands_and_was_done_while_she_was_here(
    teacher, officer, tree, tmp_path, monkeypatch
):
    monkeypatch.setattr(settings, "PRIVATE_ROOT", tmp_path)
    make.rules(tree.county)
    institution = people.organisation("澜溪县进修学校", level=51, parent=tree.county)
    day = {"ended_on": dt.date(2024, 2, 1)}
    make.outcome(teacher, hours=Decimal(40), organiser=tree.city, **day)
    make.outcome(teacher, hours=Decimal(8), organiser=institution, **day)
    make.outcome(teacher, hours=None, **day)
    make.outcome(teacher, hours=Decimal(9), organiser=tree.school, **day)
    make.outcome(teacher, hours=Decimal(9), is_completed=False, **day)
    make.outcome(teacher, hours=Decimal(9), ended_on=dt.date(2023, 12, 31))
    make.outcome(people.teacher("邻县人", school=tree.other_school), hours=Decimal(9), **day)
    struck = make.outcome(teacher, hours=Decimal(9), **day)
    struck.struck_at = AT
    struck.save()
    school = people.officer("school_officer", tree.school)
    make.recognised(teacher, school, officer, kind="outside_training", level="national", hours=Decimal(16))
    make.recognised(teacher, school, officer, kind="paper")
    make.verified(teacher, school, kind="outside_training")
    found = statistics.completed(tree.county, dt.date(2024, 1, 1), dt.date(2024, 12, 31))
    assert {each.person for each in found} == {teacher.pk}
    assert sorted((each.level, each.hours) for each in found if each.hours) == [
        ("city", 40),
        ("county", 8),
        ("national", 16),
        ("school", 9),
    ]
    assert [each.level for each in found if each.hours is None] == [UNKNOWN]


def test_completed_counts_merged_records_as_one_person(teacher, officer, tree):
    double = people.teacher("林知薇", school=tree.school)
    for each in (teacher, double):
        make.outcome(each, hours=Decimal(20), ended_on=dt.date(2024, 2, 1))
    merging.merge(lesser=double, greater=teacher, reason="同一人", by=officer, at=AT)
    found = statistics.count(statistics.completed(tree.county, dt.date(2024, 1, 1), dt.date(2024, 3, 1)))
    assert (found.attendances[(1, 36), ALL], found.persons[(37, 72), ALL]) == (2, 1)


def test_export_is_a_workbook_with_attendances_and_persons_apart_and_stands_in_the_journal(
    as_user, teacher, officer, tree
):
    for _n in range(2):
        make.outcome(teacher, hours=Decimal(30), organiser=tree.county, ended_on=dt.date(2024, 2, 1))
    client = as_user(officer)
    assert client.get(EXPORT).status_code == 200
    sent = {"unit": tree.county.pk, "from_on": "2024-01-01", "until_on": "2024-03-05"}
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.post(EXPORT, sent))))
    assert book.sheetnames == ["人次", "人数"]
    for sheet, cells in (("人次", {"≤36": 2, "37–72": 0}), ("人数", {"≤36": 0, "37–72": 1})):
        rows = {row[0]: row for row in book[sheet].iter_rows(min_row=5, values_only=True)}
        county = [cell.value for cell in book[sheet][4]].index("县级")
        assert {band: rows[band][county] for band in cells} == cells
        assert rows["合计"][-1] == sum(cells.values())
    line = Line.objects.get(act="records.hours_exported")
    assert (line.actor, line.facts["attendances"], line.facts["persons"]) == (officer, 2, 1)


def test_export_is_refused_for_another_unit_and_for_days_in_reverse(as_user, officer, tree):
    client = as_user(officer)
    foreign = {"unit": tree.neighbour.pk, "from_on": "2024-01-01", "until_on": "2024-03-05"}
    assert client.post(EXPORT, foreign).status_code == 422
    reverse = client.post(EXPORT, {**foreign, "unit": tree.county.pk, "from_on": "2024-03-06"})
    assert (reverse.status_code, "开始日期晚于结束日期" in reverse.text, "2024-03-06" in reverse.text) == (
        409,
        True,
        True,
    )
    assert not Line.objects.filter(act="records.hours_exported").exists()
    assert as_user(people.officer("signatory", tree.county)).get(EXPORT).status_code == 404
