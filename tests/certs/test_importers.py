"""Paper certificates from a workbook: every fault at once, a list for each level, taken back until it is signed."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certs import issuing, queries
from certs.models import Batch, Credential
from lms.lib import packing
from lms.people import importing, loading
from lms.people.access import NotYourOffice
from lms.people.import_kinds import REGISTER, ActedOn, Outdated
from lms.people.models import Appointment, FormerName, Posting, Teacher
from tests.factories import certs, people
from tests.factories.imports import checked, committed, workbook

KIND = "certs.historical"
PAPERS = REGISTER[KIND]
Office = Appointment.Office


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def team(tree):
    return certs.staff(tree.county)


@pytest.fixture
def levels(tree):
    return {
        code: certs.level(tree.county, code=code, rank=rank, name=f"心理健康教育{code}证")
        for code, rank in (("C", 1), ("B", 2))
    }


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school)


def row(teacher, **more):
    given = {
        "姓名": teacher.full_name,
        "身份证件号": teacher.id_number,
        "证书等级": "C",
        "证书编号": f"松心证字〔2018〕{teacher.pk:05d}号",
        "发证日期": "2018-07-01",
        "学时": "36",
    }
    return {**given, **more}


def brought(bring, officer, unit, at, *rows, **more):
    return bring(officer, unit, at, kind=KIND, file=workbook(*rows, headings=PAPERS.headings), name="旧证.xlsx", **more)


@pytest.fixture
def check(levels, team, tree, at):
    return lambda *rows: brought(checked, team.proposer, tree.county, at, *rows)


@pytest.fixture
def commit(levels, team, tree, at):
    return lambda *rows: brought(committed, team.proposer, tree.county, at, *rows)


def keys(run):
    return [(fault["row"], fault["heading"], fault["key"]) for fault in run.errors]


def entries(run):
    return list(packing.unpack(run.rows))


@pytest.mark.parametrize(
    ("wrong", "heading", "key"),
    [
        ({"姓名": None}, "姓名", "NameMissing"),
        ({"姓名": "别的名"}, "姓名", "name_differs"),
        ({"身份证件号": None}, "身份证件号", "WrongLength"),
        ({"身份证件号": "990608198503120010"}, "身份证件号", "WrongChecksum"),
        ({"身份证件号": 990608198503120019}, "身份证件号", "WrittenAsNumber"),
        ({"身份证件号": people.id_number(born="19600101")}, "身份证件号", "person_unknown"),
        ({"证书等级": "A"}, "证书等级", "no_level"),
        ({"证书等级": None}, "证书等级", "no_level"),
        ({"证书编号": None}, "证书编号", "missing"),
        ({"证书编号": "=A1"}, "证书编号", "formula"),
        ({"证书编号": 1234567890123456}, "证书编号", "written_as_number"),
        ({"证书编号": "长" * 41}, "证书编号", "NumberUnreadable"),
        ({"证书编号": "990608-MC-2018-000001-K"}, "证书编号", "NumberLikeOurs"),
        ({"发证日期": None}, "发证日期", "missing"),
        ({"发证日期": "去年"}, "发证日期", "part_of_date"),
        ({"发证日期": 2018.1}, "发证日期", "part_of_date"),
        ({"发证日期": "2024-04"}, "发证日期", "date_ahead"),
        ({"发证日期": "2024-03-06"}, "发证日期", "date_ahead"),
        ({"有效期至": "不知"}, "有效期至", "part_of_date"),
        ({"有效期至": "2018-06"}, "有效期至", "EndsBeforeIssue"),
        ({"学时": "很多"}, "学时", "HoursUnreadable"),
        ({"学时": "36.25"}, "学时", "HoursUnreadable"),
    ],
)
def test_check_tells_what_is_wrong_in_a_cell(wrong, heading, key, check, teacher):
    run = check(row(teacher, **wrong))
    assert keys(run) == [(2, heading, key)]
    assert run.state == "faulty"
    for fault in run.errors:
        assert "{" not in PAPERS.sentence(fault) + PAPERS.expected(fault)
    assert teacher.id_number not in str(run.errors)


def test_check_tells_every_fault_of_every_row_at_once(check, teacher, tree):
    other = people.teacher("何远", school=tree.school)
    run = check(
        row(teacher, 证书等级="A", 发证日期="去年"),
        row(other),
        row(teacher, 证书编号=row(other)["证书编号"]),
        row(teacher, 证书编号=row(other)["证书编号"], 证书等级="B"),
    )
    assert keys(run) == [
        (2, "证书等级", "no_level"),
        (2, "发证日期", "part_of_date"),
        (4, "证书编号", "NumberTwice"),
        (5, "证书编号", "number_again"),
    ]
    assert run.summary["ready"] == 1


def test_check_knows_people_who_have_left_and_refuses_who_never_was_here(check, teacher, tree):
    Posting.objects.filter(teacher=teacher).update(until_on=dt.date(2020, 8, 31), ending="left")
    stranger = people.teacher("邻县", school=tree.other_school)
    run = check(row(teacher), row(stranger))
    assert keys(run) == [(3, "身份证件号", "never_here")]
    assert "澜溪县" in PAPERS.sentence(run.errors[0])


def test_check_takes_a_former_name_and_keeps_it_as_the_papers(check, commit, teacher):
    FormerName.objects.create(teacher=teacher, full_name="林旧名", until_on=dt.date(2020, 1, 1))
    assert entries(check(row(teacher, 姓名="林旧名")))[0]["holder"] == "林旧名"
    commit(row(teacher, 姓名="林旧名"))
    assert Credential.objects.get().facts["holder"] == "林旧名"


def test_check_takes_a_merged_record_for_the_one_that_stays(check, teacher):
    lesser = people.teacher("林知微", account=False, merged_into=teacher)
    assert entries(check(row(lesser)))[0]["teacher"] == teacher.pk


def test_check_refuses_a_number_that_is_in_the_register_or_waits(commit, check, teacher, team):
    commit(row(teacher))
    assert keys(check(row(teacher))) == [(2, "证书编号", "NumberInUse")]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2018", ("2018-01-01", "year")),
        (2018, ("2018-01-01", "year")),
        ("2018年7月", ("2018-07-01", "month")),
        ("2018.7.9", ("2018-07-09", "day")),
        (dt.date(2018, 7, 9), ("2018-07-09", "day")),
    ],
)
def test_a_date_is_kept_as_far_as_it_is_known(typed, kept, check, teacher):
    (entry,) = entries(check(row(teacher, 发证日期=typed)))
    assert (entry["issued_on"], entry["precision"]) == kept


@pytest.mark.parametrize("word", ["C", "c", "C证", "心理健康教育C证", "心理健康教育 C证"])
def test_a_level_is_named_by_its_letters_or_its_name(word, check, teacher, levels):
    (entry,) = entries(check(row(teacher, 证书等级=word)))
    assert entry["level"] == levels["C"].pk


def test_letters_that_two_schemes_share_are_refused_until_the_name_is_written(check, teacher, tree):
    certs.level(tree.county, mark="N", code="C", rank=1, name="班主任C类证书")
    run = check(row(teacher), row(teacher, 证书编号="另一号", 证书等级="班主任C类证书"))
    assert keys(run) == [(2, "证书等级", "no_level")]


def test_a_level_of_an_authority_above_or_beside_is_no_level_here(check, teacher, tree):
    certs.level(tree.province, code="A", rank=3, name="省级A证")
    certs.level(tree.neighbour, code="A", rank=3, name="邻县A证")
    assert [key for _row, _heading, key in keys(check(row(teacher, 证书等级="省级A证")))] == ["no_level"]


def test_commit_proposes_one_list_for_each_level_and_nothing_counts_yet(commit, teacher, tree, levels, team):
    other = people.teacher("何远", school=tree.school)
    run = commit(
        row(teacher, 学时="36.0", 有效期至="2030-12"), row(other, 证书等级="B", 证书编号="B-1", 学时=None), row(other)
    )
    assert run.state == "committed"
    lists = {batch.level.code: batch for batch in Batch.objects.all()}
    assert {code: batch.credentials.count() for code, batch in lists.items()} == {"C": 2, "B": 1}
    assert {batch.origin for batch in lists.values()} == {"historical"}
    assert lists["C"].title == "旧证 · 心理健康教育C证"
    facts = lists["C"].credentials.get(place=1).facts
    assert (facts["hours"], facts["expires_on"]) == ("36", "2030-12-31")
    assert not queries.holders(levels["C"], dt.date(2024, 3, 5)).exists()
    batch = lists["C"]
    issuing.issue(
        batch=batch, seen_digest=issuing.view_digest(issuing.batch_view(batch)), by=team.signatory, at=people.AT
    )
    assert set(queries.holders(levels["C"], dt.date(2024, 3, 5))) == {teacher, other}


def test_commit_is_refused_when_a_record_is_gone_since(check, teacher, team, at):
    run = check(row(teacher))
    Posting.objects.all().delete()
    Teacher.objects.all().delete()
    with pytest.raises(Outdated):
        importing.commit(run=run, chosen=(), by=team.proposer, at=at)


def test_bringing_is_refused_for_other_offices(levels, tree, teacher, at):
    for office, unit in ((Office.BUREAU_OFFICER, tree.county), (Office.EXAM_OFFICER, tree.neighbour)):
        with pytest.raises(NotYourOffice):
            brought(checked, people.officer(office, unit), tree.county, at, row(teacher))


def test_undo_takes_the_lists_back_and_the_file_may_come_again(commit, teacher, team, at):
    run = commit(row(teacher))
    importing.undo(run=run, by=team.proposer, at=at)
    assert Batch.objects.get().state == "returned"
    assert commit(row(teacher)).state == "committed"


def test_undo_is_refused_when_a_list_was_signed_or_returned(commit, teacher, team, at):
    run = commit(row(teacher))
    batch = Batch.objects.get()
    issuing.issue(batch=batch, seen_digest=issuing.view_digest(issuing.batch_view(batch)), by=team.signatory, at=at)
    with pytest.raises(ActedOn):
        importing.undo(run=run, by=team.proposer, at=at)
    assert Credential.objects.issued().count() == 1


def test_preview_shows_numbers_and_dates_as_known_and_no_identity_number(check, teacher):
    run = check(row(teacher, 发证日期="2018-07"))
    (entry,) = entries(run)
    assert PAPERS.preview_row(entry) == ["林知微", "心理健康教育C证", entry["number"], "2018-07", "36"]
    assert [value for _label, value, _detail in PAPERS.figures(run)] == [1, 1, 1]
    assert PAPERS.next_steps(run)[0][1] == "/certificates/lists/"


def test_check_and_commit_take_the_same_queries_for_one_and_for_thirty(levels, team, tree, at):
    def cost(rows):
        run = brought(checked, team.proposer, tree.county, at, *rows)
        with CaptureQueriesContext(connection) as captured:
            loading.check(run.pk, at)
            importing.commit(run=run, chosen=(), by=team.proposer, at=at)
        return len(captured)

    teachers = [people.teacher(f"教师{n}", school=tree.school, account=False) for n in range(31)]
    cost([row(teachers[30], 证书编号="热身")])
    assert cost([row(teachers[30])]) == cost([row(each) for each in teachers[:30]])
