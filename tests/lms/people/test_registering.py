"""Accounts and teachers: registered once, at a school, by an office that covers it."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.journal.models import Line
from lms.lib.crypto import keyed_hash
from lms.people import identity, names, registering
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, Teacher, User
from tests.factories import people

OFFICE = Appointment.Office
FROM = dt.date(2020, 9, 1)


def register(school, at, **more):
    given = {
        "full_name": "单雪梅",
        "id_number": people.id_number(),
        "school": school,
        "post": "homeroom_teacher",
        "stage": "primary",
        "phone": "19900000001",
        "from_on": FROM,
        "by": None,
        "at": at,
    }
    return registering.register(**{**given, **more})


def newcomer(school, n, **more):
    given = {
        "full_name": f"周{chr(0x4E00 + n)}",
        "id_number": people.id_number(),
        "school": school,
        "posts": ["homeroom_teacher"],
        "stage": "primary",
        "phone": "",
        "from_on": FROM,
    }
    return registering.Newcomer(**{**given, **more})


def test_register_makes_teacher_account_posting_and_post(tree, at):
    number = people.id_number()
    teacher = register(tree.school, at, full_name="单 雪梅", id_number=f" {number.lower()} ")
    teacher.refresh_from_db()
    assert (teacher.full_name, teacher.name_pinyin, teacher.name_initials) == ("单雪梅", "shan xue mei", "sxm")
    assert teacher.id_number == number
    assert teacher.id_number_hash == keyed_hash("id_number", number)
    assert teacher.school_on(at.date()) == tree.school
    assert teacher.posts.get().post == "homeroom_teacher"
    assert teacher.user.username.startswith("shanxuemei")
    assert (teacher.user.has_usable_password(), teacher.user.activated_at) == (False, None)
    line = Line.objects.get(act="people.teacher_registered")
    assert number not in str(line.facts) + line.subject_name


def test_register_keeps_the_identity_number_encrypted(tree, at):
    number = people.id_number()
    teacher = register(tree.school, at, id_number=number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_teacher WHERE id = %s", [teacher.pk])
        assert number not in str(cursor.fetchone())


def test_register_refuses_when_the_identity_number_is_registered(tree, at):
    number = people.id_number()
    register(tree.school, at, id_number=number)
    with pytest.raises(registering.AlreadyRegistered):
        register(tree.other_school, at, full_name="别名", id_number=" ".join(number))
    assert Teacher.objects.count() == User.objects.count() == 1


def test_register_refuses_when_the_number_the_name_or_the_post_is_unusable(tree, at):
    for wrong, kind in (
        ({"id_number": "990608198503120000"}, identity.CutBySpreadsheet),
        ({"full_name": " "}, names.NameMissing),
        ({"post": "wizard"}, registering.UnknownPost),
        ({"stage": "university"}, registering.UnknownPost),
    ):
        with pytest.raises(kind):
            register(tree.school, at, **wrong)
    assert User.objects.count() == 0


def test_register_refuses_when_the_unit_is_no_open_school(tree, at):
    with pytest.raises(registering.NotASchool):
        register(tree.county, at)
    tree.school.closed_on = dt.date(2024, 1, 1)
    tree.school.save()
    with pytest.raises(registering.NotASchool):
        register(tree.school, at)


def test_register_refuses_an_officer_whose_office_does_not_cover_the_school(tree, at):
    assert register(tree.school, at, by=people.officer(OFFICE.BUREAU_OFFICER, tree.county)).pk
    for officer in (
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.JUDGE, tree.county),
        people.user("无职"),
    ):
        with pytest.raises(NotYourOffice):
            register(tree.school, at, by=officer)


def test_register_many_registers_all_with_different_user_names_and_one_line(tree, at):
    people.user("占位", username=f"zhouyi{User.objects.count() + 2}")
    made = registering.register_many(
        newcomers=[newcomer(tree.school, 0) for _each in range(3)], about=tree.county, by=None, at=at
    )
    usernames = [teacher.user.username for teacher in made]
    assert len(set(usernames)) == 3
    assert all(name.startswith("zhouyi") for name in usernames)
    assert Line.objects.get().facts["count"] == 3


def test_register_many_asks_as_much_for_thirty_as_for_three(tree, at):
    def queries(size):
        newcomers = [newcomer(tree.school, n) for n in range(size)]
        with CaptureQueriesContext(connection) as asked:
            registering.register_many(newcomers=newcomers, about=tree.county, by=None, at=at)
        return len(asked)

    assert queries(3) == queries(30) < 20


def test_register_many_registers_nobody_when_one_cannot_be(tree, at):
    same = people.id_number()
    for rows in (
        [newcomer(tree.school, 1), newcomer(tree.school, 2, id_number="1")],
        [newcomer(tree.school, 1, id_number=same), newcomer(tree.school, 2, id_number=same)],
        [newcomer(tree.school, 1), newcomer(tree.county, 2)],
    ):
        with pytest.raises((identity.BadIdNumber, registering.AlreadyRegistered, registering.NotASchool)):
            registering.register_many(newcomers=rows, about=tree.county, by=None, at=at)
    assert Teacher.objects.count() == User.objects.count() == 0


def test_open_account_makes_an_account_without_password(tree, at):
    officer = people.officer(OFFICE.EXAM_OFFICER, tree.county)
    account = registering.open_account(full_name=" 汤 砚秋", username="s01", phone="", by=officer, at=at)
    assert (account.full_name, account.has_usable_password()) == ("汤砚秋", False)
    assert Line.objects.filter(act="people.account_opened", actor=officer).count() == 1


def test_open_account_refuses_when_the_user_name_is_taken_or_unusable(tree, at):
    people.user("甲", username="s01")
    with pytest.raises(registering.UsernameTaken):
        registering.open_account(full_name="乙", username="s01", phone="", by=None, at=at)
    for unusable in ("", "A B", "校", "x"):
        with pytest.raises(registering.UsernameUnusable):
            registering.open_account(full_name="乙", username=unusable, phone="", by=None, at=at)


def test_open_account_refuses_someone_without_the_office(tree, at):
    with pytest.raises(NotYourOffice):
        registering.open_account(
            full_name="乙", username="s02", phone="", by=people.officer(OFFICE.MARKER, tree.county), at=at
        )
