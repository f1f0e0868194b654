"""Whose account an officer may act on: those of people below her, never her own, never beside or above her."""

import datetime as dt

import pytest

from lms.people import overseeing
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, User
from tests.factories import people

OFFICE = Appointment.Office
BUREAU = (OFFICE.BUREAU_OFFICER,)
DAY = dt.timedelta(days=1)


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school).user


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


def require(user, by, at, offices=BUREAU):
    overseeing.require(user, by, at, *offices)


def test_require_lets_an_officer_of_these_kinds_who_covers_the_school_and_the_installation(tree, teacher, officer, at):
    require(teacher, officer, at)
    require(teacher, people.officer(OFFICE.BUREAU_OFFICER, tree.school), at)
    require(teacher, None, at)
    school_officer = people.officer(OFFICE.SCHOOL_OFFICER, tree.school)
    require(teacher, school_officer, at, (OFFICE.SCHOOL_OFFICER,))
    with pytest.raises(NotYourOffice):
        require(teacher, school_officer, at)


def test_require_refuses_who_does_not_cover_the_school(tree, teacher, at):
    for office, unit in (("bureau_officer", tree.neighbour), ("auditor", tree.city), ("exam_officer", tree.city)):
        with pytest.raises(NotYourOffice):
            require(teacher, people.officer(office, unit), at)
    with pytest.raises(NotYourOffice):
        require(people.teacher("无校").user, people.officer(OFFICE.BUREAU_OFFICER, tree.province), at)
    with pytest.raises(NotYourOffice):
        require(people.user("无职无档"), people.officer(OFFICE.BUREAU_OFFICER, tree.province), at)


def test_require_refuses_oneself(tree, at):
    teacher = people.teacher("林知微", school=tree.school)
    people.appointment(teacher.user, OFFICE.BUREAU_OFFICER, tree.county)
    with pytest.raises(overseeing.NotForOneself):
        require(teacher.user, teacher.user, at)


@pytest.mark.parametrize("office", [each for each in OFFICE.values if each not in Appointment.HONORARY])
def test_require_refuses_who_does_not_stand_above_every_staff_office(tree, teacher, officer, at, office):
    people.appointment(teacher, office, tree.county)
    with pytest.raises(overseeing.AnswersElsewhere) as refused:
        require(teacher, officer, at)
    assert tree.county.name in str(refused.value)
    require(teacher, people.officer(OFFICE.BUREAU_OFFICER, tree.city), at)


def test_require_counts_offices_beside_and_to_come_and_forgets_those_that_are_over(tree, teacher, officer, at):
    today = at.date()
    people.appointment(teacher, OFFICE.MARKER, tree.neighbour, until_on=today - DAY)
    people.appointment(teacher, OFFICE.ACCOUNTABLE_HEAD, tree.county)
    require(teacher, officer, at)
    people.appointment(teacher, OFFICE.SCHOOL_OFFICER, tree.school)  # below the county
    require(teacher, officer, at)
    coming = people.appointment(teacher, OFFICE.JUDGE, tree.neighbour, from_on=today + DAY)
    with pytest.raises(overseeing.AnswersElsewhere):
        require(teacher, officer, at)
    coming.delete()
    require(teacher, officer, at)


def test_require_of_who_has_no_record_asks_for_an_office_above_the_unit_of_hers(tree, officer, at):
    colleague = people.officer(OFFICE.CLERK, tree.county, "考务")
    with pytest.raises(overseeing.AnswersElsewhere):
        require(colleague, officer, at)
    with pytest.raises(NotYourOffice):
        require(colleague, people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour), at)
    require(colleague, people.officer(OFFICE.BUREAU_OFFICER, tree.city), at)
    colleague.appointments.update(until_on=at.date() - DAY)
    require(colleague, officer, at)


def test_managed_by_holds_the_same_people(tree, teacher, officer, at):
    people.teacher("何远", school=tree.other_school)
    merged = people.teacher("林知薇", school=tree.school, merged_into=teacher.teacher)
    clerk = people.officer(OFFICE.CLERK, tree.county, "考务")
    below = people.officer(OFFICE.SCHOOL_OFFICER, tree.school, "校管")
    moved_on = people.officer(OFFICE.MARKER, tree.county, "阅旧")
    moved_on.appointments.update(until_on=at.date() - DAY)
    seen = {teacher, clerk, below, officer, moved_on}
    assert set(User.objects.managed_by(officer, at, *BUREAU)) == seen
    assert merged.user not in seen
    people.appointment(moved_on, OFFICE.MARKER, tree.neighbour)
    assert set(User.objects.managed_by(officer, at, *BUREAU)) == seen - {moved_on}
    # A teacher belongs to whoever keeps her record, wherever she judges.
    judge = people.teacher("评委", school=tree.other_school).user
    people.appointment(judge, OFFICE.JUDGE, tree.county)
    assert set(User.objects.managed_by(officer, at, *BUREAU)) == seen - {moved_on}
    assert not User.objects.managed_by(people.officer(OFFICE.AUDITOR, tree.county), at, *BUREAU).exists()
