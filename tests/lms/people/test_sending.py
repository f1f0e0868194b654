"""A code lies nowhere but in the short message that carries it, and is made once, at the moment of sending."""

import datetime as dt
import json
import logging

import pytest
from celery import current_app
from django.apps import apps

from lms.lib import clock
from lms.people import activating, jobs, phoning, sending
from lms.people.models import ActivationCode, PhoneCode, User
from tests.factories import people, texts

PHONE = "13987600001"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def at():
    """The present: tasks ask the clock."""
    return clock.now()


@pytest.fixture
def teacher(tree):
    texts.SENT.clear()
    found = people.teacher("林知微", school=tree.school)
    User.objects.filter(pk=found.user_id).update(phone=PHONE)
    found.user.refresh_from_db()
    return found


@pytest.fixture
def confirmed(teacher, at):
    User.objects.filter(pk=teacher.user_id).update(phone_confirmed_at=at, activated_at=at)
    teacher.user.refresh_from_db()
    return teacher.user


def everything_kept():
    """All rows of the database as text."""
    rows = [model._base_manager.values_list() for model in apps.get_models() if model._meta.managed]
    return "\n".join(repr(list(each)) for each in rows)


def queued():
    """What lies in the queue, as text."""
    name = current_app.conf.task_default_queue
    with current_app.connection_for_read() as connection, connection.SimpleQueue(name) as messages:
        message = messages.get(block=False)
        message.requeue()
        return json.dumps(message.payload) if isinstance(message.payload, list) else str(message.body)


def test_an_activation_code_travels_in_the_message_alone(teacher, at, queue, caplog):
    caplog.set_level(logging.DEBUG)
    with queue.committing():
        (row,) = activating.send_codes(users=[teacher.user], by=None, at=at)
    assert row.code_hash is None
    assert json.loads(queued())[0] == [row.pk]
    assert queue.drain() == 1
    ((phone, words),) = texts.SENT
    code = texts.last_code()
    assert phone == PHONE
    assert teacher.user.username in words
    assert "激活码" in words
    for kept in (everything_kept(), caplog.text, str(ActivationCode.objects.values())):
        assert code not in kept
        assert code.replace("-", "") not in kept
    user = activating.activate(code=code, id_last_four=teacher.id_number[-4:], password="a long quiet river", at=at)
    assert user == teacher.user


def test_six_digits_travel_in_the_message_alone(teacher, at, queue, caplog):
    caplog.set_level(logging.DEBUG)
    with queue.committing():
        row = phoning.ask(user=teacher.user, phone=PHONE, password="", at=at)
    assert json.loads(queued())[0] == [row.pk]
    queue.drain()
    code = texts.last_code()
    assert f"'{code}'" not in everything_kept()
    assert code not in caplog.text
    assert code not in str(list(PhoneCode.objects.values_list("code_hash", "phone")))
    assert phoning.confirm(user=teacher.user, code=code, at=clock.now()).phone_confirmed_at


def test_digits_for_a_password_travel_in_the_message_alone(confirmed, at, queue, caplog):
    caplog.set_level(logging.DEBUG)
    with queue.committing():
        user_id, _name = phoning.ask_reset(phone=PHONE, at=at)
    assert json.loads(queued())[0] == [confirmed.pk] == [user_id]
    queue.drain()
    assert texts.last_code() not in caplog.text
    assert f"'{texts.last_code()}'" not in everything_kept()


def test_a_task_that_runs_twice_sends_once(teacher, confirmed, at):
    User.objects.filter(pk=teacher.user_id).update(activated_at=None)
    (code,) = activating.send_codes(users=[teacher.user], by=None, at=at)
    row = phoning.ask(user=people.user(phone="13987600002"), phone="13987600002", password="", at=at)
    for _twice in range(2):
        sending.send_activation(code.pk, at=at)
        sending.send_confirmation(row.pk, at=at)
        sending.send_reset(confirmed.pk, at=at)
    assert len(texts.SENT) == 3


def test_nothing_is_sent_that_is_wanted_no_more(teacher, at):
    (old,) = activating.send_codes(users=[teacher.user], by=None, at=at)
    (new,) = activating.send_codes(users=[teacher.user], by=None, at=at + MINUTE)
    sending.send_activation(old.pk, at=at + 2 * MINUTE)
    sending.send_activation(new.pk, at=at + activating.VALID_FOR + 2 * MINUTE)
    sending.send_activation(0, at=at)
    first = phoning.ask(user=teacher.user, phone=PHONE, password="", at=at)
    phoning.ask(user=teacher.user, phone=PHONE, password="", at=at + MINUTE)
    sending.send_confirmation(first.pk, at=at + 2 * MINUTE)
    User.objects.filter(pk=teacher.user_id).update(activated_at=at)
    sending.send_activation(new.pk, at=at + 2 * MINUTE)
    for nobody in (0, teacher.user_id, 987654):
        sending.send_reset(nobody, at=at)
    assert texts.SENT == []


def test_nothing_is_sent_to_a_closed_account(teacher, at):
    (row,) = activating.send_codes(users=[teacher.user], by=None, at=at)
    User.objects.filter(pk=teacher.user_id).update(is_active=False, phone_confirmed_at=at)
    sending.send_activation(row.pk, at=at)
    sending.send_reset(teacher.user_id, at=at)
    assert texts.SENT == []


def test_a_backend_out_of_order_leaves_no_code_behind_and_the_clock_sends_it_later(teacher, at, settings, caplog):
    caplog.set_level(logging.DEBUG)
    settings.SMS_BACKEND = "tests.factories.texts.fail"
    then = clock.now() - MINUTE
    (slip,) = activating.send_codes(users=[teacher.user], by=None, at=then)
    other = people.user(phone="13987600002")
    phone = phoning.ask(user=other, phone="13987600002", password="", at=then)
    sending.send_activation(slip.pk, at=then)
    sending.send_confirmation(phone.pk, at=then)
    assert [each.message for each in caplog.records if each.levelno == logging.WARNING] == [
        "The SMS backend did not take a code: OSError."
    ] * 2
    assert PHONE not in caplog.text
    assert not ActivationCode.objects.exclude(code_hash=None).exists()
    assert PhoneCode.objects.get().code_hash == ""
    settings.SMS_BACKEND = "tests.factories.texts.keep"
    jobs.send_waiting_codes()
    assert {number for number, _words in texts.SENT} == {PHONE, "13987600002"}
    jobs.send_waiting_codes()
    assert len(texts.SENT) == 2


def test_what_nobody_waits_for_any_more_is_not_tried_for_ever(teacher, at):
    activating.send_codes(users=[teacher.user], by=None, at=at)
    assert sending.waiting(at) == ([], [])  # the queue has its time first
    assert len(sending.waiting(at + MINUTE)[0]) == 1
    assert sending.waiting(at + 61 * MINUTE) == ([], [])


def test_a_reset_that_cannot_be_sent_leaves_no_code_that_works(confirmed, at, settings):
    settings.SMS_BACKEND = "tests.factories.texts.fail"
    sending.send_reset(confirmed.pk, at=at)
    assert PhoneCode.objects.get().expires_at == at


def test_the_console_shows_a_message_and_keeps_none(teacher, at, settings, capsys):
    settings.SMS_BACKEND = "lms.inbox.backends.to_console_sms"
    row = phoning.ask(user=teacher.user, phone=PHONE, password="", at=at)
    sending.send_confirmation(row.pk, at=at)
    assert f"SMS to {PHONE}" in capsys.readouterr().out
