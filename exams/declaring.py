"""A written exam is declared as sat on paper, and how its scores will be entered; or as sat online again."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import stages
from exams.models import Attempt, PaperTurn, Sitting, Stage, StageEntry
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

_S = Stage.State
_UNTIL_CHECKED = (_S.PLANNING, _S.REGISTRATION_OPEN, _S.REGISTRATION_CLOSED, _S.ARRANGED, _S.IN_PROGRESS, _S.MARKING)
_NOTED = (StageEntry.State.PRESENT, StageEntry.State.ABSENT)


class WayUnknown(Refusal):
    sentence = _("Choose how the exam is sat, and how scores from paper are entered.")
    field = "on_paper"


class StartedOnline(Refusal):
    sentence = _("{count} candidates have opened the paper online already, so the exam stays online.")


class ScoresEntered(Refusal):
    sentence = _("Scores of {count} candidates have been entered already, so the way they are entered stays as it is.")


class SignedInOnPaper(Refusal):
    sentence = _(
        "{count} candidates are noted as present or absent already, so the exam stays on paper. "
        "Take the check-ins back first where it is to be sat online after all."
    )


@transaction.atomic
def declare(*, sitting: Sitting, on_paper: str, by: User, at: dt.datetime) -> Sitting:
    """Say that the exam is sat on paper and how its scores are entered (a `Sitting.OnPaper`), or online (empty). Said
    again it changes nothing. On paper whoever was checked in already is present. Who: an exam officer of the exam.
    Refuses: NotYourOffice, WayUnknown, NotAtThisStep (once the scores are checked), StartedOnline, ScoresEntered,
    SignedInOnPaper (back to online)."""
    stage = sitting.module.stage
    access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    if on_paper and on_paper not in Sitting.OnPaper.values:
        raise WayUnknown()
    _lock(stage, sitting)
    stages.require(stage, *_UNTIL_CHECKED)
    sitting.refresh_from_db(fields=["on_paper"])
    if sitting.on_paper == on_paper:
        return sitting
    _require_open(stage, on_paper)
    facts = {"from": sitting.on_paper or "online", "to": on_paper or "online"}
    if not sitting.on_paper:
        at_door = stage.entries.filter(state=StageEntry.State.TICKETED).exclude(checked_in_at=None)
        if count := at_door.update(state=StageEntry.State.PRESENT):
            facts["present"] = count
    sitting.on_paper = on_paper
    sitting.save(update_fields=["on_paper"])
    journal.write("exams.sat_on_paper_declared", by=by, at=at, about=sitting.module, facts=facts)
    return sitting


def _lock(stage: Stage, sitting: Sitting) -> None:
    """Lock the entries and the stage before the sitting is read: who starts at this moment has started before or is
    refused after. Online the entries first, as the first who starts does (her entry, then the stage); on paper the
    stage first, as the acts of the sign-in lists and the scores do."""
    entries = StageEntry.objects.select_for_update().filter(stage=stage).order_by("pk").values_list("pk", flat=True)
    if not Sitting.objects.filter(pk=sitting.pk, on_paper="").exists():
        stages.lock(stage)
    list(entries)
    stages.lock(stage)


def _require_open(stage: Stage, on_paper: str) -> None:
    if started := Attempt.objects.filter(entry__stage=stage).count():
        raise StartedOnline(count=started)
    if entered := PaperTurn.objects.filter(entry__stage=stage).values("entry").distinct().count():
        raise ScoresEntered(count=entered)
    if not on_paper and (noted := stage.entries.filter(state__in=_NOTED).count()):
        raise SignedInOnPaper(count=noted)
