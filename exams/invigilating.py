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

_EXPECTED = (StageEntry.State.SEATED, StageEntry.State.TICKETED)

_COULD_COME = (StageEntry.State.TICKETED, StageEntry.State.PRESENT, StageEntry.State.ABSENT, StageEntry.State.VIOLATED)


class EntryStillOpen(Refusal):
    sentence = _("Candidates may still come in until {closes}. Mark who is absent after that.")


class SittingStandsStill(Refusal):
    sentence = _(
        "The time stands still, and with it the door. Mark who is absent once it has gone on and entry is closed."
    )


class NoSittingHere(Refusal):
    sentence = _("“{stage}” has no sitting. Only a written stage with a scheduled sitting has absences.")


class NothingPublished(Refusal):
    sentence = _("No ticket of “{stage}” was published, so nobody could come in, and nobody is absent.")


class StillWriting(Refusal):
    sentence = _("The sitting lasts until {ends}. End it after that.")


class NobodySignedIn(Refusal):
    sentence = _("Nobody is noted as present. Enter the sign-in lists of the rooms first.")


class SatOnline(Refusal):
    sentence = _("“{stage}” is sat online; its sitting ends by the clock.")


@transaction.atomic
def mark_absent(stage: Stage, *, by: User | None, at: dt.datetime) -> int:
    """Note as absent whoever has a seat and did not come in before entry closed, also where her ticket was never
    published; returns how many. Absent is never a nought: no answer and no points are written. Who: an exam officer of
    the exam, or the clock (None) at the end.

    Refuses: NotYourOffice, NoSittingHere, SittingStandsStill, EntryStillOpen, NothingPublished.
    """
    if by is not None:
        access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    sitting = Sitting.objects.of_stage(stage.pk)
    if sitting is None:
        raise NoSittingHere(stage=stage.name)
    if sitting.paused_at:
        raise SittingStandsStill()
    if at <= sitting.entry_closes_at:
        closes = formats.date_format(timezone.localtime(sitting.entry_closes_at), "DATETIME_FORMAT")
        raise EntryStillOpen(closes=closes)
    if not stage.entries.filter(state__in=_COULD_COME).exists():
        raise NothingPublished(stage=stage.name)
    # Locked first: of one who begins at this very moment it is then known whether she did.
    waiting = StageEntry.objects.select_for_update().filter(stage=stage, state__in=_EXPECTED)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    began = Attempt.objects.filter(entry__in=ids).values("entry")
    away = StageEntry.objects.filter(pk__in=ids, state__in=_EXPECTED).exclude(pk__in=began)
    count = away.update(state=StageEntry.State.ABSENT)
    if count:
        journal.write("exams.absent_marked", by=by, at=at, about=stage, facts={"count": count})
    return count


def close_stages(at: dt.datetime) -> int:
    """Send every written stage whose time is over and whose last attempt is handed in on to marking, the absent noted
    first; returns how many. A stage that nobody started stays where it is: that is for its officers to look into. One
    on paper ends by `end_on_paper`, once its sign-in lists are in."""
    closed = 0
    running = Sitting.objects.filter(on_paper="", module__stage__state=Stage.State.IN_PROGRESS)
    running = running.select_related("module__stage")
    for sitting in running:
        stage = sitting.module.stage
        open_still = Attempt.objects.filter(entry__stage=stage, state=Attempt.State.OPEN)
        if at <= sitting.ends_at + dt.timedelta(seconds=sitting.grace_seconds) or open_still.exists():
            continue
        with transaction.atomic():
            stages.lock(stage)  # before the entries, as whoever decides about a violation does: neither waits in a ring
            mark_absent(stage, by=None, at=at)
            if stages.reach(stage, Stage.State.MARKING, at):
                journal.write("exams.sitting_ended", by=None, at=at, about=stage)
                closed += 1
    return closed


@transaction.atomic
def end_on_paper(stage: Stage, *, by: User, at: dt.datetime) -> None:
    """End a sitting on paper once its sign-in lists are in: whoever has a seat and is not on them is absent, and the
    scores of the others may be entered. A list may still be corrected until the scores are checked. Who: an exam
    officer of the exam. Refuses: NotYourOffice, NoSittingHere, SatOnline, NotAtThisStep, StillWriting, NobodySignedIn,
    and what `mark_absent` refuses."""
    access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    sitting = Sitting.objects.of_stage(stage.pk)
    if sitting is None:
        raise NoSittingHere(stage=stage.name)
    if not sitting.on_paper:
        raise SatOnline(stage=stage.name)
    stages.lock(stage)
    stages.require(stage, Stage.State.ARRANGED, Stage.State.IN_PROGRESS)
    if at <= sitting.ends_at:
        raise StillWriting(ends=formats.date_format(timezone.localtime(sitting.ends_at), "DATETIME_FORMAT"))
    present = stage.entries.filter(state=StageEntry.State.PRESENT).count()
    if not present:
        raise NobodySignedIn()
    mark_absent(stage, by=by, at=at)
    stages.reach(stage, Stage.State.IN_PROGRESS, at)
    stages.advance(stage, Stage.State.MARKING, at)
    journal.write("exams.sitting_ended", by=by, at=at, about=stage, facts={"present": present})
