"""At the door of a sitting: who stands there is who the ticket names, and only then may she begin. On paper, whoever
was checked in is present, and whole sign-in lists are entered."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import oneself, stages
from exams.models import Attempt, Room, Sitting, Stage, StageEntry
from exams.models.panel import BOARD_OFFICES
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User

_State = StageEntry.State


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
    as it was. On paper she is present by it, also where she was noted as absent, until the scores are checked. Who: a
    clerk or an exam officer of the exam. Refuses: NotYourOffice, ForOneself, NotAtThisStep, NoTicket."""
    entry, sitting = _locked(entry, by, at)
    on_paper = sitting is not None and bool(sitting.on_paper)
    if entry.state not in (_State.TICKETED, _State.PRESENT, *((_State.ABSENT,) if on_paper else ())):
        raise NoTicket(name=entry.candidate.teacher.full_name)
    stands = _State.PRESENT if on_paper else entry.state
    if entry.checked_in_at is None or entry.state != stands:
        entry.checked_in_at, entry.checked_in_by, entry.state = at, by, stands
        entry.save(update_fields=["checked_in_at", "checked_in_by", "state"])
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
    if entry.paper_turns.exists():
        raise ScriptEntered(name=entry.candidate.teacher.full_name)
    if entry.checked_in_at is not None:
        entry.checked_in_at = entry.checked_in_by = None
        if sitting is not None and sitting.on_paper and entry.state == _State.PRESENT:
            entry.state = _State.ABSENT if entry.stage.state == Stage.State.MARKING else _State.TICKETED
        entry.save(update_fields=["checked_in_at", "checked_in_by", "state"])
        journal.write("exams.check_in_taken_back", by=by, at=at, about=entry)
    return entry


@transaction.atomic
def enter_list(
    *, room: Room, present: Collection[int], shown: Collection[int], by: User, at: dt.datetime
) -> tuple[int, int]:
    """Enter the sign-in list of a room of a sitting on paper: `present` are the entries ticked, `shown` those that the
    page had ticked before, so that what another entered meanwhile stays. Returns how many were checked in and how many
    check-ins were taken back. Who and refuses: as `check_in` and `take_back`, and NoSignInList."""
    sitting = room.sitting
    if not sitting.on_paper:
        raise NoSignInList(stage=sitting.module.stage.name)
    entries = list(room.entries.order_by("pk"))
    come = [each for each in entries if each.pk in present and each.pk not in shown]
    gone = [each for each in entries if each.pk in shown and each.pk not in present]
    for each in come:
        check_in(entry=each, by=by, at=at)
    for each in gone:
        take_back(entry=each, by=by, at=at)
    return len(come), len(gone)


def _locked(entry: StageEntry, by: User, at: dt.datetime) -> tuple[StageEntry, Sitting | None]:
    """The entry under a lock and its sitting; on paper the stage as well, so that no scores are checked or entered
    meanwhile."""
    sitting = Sitting.objects.filter(module__stage=entry.stage_id).first()
    on_paper = sitting is not None and bool(sitting.on_paper)
    if on_paper:
        stages.lock(entry.stage)
    locked = StageEntry.objects.select_for_update(of=("self",))
    entry = locked.select_related("candidate__teacher", "stage__exam__organisation").get(pk=entry.pk)
    access.require(by, entry.stage.exam.organisation, at, *BOARD_OFFICES)
    oneself.require_another(entry, by)
    running = (Stage.State.ARRANGED, Stage.State.IN_PROGRESS)
    stages.require(entry.stage, *running, *((Stage.State.MARKING,) if on_paper else ()))
    return entry, sitting
