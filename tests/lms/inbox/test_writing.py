"""Telling a person: rows in the act's transaction, delivery after its commit."""

import pytest
from django.core import mail
from django.db import transaction

from lms.inbox import jobs, writing
from lms.inbox.models import Message
from tests.factories import people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("note")]


def test_send_delivers_when_the_act_is_committed(queue, at):
    reader = people.user("林知微", email="lin@example.org", activated_at=at)
    with queue.committing():
        message = writing.send(kind="trial.note", to=reader, at=at, address="/home/", title="准考证")
        assert mail.outbox == []
    assert queue.drain() == 1
    message.refresh_from_db()
    assert message.delivery == Message.Delivery.SENT
    assert [letter.to for letter in mail.outbox] == [["lin@example.org"]]
    assert mail.outbox[0].subject == "[zh-hans] 准考证"
    assert "/home/" in mail.outbox[0].body


def test_nothing_leaves_the_site_when_the_account_is_not_yet_activated(queue, at):
    """She finds it in her inbox when she comes; neither the queue nor the sweep has anything to do for it."""
    newcomer = people.user("林知微", email="lin@example.org")
    reader = people.user("何远", email="he@example.org", activated_at=at)
    with queue.committing():
        writing.send(kind="trial.note", to=newcomer, at=at, title="一")
        writing.send_all(
            kind="trial.note", to=[newcomer, reader], at=at, facts_of=lambda user: {"title": user.full_name}
        )
    assert queue.drain() == 1
    jobs.sweep()
    assert [letter.to for letter in mail.outbox] == [["he@example.org"]]
    kept = Message.objects.visible_to(newcomer)
    assert [(each.delivery, each.tries) for each in kept] == [(Message.Delivery.KEPT, 0)] * 2
    assert kept.unread().count() == 2


def test_send_leaves_nothing_when_the_act_fails(queue, at):
    reader = people.user("林知微", email="lin@example.org")
    with queue.committing(), pytest.raises(ZeroDivisionError), transaction.atomic():
        writing.send(kind="trial.note", to=reader, at=at, title="…")
        raise ZeroDivisionError
    assert queue.drain() == 0
    assert not Message.objects.exists()


def test_send_all_gives_each_reader_her_own_facts(queue, at):
    readers = [people.user(name, activated_at=at) for name in ("林知微", "何远", "欧阳静修")]
    with queue.committing():
        writing.send_all(
            kind="trial.note",
            to=readers,
            at=at,
            address="/home/",
            facts_of=lambda user: {"title": user.full_name} | ({"address": "/own/"} if user == readers[1] else {}),
        )
    assert queue.drain() == 1
    found = Message.objects.order_by("pk")
    assert [each.facts["title"] for each in found] == ["林知微", "何远", "欧阳静修"]
    assert [each.address for each in found] == ["/home/", "/own/", "/home/"]
    assert {each.delivery for each in found} == {Message.Delivery.SENT}


def test_send_all_writes_nothing_when_there_is_nobody(queue, at):
    with queue.committing():
        assert writing.send_all(kind="trial.note", to=[], at=at) == []
    assert queue.drain() == 0
