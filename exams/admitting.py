"""At the door of a sitting: who stands there is who the ticket names, and only then may she begin."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import oneself, stages
from exams.models import Attempt, Stage, StageEntry
from exams.models.panel import BOARD_OFFICES
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User


class NoTicket(Refusal):
    sentence = _("{name} has no published ticket for this sitting, so nobody can be checked in.")


class BegunAlready(Refusal):
    sentence = _("{name} has opened the paper already, so the check-in stands.")


@transaction.atomic
def check_in(*, entry: StageEntry, by: User, at: dt.datetime) -> StageEntry:
    """Note that the candidate is here and is who her ticket, her photo and her identity card say. Done twice it stays
    as it was. Who: a clerk or an exam officer of the exam. Refuses: NotYourOffice, NotAtThisStep, NoTicket."""
    entry = _locked(entry, by, at)
    if entry.state not in (StageEntry.State.TICKETED, StageEntry.State.PRESENT):
        raise NoTicket(name=entry.candidate.teacher.full_name)
    if entry.checked_in_at is None:
        entry.checked_in_at, entry.checked_in_by = at, by
        entry.save(update_fields=["checked_in_at", "checked_in_by"])
        journal.write("exams.candidate_checked_in", by=by, at=at, about=entry)
    return entry


@transaction.atomic
def take_back(*, entry: StageEntry, by: User, at: dt.datetime) -> StageEntry:
    """Take a check-in back that was given to the wrong person, until she opens the paper. Who: as `check_in`. Refuses:
    NotYourOffice, NotAtThisStep, BegunAlready."""
    entry = _locked(entry, by, at)
    if Attempt.objects.filter(entry=entry).exists():
        raise BegunAlready(name=entry.candidate.teacher.full_name)
    if entry.checked_in_at is not None:
        entry.checked_in_at = entry.checked_in_by = None
        entry.save(update_fields=["checked_in_at", "checked_in_by"])
        journal.write("exams.check_in_taken_back", by=by, at=at, about=entry)
    return entry


def _locked(entry: StageEntry, by: User, at: dt.datetime) -> StageEntry:
    locked = StageEntry.objects.select_for_update(of=("self",))
    entry = locked.select_related("candidate__teacher", "stage__exam__organisation").get(pk=entry.pk)
    access.require(by, entry.stage.exam.organisation, at, *BOARD_OFFICES)
    oneself.require_another(entry, by)
    stages.require(entry.stage, Stage.State.ARRANGED, Stage.State.IN_PROGRESS)
    return entry
