"""Tells a person something: a row inside the act's transaction; what leaves the site leaves after its commit."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from lms.inbox import tasks
from lms.inbox.models import Message
from lms.lib.queueing import after_commit

_AT_ONCE = 100


def send(*, kind: str, to: Any, at: dt.datetime, address: str = "", **facts: Any) -> Message:
    """Write one message. `kind` names its words (`exams.ticket_ready` → templates/inbox/exams/ticket_ready.txt);
    `facts` is plain data for them, dates under names that end in `_at` or `_on`; `address` is the page of the site
    where she can act on it. To an account that is not yet activated nothing leaves the site: she finds the message in
    her inbox when she comes."""
    message = Message(recipient=to, kind=kind, facts=facts, address=address, written_at=at, delivery=_delivery(to))
    message.save()
    if message.delivery == Message.Delivery.WAITING:
        after_commit(tasks.deliver, message.pk)
    return message


def send_all(
    *,
    kind: str,
    to: Iterable[Any],
    at: dt.datetime,
    address: str = "",
    facts_of: Callable[[Any], dict[str, Any]] | None = None,
) -> list[Message]:
    """Write the same message to many, as `send` does; `facts_of(user)` gives the facts of each. The fact `address`
    takes the place of the common address."""
    written = []
    for user in to:
        facts = dict(facts_of(user)) if facts_of else {}
        own = facts.pop("address", address)
        written.append(
            Message(recipient=user, kind=kind, facts=facts, address=own, written_at=at, delivery=_delivery(user))
        )
    Message.objects.bulk_create(written, batch_size=500)
    leaving = [message.pk for message in written if message.delivery == Message.Delivery.WAITING]
    for first in range(0, len(leaving), _AT_ONCE):
        after_commit(tasks.deliver, *leaving[first : first + _AT_ONCE])
    return written


def _delivery(user: Any) -> str:
    return Message.Delivery.WAITING if user.activated_at else Message.Delivery.KEPT
