"""At the door of a sitting: who stands there is who the ticket names, and only then may she begin. On paper, whoever
was checked in is present, and whole sign-in lists are entered."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from exams import oneself, stages
from exams.models import Attempt, PaperTurn, Room, Sitting, Stage, StageEntry
from exams.models.panel import BOARD_OFFICES
from lms.journal import writing as journal
from lms.journal.writing import About
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

_State = StageEntry.State
_RUNNING = (Stage.State.ARRANGED, Stage.State.IN_PROGRESS)
_FIELDS = ["state", "checked_in_at", "checked_in_by"]
# Who may be signed in on paper: the door may know her before her ticket was published, and the list before the count.
ON_PAPER = (_State.SEATED, _State.TICKETED, _State.PRESENT, _State.ABSENT)


def offices(stage: Stage) -> tuple[str, ...]:
    """Whose a check-in on paper is: a clerk's or an exam officer's. A list puts names to the numbers on the scripts, so
    while their scores are entered it is the exam officers' alone."""
    return (Appointment.Office.EXAM_OFFICER,) if stage.state == Stage.State.MARKING else BOARD_OFFICES


class NoTicket(Refusal):
    sentence = _("{name} has no published ticket for this sitting, so nobody can be checked in.")


class BegunAlready(Refusal):
    sentence = _("{name} has opened the paper already, so the check-in stands.")


class ScriptEntered(Refusal):
    sentence = _("Scores of {name} have been entered already, so she was there; the check-in stands.")


class NoSignInList(Refusal):
    sentence = _("“{stage}” is sat online: its candidates come in by themselves. Check them in one by one.")


@transaction.atomic
def check_in(*, entry: StageEntry, by: User, at: dt.datetime) -> StageEntry:
    """Note that the candidate is here and is who her ticket, her photo and her identity card say. Done twice it stays
    as it was. On paper she is present by it, also where she was noted as absent or her ticket was never published,
    until the scores are checked. Who: a clerk or an exam officer of the exam, on paper during marking an exam officer.
    Refuses: NotYourOffice, ForOneself, NotAtThisStep, NoTicket."""
    entry, sitting = _locked(entry, by, at)
    on_paper = sitting is not None and bool(sitting.on_paper)
    if _comes(entry, by, at, on_paper=on_paper):
        entry.save(update_fields=_FIELDS)
        journal.write("exams.candidate_checked_in", by=by, at=at, about=entry)
        if on_paper and at >= sitting.starts_at:
            stages.reach(entry.stage, Stage.State.IN_PROGRESS, at)
    return entry


@transaction.atomic
def take_back(*, entry: StageEntry, by: User, at: dt.datetime) -> StageEntry:
    """Take a check-in back that was given to the wrong person, until she opens the paper; on paper until scores of hers
    are entered. Once the sitting is over, she is absent by it. Who: as `check_in`. Refuses: NotYourOffice, ForOneself,
    NotAtThisStep, BegunAlready, ScriptEntered."""
    entry, sitting = _locked(entry, by, at)
    if Attempt.objects.filter(entry=entry).exists():
        raise BegunAlready(name=entry.candidate.teacher.full_name)
    if _goes(entry, entry.paper_turns.exists(), on_paper=sitting is not None and bool(sitting.on_paper)):
        entry.save(update_fields=_FIELDS)
        journal.write("exams.check_in_taken_back", by=by, at=at, about=entry)
    return entry


@transaction.atomic
def enter_list(
    *, room: Room, present: Collection[int], shown: Collection[int], by: User, at: dt.datetime
) -> tuple[int, int]:
    """Enter the sign-in list of a room of a sitting on paper: `present` are the entries ticked, `shown` those that the
    page had ticked before, so that what another entered meanwhile stays. Returns how many were checked in and how many
    check-ins were taken back. As many statements for a full room as for one seat. Who and refuses: as `check_in` and
    `take_back`, and NoSignInList."""
    sitting, stage = room.sitting, room.sitting.module.stage
    stages.lock(stage)
    access.require(by, stage.exam.organisation, at, *offices(stage))
    sitting.refresh_from_db(fields=["on_paper"])
    if not sitting.on_paper:
        raise NoSignInList(stage=stage.name)
    stages.require(stage, *_RUNNING, Stage.State.MARKING)
    entries = list(_to_lock().filter(room=room).order_by("pk"))
    come = [each for each in entries if each.pk in present and each.pk not in shown]
    gone = [each for each in entries if each.pk in shown and each.pk not in present]
    for each in (*come, *gone):
        oneself.require_another(each, by)
        each.stage = stage
    entered = set(PaperTurn.objects.filter(entry__in=gone).values_list("entry", flat=True))
    came = [each for each in come if _comes(each, by, at, on_paper=True)]
    went = [each for each in gone if _goes(each, each.pk in entered, on_paper=True)]
    StageEntry.objects.bulk_update([*came, *went], _FIELDS)
    journal.write_all("exams.candidate_checked_in", by=by, at=at, about=map(About, came))
    journal.write_all("exams.check_in_taken_back", by=by, at=at, about=map(About, went))
    if came and at >= sitting.starts_at:
        stages.reach(stage, Stage.State.IN_PROGRESS, at)
    return len(come), len(gone)


def _comes(entry: StageEntry, by: User, at: dt.datetime, *, on_paper: bool) -> bool:
    """Note the check-in on the entry, not yet written; whether anything changed. Refuses NoTicket."""
    if entry.state not in (ON_PAPER if on_paper else (_State.TICKETED, _State.PRESENT)):
        raise NoTicket(name=entry.candidate.teacher.full_name)
    stands = _State.PRESENT if on_paper else entry.state
    if entry.checked_in_at is not None and entry.state == stands:
        return False
    entry.checked_in_at, entry.checked_in_by, entry.state = at, by, stands
    return True


def _goes(entry: StageEntry, is_entered: bool, *, on_paper: bool) -> bool:
    """Take the check-in off the entry, not yet written; whether there was one. Refuses ScriptEntered."""
    if is_entered:
        raise ScriptEntered(name=entry.candidate.teacher.full_name)
    if entry.checked_in_at is None:
        return False
    entry.checked_in_at = entry.checked_in_by = None
    if on_paper and entry.state == _State.PRESENT:
        entry.state = _State.ABSENT if entry.stage.state == Stage.State.MARKING else _State.TICKETED
    return True


def _locked(entry: StageEntry, by: User, at: dt.datetime) -> tuple[StageEntry, Sitting | None]:
    """The entry under a lock and its sitting as it stands then; on paper the stage as well, so that no scores are
    checked or entered meanwhile."""
    sitting = Sitting.objects.of_stage(entry.stage_id)
    is_locked = sitting is not None and bool(sitting.on_paper)
    if is_locked:
        stages.lock(entry.stage)
    entry = _to_lock().get(pk=entry.pk)
    if sitting is not None:
        sitting.refresh_from_db(fields=["on_paper"])  # it may have been declared a moment ago
    on_paper = sitting is not None and bool(sitting.on_paper)
    own = offices(entry.stage) if on_paper else BOARD_OFFICES
    access.require(by, entry.stage.exam.organisation, at, *own)
    oneself.require_another(entry, by)
    if on_paper and not is_locked:
        stages.lock(entry.stage)
    stages.require(entry.stage, *_RUNNING, *((Stage.State.MARKING,) if on_paper else ()))
    return entry, sitting


def _to_lock() -> QuerySet[StageEntry]:
    locked = StageEntry.objects.select_for_update(of=("self",))
    return locked.select_related("candidate__teacher", "stage__exam__organisation")
