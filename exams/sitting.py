"""Sitting the written exam: start at the bell, save answers that are never lost, hand in once, by the server's time."""

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from exams import contents, pledging, receipts, stages, tasks, timing
from exams.models import Answer, AnswerSave, Attempt, Interruption, Paper, Sitting, Stage, StageEntry
from lms.journal import writing as journal
from lms.lib import queueing
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


class SatOnPaper(Refusal):
    sentence = _("This exam is sat on paper. Go to the room and seat on your ticket; nothing opens on this page.")


class EntryClosed(Refusal):
    sentence = _("Entry closed at {closed}, {minutes} minutes after the bell. Ask the invigilator.")


class NotCheckedIn(Refusal):
    sentence = _("The invigilator has not checked you in yet. Show your ticket and your identity card.")


class StandsStill(Refusal):
    sentence = _("The invigilator has stopped the time. Your answers stay as they are; go on when the time goes on.")


class TimeGoesOn(Refusal):
    """A page took the time for over that is not: it was extended, or stands still. Nothing was handed in."""

    sentence = _("The time is not over yet. Go on.")

    def __init__(self, *, deadline_at: dt.datetime, is_paused: bool) -> None:
        super().__init__()
        self.deadline_at, self.is_paused = deadline_at, is_paused


class ContinuedElsewhere(Refusal):
    """Another device writes this paper now; what this one sent is kept aside and never counted."""

    sentence = _("This paper was continued on another device. To go on here, sign in again and take it over.")


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
def start(entry: StageEntry, *, by: User, at: dt.datetime, device: str = "") -> Attempt:
    """Open the frozen paper for a candidate, or the form of her seat, from the bell until entry closes; her deadline
    is the end of the sitting with what is hers, so a late entry has less time. Asked again, at any time, it returns
    the same attempt. `device` is the digest of her session: from here on only that one writes.

    Refuses: NotYourAttempt, NotAdmitted, NoPaperYet, SatOnPaper, BeforeTheBell, EntryClosed, NotCheckedIn,
    StandsStill, PledgeDue, NotAtThisStep.
    """
    held = StageEntry.objects.at_door(entry.pk, lock=True)
    if held is None or held.candidate.teacher.user_id != by.pk:
        raise NotYourAttempt()
    entry = held
    if attempt := Attempt.objects.of_entry(entry.pk):
        return attempt
    sitting = _open_sitting(entry, at)
    pledging.require(entry.candidate)
    if not stages.is_past(entry.stage, Stage.State.IN_PROGRESS):
        # From here on no other paper can be frozen for this sitting; one may have been a moment ago, while she waited.
        stages.reach(entry.stage, Stage.State.IN_PROGRESS, at)
        sitting.refresh_from_db(fields=["paper"])
    attempt = Attempt.objects.create(
        entry=entry,
        paper_id=_form_for(entry, sitting),
        script="".join(secrets.choice(_SCRIPT) for _letter in range(10)),
        started_at=at,
        deadline_at=timing.deadline(entry, sitting, paused_seconds=sitting.paused_seconds),
        paused_seconds=sitting.paused_seconds,
        grace_seconds=sitting.grace_seconds,
        device=device,
    )
    entry.state = StageEntry.State.PRESENT
    entry.save(update_fields=["state"])
    journal.write("exams.attempt_started", by=by, at=at, about=entry)
    return attempt


def _form_for(entry: StageEntry, sitting: Sitting) -> int:
    """The paper, or of two forms the one of her seat."""
    if contents.gets_second_form(entry.seat, sitting.seats_across):
        other = Paper.objects.filter(form_of=sitting.paper_id, state=Paper.State.FROZEN)
        return other.values_list("pk", flat=True).first() or sitting.paper_id
    return sitting.paper_id


def _open_sitting(entry: StageEntry, at: dt.datetime) -> Sitting:
    if entry.state not in (StageEntry.State.TICKETED, StageEntry.State.PRESENT):
        raise NotAdmitted(state=entry.get_state_display())
    sitting = Sitting.objects.of_stage(entry.stage_id)
    if sitting is None:
        raise NoPaperYet()
    if sitting.on_paper:
        raise SatOnPaper()
    if at < sitting.starts_at:
        raise BeforeTheBell(starts=_moment(sitting.starts_at))
    if at > sitting.entry_closes_at:
        raise EntryClosed(closed=_moment(sitting.entry_closes_at), minutes=sitting.entry_closes_minutes)
    if sitting.paper_id is None:
        raise NoPaperYet()
    if sitting.needs_check_in and entry.checked_in_at is None:
        raise NotCheckedIn()
    if sitting.paused_at:
        raise StandsStill()
    return sitting


@transaction.atomic
def take_over(attempt: Attempt, *, device: str, by: User, at: dt.datetime) -> Attempt:
    """Go on with the paper on this device; the one before writes no more. The doorway has just asked for the password.
    The same device again changes nothing. Refuses: NotYourAttempt, AlreadyHandedIn."""
    attempt = _locked(attempt, by)
    if attempt.state != Attempt.State.OPEN:
        raise AlreadyHandedIn(handed_in=_moment(attempt.handed_in_at))
    if attempt.device != device:
        attempt.device, attempt.take_overs = device, attempt.take_overs + 1
        attempt.save(update_fields=["device", "take_overs"])
        facts = {"times": attempt.take_overs}
        journal.write("exams.attempt_taken_over", by=by, at=at, about=attempt.entry, facts=facts)
    return attempt


@dataclass(frozen=True)
class Kept:
    """What became of a request's saves: `saved` are committed ([{"item", "version"}]), and until when she may write."""

    saved: list[dict[str, Any]]
    at: dt.datetime
    deadline_at: dt.datetime
    is_paused: bool


def save_answers(
    attempt: Attempt, saves: Sequence[Mapping[str, Any]], *, by: User, at: dt.datetime, device: str = ""
) -> Kept:
    """Keep answers: [{"item": "12", "version": 3, "response": …}]. What is returned as saved is committed.

    An answer stands until one with a higher version comes. The same version with the same response again is a replay:
    acknowledged, without a second effect, at any time. Several saves of one item are taken in their order. `at` is
    when the save arrived, `device` the digest of the session it came from. Without an answer it only notes that the
    page is there.

    Refuses, and keeps nothing: NotYourAttempt, BeforeTheBell, AlreadyHandedIn, UnknownItem, AnswerNotUnderstood,
    StandsStill (longer than the grace: what was under way when the time stopped is still taken).
    Refuses, having saved the others: StaleVersion (the newer answer stays; its `standing` says which).
    Refuses after the deadline and the grace: KeptAside; from a device that gave way: ContinuedElsewhere. What came is
    on record, and never counted.
    """
    with transaction.atomic():
        held = Attempt.objects.to_write(attempt.pk)
        if held is None or held.user_id != by.pk:
            raise NotYourAttempt()
        attempt = held
        if at < attempt.started_at:
            raise BeforeTheBell(starts=_moment(attempt.started_at))
        _require_understood(attempt.paper_id, attempt.paper_digest, saves)
        writes = attempt.state == Attempt.State.OPEN and not attempt.is_over(at)
        is_elsewhere = writes and not may_write(attempt, device)
        if writes and not is_elsewhere and attempt.paused_at and at > attempt.paused_at + attempt.grace:
            raise StandsStill()
        aside = _aside(attempt, at, is_elsewhere=is_elsewhere)
        sorted_out = _keep_aside(attempt, saves, aside) if aside else _keep(attempt, saves, at)
        _record(attempt, sorted_out, at)
        if not saves and not is_elsewhere:
            Attempt.objects.filter(pk=attempt.pk).update(asked_at=at)
    # Raised after the commit: what is on record stays there.
    saved = [_acknowledged(each) for each, outcome in sorted_out if outcome in (None, _Outcome.SAVED)]
    if is_elsewhere:
        raise ContinuedElsewhere()
    if late := [_acknowledged(each) for each, outcome in sorted_out if outcome == _Outcome.LATE]:
        raise KeptAside(saved=saved, kept_aside=late)
    if stale := {each["item"] for each, outcome in sorted_out if outcome == _Outcome.STALE}:
        raise StaleVersion(saved=saved, standing=_standing(attempt, stale))
    return Kept(saved, at, attempt.deadline_at, attempt.paused_at is not None)


def may_write(attempt: Attempt, device: str) -> bool:
    """Whether a device is the one that writes; an attempt that was begun on none is anybody's who is signed in."""
    return attempt.device in ("", device)


def _locked(attempt: Attempt, by: User) -> Attempt:
    """The attempt under a lock, which puts its saves and its hand-in in one order, with its paper."""
    locked = Attempt.objects.at_desk(attempt.pk, lock=True)
    if locked is None or locked.user_id != by.pk:
        raise NotYourAttempt()
    locked.paper = contents.frozen(locked.paper_id, locked.paper_digest)
    return locked


def _require_understood(paper_id: int, digest: str, saves: Sequence[Mapping[str, Any]]) -> None:
    """Refuse (UnknownItem, AnswerNotUnderstood) unless every save has an item of the paper, a version and a response
    of the item's shape."""
    asked = contents.asked(paper_id, digest)
    for save in saves:
        item, version = save.get("item"), save.get("version")
        if not isinstance(item, str) or item not in asked:
            raise UnknownItem(item=str(item)[:20])
        whole = isinstance(version, int) and not isinstance(version, bool) and 0 < version <= _HIGHEST_VERSION
        if not whole or not checking.response_fits(asked[item].kind, asked[item].body, save.get("response")):
            raise AnswerNotUnderstood(item=item)


_SortedOut = list[tuple[Mapping[str, Any], _Outcome | None]]


def _aside(attempt: Attempt, at: dt.datetime, *, is_elsewhere: bool) -> _Outcome | None:
    """Why nothing that arrives now counts, if nothing does; AlreadyHandedIn is told by `_keep_aside`."""
    if is_elsewhere:
        return _Outcome.ELSEWHERE
    if attempt.is_over(at) or attempt.state != Attempt.State.OPEN:
        return _Outcome.LATE
    return None


def _keep_aside(attempt: Attempt, saves: Sequence[Mapping[str, Any]], why: _Outcome) -> _SortedOut:
    """Everything goes aside but what is a replay of what stands (None). Refuses: AlreadyHandedIn (by herself, before
    the end)."""
    stands = _stands(attempt, saves)
    sorted_out: _SortedOut = [(save, None if _is_replay(save, stands) else why) for save in saves]
    by_herself = attempt.handed_in_how == Attempt.HandedIn.CANDIDATE
    if why == _Outcome.LATE and by_herself and any(outcome for _save, outcome in sorted_out):
        raise AlreadyHandedIn(handed_in=_moment(attempt.handed_in_at))
    return sorted_out


def _keep(attempt: Attempt, saves: Sequence[Mapping[str, Any]], at: dt.datetime) -> _SortedOut:
    """Keep what is newer than what stands, each with its line, the saves of one item in their order, and say what
    became of each; None for a replay of what stands."""
    sorted_out: _SortedOut = []
    for layer in _layers(saves):
        kept = Answer.objects.keep_and_note(attempt, layer, at)
        stands = _stands(attempt, layer) if len(kept) < len(layer) else {}
        for save in layer:
            outcome = _Outcome.SAVED if save["item"] in kept else None if _is_replay(save, stands) else _Outcome.STALE
            sorted_out.append((save, outcome))
    return sorted_out


def _layers(saves: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The saves in as few rounds as name each item once, in their order."""
    layers: list[dict[str, Mapping[str, Any]]] = []
    for save in saves:
        layer = next((each for each in layers if save["item"] not in each), None)
        if layer is None:
            layers.append(layer := {})
        layer[save["item"]] = save
    return [list(each.values()) for each in layers]


def _stands(attempt: Attempt, saves: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, Any]]:
    answers = attempt.answers.filter(item__in={save["item"] for save in saves})
    return {item: (version, response) for item, version, response in answers.values_list("item", "version", "response")}


def _is_replay(save: Mapping[str, Any], stands: Mapping[str, tuple[int, Any]]) -> bool:
    return stands.get(save["item"]) == (save["version"], save["response"])


def _record(attempt: Attempt, sorted_out: _SortedOut, at: dt.datetime) -> None:
    """A line for every save that was no replay; what was kept has its own."""
    rest = [(save, outcome) for save, outcome in sorted_out if outcome not in (None, _Outcome.SAVED)]
    AnswerSave.objects.note(attempt, rest, at)


def _acknowledged(save: Mapping[str, Any]) -> dict[str, Any]:
    return {"item": save["item"], "version": save["version"]}


def _standing(attempt: Attempt, items: set[str]) -> list[dict[str, Any]]:
    return list(attempt.answers.filter(item__in=items).order_by("item").values("item", "version", "response"))


@transaction.atomic
def hand_in(attempt: Attempt, *, by: User, at: dt.datetime, device: str = "", because_over: bool = False) -> Attempt:
    """Hand in for good: what is saved counts, and the receipt names it. Handing in again returns the same receipt.
    Carries no answers. `because_over`: the page does it, not the person, for it takes the time for over; the server
    decides. Refuses: NotYourAttempt, ContinuedElsewhere, TimeGoesOn."""
    attempt = _locked(attempt, by)
    if attempt.state == Attempt.State.OPEN:
        if not may_write(attempt, device):
            raise ContinuedElsewhere()
        is_at_the_end = (attempt.paused_at or at) >= attempt.deadline_at
        if because_over and not is_at_the_end:
            raise TimeGoesOn(deadline_at=attempt.deadline_at, is_paused=attempt.paused_at is not None)
        how = Attempt.HandedIn.CLOCK if is_at_the_end else Attempt.HandedIn.CANDIDATE
        _close(attempt, how, by, at)
    return attempt


def close_overdue(at: dt.datetime) -> int:
    """Hand in every open attempt whose deadline and grace are over, each by itself; returns how many. What was saved
    counts; nothing else is put in."""
    closed = 0
    overdue = Attempt.objects.filter(state=Attempt.State.OPEN, deadline_at__lt=at)
    for pk in overdue.values_list("pk", flat=True):
        with transaction.atomic():
            attempt = Attempt.objects.select_for_update().get(pk=pk)
            if attempt.state == Attempt.State.OPEN and attempt.is_over(at):
                _close(attempt, Attempt.HandedIn.CLOCK, None, at)
                closed += 1
    return closed


def _close(attempt: Attempt, how: str, by: User | None, at: dt.datetime) -> None:
    attempt.state, attempt.handed_in_at, attempt.handed_in_how = Attempt.State.HANDED_IN, at, how
    attempt.receipt = receipts.receipt_of(attempt)
    if attempt.paused_at:
        Interruption.objects.filter(attempt=attempt, until_at=None).update(until_at=at, ended_by=by)
        attempt.paused_at = None
    attempt.save(update_fields=["state", "handed_in_at", "handed_in_how", "receipt", "paused_at"])
    journal.write("exams.attempt_handed_in", by=by, at=at, about=attempt.entry, facts={"how": how})
    queueing.after_commit(tasks.mark_attempt, attempt.pk)


def _moment(at: dt.datetime) -> str:
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")
