"""Candidates played by plain calls of the acts: quick enough for the demo's finished exam and for tests."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from exams import sitting

_BATCH = 12


class ByActs:
    """Candidates who answer everything in a few saves. They stay as the roster brought them: not yet activated, no
    ticket fetched, no certificate drawn."""

    def __init__(self) -> None:
        self.ledger: dict[int, dict[str, tuple[int, Any]]] = {}

    def come_in(self, codes: dict[int, str], last_four: dict[int, str]) -> None:
        pass

    def fetch_tickets(self, entries: dict[int, Any]) -> int:
        return 0

    def sit(self, scripts: dict[int, Any], at_minute: Callable[[int], dt.datetime]) -> None:
        at = at_minute(5)
        for number, script in scripts.items():
            by = script.entry.candidate.teacher.user
            attempt = sitting.start(entry=script.entry, by=by, at=at)
            items = list(script.responses.items())
            kept = self.ledger.setdefault(number, {})
            for first in range(0, len(items), _BATCH):
                batch = dict(items[first : first + _BATCH])
                saves = [{"item": item, "version": 1, "response": response} for item, response in batch.items()]
                sitting.save_answers(attempt=attempt, saves=saves, by=by, at=at + dt.timedelta(minutes=first))
                kept.update({item: (1, response) for item, response in batch.items()})
            if script.hands_in:
                sitting.hand_in(attempt=attempt, by=by, at=at + dt.timedelta(minutes=100))

    def fetch_certificates(self, credentials: dict[int, Any]) -> int:
        return 0
