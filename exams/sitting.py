"""Sitting the written exam: start at the bell, save answers that are never lost, hand in once, by the server's time."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from exams import scripts, stages, tasks
from exams.models import Answer, AnswerSave, Attempt, Paper, Sitting, Stage, StageEntry
from lms.journal import writing as journal
from lms.lib import crypto, queueing
from lms.lib.refusals import Refusal
from lms.people.models import User
from lms.questions import checking

_SCRIPT = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no letter that reads like a figure
_HIGHEST_VERSION = 2**31 - 1
_Outcome = AnswerSave.Outcome


class NotYourAttempt(Refusal):
    sentence = _("This exam paper belongs to another candidate. Sign in with your own account.")
    status = 404


class NotAdmitted(Refusal):
    sentence = _("Your entry stands at “{state}”, so you cannot sit this exam. Ask the invigilator.")


class NoPaperYet(Refusal):
    sentence = _("The paper of this sitting is not ready yet. Tell the invigilator and stay on this page.")


class BeforeTheBell(Refusal):
    sentence = _("The exam begins at {starts}. The paper opens on this page at the bell.")


class EntryClosed(Refusal):
    sentence = _("Entry closed at {closed}, {minutes} minutes after the bell. Ask the invigilator.")


class AlreadyHandedIn(Refusal):
    sentence = _("You handed in at {handed_in}. Nothing can be changed any more.")


class UnknownItem(Refusal):
    sentence = _("The paper has no question {item}. Load the page again.")
    status = 422


class AnswerNotUnderstood(Refusal):
    sentence = _("The answer to question {item} has a shape or a length that this question does not take.")
    status = 422


class StaleVersion(Refusal):
    """Some saves were older than what stands; the newer answer stays. `saved` and `standing` say what is where."""

    sentence = _("A newer answer to question {items} is already saved, from another page or device. It stays.")

    def __init__(self, *, saved: list[dict[str, Any]], standing: list[dict[str, Any]]) -> None:
        super().__init__(items="、".join(each["item"] for each in standing))
        self.saved, self.standing = saved, standing


class KeptAside(Refusal):
    sentence = _("The time is over. What arrived after it is kept aside for the exam office and does not count.")

    def __init__(self, *, saved: list[dict[str, Any]], kept_aside: list[dict[str, Any]]) -> None:
        super().__init__()
        self.saved, self.kept_aside = saved, kept_aside


@transaction.atomic
def start(entry: StageEntry, *, by: User, at: dt.datetime) -> Attempt:
    """Open the frozen paper for a candidate, from the bell until entry closes; her deadline is the end of the sitting,
    so a late entry has less time. Asked again, at any time, it returns the same attempt.

    Refuses: NotYourAttempt, NotAdmitted, NoPaperYet, BeforeTheBell, EntryClosed, NotAtThisStep.
    """
    entry = StageEntry.objects.select_for_update(of=("self",)).select_related("candidate__teacher").get(pk=entry.pk)
    if entry.candidate.teacher.user_id != by.pk:
        raise NotYourAttempt()
    if attempt := Attempt.objects.filter(entry=entry).first():
        return attempt
    sitting = _open_sitting(entry, at)
    if stages.reach(sitting.module.stage, Stage.State.IN_PROGRESS, at):
        # From here on no other paper can be frozen for this sitting; one may have been a moment ago.
        sitting.refresh_from_db(fields=["paper"])
    attempt = Attempt.objects.create(
        entry=entry,
        paper_id=sitting.paper_id,
        script="".join(secrets.choice(_SCRIPT) for _letter in range(10)),
        started_at=at,
        deadline_at=sitting.ends_at,
        grace_seconds=sitting.grace_seconds,
    )
    entry.state = StageEntry.State.PRESENT
    entry.save(update_fields=["state"])
    journal.write("exams.attempt_started", by=by, at=at, about=entry)
    return attempt


def _open_sitting(entry: StageEntry, at: dt.datetime) -> Sitting:
    if entry.state not in (StageEntry.State.TICKETED, StageEntry.State.PRESENT):
        raise NotAdmitted(state=entry.get_state_display())
    sitting = Sitting.objects.select_related("module__stage").filter(module__stage=entry.stage_id).first()
    if sitting is None:
        raise NoPaperYet()
    if at < sitting.starts_at:
        raise BeforeTheBell(starts=_moment(sitting.starts_at))
    if at > sitting.entry_closes_at:
        raise EntryClosed(closed=_moment(sitting.entry_closes_at), minutes=sitting.entry_closes_minutes)
    if sitting.paper_id is None:
        raise NoPaperYet()
    return sitting


def save_answers(attempt: Attempt, saves: Sequence[Mapping[str, Any]], *, by: User, at: dt.datetime) -> dict[str, Any]:
    """Keep answers: [{"item": "12", "version": 3, "response": …}]. What is returned as saved is committed.

    An answer stands until one with a higher version comes. The same version with the same response again is a replay:
    acknowledged, without a second effect, at any time. Several saves of one item are taken in their order. `at` is
    when the save arrived. Returns {"saved": [{"item", "version"}], "at": moment}.

    Refuses, and keeps nothing: NotYourAttempt, BeforeTheBell, AlreadyHandedIn, UnknownItem, AnswerNotUnderstood.
    Refuses, having saved the others: StaleVersion (the newer answer stays; its `standing` says which).
    Refuses after the deadline and the grace: KeptAside (what came is on record, and never counted).
    """
    with transaction.atomic():
        attempt = _locked(attempt, by)
        if at < attempt.started_at:
            raise BeforeTheBell(starts=_moment(attempt.started_at))
        _require_understood(attempt.paper, saves)
        sorted_out = _sort_out(attempt, saves, at)
        _keep(sorted_out, attempt, at)
    # Raised after the commit: what is on record stays there.
    saved = [_acknowledged(each) for each, outcome in sorted_out if outcome in (None, _Outcome.SAVED)]
    if late := [_acknowledged(each) for each, outcome in sorted_out if outcome == _Outcome.LATE]:
        raise KeptAside(saved=saved, kept_aside=late)
    if stale := {each["item"] for each, outcome in sorted_out if outcome == _Outcome.STALE}:
        raise StaleVersion(saved=saved, standing=_standing(attempt, stale))
    return {"saved": saved, "at": at}


def is_over(attempt: Attempt, at: dt.datetime) -> bool:
    """Whether an answer that arrives at `at` comes too late: after the deadline and the grace declared with it."""
    return at > attempt.deadline_at + dt.timedelta(seconds=attempt.grace_seconds)


def _locked(attempt: Attempt, by: User) -> Attempt:
    """The attempt under a lock, which puts its saves and its hand-in in one order; the paper without its contents."""
    locked = (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("entry__candidate__teacher", "paper")
        .only(
            *("state", "started_at", "deadline_at", "grace_seconds", "handed_in_at", "handed_in_how", "receipt"),
            *("entry__candidate__teacher__user_id", "paper__digest"),
        )
        .get(pk=attempt.pk)
    )
    if locked.entry.candidate.teacher.user_id != by.pk:
        raise NotYourAttempt()
    return locked


@lru_cache(maxsize=32)
def _asked(paper_id: int, digest: str) -> dict[str, scripts.Item]:
    """What a frozen paper asks by item. Its contents never change, so each process reads them once."""
    return scripts.items(Paper.objects.get(pk=paper_id))


def _require_understood(paper: Paper, saves: Sequence[Mapping[str, Any]]) -> None:
    """Refuse (UnknownItem, AnswerNotUnderstood) unless every save has an item of the paper, a version and a response
    of the item's shape."""
    asked = _asked(paper.pk, paper.digest)
    for save in saves:
        item, version = save.get("item"), save.get("version")
        if not isinstance(item, str) or item not in asked:
            raise UnknownItem(item=str(item)[:20])
        whole = isinstance(version, int) and not isinstance(version, bool) and 0 < version <= _HIGHEST_VERSION
        if not whole or not checking.response_fits(asked[item].kind, asked[item].body, save.get("response")):
            raise AnswerNotUnderstood(item=item)


_SortedOut = list[tuple[Mapping[str, Any], _Outcome | None]]


def _sort_out(attempt: Attempt, saves: Sequence[Mapping[str, Any]], at: dt.datetime) -> _SortedOut:
    """What becomes of each save, in order; None for a replay of what stands. Refuses: AlreadyHandedIn."""
    answers = attempt.answers.filter(item__in={save["item"] for save in saves})
    stands = {each.item: (each.version, each.response) for each in answers}
    too_late = is_over(attempt, at) or attempt.handed_in_how == Attempt.HandedIn.CLOCK
    sorted_out: _SortedOut = []
    for save in saves:
        item, arrived = save["item"], (save["version"], save["response"])
        if stands.get(item) == arrived:
            outcome = None
        elif too_late:
            outcome = _Outcome.LATE
        elif attempt.state != Attempt.State.OPEN:
            raise AlreadyHandedIn(handed_in=_moment(attempt.handed_in_at))
        elif item in stands and arrived[0] <= stands[item][0]:
            outcome = _Outcome.STALE
        else:
            outcome, stands[item] = _Outcome.SAVED, arrived
        sorted_out.append((save, outcome))
    return sorted_out


def _keep(sorted_out: _SortedOut, attempt: Attempt, at: dt.datetime) -> None:
    """Write the newest saved answer of each item, and a line for every save that was no replay."""
    newest = {save["item"]: save for save, outcome in sorted_out if outcome == _Outcome.SAVED}
    Answer.objects.bulk_create(
        [
            Answer(attempt=attempt, item=item, version=save["version"], response=save["response"], saved_at=at)
            for item, save in newest.items()
        ],
        update_conflicts=True,
        unique_fields=["attempt", "item"],
        update_fields=["version", "response", "saved_at"],
    )
    AnswerSave.objects.bulk_create(
        [
            AnswerSave(
                attempt=attempt,
                item=save["item"],
                version=save["version"],
                response=save["response"],
                received_at=at,
                outcome=outcome,
            )
            for save, outcome in sorted_out
            if outcome
        ]
    )


def _acknowledged(save: Mapping[str, Any]) -> dict[str, Any]:
    return {"item": save["item"], "version": save["version"]}


def _standing(attempt: Attempt, items: set[str]) -> list[dict[str, Any]]:
    return list(attempt.answers.filter(item__in=items).order_by("item").values("item", "version", "response"))


@transaction.atomic
def hand_in(attempt: Attempt, *, by: User, at: dt.datetime) -> Attempt:
    """Hand in for good: what is saved counts, and the receipt names it. Handing in again returns the same receipt.
    Carries no answers. Refuses: NotYourAttempt."""
    attempt = _locked(attempt, by)
    if attempt.state == Attempt.State.OPEN:
        how = Attempt.HandedIn.CLOCK if at >= attempt.deadline_at else Attempt.HandedIn.CANDIDATE
        _close(attempt, how, by, at)
    return attempt


def close_overdue(at: dt.datetime) -> int:
    """Hand in every open attempt whose deadline and grace are over, each by itself; returns how many. What was saved
    counts; nothing else is put in."""
    closed = 0
    for pk in Attempt.objects.filter(state=Attempt.State.OPEN, deadline_at__lt=at).values_list("pk", flat=True):
        with transaction.atomic():
            attempt = Attempt.objects.select_for_update().get(pk=pk)
            if attempt.state == Attempt.State.OPEN and is_over(attempt, at):
                _close(attempt, Attempt.HandedIn.CLOCK, None, at)
                closed += 1
    return closed


def _close(attempt: Attempt, how: str, by: User | None, at: dt.datetime) -> None:
    attempt.state, attempt.handed_in_at, attempt.handed_in_how = Attempt.State.HANDED_IN, at, how
    attempt.receipt = crypto.digest(receipt_of(attempt))
    attempt.save(update_fields=["state", "handed_in_at", "handed_in_how", "receipt"])
    journal.write("exams.attempt_handed_in", by=by, at=at, about=attempt.entry, facts={"how": how})
    queueing.after_commit(tasks.mark_attempt, attempt.pk)


def receipt_of(attempt: Attempt) -> dict[str, Any]:
    """What the receipt is the digest of: the paper, and every saved answer with its version."""
    answers = attempt.answers.order_by("item").values_list("item", "version", "response")
    return {"paper": attempt.paper.digest, "answers": [list(each) for each in answers]}


def _moment(at: dt.datetime) -> str:
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")
