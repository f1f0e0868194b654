"""Messages for tests, of a kind whose words stand in the tests' own templates."""

from lms.inbox.models import Message
from tests.factories.people import AT


def message(recipient, *, kind="trial.note", at=AT, address="/inbox/", read_at=None, **facts):
    return Message.objects.create(
        recipient=recipient, kind=kind, facts=facts, address=address, written_at=at, read_at=read_at
    )
