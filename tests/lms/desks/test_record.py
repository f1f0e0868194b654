"""A teacher's record: every kind of row, who reads it and that it is noted, and what she takes away."""

import datetime as dt
import io
import json
import re
from decimal import Decimal
from types import SimpleNamespace

import pypdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from certs import vouching
from certs.models import Credential
from exams.models import ModuleResult, Stage
from lms.desks import record, record_copies, record_row
from lms.lib import clock
from lms.people import directory, merging, moving, renaming
from lms.people.models import PostHeld, Posting, User
from lms.records import ledger, outcomes
from lms.training import completing
from tests.factories import certs, exams, hearing, marking, people, training
from tests.factories import records as make
from tests.factories.people import AT

pytestmark = pytest.mark.django_db
MINE, FILE = "/record/", "/record/file/"
DAY = dt.timedelta(days=1)
PHONE = "13900007788"


@pytest.fixture
def lin(personas):
    return personas.teacher


@pytest.fixture
def bureau(personas):
    return personas.county_officer


@pytest.fixture
def as_user(client, today):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def of(teacher):
    return f"/record/{teacher.pk}/"


def read(teacher, at=AT, *, own=True):
    return record.record(teacher, at, own=own)


def rows(teacher, kind, **more):
    return [each for each in read(teacher, **more).rows if each.kind == kind]


def titles(teacher, kind, **more):
    return [each.title for each in rows(teacher, kind, **more)]


def bare(text):
    return re.sub(r"<[^>]+>|\s+", "", text)


def team(tree):
    return certs.staff(tree.county)


def final_exam(tree, teacher, *, score="86", state="passed", **more):
    given = {"written": "finalised", "starts_at": AT - 90 * DAY} | more
    exam = exams.exam(tree.city, **given)
    marking.scored(exam, score, teacher, state=state, passed=state == "passed")
    return exam


def double(tree):
    """A second record of the same person, under another name."""
    return people.teacher("林之薇", school=tree.school, account=False)


def merge(lesser, greater, at=AT):
    return merging.merge(lesser=lesser, greater=greater, reason="同一人", by=None, at=at)


# Schools and posts


def test_record_is_empty_when_nothing_is_on_it(as_user, tree):
    nobody = people.teacher("新来")
    page = bare(as_user(nobody.user).get(MINE).text)
    assert read(nobody).rows == []
    assert "暂无档案记录" in page
    assert "显示内容" not in page


def test_record_survives_a_transfer(tree, lin):
    moving.transfer(teacher=lin, school=tree.city_school, on=dt.date(2024, 2, 1), kept=[], by=None, at=AT)
    later, earlier = rows(lin, record_row.WORK)
    assert (later.title, later.when) == ("松平市第一中学", "2024年2月1日 – 至今")
    assert (earlier.title, earlier.when) == ("澜溪县实验小学", "2012年9月1日 – 2024年1月31日")
    assert earlier.word == "调出"
    assert read(lin).school == "松平市第一中学"


def test_record_names_posts_held_and_in_its_head_those_of_today(tree, lin):
    held = {"teacher": lin, "organisation": tree.school, "stage": "primary"}
    PostHeld.objects.create(post="homeroom_teacher", from_on=dt.date(2015, 9, 1), until_on=AT.date() - DAY, **held)
    PostHeld.objects.create(post="part_time_mental_health_teacher", from_on=dt.date(2019, 9, 1), **held)
    PostHeld.objects.create(post="leader_in_charge", from_on=AT.date() + DAY, **held)
    assert titles(lin, record_row.WORK) == ["分管领导", "兼职心理教师", "班主任", "澜溪县实验小学"]
    assert rows(lin, record_row.WORK)[2].lines == ("澜溪县实验小学", "小学")
    assert read(lin).posts == ["兼职心理教师"]


def test_record_shows_former_names(as_user, lin):
    renaming.rename(teacher=lin, full_name="林知远", on=dt.date(2024, 3, 1), reason="改名", by=None, at=AT)
    lin.refresh_from_db()
    assert "曾用名林知微截至2024年2月29日" in bare(as_user(lin.user).get(MINE).text)


# Trainings


@pytest.mark.parametrize(
    ("precision", "ended_on", "when", "known"),
    [
        ("day", dt.date(2013, 9, 14), "2013年9月14日", "2013-09-14"),
        ("month", dt.date(2013, 9, 30), "2013年9月", "2013-09"),
        ("year", dt.date(2013, 12, 31), "2013年", "2013"),
    ],
)
def test_record_says_no_more_of_a_date_than_is_known(lin, precision, ended_on, when, known):
    make.outcome(lin, title="旧培训", ended_on=ended_on, precision=precision)
    (row,) = rows(lin, record_row.TRAINING)
    assert row.when == when
    assert row.facts["ended_on"] == known


def test_record_shows_trainings_with_outcome_hours_and_organiser(tree, lin, bureau):
    make.outcome(lin, title="心理C证培训", period=3, hours=Decimal("24.5"), organiser=tree.county, source="test:a")
    make.outcome(lin, title="未完成的", is_completed=False, ended_on=dt.date(2022, 1, 1), source="test:b")
    wrong = make.outcome(lin, title="登错的", ended_on=dt.date(2021, 1, 1), source="test:c")
    outcomes.strike(outcome=wrong, reason="不是她", by=bureau, at=AT)
    done, undone, struck = rows(lin, record_row.TRAINING)
    assert (done.title, done.lines, done.word) == ("心理C证培训 第3期", ("澜溪县", "24.5 学时"), "已结业")
    assert (undone.title, undone.word) == ("未完成的", "未结业")
    assert (struck.word, struck.lines) == ("已作废", ("不是她",))


def test_record_shows_a_period_she_is_in_and_one_she_did_not_complete(tree, lin):
    now, then = (training.programme(tree.county, title=each) for each in ("进行中", "已过去"))
    training.enrolled(lin, training.period(now))
    missed = training.enrolled(lin, training.period(then))
    type(missed).objects.filter(pk=missed.pk).update(state="not_completed")
    assert {(each.title, each.word) for each in rows(lin, record_row.TRAINING)} == {
        ("进行中 第1期", "已录取"),
        ("已过去 第1期", "未结业"),
    }


@pytest.mark.parametrize("state", ["submitted", "returned", "school_approved", "withdrawn", "rejected", "cancelled"])
def test_record_shows_no_period_that_she_never_took_part_in(tree, lin, state):
    row = training.enrolled(lin, training.period(training.programme(tree.county)))
    type(row).objects.filter(pk=row.pk).update(state=state)
    assert rows(lin, record_row.TRAINING) == []


def test_record_shows_a_completed_period_once(tree, lin):
    lesson = training.lesson()
    period = training.period(training.programme(tree.county, lessons=[lesson], title="完成的"))
    training.enrolled(lin, period)
    training.learnt(lin, lesson)
    completing.reconsider(teacher=lin, lesson=lesson.key, at=AT)
    (row,) = rows(lin, record_row.TRAINING)
    assert (row.title, row.word, row.facts["what"]) == ("完成的 第1期", "已结业", "training")


def test_record_shows_a_period_once_that_a_list_of_former_years_holds(tree, lin):
    make.outcome(lin, title="名册上的", period=1, ended_on=dt.date(2024, 2, 1))
    row = training.enrolled(lin, training.period(training.programme(tree.county, title="名册上的")))
    type(row).objects.filter(pk=row.pk).update(state="completed")
    assert [each.facts["what"] for each in rows(lin, record_row.TRAINING)] == ["training"]


# Hours


def test_record_judges_hours_year_by_year(tree, lin):
    make.rules(tree.county, name="学时规定")
    training.hours(lin, "12", earned_on=dt.date(2024, 2, 3), title="甲")
    training.hours(lin, "90", earned_on=dt.date(2023, 12, 20), title="乙")
    ledger.reverse(
        entry=training.hours(lin, "6", earned_on=dt.date(2023, 5, 6), title="丙"), reason="重复", by=None, at=AT
    )
    now, past = rows(lin, record_row.HOURS)
    assert (now.title, now.word) == ("2024年学时：12，应修 90", "尚缺 78")
    assert now.lines == ("公需科目 0/30；专业科目 12/42；个人选修 0/18", "学时规定")
    assert past.title == "2023年学时：90，应修 90"
    assert [(each["for"], each["counts"]) for each in past.facts["entries"]] == [
        ("丙", Decimal(0)),
        ("丙", Decimal(0)),
        ("乙", Decimal(90)),
    ]
    found = read(lin)
    assert (found.judged.hours, found.judged.cycle.hours) == (Decimal(12), Decimal(102))


def test_record_adds_hours_up_where_nothing_is_demanded(as_user, lin):
    training.hours(lin, "12", earned_on=dt.date(2024, 2, 3))
    (row,) = rows(lin, record_row.HOURS)
    assert (row.title, row.lines, row.word) == ("2024年学时：12", ("专业科目 12",), "")
    page = bare(as_user(lin.user).get(MINE).text)
    assert "2024年学时12" in page
    assert "年累计" not in page


# Exams


def test_record_shows_final_results_and_points_to_herself_alone(as_user, tree, lin, bureau):
    final_exam(tree, lin, name="上岗考试")
    (row,) = rows(lin, record_row.EXAM)
    assert (row.title, row.when, row.word) == ("上岗考试 · 笔试", "2023年12月6日", "合格")
    assert row.lines == ("松平市", "专业知识 86 分（满分 100）")
    (seen,) = rows(lin, record_row.EXAM, own=False)
    assert (seen.lines, seen.facts["results"]) == (("松平市",), [])
    assert "86" not in bare(as_user(bureau).get(of(lin)).text).split("上岗考试")[1][:40]


@pytest.mark.parametrize(
    "state", ["registration_open", "arranged", "in_progress", "marking", "scores_checked", "line_set", "publicised"]
)
def test_record_shows_nothing_of_an_exam_that_is_not_final(tree, lin, state):
    final_exam(tree, lin, written=state)
    assert rows(lin, record_row.EXAM) == []


@pytest.mark.parametrize(("state", "word"), [("failed", "不合格"), ("absent", "缺考"), ("violated", "违纪")])
def test_record_shows_what_else_became_of_a_final_exam(tree, lin, state, word):
    exam = final_exam(tree, lin)
    ModuleResult.objects.all().delete()
    exam.stages.get(number=1).entries.update(state=state)
    assert [each.word for each in rows(lin, record_row.EXAM)] == [word]


def test_record_dates_a_hearing_by_its_day(tree):
    world = hearing.called(tree.city)
    world.stage.entries.update(state="passed")
    Stage.objects.filter(pk=world.stage.pk).update(state="finalised")
    (one, *_others) = world.hearings
    days = {each.facts["stage"]: each.day for each in rows(one.entry.candidate.teacher, record_row.EXAM)}
    assert days["面试"] == clock.local_date(one.day.starts_at)


def test_record_dates_a_stage_without_a_day_by_its_result_or_the_registration(tree, lin):
    exam = exams.exam(tree.city, performance="finalised", closes_at=AT - 3 * DAY)
    entry = exams.entry(exams.candidate(exam, lin), exams.stage(exam, 2), "passed")
    assert rows(lin, record_row.EXAM)[0].day == AT.date() - 3 * DAY
    module = entry.stage.modules.first()
    ModuleResult.objects.create(entry=entry, module=module, status="scored", score=80, settled_at=AT - DAY)
    assert rows(lin, record_row.EXAM)[0].day == AT.date() - DAY


def test_record_does_not_show_an_exam_that_she_withdrew_from(tree, lin):
    final_exam(tree, lin).stages.get(number=1).entries.update(state="withdrawn")
    assert rows(lin, record_row.EXAM) == []


# Certificates


def test_record_shows_certificates_with_their_standing(tree, lin):
    staff = team(tree)
    (good,) = certs.issued(certs.level(tree.county), staff, [lin])
    (short,) = certs.issued(
        certs.level(tree.county, mark="S", name="短期证书", validity_months=12),
        staff,
        [lin],
        at=AT - 730 * DAY,
    )
    (paper,) = certs.taken_in(
        certs.level(tree.county, code="C", rank=1, name="C证"),
        staff,
        [lin],
        issued_on=dt.date(2013, 9, 30),
        precision="month",
    )
    Credential.objects.filter(pk=paper.pk).update(state="revoked", state_reason="冒领")
    found = {each.facts["number"]: each for each in rows(lin, record_row.CERTIFICATE)}
    assert {number: each.word for number, each in found.items()} == {
        good.number: "有效",
        short.number: "已过期",
        paper.number: "已撤销",
    }
    assert found[paper.number].when == "2013年9月"
    assert "冒领" in found[paper.number].lines
    assert read(lin).certificates == ["中小学心理健康教育教师B证"]


def test_record_shows_certificates_from_elsewhere_to_others_once_verified(tree, lin, bureau):
    kind = certs.kind(tree.county, equals=certs.level(tree.county))
    certs.verified(lin, kind, bureau, number="SJ-OK")
    certs.verified(lin, kind, bureau, number="SJ-OLD", expires_on=dt.date(2023, 1, 1))
    certs.submitted(lin, kind, number="SJ-WAITS")
    refused = certs.submitted(lin, kind, number="SJ-NO")
    vouching.turn_down(credential=refused, reason="看不清", by=bureau, at=AT)
    words = {each.facts["number"]: each.word for each in rows(lin, record_row.CERTIFICATE)}
    assert words == {"SJ-OK": "已核验", "SJ-OLD": "已过期", "SJ-WAITS": "待核验", "SJ-NO": "核验不通过"}
    assert {each.facts["number"] for each in rows(lin, record_row.CERTIFICATE, own=False)} == {"SJ-OK", "SJ-OLD"}
    assert read(lin).certificates == ["省级A证"]


# One timeline


def test_record_puts_everything_under_its_year_the_newest_first_and_filters_by_kind(as_user, tree, lin):
    make.outcome(lin, title="旧培训", ended_on=dt.date(2013, 12, 31), precision="year")
    training.hours(lin, "12", earned_on=dt.date(2024, 2, 3))
    final_exam(tree, lin, name="上岗考试")
    assert [(year, [each.kind for each in rows]) for year, rows in read(lin).by_year()] == [
        (2024, ["hours"]),
        (2023, ["exam"]),
        (2013, ["training"]),
        (2012, ["work"]),
    ]
    her = as_user(lin.user)
    page = bare(her.get(MINE, {"kind": "exam"}).text)
    assert "上岗考试" in page
    assert "旧培训" not in page
    for anything in ("", "certificate", "nonsense"):
        assert "旧培训" in her.get(MINE, {"kind": anything}).text


def test_record_counts_what_hangs_on_records_merged_into_it(tree, lin):
    lesser = double(tree)
    make.outcome(lesser, title="合并前的培训")
    training.hours(lesser, "12", earned_on=dt.date(2024, 2, 3))
    final_exam(tree, lesser, performance="finalised")
    certs.issued(certs.level(tree.county), team(tree), [lesser])
    PostHeld.objects.create(
        teacher=lesser, organisation=tree.school, post="homeroom_teacher", from_on=dt.date(2020, 9, 1)
    )
    merge(lesser, lin)
    found = read(lin)
    assert found.counts == {"work": 3, "training": 1, "hours": 1, "exam": 1, "certificate": 1}
    assert [each.full_name for each in found.other_names] == ["林之薇"]
    assert found.judged.hours == Decimal(12)
    assert len(found.certificates) == 1


def test_record_that_was_merged_leads_to_the_one_that_stays(as_user, tree, lin, bureau, personas):
    lesser = double(tree)
    merge(lesser, lin)
    response = as_user(bureau).get(of(lesser))
    assert (response.status_code, response["Location"]) == (302, of(lin))
    assert as_user(personas.stranger.user).get(of(lesser)).status_code == 404


def test_record_asks_as_often_for_many_rows_as_for_one(as_user, tree, lin, bureau):
    def fill(number):
        day = dt.date(2023 - number, 6, 1)
        make.outcome(lin, title=f"培训{number}", ended_on=day, organiser=tree.county, source=f"test:{number}")
        training.hours(lin, "12", earned_on=day)
        training.enrolled(lin, training.period(training.programme(tree.county)))
        final_exam(tree, lin, starts_at=AT - (90 + number) * DAY)
        certs.issued(certs.level(tree.county), staff, [lin])
        certs.verified(lin, kind, bureau)
        Posting.objects.create(teacher=lin, organisation=tree.school, from_on=day, until_on=day + DAY)
        PostHeld.objects.create(teacher=lin, organisation=tree.school, post="homeroom_teacher", from_on=day)

    make.rules(tree.county)
    staff, kind = team(tree), certs.kind(tree.county, equals=certs.level(tree.county))
    her = as_user(lin.user)
    fill(0)
    her.get(MINE)
    with CaptureQueriesContext(connection) as one:
        her.get(MINE)
    for number in range(1, 4):
        fill(number)
    with CaptureQueriesContext(connection) as many:
        page = her.get(MINE)
    assert page.text.count("培训3") >= 1
    assert len(many) == len(one)


# Who reads it


def test_record_is_read_by_herself_and_the_record_offices_above(as_user, tree, lin, personas):
    people.appointment(personas.province_officer, "auditor", tree.province)
    school_officer = people.officer("school_officer", tree.school)
    for who in (lin.user, personas.county_officer, school_officer, personas.province_officer):
        her = as_user(who)
        assert her.get(of(lin)).status_code == 200
    assert "澜溪县实验小学" in her.get(of(lin)).text


@pytest.mark.parametrize("office", ["clerk", "marker", "judge", "signatory", "trainer"])
def test_record_is_not_there_for_other_offices(as_user, tree, lin, office):
    her = as_user(people.officer(office, tree.county))
    assert [her.get(path).status_code for path in (of(lin), f"{of(lin)}print/", MINE, FILE)] == [404] * 4


def test_record_is_not_there_for_other_teachers_and_other_counties(as_user, tree, lin, personas):
    neighbour = people.officer("bureau_officer", tree.neighbour)
    for who in (personas.stranger.user, people.teacher("同事", school=tree.school).user, neighbour):
        her = as_user(who)
        assert [her.get(path).status_code for path in (of(lin), f"{of(lin)}print/")] == [404, 404]


def test_record_goes_with_her_to_the_new_school(as_user, tree, lin, bureau):
    moving.transfer(teacher=lin, school=tree.other_school, on=AT.date(), kept=[], by=None, at=AT)
    assert as_user(bureau).get(of(lin)).status_code == 404
    assert as_user(people.officer("bureau_officer", tree.neighbour)).get(of(lin)).status_code == 200


def test_record_asks_a_visitor_to_sign_in(client, lin):
    for path in (MINE, FILE, of(lin), f"{of(lin)}print/"):
        assert client.get(path)["Location"].startswith("/account/login/")


def test_reading_anothers_record_is_noted_once_a_day_and_ones_own_never(as_user, lin, bureau):
    as_user(lin.user).get(MINE)
    as_user(lin.user).get(of(lin))
    assert not directory.readings(lin).exists()
    as_user(bureau).get(of(lin))
    as_user(bureau).get(of(lin))
    assert [line.actor_name for line in directory.readings(lin)] == ["沈县"]
    assert "沈县" in as_user(lin.user).get("/people/me/").text


def test_printing_anothers_record_is_noted(as_user, lin, bureau, monkeypatch):
    monkeypatch.setattr(record_copies, "pdf", lambda _record: b"%PDF")
    as_user(bureau).get(f"{of(lin)}print/")
    assert [line.actor_name for line in directory.readings(lin)] == ["沈县"]


def test_record_is_linked_where_one_looks_for_it(as_user, lin, bureau):
    assert f'href="{of(lin)}"' in as_user(bureau).get(f"/people/teachers/{lin.pk}/").text
    for path in ("/people/me/", "/records/", "/home/"):
        assert f'href="{MINE}"' in as_user(lin.user).get(path).text


def test_record_offers_its_file_to_herself_alone(as_user, lin, bureau):
    assert FILE in as_user(lin.user).get(MINE).text
    assert FILE not in as_user(bureau).get(of(lin)).text


# What is taken away


@pytest.fixture
def full(tree, lin, bureau):
    """A record with a row of every kind, read at AT."""
    User.objects.filter(pk=lin.user_id).update(phone=PHONE)
    make.rules(tree.county)
    make.outcome(lin, title="旧培训", ended_on=dt.date(2013, 9, 30), precision="month")
    training.hours(lin, "12", earned_on=dt.date(2024, 2, 3), title="研修")
    final_exam(tree, lin, name="上岗考试")
    final_exam(tree, lin, name="没有公布的考试", written="line_set")
    (credential,) = certs.issued(certs.level(tree.county), team(tree), [lin])
    certs.verified(lin, certs.kind(tree.county), bureau, number="SJ-OK")
    renaming.rename(teacher=lin, full_name="林知远", on=dt.date(2024, 3, 1), reason="改名", by=None, at=AT)
    lin.refresh_from_db()
    return SimpleNamespace(teacher=lin, credential=credential)


def test_file_holds_the_whole_record_for_a_machine(as_user, full):
    response = as_user(full.teacher.user).get(FILE)
    assert response["Content-Type"] == "application/json"
    assert "attachment" in response["Content-Disposition"]
    assert "林知远".encode() in response.content  # UTF-8, not escaped
    assert full.teacher.id_number not in response.text
    content = json.loads(response.content)
    assert (content["format"], content["version"], content["as_of"]) == ("teacher-record", 1, "2024-03-05")
    her = content["teacher"]
    assert (her["name"], her["phone"], her["school"]) == ("林知远", PHONE, "澜溪县实验小学")
    assert her["id_number"] == full.teacher.masked_id_number
    assert her["other_names"] == [{"name": "林知微", "until": "2024-02-29"}]
    assert (content["training_year"]["hours"], content["training_year"]["required"]) == ("12.0", "90.0")
    assert content["years_added_up"]["required"] == "360.0"
    found = {each["what"]: each for each in content["record"]}
    assert [each["kind"] for each in content["record"]] == [each.kind for each in reversed(read(full.teacher).rows)]
    assert found["posting"]["from"] == "2012-09-01"
    assert found["training"]["ended_on"] == "2013-09"
    assert found["hours"]["entries"][0]["for"] == "研修"
    assert [each["exam"] for each in content["record"] if each["what"] == "exam"] == ["上岗考试"]
    assert found["exam"]["results"][0]["score"] == "86.000"
    assert (found["certificate"]["number"], found["certificate"]["holder"]) == (full.credential.number, "林知微")
    assert found["certificate_from_elsewhere"]["number"] == "SJ-OK"


def test_file_of_an_empty_record_is_a_file_all_the_same(as_user):
    content = json.loads(as_user(people.teacher("新来").user).get(FILE).content)
    assert (content["record"], content["years_added_up"]) == ([], None)


def printed(response):
    pages = pypdf.PdfReader(io.BytesIO(b"".join(response))).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


def test_paper_holds_the_whole_record_without_number_and_telephone(as_user, full):
    with translation.override("en"):
        text = printed(as_user(full.teacher.user).get(f"{of(full.teacher)}print/"))
    for word in (
        "教师专业档案",
        "林知远",
        "林知微（2024年2月29日止）",
        "澜溪县实验小学",
        "2013年9月",
        "旧培训",
        "2024年学时：12，应修90",
        "上岗考试·笔试",
        "专业知识86分（满分100）",
        full.credential.number,
        "SJ-OK",
    ):
        assert re.sub(r"\s+", "", word) in text, word
    for word in (full.teacher.id_number, PHONE, "没有公布"):
        assert word not in text


def test_page_shows_neither_number_nor_telephone_to_anybody(as_user, full, bureau):
    for who, path in ((full.teacher.user, MINE), (bureau, of(full.teacher))):
        page = as_user(who).get(path).text
        assert full.teacher.id_number not in page
        assert PHONE not in page


def test_paper_of_an_empty_record_says_so(as_user):
    nobody = people.teacher("新来")
    assert "暂无档案记录" in printed(as_user(nobody.user).get(f"{of(nobody)}print/"))
