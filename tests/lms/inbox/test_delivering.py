"""Delivery: once over each backend, a few tries, and the sweep that finds what was left."""

import datetime as dt

import pytest
from django.core import mail

from lms.inbox import delivering, jobs
from lms.inbox.models import Message
from lms.lib import clock
from tests.factories import inbox, people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("note")]
MAIL = "lms.inbox.backends.to_email"


def broken(letter):
    """A backend that is down."""
    raise ConnectionError("no route")


@pytest.fixture
def message():
    return inbox.message(people.user("林知微", email="lin@example.org"), title="成绩")


def test_deliver_sends_nothing_twice_when_the_task_runs_again(message, at):
    delivering.deliver(message.pk, at=at)
    delivering.deliver(message.pk, at=at)
    delivering.deliver(message.pk, at=at + dt.timedelta(hours=1))
    assert len(mail.outbox) == 1


def test_deliver_waits_when_another_worker_has_just_tried(message, at, settings):
    settings.INBOX_BACKENDS = ["tests.lms.inbox.test_delivering.broken"]
    delivering.deliver(message.pk, at=at)
    delivering.deliver(message.pk, at=at + delivering.PAUSE / 2)
    message.refresh_from_db()
    assert (message.tries, message.delivery) == (1, Message.Delivery.WAITING)


def test_deliver_leaves_out_the_backends_that_took_it_when_it_tries_again(message, at, settings):
    settings.INBOX_BACKENDS = [MAIL, "tests.lms.inbox.test_delivering.broken"]
    delivering.deliver(message.pk, at=at)
    settings.INBOX_BACKENDS = [MAIL]
    delivering.deliver(message.pk, at=at + delivering.PAUSE)
    message.refresh_from_db()
    assert message.delivery == Message.Delivery.SENT
    assert len(mail.outbox) == 1


def test_deliver_gives_up_when_every_try_has_failed(message, at, settings):
    settings.INBOX_BACKENDS = ["tests.lms.inbox.test_delivering.broken"]
    for n in range(delivering.TRIES + 2):
        delivering.deliver(message.pk, at=at + n * delivering.PAUSE)
    message.refresh_from_db()
    assert (message.tries, message.delivery) == (delivering.TRIES, Message.Delivery.FAILED)
    assert delivering.due(at + dt.timedelta(days=1)) == []


def test_deliver_mails_nobody_when_the_person_has_no_address(at):
    message = inbox.message(people.user("何远"), title="成绩")
    delivering.deliver(message.pk, at=at)
    message.refresh_from_db()
    assert message.delivery == Message.Delivery.SENT
    assert mail.outbox == []


def test_deliver_logs_whom_and_which_kind_and_no_word_of_it(message, at, settings, caplog):
    settings.INBOX_BACKENDS = ["lms.inbox.backends.to_log"]
    with caplog.at_level("INFO", logger="lms.inbox"):
        delivering.deliver(message.pk, at=at)
    assert f"trial.note for user {message.recipient_id}" in caplog.text
    assert "成绩" not in caplog.text
    assert "林知微" not in caplog.text


def test_sweep_finds_what_the_queue_lost(message):
    jobs.sweep()
    message.refresh_from_db()
    assert message.delivery == Message.Delivery.SENT
    assert message.delivered_at <= clock.now()
