"""Counts wrong tries in the cache, so that secrets cannot be guessed: by whom or what is tried, within a time."""

import datetime as dt

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
        if len(self._recent(what, at)) >= self.limit:
            raise self.refusal(minutes=max(1, self.seconds // 60))

    def count(self, what: str, at: dt.datetime) -> None:
        """Count a wrong try. Call it outside the transaction that the refusal rolls back."""
        recent = self._recent(what, at)
        for slot in self._slots(what):
            if slot not in recent and cache.add(slot, at.timestamp(), self.seconds):
                return

    def _recent(self, what: str, at: dt.datetime) -> dict[str, float]:
        """The slots of the tries that still count, with their moments; those grown old are given back."""
        taken = cache.get_many(self._slots(what))
        old = [slot for slot, moment in taken.items() if moment <= at.timestamp() - self.seconds]
        if old:
            cache.delete_many(old)
        return {slot: moment for slot, moment in taken.items() if slot not in old}

    def _slots(self, what: str) -> list[str]:
        name = keyed_hash("attempts", f"{self.purpose}\0{what}")[:40]
        return [f"attempts:{name}:{number}" for number in range(self.limit)]
