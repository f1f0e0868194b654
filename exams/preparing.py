"""Papers of rooms that take longer than one waits: asked for, fetched when the queue has set them, cleared away."""

import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import print_runs, room_papers, tasks
from exams.models import Exam, PrintRun, Sitting
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.queueing import after_commit
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User

State = PrintRun.State
KEPT = dt.timedelta(days=1)
_ORPHANED_AFTER = dt.timedelta(hours=1)


class NotReadyYet(Refusal):
    sentence = _("This document is “{state}”. Have it prepared again if it does not become ready.")


@transaction.atomic
def prepare(*, sitting: Sitting, parts: Sequence[str], by: User, at: dt.datetime) -> PrintRun:
    """Have the queue set these kinds of paper for all rooms of a sitting. Where the same are being prepared, those.
    Who: whoever watches the exam; tickets only an exam officer of it.

    Refuses: NotYourOffice, NoRoomsYet.
    """
    sitting = Sitting.objects.select_for_update(of=("self",)).select_related("module__stage").get(pk=sitting.pk)
    parts = [part for part in room_papers.PARTS if part in parts]
    _require(sitting, parts, by, at)
    seats = sum(count for _room, count in room_papers.seats_by_room(sitting))
    if not seats or not parts:
        raise room_papers.NoRoomsYet()
    wanted = ",".join(parts)
    waiting = PrintRun.objects.filter(sitting=sitting, parts=wanted, state=State.WAITING).first()
    if waiting:
        return waiting
    run = PrintRun.objects.create(
        sitting=sitting,
        parts=wanted,
        with_tickets="tickets" in parts,
        total=seats * len(parts),
        asked_by=by,
        asked_at=at,
        seen_at=at,
    )
    facts = {"parts": parts, "seats": seats}
    journal.write("exams.room_papers_ordered", by=by, at=at, about=sitting.module.stage, facts=facts)
    after_commit(tasks.set_room_papers, run.pk)
    return run


def _require(sitting: Sitting, parts: Sequence[str], by: User, at: dt.datetime) -> None:
    exams = Exam.objects.managed_by(by, at) if "tickets" in parts else Exam.objects.watched_by(by, at)
    if not exams.filter(pk=sitting.module.stage.exam_id).exists():
        raise access.NotYourOffice()


@transaction.atomic
def fetch(*, run: PrintRun, by: User, at: dt.datetime) -> Path:
    """The file of a document that is ready; the journal keeps who fetched it. Refuses: NotYourOffice, NotReadyYet."""
    run = PrintRun.objects.select_related("sitting__module__stage").get(pk=run.pk)
    _require(run.sitting, run.parts.split(","), by, at)
    file = print_runs.folder() / run.stored
    if run.state != State.READY or not file.is_file():
        raise NotReadyYet(state=run.get_state_display())
    facts = {"parts": run.parts.split(","), "pages": run.pages}
    journal.write("exams.room_papers_read", by=by, at=at, about=run.sitting.module.stage, facts=facts)
    return file


def set_at_once(*, sitting: Sitting, parts: Sequence[str], room: int | None, by: User, at: dt.datetime) -> bytes:
    """The papers of one room, or of all that are few enough, for somebody who waits; the journal keeps who has them.
    Refuses: NotYourOffice, NoRoomsYet, TooManySeats."""
    _require(sitting, parts, by, at)
    made = room_papers.pdf_at_once(sitting, parts=parts, room=room, at=at)
    with transaction.atomic():
        facts = {"parts": list(parts), "room": room}
        journal.write("exams.room_papers_read", by=by, at=at, about=sitting.module.stage, facts=facts)
    return made


def requeue_lost(at: dt.datetime) -> int:
    """Hand to the queue again what shows no sign of life; how many. Doing so twice does no harm."""
    lost = PrintRun.objects.filter(state=State.WAITING, seen_at__lt=at - print_runs.LOST_AFTER)
    for run in lost:
        after_commit(tasks.set_room_papers, run.pk)
    return len(lost)


def clear(at: dt.datetime) -> int:
    """Remove the documents whose time is over, and what a process that was killed left behind; how many."""
    old = PrintRun.objects.filter(state=State.READY, seen_at__lt=at - KEPT)
    with transaction.atomic():
        old.update(state=State.CLEARED, stored="")
    if not print_runs.folder().is_dir():
        return 0
    known = set(PrintRun.objects.exclude(stored="").values_list("stored", flat=True))
    before = (clock.real() - _ORPHANED_AFTER).timestamp()  # files are as old as the real clock says
    gone = [each for each in print_runs.folder().iterdir() if each.name not in known and _modified(each) < before]
    for each in gone:
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
    return len(gone)


def _modified(file: Path) -> float:
    """When it was last changed; one that its worker removed meanwhile is of no age."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return float("inf")
