"""The receipt of what was handed in: a digest that can be checked for ever."""

from typing import Any

from exams import scripts, showing, wording
from exams.models import AnswerSave, Attempt, Question
from lms.lib import crypto


def receipt_of(attempt: Attempt) -> str:
    """The digest of the paper and of every answer with its version, as it was saved before the hand-in. Read from the
    saves, which are never changed: an answer that is accepted later has no part in it."""
    newest = _handed_in(attempt)
    handed_in = {"paper": attempt.paper.digest, "answers": [newest[item] for item in sorted(newest)]}
    return crypto.digest(handed_in)


def _handed_in(attempt: Attempt) -> dict[str, list[Any]]:
    """By item the newest save before the hand-in: item, version, response."""
    newest: dict[str, list[Any]] = {}
    saves = attempt.saves.filter(outcome=AnswerSave.Outcome.SAVED).order_by("pk")
    for item, version, response in saves.values_list("item", "version", "response"):
        newest[item] = [item, version, response]
    return newest


def holds(attempt: Attempt) -> bool:
    """Whether an attempt that was handed in still is what its receipt says."""
    return attempt.state == Attempt.State.HANDED_IN and receipt_of(attempt) == attempt.receipt


def lines(attempt: Attempt) -> list[tuple[str, str]]:
    """Every item of the paper and what was handed in to it, as one line of text with the letters that the candidate
    saw; empty where nothing was answered."""
    given = {item: response for item, _version, response in _handed_in(attempt).values()}
    found = []
    for row in showing.seen_by(attempt):
        options = row["body"].get(showing.SHUFFLED.get(row["kind"], ""), [])
        letters = {each["id"]: each.get("letter", each["id"]) for each in options}
        for code in _codes(row):
            response = given.get(code)
            text = "" if scripts.is_blank(response) else wording.answer_text(_lettered(response, letters))
            found.append((code, text))
    return found


def _codes(row: dict[str, Any]) -> list[str]:
    if row["kind"] == Question.Kind.CASE:
        return [f"{row['number']}.{part['number']}" for part in row["body"]["parts"]]
    return [str(row["number"])]


def _lettered(response: Any, letters: dict[str, str]) -> Any:
    """A response with the letters by which its options were shown."""
    if not letters or isinstance(response, bool):
        return response
    if isinstance(response, dict):
        return {left: letters.get(right, right) for left, right in response.items()}
    if isinstance(response, list):
        return [letters.get(each, each) for each in response]
    return letters.get(response, response)
