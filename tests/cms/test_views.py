"""The public pages of announcements, and the door of the editor."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms import publishing
from tests.factories import cms, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root():
    return cms.root()


def announce(title, at):
    return publishing.announce(title=title, body=f"{title}的正文", by=None, at=at)


def test_announcements_lists_the_newest_first_for_everybody(client, at):
    announce("较早的通知", at)
    announce("较新的通知", at + dt.timedelta(days=1))
    page = client.get(reverse("cms:announcements")).content.decode()
    assert page.index("较新的通知") < page.index("较早的通知")


def test_announcements_says_so_when_there_are_none(client):
    assert "还没有公告" in client.get(reverse("cms:announcements")).content.decode()


def test_announcements_asks_as_often_for_three_as_for_one(client, at, django_assert_num_queries):
    announce("一", at)
    client.get(reverse("cms:announcements"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("cms:announcements"))
    announce("二", at)
    announce("三", at)
    with django_assert_num_queries(len(one)):
        client.get(reverse("cms:announcements"))


def test_announcement_shows_its_text(client, at):
    page = announce("报名通知", at)
    assert "报名通知的正文" in client.get(reverse("cms:announcement", args=[page.pk])).content.decode()


def test_announcement_is_not_there_when_it_was_withdrawn(client, at):
    page = announce("报名通知", at)
    page.unpublish()
    assert client.get(reverse("cms:announcement", args=[page.pk])).status_code == 404
    assert "报名通知" not in client.get(reverse("cms:announcements")).content.decode()
    assert "报名通知" not in client.get(reverse("desks:front")).content.decode()


def test_front_page_shows_what_was_announced(client, at):
    page = announce("报名通知", at)
    assert reverse("cms:announcement", args=[page.pk]) in client.get(reverse("desks:front")).content.decode()


@pytest.mark.parametrize("address", ["/editor/", "/editor/pages/", "/editor/login/", "/editor/nothing/"])
def test_editor_is_not_there_for_visitors_officers_and_teachers(client, personas, address):
    assert client.get(address).status_code == 404
    for user in (personas.county_officer, personas.teacher.user):
        client.force_login(user)
        assert client.get(address).status_code == 404


def test_editor_opens_for_a_superuser(client, at):
    page = announce("报名通知", at)
    client.force_login(people.user("管理员", is_superuser=True, is_staff=True))
    assert client.get("/editor/").status_code == 200
    assert client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).status_code == 200
    added = reverse("wagtailadmin_pages:add", args=["cms", "announcementpage", page.get_parent().pk])
    assert client.get(added).status_code == 200
