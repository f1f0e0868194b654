"""A message's words: from its kind's text file, in the language of whoever reads it now."""

import datetime as dt
from dataclasses import dataclass

from django.template import Context, Engine
from django.utils.dateparse import parse_date, parse_datetime

from lms.inbox.models import Message


@dataclass(frozen=True)
class Words:
    """The first line of the text file, and the rest."""

    subject: str
    body: str


def words(message: Message) -> Words:
    """Fill the text of the message's kind with its facts, in the active language. Plain text: whoever puts it into a
    page escapes it there. Facts named `…_at` and `…_on` are moments and dates again."""
    text = Engine.get_default().get_template(f"inbox/{message.kind.replace('.', '/')}.txt")
    facts = {name: _revive(name, value) for name, value in message.facts.items()}
    subject, _, body = text.render(Context(facts, autoescape=False)).strip().partition("\n")
    return Words(subject.strip(), body.strip())


def _revive(name: str, value: object) -> dt.datetime | dt.date | object:
    if isinstance(value, str) and name.endswith("_at"):
        return parse_datetime(value) or value
    if isinstance(value, str) and name.endswith("_on"):
        return parse_date(value) or value
    return value
