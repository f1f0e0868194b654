"""More time, and standing still: given at a sitting to one candidate or to all, and what a person has anyway."""

import datetime as dt
from collections.abc import Iterable
from math import ceil

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from exams import needs, oneself, stages
from exams.models import Accommodation, Attempt, ExtraTime, Interruption, Sitting, Stage, StageEntry
from exams.models.panel import BOARD_OFFICES
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

MOST_MINUTES = 240
RUNNING = (Stage.State.ARRANGED, Stage.State.IN_PROGRESS)


class MinutesUnfit(Refusal):
    sentence = _("Give 1 to 240 minutes.")
    field = "minutes"


class ReasonMissing(Refusal):
    sentence = _("Write down why; it stands in the record of the sitting.")
    field = "reason"


class NotOfThisSitting(Refusal):
    sentence = _("This candidate does not sit this exam. Choose one of the list.")
    status = 404


class NotInThePaper(Refusal):
    sentence = _("{name} is not in the paper now, so nothing can be given or stopped.")


class StandsStillAlready(Refusal):
    sentence = _("The time stands still here already. Let it go on first.")


class NothingStandsStill(Refusal):
    sentence = _("The time does not stand still here.")


@transaction.atomic
def give_time(
    *, sitting: Sitting, entry: StageEntry | None = None, minutes: int, reason: str, by: User, at: dt.datetime
) -> ExtraTime:
    """Give so many minutes to one candidate, or to everybody (`entry` None), those who have not begun included.

    Who: to one, a clerk or an exam officer of the exam; to everybody, an exam officer. Refuses: NotYourOffice,
    MinutesUnfit, ReasonMissing, NotAtThisStep (not arranged, or over), NotOfThisSitting, NotInThePaper (handed in).
    """
    sitting = _begin(sitting, entry, by, at, BOARD_OFFICES if entry else (Appointment.Office.EXAM_OFFICER,))
    _require_reason(reason)
    if not 1 <= minutes <= MOST_MINUTES:
        raise MinutesUnfit()
    if entry and Attempt.objects.filter(entry=entry).exclude(state=Attempt.State.OPEN).exists():
        raise NotInThePaper(name=entry.candidate.teacher.full_name)
    given = ExtraTime.objects.create(
        sitting=sitting, entry=entry, minutes=minutes, reason=reason.strip(), given_by=by, given_at=at
    )
    if entry is None:
        sitting.extra_minutes += minutes
        sitting.save(update_fields=["extra_minutes"])
    _set_deadlines(sitting, _open_attempts(sitting, entry))
    facts = {"minutes": minutes, "reason": reason.strip(), "all": entry is None}
    journal.write("exams.time_given", by=by, at=at, about=entry or sitting.module.stage, facts=facts)
    return given


@transaction.atomic
def pause(*, sitting: Sitting, entry: StageEntry | None = None, reason: str, by: User, at: dt.datetime) -> Interruption:
    """Let the time stand still for one candidate, or for everybody (`entry` None): nothing is taken, nobody begins, and
    the deadline waits. Who: a clerk or an exam officer of the exam. Refuses: NotYourOffice, ReasonMissing,
    NotAtThisStep, NotOfThisSitting, NotInThePaper, StandsStillAlready."""
    sitting = _begin(sitting, entry, by, at, BOARD_OFFICES)
    _require_reason(reason)
    attempts = _open_attempts(sitting, entry)
    if sitting.paused_at or (entry and any(each.paused_at for each in attempts)):
        raise StandsStillAlready()
    if entry and not attempts:
        raise NotInThePaper(name=entry.candidate.teacher.full_name)
    attempt = attempts[0] if entry else None
    try:
        with transaction.atomic():
            made = Interruption.objects.create(
                sitting=sitting, attempt=attempt, from_at=at, reason=reason.strip(), begun_by=by
            )
    except IntegrityError as error:
        raise StandsStillAlready() from error
    if entry is None:
        sitting.paused_at = at
        sitting.save(update_fields=["paused_at"])
    still = [each for each in attempts if each.paused_at is None and not each.is_over(at)]
    if entry and not still:
        raise NotInThePaper(name=entry.candidate.teacher.full_name)
    for each in still:
        each.paused_at = at
    Attempt.objects.bulk_update(still, ["paused_at"])
    facts = {"reason": reason.strip(), "all": entry is None, "attempts": len(still)}
    journal.write("exams.time_stopped", by=by, at=at, about=entry or sitting.module.stage, facts=facts)
    return made


@transaction.atomic
def resume(*, sitting: Sitting, entry: StageEntry | None = None, by: User, at: dt.datetime) -> int:
    """Let the time go on, for one candidate or for everybody, each with as much left as when it stopped; returns for
    how many. For everybody, whoever was stopped alone goes on as well. Who: a clerk or an exam officer of the exam.
    Refuses: NotYourOffice, NotAtThisStep, NotOfThisSitting, NothingStandsStill, StandsStillAlready (one, while
    everybody is stopped)."""
    sitting = _begin(sitting, entry, by, at, BOARD_OFFICES)
    if entry and sitting.paused_at:
        raise StandsStillAlready()
    attempts = [each for each in _open_attempts(sitting, entry) if each.paused_at]
    if not attempts and not sitting.paused_at:
        raise NothingStandsStill()
    for each in attempts:
        each.paused_seconds += ceil((at - each.paused_at).total_seconds())
        each.paused_at = None
    if sitting.paused_at:
        sitting.paused_seconds += ceil((at - sitting.paused_at).total_seconds())
        sitting.paused_at = None
        sitting.save(update_fields=["paused_at", "paused_seconds"])
    Attempt.objects.bulk_update(attempts, ["paused_at", "paused_seconds"])
    _set_deadlines(sitting, attempts)
    ended = Interruption.objects.filter(sitting=sitting, until_at=None)
    if entry:
        ended = ended.filter(attempt__in=attempts)
    ended.update(until_at=at, ended_by=by)
    facts = {"all": entry is None, "attempts": len(attempts)}
    journal.write("exams.time_went_on", by=by, at=at, about=entry or sitting.module.stage, facts=facts)
    return len(attempts)


@transaction.atomic
def apply_accommodation(accommodation: Accommodation, *, at: dt.datetime) -> None:
    """Give a person who is in a paper right now the time that was just granted or withdrawn."""
    for entry in lock_entries(accommodation.teacher_id):
        sitting = Sitting.objects.select_related("module__stage").get(module__stage=entry.stage_id)
        _set_deadlines(sitting, _open_attempts(sitting, entry))


def lock_entries(teacher_id: int) -> list[StageEntry]:
    """A teacher's entries in written stages that are arranged or under way, under a lock: whoever begins at the same
    moment begins before or after."""
    locked = StageEntry.objects.select_for_update(of=("self",)).order_by("pk")
    return list(locked.filter(candidate__teacher=teacher_id, stage__state__in=RUNNING, stage__kind=Stage.Kind.WRITTEN))


def deadline(entry: StageEntry, sitting: Sitting, *, paused_seconds: int, own: int | None = None) -> dt.datetime:
    """When a candidate's time is over: the end for everybody, what she was given, what is hers by her accommodation
    (`own`, if the minutes are at hand), and the seconds for which she stood still."""
    given = ExtraTime.objects.filter(sitting=sitting, entry=entry).values_list("minutes", flat=True)
    minutes = sum(given) + (own_minutes(entry, sitting) if own is None else own)
    return _end(sitting, minutes, paused_seconds)


def own_minutes(entry: StageEntry, sitting: Sitting) -> int:
    """The minutes above the others' that a candidate has by her accommodation on the sitting's day: percent of the
    paper's length, rounded up to a minute."""
    teacher = entry.candidate.teacher_id
    return _own_minutes(sitting, {teacher}).get(teacher, 0)


def _own_minutes(sitting: Sitting, teachers: Iterable[int]) -> dict[int, int]:
    held = Accommodation.objects.in_force(clock.local_date(sitting.starts_at)).filter(teacher__in=teachers)
    rows = held.values_list("teacher", "extra_percent")
    return {teacher: needs.in_minutes(sitting.minutes, percent) for teacher, percent in rows}


def _end(sitting: Sitting, minutes: int, paused_seconds: int) -> dt.datetime:
    total = dt.timedelta(minutes=sitting.minutes + sitting.extra_minutes + minutes, seconds=paused_seconds)
    return sitting.starts_at + total


def _begin(sitting: Sitting, entry: StageEntry | None, by: User, at: dt.datetime, offices: Iterable[str]) -> Sitting:
    """The sitting under a lock with the entries concerned: who begins at the same moment begins before or after."""
    stage = sitting.module.stage
    access.require(by, stage.exam.organisation, at, *offices)
    if entry is not None and entry.stage_id != stage.pk:
        raise NotOfThisSitting()
    oneself.require_another(entry, by)
    entries = StageEntry.objects.select_for_update().filter(stage=stage).order_by("pk")
    list((entries.filter(pk=entry.pk) if entry else entries).values_list("pk", flat=True))
    held = Sitting.objects.select_for_update(of=("self",)).select_related("module__stage__exam").get(pk=sitting.pk)
    stages.require(held.module.stage, *RUNNING)
    return held


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing()


def _open_attempts(sitting: Sitting, entry: StageEntry | None) -> list[Attempt]:
    """The attempts still in the paper, under a lock: of one entry, or of the whole sitting."""
    attempts = Attempt.objects.select_for_update(of=("self",)).filter(state=Attempt.State.OPEN)
    attempts = attempts.filter(entry=entry) if entry else attempts.filter(entry__stage=sitting.module.stage_id)
    return list(attempts.select_related("entry__candidate").order_by("pk"))


def _set_deadlines(sitting: Sitting, attempts: Iterable[Attempt]) -> None:
    attempts = list(attempts)
    own = _own_minutes(sitting, [each.entry.candidate.teacher_id for each in attempts])
    rows = ExtraTime.objects.filter(sitting=sitting, entry__in=[each.entry_id for each in attempts])
    given = dict(rows.values_list("entry").annotate(Sum("minutes")))
    for each in attempts:
        minutes = own.get(each.entry.candidate.teacher_id, 0) + given.get(each.entry_id, 0)
        each.deadline_at = _end(sitting, minutes, each.paused_seconds)
    Attempt.objects.bulk_update(attempts, ["deadline_at"])
