"""The ways out of the site. A backend is a function that takes a letter; INBOX_BACKENDS names those in use. What
SMS_BACKEND names takes a telephone and words (lms/inbox/texting.py)."""

import logging
import sys
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Letter:
    """What a backend may know of a message: whom it is for, and its words in the site's language."""

    recipient_id: int
    email: str
    phone: str
    kind: str
    subject: str
    body: str
    address: str


def to_log(letter: Letter) -> None:
    """Write down that there is a message, never what it says."""
    log.info("message of kind %s for user %s", letter.kind, letter.recipient_id)


def to_email(letter: Letter) -> None:
    """Mail it to whoever has an address; raises what the mail server raises."""
    if letter.email:
        way = f"\n\n{settings.SITE_URL}{letter.address}" if letter.address else ""
        send_mail(letter.subject, letter.body + way, None, [letter.email])


def to_console_sms(phone: str, words: str) -> None:
    """For development: print a short message where the server runs, and keep it nowhere. A real gateway is a function
    of the same two arguments that raises where it fails."""
    sys.stdout.write(f"\n--- SMS to {phone} ---\n{words}\n---\n")
    sys.stdout.flush()
