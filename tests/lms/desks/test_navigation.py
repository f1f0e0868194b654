"""The frame: the ways each office sees, and how little it asks of the database."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from lms.desks import navigation
from lms.people.models import Appointment
from tests.factories import inbox, people

pytestmark = pytest.mark.django_db


def frame(user, address="/home/"):
    request = RequestFactory().get(address)
    request.user = user
    request.resolver_match = get_resolver().resolve(address)
    return navigation.Frame(request)


def names(user):
    address = {reverse(way.name): way.name for way in navigation.WAYS}
    return [address[entry.address] for section in frame(user).sections for entry in section.entries]


def test_every_way_of_the_navigation_leads_somewhere():
    for way in (*navigation.WAYS, *navigation.PUBLIC_WAYS):
        assert reverse(way.name).startswith("/")


@pytest.mark.parametrize("office", Appointment.Office.values)
def test_every_way_that_an_office_sees_opens_for_it(client, tree, office):
    user = people.officer(office, tree.city)
    client.force_login(user)
    for name in names(user):
        assert client.get(reverse(name), follow=True).status_code == 200, name


def test_every_way_that_a_teacher_sees_opens_for_her(client, personas):
    client.force_login(personas.teacher.user)
    assert "exams:mine" in names(personas.teacher.user)
    for name in names(personas.teacher.user):
        assert client.get(reverse(name), follow=True).status_code == 200, name


def test_every_public_way_opens_for_everybody(client):
    for way in navigation.PUBLIC_WAYS:
        assert client.get(reverse(way.name)).status_code == 200


def test_sections_name_work_by_office_and_nothing_of_others(tree, personas):
    assert "exams:piles" in names(people.officer("marker", tree.city))
    assert "exams:piles" not in names(people.officer("judge", tree.city))
    assert "desks:journal" in names(people.officer("auditor", tree.city))
    assert "desks:journal" not in names(personas.teacher.user)
    assert "exams:list" not in names(personas.teacher.user)


def test_sections_are_empty_for_a_visitor():
    visitor = SimpleNamespace(is_authenticated=False)
    assert frame(visitor).sections == []
    assert frame(visitor).tabs == []
    assert frame(visitor).unread == 0


def test_unit_is_the_offices_else_the_school(tree, personas):
    assert frame(personas.county_officer).unit == tree.county
    assert frame(personas.teacher.user).unit == tree.school
    assert frame(people.user("新人")).unit is None


def test_the_present_page_is_marked_and_no_other(personas):
    entries = [entry for section in frame(personas.county_officer, "/journal/").sections for entry in section.entries]
    assert [entry.address for entry in entries if entry.current] == ["/journal/"]


def test_unread_counts_own_messages_only(personas, at):
    inbox.message(personas.county_officer)
    inbox.message(personas.county_officer, read_at=at)
    inbox.message(personas.province_officer)
    assert frame(personas.county_officer).unread == 1
    assert [entry.count for entry in frame(personas.county_officer).tabs][-1] == 1


@pytest.mark.parametrize(
    ("office", "bar"),
    [
        ("bureau_officer", ["audits:home", "exams:list", "people:units"]),
        ("exam_officer", ["audits:home", "exams:list", "people:units"]),
        ("auditor", ["audits:home", "exams:list", "people:units"]),
        ("school_officer", ["audits:home", "people:units", "people:figures"]),
        ("marker", ["exams:piles"]),
        ("judge", ["exams:judging"]),
        ("clerk", ["exams:list", "exams:days", "training:near"]),
        ("trainer", ["training:near"]),
        ("signatory", ["exams:list", "certs:batches", "certs:register"]),
        ("accountable_head", []),
    ],
)
def test_tabs_hold_what_an_office_asks_for_on_a_phone(tree, office, bar):
    tabs = [entry.address for entry in frame(people.officer(office, tree.school)).tabs]
    assert tabs == [reverse(name) for name in ("desks:home", *bar, "inbox:messages")]


def test_tabs_of_a_teacher_are_her_own_and_of_one_with_an_office_both(tree, personas):
    def bar(user):
        return [entry.address for entry in frame(user).tabs][1:-1]

    teacher = personas.teacher.user
    assert bar(teacher) == ["/exams/mine/", "/courses/", "/certificates/"]
    people.appointment(teacher, Appointment.Office.SCHOOL_OFFICER, tree.school)
    teacher.__dict__.pop("_appointments_on", None)
    assert bar(teacher) == [reverse(name) for name in ("audits:home", "exams:mine", "people:units")]


def test_tabs_are_at_most_five_and_keep_home_and_messages(tree):
    user = people.officer("exam_officer", tree.city)
    for office in ("marker", "judge", "signatory", "auditor"):
        people.appointment(user, office, tree.city)
    tabs = [entry.address for entry in frame(user).tabs]
    assert len(tabs) <= 5
    assert (tabs[0], tabs[-1]) == ("/home/", "/inbox/")


def test_frame_asks_as_often_for_many_offices_as_for_one(tree, django_assert_num_queries):
    def draw(user):
        user.__dict__.pop("_appointments_on", None)
        drawn = frame(user)
        return drawn.unit, drawn.sections, drawn.tabs, drawn.unread

    one, many = people.officer("marker", tree.city), people.officer("exam_officer", tree.city)
    for office in ("judge", "auditor", "clerk"):
        people.appointment(many, office, tree.county)
    with CaptureQueriesContext(connection) as asked:
        draw(one)
    assert len(asked) == 3
    with django_assert_num_queries(len(asked)):
        draw(many)


def test_frame_asks_nothing_until_a_page_uses_it(personas, django_assert_num_queries):
    with django_assert_num_queries(0):
        frame(personas.county_officer)
