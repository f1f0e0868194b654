"""The receipt of what was handed in: a digest that can be checked for ever."""

from typing import Any

from exams.models import AnswerSave, Attempt
from lms.lib import crypto


def receipt_of(attempt: Attempt) -> str:
    """The digest of the paper and of every answer with its version, as it was saved before the hand-in. Read from the
    saves, which are never changed: an answer that is accepted later has no part in it."""
    newest: dict[str, list[Any]] = {}
    saves = attempt.saves.filter(outcome=AnswerSave.Outcome.SAVED).order_by("pk")
    for item, version, response in saves.values_list("item", "version", "response"):
        newest[item] = [item, version, response]
    handed_in = {"paper": attempt.paper.digest, "answers": [newest[item] for item in sorted(newest)]}
    return crypto.digest(handed_in)


def holds(attempt: Attempt) -> bool:
    """Whether an attempt that was handed in still is what its receipt says."""
    return attempt.state == Attempt.State.HANDED_IN and receipt_of(attempt) == attempt.receipt
