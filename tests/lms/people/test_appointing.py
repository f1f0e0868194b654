"""Offices are given for a time by a covering office, never to oneself, and withdrawn."""

import datetime as dt

import pytest
from django.test import Client

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import access, appointing
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from tests.factories import people

OFFICE = Appointment.Office
FROM = dt.date(2024, 3, 1)
DAY = dt.timedelta(days=1)


def appoint(user, unit, at, *, office=OFFICE.MARKER, until_on=None, by=None, from_on=FROM):
    return appointing.appoint(
        user=user, office=office, organisation=unit, from_on=from_on, until_on=until_on, by=by, at=at
    )


@pytest.fixture
def colleague(db):
    return people.user("陆同事")


def test_appoint_gives_an_office_that_covers_the_subtree_at_once(tree, at, colleague):
    officer = people.officer(OFFICE.BUREAU_OFFICER, tree.city)
    assert not access.covers(colleague, tree.school, at, OFFICE.MARKER)
    appointment = appoint(colleague, tree.county, at, by=officer)
    assert appointment.given_by == officer
    assert access.covers(colleague, tree.school, at, OFFICE.MARKER)
    assert not access.covers(colleague, tree.other_school, at, OFFICE.MARKER)
    assert not access.covers(colleague, tree.city, at, OFFICE.MARKER)
    assert Line.objects.get(act="people.office_given").facts["office"] == "marker"


def test_appoint_refuses_oneself(tree, at):
    officer = people.officer(OFFICE.EXAM_OFFICER, tree.province)
    with pytest.raises(appointing.NotToOneself):
        appoint(officer, tree.county, at, office=OFFICE.SIGNATORY, by=officer)


def test_appoint_refuses_an_officer_who_does_not_cover_the_unit(tree, at, colleague):
    for office, unit in (
        (OFFICE.BUREAU_OFFICER, tree.neighbour),
        (OFFICE.EXAM_OFFICER, tree.school),
        (OFFICE.SIGNATORY, tree.province),
    ):
        with pytest.raises(NotYourOffice):
            appoint(colleague, tree.county, at, by=people.officer(office, unit))
    ended = people.user("曾任")
    people.appointment(ended, OFFICE.BUREAU_OFFICER, tree.province, until_on=at.date() - DAY)
    with pytest.raises(NotYourOffice):
        appoint(colleague, tree.county, at, by=ended)
    assert not colleague.appointments.exists()


def test_appoint_refuses_when_the_office_is_held_in_that_time(tree, at, colleague):
    appoint(colleague, tree.county, at)
    with pytest.raises(appointing.AlreadyHolds):
        appoint(colleague, tree.county, at)
    with pytest.raises(appointing.AlreadyHolds):
        appoint(colleague, tree.county, at, from_on=FROM - 10 * DAY, until_on=FROM)
    assert appoint(colleague, tree.county, at, from_on=FROM - 10 * DAY, until_on=FROM - DAY).pk
    assert appoint(colleague, tree.city, at).pk
    assert appoint(colleague, tree.county, at, office=OFFICE.JUDGE).pk


def test_appoint_refuses_an_unknown_office_a_closed_account_and_an_end_before_the_start(tree, at, colleague):
    with pytest.raises(appointing.UnknownOffice):
        appoint(colleague, tree.county, at, office="king")
    with pytest.raises(appointing.EndsBeforeItStarts):
        appoint(colleague, tree.county, at, until_on=FROM - DAY)
    colleague.is_active = False
    colleague.save()
    with pytest.raises(appointing.AccountClosed):
        appoint(colleague, tree.county, at)


@pytest.mark.parametrize("unit", ["province", "city", "county"])
def test_appoint_refuses_a_school_officer_where_no_teacher_works(tree, at, colleague, unit):
    with pytest.raises(appointing.NotAtASchool) as refused:
        appoint(colleague, getattr(tree, unit), at, office=OFFICE.SCHOOL_OFFICER)
    assert getattr(tree, unit).name in str(refused.value)
    assert not colleague.appointments.exists()


def test_appoint_refuses_at_a_closed_unit(tree, at, colleague):
    tree.school.closed_on = at.date()
    tree.school.save()
    with pytest.raises(appointing.UnitClosed):
        appoint(colleague, tree.school, at)
    assert not colleague.appointments.exists()


def test_appoint_takes_a_school_officer_at_a_school_and_at_an_institution(tree, at, colleague):
    institution = people.organisation("教师进修学校", level=51, parent=tree.county, stages=())
    for unit in (tree.school, institution):
        assert appoint(colleague, unit, at, office=OFFICE.SCHOOL_OFFICER).organisation == unit


def test_withdraw_ends_the_office_after_its_last_day(tree, at, colleague):
    officer = people.officer(OFFICE.BUREAU_OFFICER, tree.county)
    appointment = appoint(colleague, tree.county, at)
    appointing.withdraw(appointment=appointment, until_on=at.date() - DAY, by=officer, at=at)
    assert not access.covers(type(colleague).objects.get(pk=colleague.pk), tree.county, at, OFFICE.MARKER)
    assert Line.objects.filter(act="people.office_withdrawn", actor=officer).exists()


def test_withdraw_refuses_a_longer_time_an_end_before_the_start_and_a_stranger(tree, at, colleague):
    appointment = appoint(colleague, tree.county, at, until_on=FROM + 10 * DAY)
    with pytest.raises(appointing.NotShorter):
        appointing.withdraw(appointment=appointment, until_on=FROM + 11 * DAY, by=None, at=at)
    with pytest.raises(appointing.EndsBeforeItStarts):
        appointing.withdraw(appointment=appointment, until_on=FROM - DAY, by=None, at=at)
    stranger = people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour)
    with pytest.raises(NotYourOffice):
        appointing.withdraw(appointment=appointment, until_on=FROM, by=stranger, at=at)
    appointment.refresh_from_db()
    assert appointment.until_on == FROM + 10 * DAY


# Who gives what


def officers(tree):
    return {
        "above": people.officer(OFFICE.BUREAU_OFFICER, tree.city),
        "bureau": people.officer(OFFICE.BUREAU_OFFICER, tree.county),
        "exam": people.officer(OFFICE.EXAM_OFFICER, tree.county),
        "school": people.officer(OFFICE.SCHOOL_OFFICER, tree.school),
    }


def test_a_bureau_officer_gives_every_office_but_her_own_at_her_own_unit(tree, at):
    bureau, above = (officers(tree)[name] for name in ("bureau", "above"))
    for office in OFFICE.values:
        assert appointing.may_give(bureau, office, tree.county, at) == (office != OFFICE.BUREAU_OFFICER)
        assert appointing.may_give(bureau, office, tree.school, at)
        assert appointing.may_give(above, office, tree.county, at)
        assert not appointing.may_give(bureau, office, tree.neighbour, at)
        assert not appointing.may_give(bureau, office, tree.city, at)


def test_an_exam_officer_gives_what_an_exam_needs_and_a_school_officer_what_has_no_power(tree, at):
    exam, school = (officers(tree)[name] for name in ("exam", "school"))
    given = {office for office in OFFICE.values if appointing.may_give(exam, office, tree.school, at)}
    assert given == {OFFICE.MARKER, OFFICE.JUDGE, OFFICE.CLERK}
    assert {office for office in OFFICE.values if appointing.may_give(school, office, tree.school, at)} == set(
        Appointment.HONORARY
    )
    assert not any(appointing.may_give(school, office, tree.county, at) for office in OFFICE.values)
    auditor = people.officer(OFFICE.AUDITOR, tree.province)
    assert not any(appointing.may_give(auditor, office, tree.school, at) for office in OFFICE.values)


def test_appoint_and_withdraw_refuse_an_office_that_is_not_hers_to_give(tree, at, colleague):
    found = officers(tree)
    for giver, office, unit in (
        ("bureau", OFFICE.BUREAU_OFFICER, tree.county),
        ("exam", OFFICE.SIGNATORY, tree.county),
        ("school", OFFICE.MARKER, tree.school),
    ):
        with pytest.raises(appointing.NotYoursToGive):
            appoint(colleague, unit, at, office=office, by=found[giver])
        held = appoint(colleague, unit, at, office=office)
        with pytest.raises(appointing.NotYoursToGive):
            appointing.withdraw(appointment=held, until_on=at.date(), by=found[giver], at=at)


def test_appoint_tells_the_person_and_the_installation_tells_nobody(tree, at, colleague):
    appoint(colleague, tree.county, at)
    assert not Message.objects.exists()
    appoint(colleague, tree.school, at, by=officers(tree)["bureau"])
    message = Message.objects.get()
    assert (message.recipient, message.kind) == (colleague, "people.office_given")
    assert "阅卷" in rendering.words(message).body


def test_appoint_wants_a_role_for_a_group_and_none_for_anything_else(tree, at, colleague):
    def give(office, role):
        return appointing.appoint(
            user=people.user(),
            office=office,
            organisation=tree.school,
            from_on=FROM,
            until_on=None,
            role=role,
            by=None,
            at=at,
        )

    for office, role in (
        (OFFICE.LEADING_GROUP, ""),
        (OFFICE.LEADING_GROUP, "director"),
        (OFFICE.CENTRE, "leader"),
        (OFFICE.CENTRE, ""),
        (OFFICE.MARKER, "member"),
    ):
        with pytest.raises(appointing.RoleUnfit):
            give(office, role)
    for office, role in (
        (OFFICE.LEADING_GROUP, "leader"),
        (OFFICE.LEADING_GROUP, "member"),
        (OFFICE.CENTRE, "director"),
    ):
        assert give(office, role).role == role


def test_a_unit_has_one_accountable_head_at_a_time(tree, at, colleague):
    head = OFFICE.ACCOUNTABLE_HEAD
    appoint(colleague, tree.school, at, office=head, until_on=FROM + 10 * DAY)
    other = people.user("何远")
    with pytest.raises(appointing.HeadAlready) as refused:
        appoint(other, tree.school, at, office=head, from_on=FROM + 5 * DAY)
    assert "陆同事" in str(refused.value)
    assert appoint(other, tree.school, at, office=head, from_on=FROM + 11 * DAY)
    assert appoint(other, tree.county, at, office=head)


# Deputies


def stand_in(user, office, at, *, from_on=FROM, until_on=FROM + 20 * DAY, by=None):
    return appointing.deputise(user=user, appointment=office, from_on=from_on, until_on=until_on, by=by, at=at)


@pytest.fixture
def office(tree, at, colleague):
    return appoint(colleague, tree.county, at, office=OFFICE.BUREAU_OFFICER, until_on=FROM + 100 * DAY)


def test_a_deputy_holds_the_same_office_for_a_time_and_both_are_told(tree, at, office):
    deputy = people.user("何远")
    held = stand_in(deputy, office, at, by=officers(tree)["above"])
    assert (held.office, held.organisation, held.deputises_for) == (OFFICE.BUREAU_OFFICER, tree.county, office)
    assert access.covers(deputy, tree.school, at, OFFICE.BUREAU_OFFICER)
    assert {each.recipient: each.kind for each in Message.objects.all()} == {
        deputy: "people.office_given",
        office.user: "people.deputy_named",
    }
    assert Line.objects.get(act="people.office_given", actor__isnull=False).facts["deputises_for"] == office.pk


def test_nobody_names_her_own_deputy_at_her_own_level(tree, at, office):
    with pytest.raises(appointing.NotYoursToGive):
        stand_in(people.user(), office, at, by=office.user)
    above = officers(tree)["above"]
    with pytest.raises(appointing.NotToOneself):
        stand_in(above, office, at, by=above)


def test_deputise_refuses_days_outside_of_the_office(at, office):
    for from_on, until_on in (
        (FROM, None),
        (FROM - DAY, FROM + DAY),
        (FROM, FROM + 101 * DAY),
    ):
        with pytest.raises(appointing.BeyondTheOffice):
            stand_in(people.user(), office, at, from_on=from_on, until_on=until_on)
    with pytest.raises(appointing.EndsBeforeItStarts):
        stand_in(people.user(), office, at, until_on=FROM - DAY)


def test_deputise_refuses_a_deputys_deputy_the_holder_herself_and_who_holds_it_already(tree, at, office):
    first = stand_in(people.user(), office, at)
    with pytest.raises(appointing.NoDeputy):
        stand_in(people.user(), first, at, until_on=FROM + DAY)
    with pytest.raises(appointing.NoDeputy):
        stand_in(office.user, office, at)
    with pytest.raises(appointing.AlreadyHolds):
        stand_in(first.user, office, at)


def test_withdraw_ends_the_deputies_with_the_office_and_tells_them(tree, at, office):
    now = stand_in(people.user("今代"), office, at)
    later = stand_in(people.user("后代"), office, at, from_on=FROM + 30 * DAY, until_on=FROM + 40 * DAY)
    over = stand_in(people.user("前代"), office, at, until_on=FROM + DAY)
    appointing.withdraw(appointment=office, until_on=at.date(), by=officers(tree)["above"], at=at)
    now.refresh_from_db()
    over.refresh_from_db()
    assert (now.until_on, over.until_on) == (at.date(), FROM + DAY)
    assert not Appointment.objects.filter(pk=later.pk).exists()
    told = Message.objects.filter(kind="people.office_withdrawn").values_list("recipient__full_name", flat=True)
    assert sorted(told) == sorted(["陆同事", "今代", "后代"])
    assert len(Line.objects.get(act="people.office_withdrawn").facts["deputies"]) == 2


def test_withdraw_ends_the_sessions_of_whoever_loses_power(tree, at, office):
    honoured = appoint(people.user(), tree.school, at, office=OFFICE.ACCOUNTABLE_HEAD)
    deputy = stand_in(people.user(), office, at)
    clients = {}
    for held in (office, deputy, honoured):
        clients[held] = Client()
        clients[held].force_login(held.user)
    appointing.withdraw(appointment=office, until_on=at.date(), by=None, at=at)
    appointing.withdraw(appointment=honoured, until_on=at.date(), by=None, at=at)
    assert [clients[held].get("/inbox/").status_code for held in (office, deputy, honoured)] == [302, 302, 200]
