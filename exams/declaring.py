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
    again it changes nothing. Who: an exam officer of the exam. Refuses: NotYourOffice, WayUnknown, NotAtThisStep (once
    the scores are checked), StartedOnline, ScoresEntered, SignedInOnPaper (back to online)."""
    stage = sitting.module.stage
    access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    if on_paper and on_paper not in Sitting.OnPaper.values:
        raise WayUnknown()
    stages.lock(stage)
    stages.require(stage, *_UNTIL_CHECKED)
    # Locked before the sitting is read: who starts at this moment has started before or is refused after.
    list(StageEntry.objects.select_for_update().filter(stage=stage).order_by("pk").values_list("pk", flat=True))
    sitting.refresh_from_db(fields=["on_paper"])
    if sitting.on_paper == on_paper:
        return sitting
    _require_open(stage, on_paper)
    facts = {"from": sitting.on_paper or "online", "to": on_paper or "online"}
    sitting.on_paper = on_paper
    sitting.save(update_fields=["on_paper"])
    journal.write("exams.sat_on_paper_declared", by=by, at=at, about=sitting.module, facts=facts)
    return sitting


def _require_open(stage: Stage, on_paper: str) -> None:
    if started := Attempt.objects.filter(entry__stage=stage).count():
        raise StartedOnline(count=started)
    if entered := PaperTurn.objects.filter(entry__stage=stage).values("entry").distinct().count():
        raise ScoresEntered(count=entered)
    if not on_paper and (noted := stage.entries.filter(state__in=_NOTED).count()):
        raise SignedInOnPaper(count=noted)
