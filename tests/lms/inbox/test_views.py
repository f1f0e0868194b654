"""The inbox's pages: one's own messages, nobody else's."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.inbox.models import Message
from tests.factories import inbox, people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("note")]


@pytest.fixture
def reader(client):
    user = people.user("林知微")
    client.force_login(user)
    return user


def test_messages_says_so_when_there_are_none(client, reader):
    assert "还没有消息" in client.get(reverse("inbox:messages")).content.decode()


def test_messages_shows_own_ones_and_no_others(client, reader):
    inbox.message(reader, title="面试时间")
    inbox.message(people.user("何远"), title="别人的成绩")
    page = client.get(reverse("inbox:messages")).content.decode()
    assert "面试时间" in page
    assert "别人的成绩" not in page


def test_messages_asks_as_often_when_there_are_three_as_for_one(client, reader, django_assert_num_queries):
    inbox.message(reader, title="一")
    client.get(reverse("inbox:messages"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("inbox:messages"))
    for title in ("二", "三"):
        inbox.message(reader, title=title)
    with django_assert_num_queries(len(one)):
        client.get(reverse("inbox:messages"))


def test_messages_are_paged_when_there_are_many(client, reader, at):
    for n in range(25):
        inbox.message(reader, title=f"第{n}条", at=at + dt.timedelta(minutes=n))
    first = client.get(reverse("inbox:messages")).content.decode()
    second = client.get(reverse("inbox:messages"), {"page": 2}).content.decode()
    assert "第24条" in first
    assert "第4条" not in first
    assert "第4条" in second
    assert client.get(reverse("inbox:messages"), {"page": "x"}).status_code == 200


def test_message_counts_as_read_when_it_is_opened(client, reader):
    message = inbox.message(reader, title="面试时间", due_on="2024-03-09", held_at="2024-03-09T00:30:00Z")
    page = client.get(reverse("inbox:message", args=[message.pk])).content.decode()
    assert "due 2024/03/09 08:30" in page
    message.refresh_from_db()
    first = message.read_at
    assert first
    client.get(reverse("inbox:message", args=[message.pk]))
    message.refresh_from_db()
    assert message.read_at == first


def test_message_speaks_the_readers_language(client, reader):
    message = inbox.message(reader, title="…")
    client.cookies["django_language"] = "en"
    assert "[en] …" in client.get(reverse("inbox:message", args=[message.pk])).content.decode()


def test_message_escapes_what_people_wrote(client, reader):
    message = inbox.message(reader, title="<b>粗</b>")
    page = client.get(reverse("inbox:message", args=[message.pk])).content.decode()
    assert "<b>粗</b>" not in page
    assert "&lt;b&gt;粗" in page


def test_message_is_not_there_for_a_stranger(client, reader):
    other = inbox.message(people.user("何远"), title="别人的成绩")
    assert client.get(reverse("inbox:message", args=[other.pk])).status_code == 404
    other.refresh_from_db()
    assert other.read_at is None


def test_read_all_counts_own_ones_only(client, reader):
    inbox.message(reader, title="一")
    other = inbox.message(people.user("何远"), title="二")
    assert client.get(reverse("inbox:read_all")).status_code == 405
    client.post(reverse("inbox:read_all"))
    assert not Message.objects.visible_to(reader).unread().exists()
    other.refresh_from_db()
    assert other.read_at is None


def test_messages_sends_a_visitor_to_the_sign_in(client):
    response = client.get(reverse("inbox:messages"))
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
