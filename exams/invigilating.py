"""Watching a sitting: who is in, who stayed away, and the end of it for the whole stage."""

import datetime as dt

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy as _

from exams import stages
from exams.models import Attempt, Sitting, Stage, StageEntry
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User


class EntryStillOpen(Refusal):
    sentence = _("Candidates may still come in until {closes}. Mark who is absent after that.")


class SittingStandsStill(Refusal):
    sentence = _(
        "The time stands still, and with it the door. Mark who is absent once it has gone on and entry is closed."
    )


class NoSittingHere(Refusal):
    sentence = _("“{stage}” has no sitting. Only a written stage with a scheduled sitting has absences.")


@transaction.atomic
def mark_absent(stage: Stage, *, by: User | None, at: dt.datetime) -> int:
    """Note as absent whoever has a ticket and did not come in before entry closed; returns how many. Absent is never a
    nought: no answer and no points are written. Who: an exam officer of the exam, or the clock (None) at the end.

    Refuses: NotYourOffice, NoSittingHere, EntryStillOpen.
    """
    if by is not None:
        access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    sitting = Sitting.objects.filter(module__stage=stage).first()
    if sitting is None:
        raise NoSittingHere(stage=stage.name)
    if sitting.paused_at:
        raise SittingStandsStill()
    if at <= sitting.entry_closes_at:
        closes = formats.date_format(timezone.localtime(sitting.entry_closes_at), "DATETIME_FORMAT")
        raise EntryStillOpen(closes=closes)
    # Locked first: of one who begins at this very moment it is then known whether she did.
    waiting = StageEntry.objects.select_for_update().filter(stage=stage, state=StageEntry.State.TICKETED)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    began = Attempt.objects.filter(entry__in=ids).values("entry")
    away = StageEntry.objects.filter(pk__in=ids, state=StageEntry.State.TICKETED).exclude(pk__in=began)
    count = away.update(state=StageEntry.State.ABSENT)
    if count:
        journal.write("exams.absent_marked", by=by, at=at, about=stage, facts={"count": count})
    return count


def close_stages(at: dt.datetime) -> int:
    """Send every written stage whose time is over and whose last attempt is handed in on to marking, the absent noted
    first; returns how many. A stage that nobody started stays where it is: that is for its officers to look into."""
    closed = 0
    running = Sitting.objects.filter(module__stage__state=Stage.State.IN_PROGRESS).select_related("module__stage")
    for sitting in running:
        stage = sitting.module.stage
        open_still = Attempt.objects.filter(entry__stage=stage, state=Attempt.State.OPEN)
        if at <= sitting.ends_at + dt.timedelta(seconds=sitting.grace_seconds) or open_still.exists():
            continue
        with transaction.atomic():
            mark_absent(stage, by=None, at=at)
            if stages.reach(stage, Stage.State.MARKING, at):
                journal.write("exams.sitting_ended", by=None, at=at, about=stage)
                closed += 1
    return closed
