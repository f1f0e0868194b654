"""Codes that go to a telephone: made at the moment of sending, kept only as a hash, written into no row and no log."""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.inbox import texting
from lms.lib import clock
from lms.people import codes
from lms.people.models import ActivationCode, PhoneCode, User

log = logging.getLogger(__name__)
GOOD_FOR = dt.timedelta(minutes=10)
_PATIENCE = dt.timedelta(seconds=20)  # what the queue is given before the clock looks itself
_TRIED_FOR = dt.timedelta(hours=1)
_PAUSE = dt.timedelta(seconds=30)  # a task that runs twice sends one code

_ACTIVATION = _("Your activation code is {code}, valid until {day}. User name: {username}. Activate at {address}")
_CONFIRMATION = _("{code} confirms this telephone for your account. It works for {minutes} minutes; tell it to nobody.")
_RESETTING = _("{code} sets a new password for your account. It works for {minutes} minutes; tell it to nobody.")


def send_activation(code_id: int, *, at: dt.datetime) -> None:
    """Make the code of this row and send it to the teacher's telephone. Does nothing where it was made already, was
    replaced, has run out, or where the account is active or closed. Where the backend fails the row waits again."""
    with transaction.atomic():
        waiting = ActivationCode.objects.filter(pk=code_id, code_hash=None, used_at=None, expires_at__gt=at)
        row = waiting.select_for_update(of=("self",)).select_related("user").first()
        if row is None or row.user.activated_at or not row.user.is_active or not row.user.phone:
            return
        code = codes.new()
        row.code_hash = codes.hashed(code)
        row.save(update_fields=["code_hash"])
    last_day = clock.local_date(row.expires_at - dt.timedelta(days=1))  # as the printed slips have it
    facts = {"username": row.user.username, "address": f"{settings.SITE_URL}/people/activate/"}
    if not _send(row.user.phone, _ACTIVATION, code=code, day=last_day.isoformat(), **facts):
        ActivationCode.objects.filter(pk=row.pk, used_at=None).update(code_hash=None)


def send_confirmation(code_id: int, *, at: dt.datetime) -> None:
    """Make six digits for a telephone that is to be confirmed, and send them there. Does nothing where they were made
    already or are wanted no more."""
    with transaction.atomic():
        waiting = PhoneCode.objects.filter(pk=code_id, code_hash="", used_at=None, expires_at__gt=at)
        row = waiting.select_for_update(of=("self",)).first()
        if row is None:
            return
        code = _fill(row, codes.CONFIRM, at)
    if not _send(row.phone, _CONFIRMATION, code=code, minutes=_minutes()):
        PhoneCode.objects.filter(pk=row.pk, used_at=None).update(code_hash="")


def send_reset(user_id: int, *, at: dt.datetime) -> None:
    """Make six digits for a new password and send them to the account's confirmed telephone. Does nothing for an id
    that is no account's, without such a telephone, and within half a minute of the last such code."""
    with transaction.atomic():
        found = User.objects.select_for_update(of=("self",)).filter(pk=user_id, is_active=True)
        user = found.exclude(phone_confirmed_at=None).first()
        recent = PhoneCode.objects.filter(user=user_id, expires_at__gt=at, sent_at__gt=at - _PAUSE)
        if user is None or recent.filter(phone=user.phone).exists():
            return
        row = PhoneCode.objects.create(user=user, phone=user.phone, sent_at=at, expires_at=at + GOOD_FOR)
        code = _fill(row, codes.RESET, at)
    if not _send(row.phone, _RESETTING, code=code, minutes=_minutes()):
        PhoneCode.objects.filter(pk=row.pk).update(expires_at=at)


def waiting(at: dt.datetime) -> tuple[list[int], list[int]]:
    """The ids of activation codes, and of codes for telephones, that the queue has not sent: asked for a while ago, and
    not so long that nobody waits any more."""
    since, until = at - _TRIED_FOR, at - _PATIENCE
    slips = ActivationCode.objects.filter(code_hash=None, used_at=None, expires_at__gt=at)
    phones = PhoneCode.objects.filter(code_hash="", used_at=None, expires_at__gt=at)
    return (
        list(slips.filter(issued_at__range=(since, until)).values_list("pk", flat=True)),
        list(phones.filter(sent_at__range=(since, until)).values_list("pk", flat=True)),
    )


def _fill(row: PhoneCode, purpose: str, at: dt.datetime) -> str:
    code = codes.new_digits()
    row.code_hash = codes.hashed_digits(code, purpose=purpose, row=row.pk)
    row.sent_at, row.expires_at = at, at + GOOD_FOR
    row.save(update_fields=["code_hash", "sent_at", "expires_at"])
    return code


def _minutes() -> int:
    return int(GOOD_FOR.total_seconds() // 60)


def _send(phone: str, words: Promise, **facts: object) -> bool:
    """Whether the backend took the message, in the site's language; what it raised is named by its kind alone, since
    its words may hold the code."""
    with translation.override(settings.LANGUAGE_CODE):
        text = str(words).format(**facts)
    try:
        texting.send(phone, text)
    except Exception as error:  # whatever a gateway raises
        log.warning("The SMS backend did not take a code: %s.", type(error).__name__)
        return False
    return True
