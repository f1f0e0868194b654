"""Names for a training from a workbook: whom a row means, for which period, all of it or nothing, and back again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.people import importing
from lms.people.access import NotYourOffice
from lms.people.import_kinds import REGISTER, ActedOn, Outdated
from lms.people.models import Appointment
from lms.training import enrolling
from lms.training.models import Enrolment
from tests.factories import people
from tests.factories import training as make
from tests.factories.imports import checked, committed, workbook

KIND = "training.nominations"
NAMES = REGISTER[KIND]
Office = Appointment.Office
State = Enrolment.State


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def officer(tree):
    return people.officer(Office.SCHOOL_OFFICER, tree.school, "校管")


@pytest.fixture
def period(programme):
    return make.period(programme, 13, capacity=1, admission="school")


def row(teacher, period, **more):
    return {
        "姓名": teacher.full_name,
        "身份证件号": teacher.id_number,
        "培训项目": period.programme.title,
        "期次": f"第{period.number}期",
    } | more


def brought(bring, officer, unit, at, *rows):
    return bring(officer, unit, at, kind=KIND, file=workbook(*rows, headings=NAMES.headings), name="名单.xlsx")


@pytest.fixture
def check(officer, tree, at):
    return lambda *rows: brought(checked, officer, tree.school, at, *rows)


@pytest.fixture
def commit(officer, tree, at):
    return lambda *rows: brought(committed, officer, tree.school, at, *rows)


def keys(run):
    return [(each["row"], each["heading"], each["key"]) for each in run.errors]


def test_rows_become_enrolments_in_their_order(commit, tree, period):
    one, two = make.teachers(tree.school, 2)
    run = commit(
        row(two, period), row(one, period, 身份证件号=None, 学校=tree.school.name, 培训项目=period.programme.code)
    )
    assert run.state == "committed"
    assert list(period.enrolments.order_by("place").values_list("teacher", "state")) == [
        (two.pk, State.CONFIRMED),
        (one.pk, State.WAITING),
    ]
    assert NAMES.figures(run) == [(str(period), 2, "")]


def test_every_fault_is_told_by_its_row_and_nothing_is_written(check, tree, period, programme):
    teacher, held = make.teachers(tree.school, 2)
    make.enrolled(held, make.period(programme, 14))
    other = people.teacher("外校", school=people.organisation("第二小学", parent=tree.county))
    run = check(
        row(teacher, period),
        row(teacher, period),
        row(held, period),
        row(teacher, period, 期次="99"),
        row(other, period),
        row(teacher, period, 身份证件号="11010519491231002X", 姓名="无此人"),
    )
    assert run.state == "faulty"
    assert keys(run) == [
        (3, "姓名", "named_twice"),
        (4, "姓名", "unfit"),
        (5, "期次", "no_period"),
        (6, "身份证件号", "never_here"),
        (7, "身份证件号", "person_unknown"),
    ]
    assert "您已报名" in NAMES.sentence(run.errors[1]) or "已" in NAMES.sentence(run.errors[1])
    assert not period.enrolments.exists()


def test_check_asks_as_often_for_three_rows_as_for_one(check, tree, period):
    one, *others = make.teachers(tree.school, 3)
    check(row(one, period))  # each check sets the one before aside
    with CaptureQueriesContext(connection) as single:
        assert check(row(one, period)).state == "checked"
    with CaptureQueriesContext(connection) as several:
        assert check(*(row(each, period) for each in (one, *others))).state == "checked"
    assert len(several) == len(single)


def test_commit_is_refused_when_the_teacher_has_gone_meanwhile(check, officer, at, tree, period):
    (teacher,) = make.teachers(tree.school, 1)
    run = check(row(teacher, period))
    period.delete()
    with pytest.raises(Outdated):
        importing.commit(run=run, chosen=[], by=officer, at=at)


def test_undo_takes_the_names_back_and_seats_go_on(commit, officer, at, tree, period):
    one, waiting = make.teachers(tree.school, 2)
    run = commit(row(one, period))
    enrolling.enrol(teacher=waiting, period=period, by=waiting.user, at=at)
    importing.undo(run=run, by=officer, at=at)
    assert period.enrolments.get(teacher=one).state == State.WITHDRAWN


def test_undo_is_refused_when_somebody_has_acted(commit, officer, at, tree, period):
    (one,) = make.teachers(tree.school, 1)
    run = commit(row(one, period))
    enrolling.withdraw(enrolment=period.enrolments.get(), reason="忙", by=one.user, at=at)
    with pytest.raises(ActedOn):
        importing.undo(run=run, by=officer, at=at)


def test_bring_refuses_when_it_is_another_school(officer, at, tree, period):
    other = people.organisation("第二小学", parent=tree.county)
    with pytest.raises(NotYourOffice):
        brought(checked, officer, other, at)
