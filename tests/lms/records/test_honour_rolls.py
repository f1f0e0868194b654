"""Honours from a workbook: whom a row means, what it says, all of it or nothing; each waits to be confirmed."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.journal.models import Line
from lms.people import importing
from lms.people.access import NotYourOffice
from lms.people.import_kinds import REGISTER, ActedOn
from lms.people.models import Posting
from lms.records import honouring
from lms.records.models import Honour
from tests.factories import people
from tests.factories import records as make
from tests.factories.imports import checked, committed, workbook

KIND = "records.honours"
HONOURS = REGISTER[KIND]


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def school(tree):
    return people.officer("school_officer", tree.school, "校办")


@pytest.fixture
def bureau(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


def row(teacher, **more):
    given = {
        **{"姓名": teacher.full_name, "身份证件号": teacher.id_number, "荣誉名称": "县教学能手"},
        **{"授予单位": "澜溪县教育局", "授予级别": "县级", "授予日期": "2013年9月"},
    }
    return given | more


def brought(bring, officer, unit, at, *rows):
    return bring(officer, unit, at, kind=KIND, file=workbook(*rows, headings=HONOURS.headings), name="荣誉.xlsx")


@pytest.fixture
def check(school, tree, at):
    return lambda *rows: brought(checked, school, tree.school, at, *rows)


@pytest.fixture
def commit(school, tree, at):
    return lambda *rows: brought(committed, school, tree.school, at, *rows)


def keys(run):
    return [(each["row"], each["heading"], each["key"]) for each in run.errors]


def test_rows_become_honours_that_wait_for_another_person_of_the_bureau(commit, teacher, school, bureau, at):
    run = commit(row(teacher), row(teacher, 荣誉名称=" 优秀  班主任 ", 授予级别="区级", 授予日期="2019"))
    assert run.state == "committed"
    rows = Honour.objects.order_by("given_on").values_list("title", "level", "given_on", "precision", "state")
    assert list(rows) == [
        ("县教学能手", "county", dt.date(2013, 9, 30), "month", "submitted"),
        ("优秀 班主任", "county", dt.date(2019, 12, 31), "year", "submitted"),
    ]
    assert Line.objects.filter(act="records.honour_entered", actor=school).count() == 2
    assert [(label, count) for label, count, _detail in HONOURS.figures(run)] == [("荣誉", 2), ("人数", 1)]
    found = honouring.confirm(honour=Honour.objects.first(), by=bureau, at=at)
    assert found.state == "confirmed"


@pytest.mark.parametrize(
    ("wrong", "heading", "key"),
    [
        ({"荣誉名称": None}, "荣誉名称", "missing"),
        ({"荣誉名称": "长" * 121}, "荣誉名称", "too_long"),
        ({"授予单位": None}, "授予单位", "missing"),
        ({"授予级别": "宇宙级"}, "授予级别", "unknown_word"),
        ({"授予级别": None}, "授予级别", "unknown_word"),
        ({"授予日期": "以前"}, "授予日期", "part_of_date"),
        ({"授予日期": "2024-04"}, "授予日期", "date_ahead"),
        ({"授予日期": None}, "授予日期", "missing"),
        ({"荣誉名称": "=A1"}, "荣誉名称", "formula"),
        ({"身份证件号": None}, "身份证件号", "number_or_school"),
    ],
)
def test_check_tells_what_is_wrong_in_a_cell(check, teacher, wrong, heading, key):
    run = check(row(teacher, **wrong))
    assert keys(run) == [(2, heading, key)]
    assert not Honour.objects.exists()


def test_check_tells_what_is_entered_already_stands_twice_or_is_anothers(check, teacher, tree, at):
    make.entered(teacher, teacher.user)
    gone = people.teacher("何书意", school=tree.school)
    gone.postings.update(until_on=at.date() - dt.timedelta(days=300))
    Posting.objects.create(teacher=gone, organisation=tree.other_school, from_on=at.date() - dt.timedelta(days=299))
    new = {"荣誉名称": "师德标兵"}
    run = check(row(teacher), row(teacher, **new), row(teacher, **new, 授予日期="2013-09"), row(gone))
    assert keys(run) == [(2, "荣誉名称", "on_record"), (4, "荣誉名称", "honour_twice"), (5, "姓名", "not_yours")]


def test_check_and_commit_ask_as_often_for_three_rows_as_for_one(school, tree, at, teacher):
    others = [people.teacher(f"候选{n}", school=tree.school) for n in range(3)]
    brought(committed, school, tree.school, at, row(teacher))
    with CaptureQueriesContext(connection) as single:
        brought(committed, school, tree.school, at, row(teacher, 荣誉名称="师德标兵"))
    with CaptureQueriesContext(connection) as several:
        brought(committed, school, tree.school, at, *(row(each) for each in others))
    assert len(several) == len(single)


def test_undo_takes_them_out_as_long_as_none_was_decided(commit, school, bureau, teacher, at):
    run = commit(row(teacher))
    importing.undo(run=run, by=school, at=at)
    assert not Honour.objects.exists()
    assert Line.objects.get(act="records.honours_taken_back").facts == {"count": 1}
    run = commit(row(teacher))
    honouring.confirm(honour=Honour.objects.get(), by=bureau, at=at)
    with pytest.raises(ActedOn):
        importing.undo(run=run, by=school, at=at)
    assert Honour.objects.get().state == "confirmed"


def test_take_back_and_enter_all_are_refused_and_write_nothing(teacher, school, bureau, tree, at):
    twice = [(teacher, make.given())] * 2
    with pytest.raises(honouring.HonourEntered):
        honouring.enter_all(honours=twice, by=school, at=at)
    stranger = people.officer("school_officer", tree.other_school)
    with pytest.raises(NotYourOffice):
        honouring.enter_all(honours=twice[:1], by=stranger, at=at)
    with pytest.raises(honouring.LevelUnknown):
        honouring.enter_all(honours=[(teacher, make.given(level="cosmic"))], by=school, at=at)
    assert not Honour.objects.exists()
    (made,) = honouring.enter_all(honours=twice[:1], by=school, at=at)
    with pytest.raises(NotYourOffice):
        honouring.take_back(honours=[made.pk], about=tree.school, by=stranger, at=at)
    honouring.confirm(honour=made, by=bureau, at=at)
    with pytest.raises(honouring.SomeDecided):
        honouring.take_back(honours=[made.pk], about=tree.school, by=school, at=at)


def test_bring_is_refused_for_another_school_and_offered_to_those_who_may(client, school, tree, at, teacher):
    with pytest.raises(NotYourOffice):
        brought(checked, school, tree.other_school, at, row(teacher))
    address = f"/people/imports/new/{KIND}/"
    for user, is_there in ((school, True), (people.officer("auditor", tree.county), False)):
        client.force_login(user)
        page = client.get("/records/honours/").text
        assert (f"{KIND}/" in page) is is_there, address
