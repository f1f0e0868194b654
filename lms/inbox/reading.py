"""Notes that a person has read her messages."""

import datetime as dt
from typing import Any

from lms.inbox.models import Message


def read(message: Message, *, at: dt.datetime) -> None:
    """Count a message as read from its first opening on; later ones change nothing."""
    Message.objects.filter(pk=message.pk).unread().update(read_at=at)


def read_all(*, by: Any, at: dt.datetime) -> int:
    """Count all of one's own messages as read, and say how many were not."""
    return Message.objects.visible_to(by).unread().update(read_at=at)
