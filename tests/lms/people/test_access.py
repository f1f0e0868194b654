"""Scope: an office covers its own subtree while it lasts, and nobody sees up or sideways."""

import datetime as dt

import pytest

from lms.people import access
from lms.people.models import Appointment, Organisation, Posting, Teacher, User
from tests.factories import people

OFFICE = Appointment.Office
DAY = dt.timedelta(days=1)


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county)


def test_covers_the_unit_itself_and_what_is_below_it(tree, officer, at):
    units = (tree.county, tree.school, tree.city, tree.province, tree.neighbour, tree.other_school, tree.city_school)
    assert [access.covers(officer, unit, at) for unit in units] == [True, True, False, False, False, False, False]


def test_covers_only_with_the_kinds_that_are_named(tree, officer, at):
    assert access.covers(officer, tree.school, at, OFFICE.BUREAU_OFFICER, OFFICE.CLERK)
    assert not access.covers(officer, tree.school, at, OFFICE.CLERK)


def test_covers_is_not_fooled_by_a_unit_whose_number_begins_alike(tree, at):
    """Paths are padded and closed: unit 1 does not cover unit 10."""
    units = [people.organisation(f"县{n}", parent=tree.city, level=Organisation.Level.COUNTY) for n in range(12)]
    first = people.officer(OFFICE.BUREAU_OFFICER, units[0])
    assert [access.covers(first, unit, at) for unit in units] == [True] + [False] * 11


def test_covers_from_the_first_day_to_the_last(tree, at):
    today = at.date()
    for from_on, until_on, held in (
        (today, today, True),
        (today - 9 * DAY, today - DAY, False),
        (today + DAY, None, False),
        (today - DAY, None, True),
    ):
        user = people.user()
        people.appointment(user, OFFICE.CLERK, tree.county, from_on=from_on, until_on=until_on)
        assert access.covers(user, tree.county, at) is held


def test_covers_counts_days_in_the_site_s_time_zone(tree):
    user = people.user()
    people.appointment(user, OFFICE.CLERK, tree.county, from_on=dt.date(2024, 3, 5), until_on=dt.date(2024, 3, 5))
    late_on_the_fourth_in_utc = dt.datetime(2024, 3, 4, 16, 0, tzinfo=dt.UTC)
    assert access.covers(user, tree.county, late_on_the_fourth_in_utc)
    assert not access.covers(user, tree.county, late_on_the_fourth_in_utc + DAY)


def test_covers_nothing_for_a_closed_account(tree, officer, at):
    officer.is_active = False
    assert not access.covers(officer, tree.county, at)


def test_require_refuses_without_the_office(tree, officer, at):
    access.require(officer, tree.school, at, OFFICE.BUREAU_OFFICER)
    with pytest.raises(access.NotYourOffice) as refused:
        access.require(officer, tree.city, at, OFFICE.BUREAU_OFFICER)
    assert refused.value.status == 403


def test_under_nothing_finds_nothing(tree):
    assert not Organisation.objects.under().exists()


def test_teachers_are_visible_below_a_record_office_and_to_themselves(tree, officer, personas, at):
    assert set(Teacher.objects.visible_to(officer, at)) == {personas.teacher}
    assert set(Teacher.objects.visible_to(personas.province_officer, at)) == {personas.teacher, personas.stranger}
    assert set(Teacher.objects.visible_to(personas.stranger.user, at)) == {personas.stranger}
    judge = people.officer(OFFICE.JUDGE, tree.province)
    assert not Teacher.objects.visible_to(judge, at).exists()


def test_a_teacher_who_went_elsewhere_is_no_longer_visible_to_her_old_county(tree, officer, personas, at):
    personas.teacher.postings.update(until_on=at.date() - DAY)
    coming = Posting.objects.create(
        teacher=personas.teacher, organisation=tree.other_school, from_on=at.date() + DAY, until_on=None
    )
    assert Teacher.objects.visible_to(officer, at).exists()
    Posting.objects.filter(pk=coming.pk).update(from_on=at.date())
    assert not Teacher.objects.visible_to(officer, at).exists()


def test_a_teacher_who_retired_stays_with_the_county_that_kept_her_record_last(tree, officer, personas, at):
    personas.teacher.postings.update(until_on=at.date() - DAY, ending="retired")
    assert Teacher.objects.visible_to(officer, at).exists()
    neighbour = people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour)
    assert set(Teacher.objects.visible_to(neighbour, at)) == {personas.stranger}


def test_a_merged_record_is_seen_by_whoever_sees_the_other(tree, officer, personas, at):
    merged = people.teacher("林知薇", school=tree.other_school, merged_into=personas.teacher)
    merged.postings.update(until_on=at.date() - DAY)
    assert merged in Teacher.objects.visible_to(officer, at)
    assert merged in Teacher.objects.visible_to(personas.teacher.user, at)
    neighbour = people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour)
    assert merged not in Teacher.objects.visible_to(neighbour, at)
    assert merged not in Teacher.objects.managed_by(officer, at, OFFICE.BUREAU_OFFICER)


def test_a_school_officer_sees_her_own_school_only(tree, personas, at):
    sister = people.organisation("澜溪县第二小学", parent=tree.county)
    school_officer = people.officer(OFFICE.SCHOOL_OFFICER, tree.school)
    assert set(Teacher.objects.visible_to(school_officer, at)) == {personas.teacher}
    assert not Teacher.objects.visible_to(people.officer(OFFICE.SCHOOL_OFFICER, sister), at).exists()
    assert set(Teacher.objects.managed_by(school_officer, at, OFFICE.SCHOOL_OFFICER)) == {personas.teacher}
    assert not Teacher.objects.managed_by(school_officer, at, OFFICE.BUREAU_OFFICER).exists()


def test_accounts_are_visible_to_themselves_and_to_who_covers_them(tree, officer, personas, at):
    clerk = people.officer(OFFICE.CLERK, tree.school)
    seen = set(User.objects.visible_to(officer, at))
    assert {officer, clerk, personas.teacher.user} <= seen
    assert personas.stranger.user not in seen
    assert personas.province_officer not in seen
    assert set(User.objects.visible_to(personas.stranger.user, at)) == {personas.stranger.user}
