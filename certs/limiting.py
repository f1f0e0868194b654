"""Counts how often an address, or anyone about one number, asks for a verification, and refuses what is too often."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from lms.lib.refusals import Refusal
from lms.people.attempts import Counter, TooManyTries

_BY_ADDRESS = Counter("verify by address", limit=30, seconds=60)
_BY_NUMBER = Counter("verify by number", limit=10, seconds=60)


class TooManyVerifications(Refusal):
    sentence = _("Too many verifications within a minute. Wait a minute, then try again.")
    status = 429


def count_address(address: str, *, at: dt.datetime) -> None:
    """One more verification from this network address, which is kept only as a keyed hash and for a minute. Refuses
    TooManyVerifications after 30 within a minute."""
    _count(_BY_ADDRESS, address, at)


def count_number(number: str, *, at: dt.datetime) -> None:
    """One more about this number, from wherever. Refuses TooManyVerifications after 10 within a minute."""
    _count(_BY_NUMBER, number, at)


def _count(counter: Counter, what: str, at: dt.datetime) -> None:
    try:
        counter.require_free(what, at)
    except TooManyTries as tries:
        raise TooManyVerifications() from tries
    counter.count(what, at)
