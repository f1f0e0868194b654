"""Who holds several offices acts for one of them, or for all; one that ended falls away."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.journal.models import Line
from lms.lib import clock
from lms.people import access, acting
from lms.people.models import Appointment, User
from tests.factories import people

OFFICE = Appointment.Office
ADDRESS = reverse("people:act_for")


@pytest.fixture
def officer(tree):
    """A bureau officer of the county who is a marker of the city as well."""
    user = people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")
    people.appointment(user, OFFICE.EXAM_OFFICER, tree.neighbour)
    return user


@pytest.fixture
def offices(officer):
    return {each.office: each for each in officer.appointments.all()}


def units(client):
    page = client.get("/people/").content.decode()
    return {name for name in ("澜溪县实验小学", "青屏县第一小学") if name in page}


def test_acting_for_one_office_narrows_every_question_of_scope(client, officer, offices, tree):
    client.force_login(officer)
    assert units(client) == {"澜溪县实验小学", "青屏县第一小学"}
    for office, seen in ((OFFICE.BUREAU_OFFICER, "澜溪县实验小学"), (OFFICE.EXAM_OFFICER, "青屏县第一小学")):
        answer = client.post(ADDRESS, {"office": offices[office].pk, "next": "/people/"})
        assert answer["Location"] == "/people/"
        assert units(client) == {seen}
    assert client.get(f"/people/units/{tree.school.pk}/").status_code == 404
    client.post(ADDRESS, {"office": ""})
    assert units(client) == {"澜溪县实验小学", "青屏县第一小学"}
    assert client.get(f"/people/units/{tree.school.pk}/").status_code == 200


def test_the_journal_names_the_office_acted_for(client, officer, offices, tree):
    teacher = people.teacher(school=tree.other_school)
    User.objects.filter(pk=teacher.user_id).update(phone="13987600001")
    client.force_login(officer)
    for office, unit in ((OFFICE.EXAM_OFFICER, tree.neighbour), (OFFICE.BUREAU_OFFICER, tree.county)):
        if unit == tree.county:
            teacher.postings.update(organisation=tree.school)
        client.post(ADDRESS, {"office": offices[office].pk})
        client.post(reverse("people:teacher_slip", args=[teacher.pk]), {"how": "send"})
        assert Line.objects.latest("pk").act == "people.codes_sent"
        assert Line.objects.latest("pk").unit_name == unit.name


def test_an_office_that_ended_falls_away(client, officer, offices):
    client.force_login(officer)
    client.post(ADDRESS, {"office": offices[OFFICE.EXAM_OFFICER].pk})
    over = clock.local_date(clock.now()) - dt.timedelta(days=1)
    Appointment.objects.filter(pk=offices[OFFICE.EXAM_OFFICER].pk).update(until_on=over)
    assert units(client) == {"澜溪县实验小学"}
    assert acting.KEY not in client.session


def test_choose_refuses_what_one_does_not_hold_today(client, officer, offices, tree):
    stranger = people.officer(OFFICE.AUDITOR, tree.province).appointments.get()
    client.force_login(officer)
    for wrong in (stranger.pk, 987654321):
        assert client.post(ADDRESS, {"office": wrong}).status_code == 403
    assert acting.KEY not in client.session


@pytest.mark.parametrize("wrong", ["x", "²", "-1", "9" * 30])
def test_nonsense_means_all_offices(client, officer, wrong):
    client.force_login(officer)
    assert client.post(ADDRESS, {"office": wrong}).status_code == 302


@pytest.mark.parametrize(
    "back", ["//e.example", "https://e.example/", "/\\e.example", "javascript:x", "desks:home", ""]
)
def test_one_stays_on_this_site(client, officer, back):
    client.force_login(officer)
    assert client.post(ADDRESS, {"office": "", "next": back})["Location"] == "/home/"


def test_a_get_chooses_nothing(client, officer, offices):
    client.force_login(officer)
    assert client.get(ADDRESS, {"office": offices[OFFICE.EXAM_OFFICER].pk}).status_code == 405


def test_acting_costs_no_statement_more(client, officer, offices):
    client.force_login(officer)
    costs = []
    for chosen in ("", offices[OFFICE.BUREAU_OFFICER].pk):
        client.post(ADDRESS, {"office": chosen})
        client.get("/inbox/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/inbox/")
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_the_switcher_stands_in_the_frame_of_whoever_holds_several(client, officer, offices, tree):
    client.force_login(officer)
    page = client.get("/inbox/").content.decode()
    assert page.count(ADDRESS) == 2  # beside the navigation, and in the menu of a phone
    assert "全部任职" in page
    client.post(ADDRESS, {"office": offices[OFFICE.EXAM_OFFICER].pk})
    page = client.get("/inbox/").content.decode()
    assert f'value="{offices[OFFICE.EXAM_OFFICER].pk}" aria-pressed="true"' in page
    client.force_login(people.officer(OFFICE.BUREAU_OFFICER, tree.county))
    assert ADDRESS not in client.get("/inbox/").content.decode()


def test_other_days_are_asked_for_what_was_held_then(officer, offices, at):
    officer.acts_for = offices[OFFICE.EXAM_OFFICER]
    assert [each.office for each in access.offices(officer, at)] == [OFFICE.EXAM_OFFICER]
    Appointment.objects.filter(pk=offices[OFFICE.EXAM_OFFICER].pk).update(from_on=at.date() + dt.timedelta(days=1))
    officer.__dict__.pop("_appointments_on")
    assert [each.office for each in access.offices(officer, at)] == [OFFICE.BUREAU_OFFICER]
