"""Counts wrong tries in the cache, so that secrets cannot be guessed: by whom or what is tried, within a time."""

import datetime as dt
from collections.abc import Iterable

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from lms.lib.crypto import keyed_hash
from lms.lib.refusals import Refusal


class TooManyTries(Refusal):
    sentence = _("Too many wrong tries. Wait {minutes} min and try again.")
    status = 429


class Counter:
    """At most `limit` wrong tries within any `seconds`. A try has a slot that only one process can take and that falls
    free when the try has grown old, so tries at the same moment are all counted, and none is forgotten at a full
    minute. `refusal` says the no where not wrong tries are counted."""

    def __init__(self, purpose: str, limit: int, seconds: int, refusal: type[Refusal] = TooManyTries) -> None:
        self.purpose, self.limit, self.seconds, self.refusal = purpose, limit, seconds, refusal

    def require_free(self, what: str, at: dt.datetime) -> None:
        """Refuse (TooManyTries, or the counter's own refusal) where the limit is reached."""
        require_all_free([(self, what)], at)

    def count(self, what: str, at: dt.datetime) -> None:
        """Count a wrong try. Call it outside the transaction that the refusal rolls back."""
        recent = _recent([(self, what)], at)
        for slot in self.slots(what):
            if slot not in recent and cache.add(slot, at.timestamp(), self.seconds):
                return

    def slots(self, what: str) -> list[str]:
        """The names of the slots of what is tried."""
        name = keyed_hash("attempts", f"{self.purpose}\0{what}")[:40]
        return [f"attempts:{name}:{number}" for number in range(self.limit)]


def require_all_free(asked: Iterable[tuple[Counter, str]], at: dt.datetime) -> None:
    """Refuse (the first counter's refusal) where one of several limits is reached; one question to the cache."""
    asked = list(asked)
    recent = _recent(asked, at)
    for counter, what in asked:
        if sum(slot in recent for slot in counter.slots(what)) >= counter.limit:
            raise counter.refusal(minutes=max(1, counter.seconds // 60))


def _recent(asked: Iterable[tuple[Counter, str]], at: dt.datetime) -> set[str]:
    """The slots of the tries that still count; those grown old are given back."""
    lasts = {slot: counter.seconds for counter, what in asked for slot in counter.slots(what)}
    taken = cache.get_many(lasts)
    old = {slot for slot, moment in taken.items() if moment <= at.timestamp() - lasts[slot]}
    if old:
        cache.delete_many(old)
    return taken.keys() - old
