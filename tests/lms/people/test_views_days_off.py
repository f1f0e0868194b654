"""The calendar of days off: read by bureau and exam officers, kept by a bureau officer of the whole tree."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from lms.journal.models import Line
from lms.people import reporting
from lms.people.access import NotYourOffice
from lms.people.models import Appointment, DayOff
from tests.factories import people

ADDRESS = "/people/days-off/"
HOLIDAY = {"name": "清明节", "first": "2024-04-04", "last": "2024-04-06", "kind": "off"}
Office = Appointment.Office


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def keeper(client, tree):
    user = people.officer(Office.BUREAU_OFFICER, tree.province, "周省")
    client.force_login(user)
    return user


def stand(on, name="某节", is_working=False):
    return DayOff.objects.create(on=on, name=name, is_working=is_working)


# the acts


def test_set_days_off_writes_every_day_with_its_line(tree, keeper, at):
    first, last = dt.date(2024, 10, 1), dt.date(2024, 10, 7)
    reporting.set_days_off(first=first, last=last, is_working=False, name="国庆节", by=keeper, at=at)
    assert DayOff.objects.count() == 7
    assert Line.objects.filter(act="people.day_off_set").count() == 7


@pytest.mark.parametrize("last", [dt.date(2024, 9, 30), dt.date(2024, 11, 1)])
def test_set_days_off_refuses_a_period_that_is_backwards_or_too_long(tree, keeper, at, last):
    first = dt.date(2024, 10, 1)
    with pytest.raises(reporting.PeriodUnusable):
        reporting.set_days_off(first=first, last=last, is_working=False, name="国庆节", by=keeper, at=at)
    assert not DayOff.objects.exists()


def test_clear_day_off_takes_it_back_with_a_line(tree, keeper, at):
    reporting.clear_day_off(day=stand(dt.date(2024, 4, 4)), by=keeper, at=at)
    assert not DayOff.objects.exists()
    assert Line.objects.get(act="people.day_off_cleared").facts["on"] == "2024-04-04"


def test_clear_day_off_refuses_when_the_office_does_not_cover_the_whole_tree(tree, at):
    day = stand(dt.date(2024, 4, 4))
    for kind, unit in ((Office.BUREAU_OFFICER, tree.city), (Office.EXAM_OFFICER, tree.province)):
        with pytest.raises(NotYourOffice):
            reporting.clear_day_off(day=day, by=people.officer(kind, unit), at=at)
    assert DayOff.objects.exists()


# the page


def test_days_off_lists_the_year_asked_for(client, keeper):
    stand(dt.date(2024, 4, 4), "今年的节")
    stand(dt.date(2025, 4, 4), "明年的节")
    page = client.get(ADDRESS).text
    assert "今年的节" in page
    assert "明年的节" not in page
    assert "明年的节" in client.get(ADDRESS, {"year": "2025"}).text


@pytest.mark.parametrize("year", ["x", "1", "99999", "20240", "0020009999999", "1999", "2200", "²²²²"])
def test_days_off_shows_this_year_when_the_year_is_none(client, keeper, year):
    assert client.get(ADDRESS, {"year": year}).context["year"] == 2024


def test_days_off_adds_a_period_and_a_single_worked_day(client, keeper):
    assert client.post(ADDRESS, HOLIDAY).url == f"{ADDRESS}?year=2024"
    client.post(ADDRESS, {"name": "清明节调休", "first": "2024-04-07", "last": "", "kind": "worked"})
    assert list(DayOff.objects.order_by("on").values_list("on__day", "is_working")) == [
        (4, False),
        (5, False),
        (6, False),
        (7, True),
    ]


@pytest.mark.parametrize(
    ("typed", "field"), [({"last": "2024-04-01"}, "last"), ({"first": "soon"}, "first"), ({"kind": "x"}, "kind")]
)
def test_days_off_shows_the_refusal_at_its_field_and_keeps_what_was_typed(client, keeper, typed, field):
    page = client.post(ADDRESS, {**HOLIDAY, **typed})
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert page.context["form"]["name"].value() == "清明节"
    assert not DayOff.objects.exists()


def test_clear_day_off_returns_to_its_year(client, keeper):
    day = stand(dt.date(2025, 4, 4))
    address = reverse("people:clear_day_off", args=[day.pk])
    assert address in client.get(ADDRESS, {"year": "2025"}).text
    assert client.post(address).url == f"{ADDRESS}?year=2025"
    assert client.post(address).status_code == 404


@pytest.mark.parametrize("office", [Office.BUREAU_OFFICER, Office.EXAM_OFFICER])
def test_days_off_is_only_read_by_officers_of_a_part(client, tree, office):
    day = stand(dt.date(2024, 4, 4), "清明节")
    client.force_login(people.officer(office, tree.city))
    page = client.get(ADDRESS)
    assert "清明节" in page.text
    assert '<form method="post" action="/people/days-off' not in page.text
    page = client.post(ADDRESS, {**HOLIDAY, "name": "另一个节"})
    assert page.status_code == 422
    assert client.post(reverse("people:clear_day_off", args=[day.pk])).status_code == 404
    assert list(DayOff.objects.values_list("name", flat=True)) == ["清明节"]


def test_days_off_is_not_there_for_a_teacher_or_another_office(client, tree, personas):
    for user in (personas.teacher.user, people.officer(Office.AUDITOR, tree.province)):
        client.force_login(user)
        assert client.get(ADDRESS).status_code == 404
        assert client.post(ADDRESS, HOLIDAY).status_code == 404
    assert not DayOff.objects.exists()
