"""Past trainings from a workbook: whom a row means, what it says, all of it or nothing, and back again."""

import datetime as dt
from decimal import Decimal

import pytest

from lms.lib import packing
from lms.people import importing
from lms.people.access import NotYourOffice
from lms.people.import_kinds import REGISTER, ActedOn
from lms.people.models import Appointment, FormerName, Posting
from lms.records import outcomes, queries, statistics
from lms.records.models import Outcome
from tests.factories import certs, people
from tests.factories.imports import checked, committed, workbook

KIND = "records.outcomes"
TRAININGS = REGISTER[KIND]
Office = Appointment.Office
TODAY = dt.date(2024, 3, 5)


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def officer(tree):
    return people.officer(Office.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


def row(teacher, **more):
    given = {
        "姓名": teacher.full_name,
        "身份证件号": teacher.id_number,
        "培训名称": "心理健康教育C证培训",
        "期次": "3",
        "培训方向": "C证",
        "结束日期": "2019-07-14",
        "学时": "36",
        "是否结业": "是",
    }
    return {**given, **more}


def at_school(teacher, school="澜溪县实验小学", **more):
    return row(teacher, 身份证件号=None, 学校=school, **more)


def brought(bring, officer, unit, at, *rows):
    return bring(officer, unit, at, kind=KIND, file=workbook(*rows, headings=TRAININGS.headings), name="培训.xlsx")


@pytest.fixture
def check(officer, tree, at):
    return lambda *rows: brought(checked, officer, tree.county, at, *rows)


@pytest.fixture
def commit(officer, tree, at):
    return lambda *rows: brought(committed, officer, tree.county, at, *rows)


def keys(run):
    return [(fault["row"], fault["heading"], fault["key"]) for fault in run.errors]


def entries(run):
    return list(packing.unpack(run.rows))


@pytest.mark.parametrize(
    ("wrong", "heading", "key"),
    [
        ({"姓名": None}, "姓名", "NameMissing"),
        ({"姓名": "别的名"}, "姓名", "name_differs"),
        ({"身份证件号": None}, "身份证件号", "number_or_school"),
        ({"身份证件号": "990608198503120010"}, "身份证件号", "WrongChecksum"),
        ({"身份证件号": 990608198503120019}, "身份证件号", "WrittenAsNumber"),
        ({"身份证件号": people.id_number(born="19600101")}, "身份证件号", "person_unknown"),
        ({"培训名称": None}, "培训名称", "missing"),
        ({"培训名称": "长" * 121}, "培训名称", "too_long"),
        ({"期次": "三"}, "期次", "period_wrong"),
        ({"期次": "0"}, "期次", "period_wrong"),
        ({"培训方向": None}, "培训方向", "missing"),
        ({"结束日期": None}, "结束日期", "missing"),
        ({"结束日期": "以前"}, "结束日期", "part_of_date"),
        ({"结束日期": "2024-04"}, "结束日期", "date_ahead"),
        ({"学时": "1.25"}, "学时", "hours_odd"),
        ({"学时": "约"}, "学时", "hours_odd"),
        ({"学时": "约四十"}, "学时", "hours_odd"),
        ({"学时": "40小时"}, "学时", "hours_odd"),
        ({"学时": "30-40"}, "学时", "hours_odd"),
        ({"组织级别": "宇宙级"}, "组织级别", "unknown_word"),
        ({"是否结业": None}, "是否结业", "unknown_word"),
        ({"是否结业": "大概"}, "是否结业", "unknown_word"),
        ({"组织单位": "别的单位"}, "组织单位", "unknown_word"),
        ({"培训名称": "=A1"}, "培训名称", "formula"),
    ],
)
def test_check_tells_what_is_wrong_in_a_cell(wrong, heading, key, check, teacher):
    run = check(row(teacher, **wrong))
    assert keys(run) == [(2, heading, key)]
    for fault in run.errors:
        assert "{" not in TRAININGS.sentence(fault) + TRAININGS.expected(fault)
    assert teacher.id_number not in str(run.errors)


def test_a_person_is_known_by_name_and_school_now_or_before_or_under_a_former_name(check, teacher, tree):
    FormerName.objects.create(teacher=teacher, full_name="林旧名", until_on=dt.date(2020, 1, 1))
    gone = people.teacher("何远", school=tree.school)
    Posting.objects.filter(teacher=gone).update(until_on=dt.date(2020, 8, 31), ending="retired")
    run = check(
        at_school(teacher),
        at_school(teacher, 姓名="林旧名", 期次="4"),
        at_school(gone, " 澜溪县实验 小学"),
    )
    assert keys(run) == []
    assert [entry["teacher"] for entry in entries(run)] == [teacher.pk, teacher.pk, gone.pk]


def test_name_and_school_are_refused_when_nobody_or_several_are_meant(check, teacher, tree):
    people.teacher("林知微", school=tree.school)
    stranger = people.teacher("邻县", school=tree.other_school)
    run = check(at_school(teacher), at_school(stranger, "青屏县第一小学"), at_school(teacher, "没有的学校"))
    assert keys(run) == [
        (2, "身份证件号", "name_ambiguous"),
        (3, "姓名", "nobody_at_school"),
        (4, "姓名", "nobody_at_school"),
    ]


def test_two_records_that_were_merged_are_one_person(check, teacher, tree):
    lesser = people.teacher("林知微", school=tree.school, account=False)
    lesser.merged_into = teacher
    lesser.save()
    run = check(at_school(teacher), row(lesser, 期次="4"))
    assert [entry["teacher"] for entry in entries(run)] == [teacher.pk, teacher.pk]


def test_who_has_left_counts_and_who_never_was_here_is_refused(check, teacher, tree):
    Posting.objects.filter(teacher=teacher).update(until_on=dt.date(2020, 8, 31))
    stranger = people.teacher("邻县", school=tree.other_school)
    assert keys(check(row(teacher), row(stranger))) == [(3, "身份证件号", "never_here")]


def test_the_same_training_of_the_same_person_is_refused(check, commit, teacher):
    commit(row(teacher, 期次="1"))
    run = check(row(teacher, 期次="1"), row(teacher), row(teacher, 期次="第3期"), row(teacher, 期次=None))
    assert keys(run) == [(2, "培训名称", "on_record"), (4, "培训名称", "training_twice")]


def test_a_track_is_a_level_by_its_word_the_nearer_authority_first(check, teacher, tree):
    own, above = certs.level(tree.county, code="C"), certs.level(tree.province, code="C", name="省级C证书")
    run = check(row(teacher), row(teacher, 期次="4", 培训方向="省级C证书"), row(teacher, 期次="5", 培训方向="班主任"))
    assert [entry["track"] for entry in entries(run)] == [own.track, above.track, "班主任"]
    assert [note["found"] for note in run.notes if note["note"] == "track_plain"] == ["班主任"]
    assert all("{" not in TRAININGS.note_sentence(note) for note in run.notes)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2019", ("2019-12-31", "year", "2019")),
        ("2019.7", ("2019-07-31", "month", "2019-07")),
        ("2019年7月14日", ("2019-07-14", "day", "2019-07-14")),
        ("2024", ("2024-03-05", "year", "2024")),
        ("2024-03", ("2024-03-05", "month", "2024-03")),
    ],
)
def test_an_end_that_is_known_in_part_is_its_last_day_but_never_ahead(typed, kept, check, teacher):
    (entry,) = entries(check(row(teacher, 结束日期=typed)))
    assert (entry["ended_on"], entry["precision"], entry["ended_as"]) == kept


def test_commit_puts_them_on_record(commit, teacher, tree, officer):
    level = certs.level(tree.county, code="C")
    other = people.teacher("何远", school=tree.school)
    run = commit(
        row(teacher), row(other, 是否结业="否", 学时=None), row(teacher, 期次="4", 组织单位="云省", 结束日期="2021")
    )
    assert run.state == "committed"
    first = Outcome.objects.get(teacher=teacher, period=3)
    assert (first.track, first.hours, first.organiser) == (level.track, Decimal("36.0"), tree.county)
    assert (first.source, first.recorded_by) == (f"people.importrun:{run.pk}", officer)
    assert Outcome.objects.get(period=4).organiser == tree.province
    assert queries.attendances(level.track, TODAY).count() == 3
    assert set(queries.trained(level.track, TODAY)) == {teacher}


def test_bringing_is_refused_for_other_offices(tree, teacher, at):
    for office, unit in ((Office.SCHOOL_OFFICER, tree.county), (Office.BUREAU_OFFICER, tree.neighbour)):
        with pytest.raises(NotYourOffice):
            brought(checked, people.officer(office, unit), tree.county, at, row(teacher))


def test_undo_removes_them_and_the_file_may_come_again(commit, teacher, officer, at):
    importing.undo(run=commit(row(teacher)), by=officer, at=at)
    assert not Outcome.objects.exists()
    assert commit(row(teacher)).state == "committed"


def test_undo_is_refused_when_one_was_struck(commit, teacher, officer, at):
    run = commit(row(teacher))
    outcomes.strike(outcome=Outcome.objects.get(), reason="错", by=officer, at=at)
    with pytest.raises(ActedOn):
        importing.undo(run=run, by=officer, at=at)


def test_preview_shows_what_will_stand_on_the_record(check, teacher):
    run = check(row(teacher, 结束日期="2019"), row(teacher, 期次=None, 是否结业="否", 学时=None))
    assert [TRAININGS.preview_row(entry) for entry in entries(run)] == [
        ["林知微", "心理健康教育C证培训 · 3", "2019", "36", "已结业"],
        ["林知微", "心理健康教育C证培训", "2019-07-14", "", "未结业"],
    ]
    assert [value for _label, value, _detail in TRAININGS.figures(run)] == [2, 1, 2]
    assert TRAININGS.next_steps(run)[0][1] == "/records/trainings/"


@pytest.mark.parametrize(
    ("typed", "hours", "is_approximate"),
    [
        ("约40学时", Decimal(40), True),
        ("40多", Decimal(40), True),
        ("36余学时", Decimal(36), True),
        ("大约 12.5", Decimal("12.5"), True),
        ("40学时左右", Decimal(40), True),
        ("40学时", Decimal(40), False),
        ("40.5", Decimal("40.5"), False),
        (None, None, False),
    ],
)
def test_hours_known_only_about_are_kept_as_such_and_never_summed(commit, teacher, tree, typed, hours, is_approximate):
    commit(row(teacher, 学时=typed, 结束日期="2013年9月"))
    found = Outcome.objects.get()
    assert (found.hours, found.is_approximate, found.precision) == (hours, is_approximate, "month")
    assert queries.hours(teacher.user) == (0 if is_approximate else hours or 0)
    told = statistics.completed(tree.county, dt.date(2013, 1, 1), dt.date(2013, 12, 31))
    assert [each.hours for each in told] == [None if is_approximate else hours]


@pytest.mark.parametrize(
    ("typed", "level"),
    [("国家级", "national"), ("国(境)外", "abroad"), ("地级", "city"), (None, "county")],
)
def test_the_level_of_a_past_training_is_what_its_row_says_or_that_of_the_organiser(
    commit, teacher, tree, typed, level
):
    commit(row(teacher, 组织级别=typed))
    told = statistics.completed(tree.county, dt.date(2019, 1, 1), dt.date(2019, 12, 31))
    assert [(each.level, each.hours) for each in told] == [(level, 36)]
