"""Sends a message over every backend of the installation, each once, with a limited number of tries."""

import datetime as dt
import logging

from django.conf import settings
from django.db.models import F
from django.utils import translation
from django.utils.module_loading import import_string

from lms.inbox import rendering
from lms.inbox.backends import Letter
from lms.inbox.models import Message

log = logging.getLogger(__name__)
TRIES = 5
PAUSE = dt.timedelta(minutes=2)


def deliver(message_id: int, *, at: dt.datetime) -> None:
    """Send one message and note each backend that took it. Does nothing where it was sent, given up, or tried less
    than PAUSE ago: so two workers that run at once send it once. After TRIES failures it is given up; it still stands
    on the person's page."""
    if not _take(message_id, at):
        return
    message = Message.objects.select_related("recipient").get(pk=message_id)
    failed = False
    for name in settings.INBOX_BACKENDS:
        if name in message.taken_by:
            continue
        try:
            import_string(name)(_letter(message))
        except Exception:  # whatever a backend raises, the others still get their turn
            log.warning("Backend %s did not take message %s.", name, message_id, exc_info=True)
            failed = True
        else:
            message.taken_by = [*message.taken_by, name]
            message.save(update_fields=["taken_by"])
    if not failed:
        message.delivery, message.delivered_at = Message.Delivery.SENT, at
    elif message.tries >= TRIES:
        message.delivery = Message.Delivery.FAILED
    message.save(update_fields=["delivery", "delivered_at"])


def due(at: dt.datetime, *, limit: int = 500) -> list[int]:
    """The ids of messages to try now, oldest first."""
    return list(Message.objects.to_try(at - PAUSE).order_by("pk").values_list("pk", flat=True)[:limit])


def _take(message_id: int, at: dt.datetime) -> bool:
    """One update decides who sends: the loser of two changes no row."""
    taking = Message.objects.to_try(at - PAUSE).filter(pk=message_id)
    return taking.update(tries=F("tries") + 1, tried_at=at) == 1


def _letter(message: Message) -> Letter:
    with translation.override(settings.LANGUAGE_CODE):
        words = rendering.words(message)
    person = message.recipient
    return Letter(
        recipient_id=person.pk,
        email=person.email,
        phone=person.phone,
        kind=message.kind,
        subject=words.subject,
        body=words.body,
        address=message.address,
    )
