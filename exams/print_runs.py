"""Sets the papers of a sitting's rooms that were asked for, piece by piece, and joins them; run by the queue.

It may be run again at any time: what is set already is left alone, and what was interrupted left nothing behind.
"""

import datetime as dt
import logging
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F

from exams import room_papers
from exams.models import PrintRun
from lms.lib import joining

log = logging.getLogger(__name__)

TRIES = 3
LOST_AFTER = dt.timedelta(minutes=5)  # without a sign of life a worker is taken for lost; joining takes up to four
State = PrintRun.State


def folder() -> Path:
    """Where the documents lie until they are cleared away."""
    return Path(settings.PRIVATE_ROOT) / "prints"


def set_papers(run_id: int, at: dt.datetime, alive: Callable[[int], None] = lambda seats: None) -> None:
    """Set the papers of a run that waits, outside any transaction; then it is ready, or failed if that cannot be done.
    `alive` is told after every piece how many seats are set, each once for every kind of paper."""
    run = _begin(run_id, at)
    if run is None:
        return
    target = folder() / secrets.token_hex(16)
    try:
        pages = _write(run, target, at, alive)
    except Exception:  # whatever is wrong with them, nobody must wait for them for ever
        log.exception("papers %s could not be set", run_id)
        target.unlink(missing_ok=True)
        _fail(run_id, at)
    else:
        if not _keep(run_id, target, pages):
            target.unlink(missing_ok=True)


def _write(run: PrintRun, target: Path, at: dt.datetime, alive: Callable[[int], None]) -> int:
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    done = 0
    pieces: list[Path] = []
    with tempfile.TemporaryDirectory(prefix="pieces-", dir=folder()) as place:
        for part, rooms, seats in room_papers.batches(run.sitting, run.parts.split(",")):
            piece = Path(place) / f"{len(pieces)}.pdf"
            piece.write_bytes(room_papers.pdf(run.sitting, parts=[part], rooms=rooms, at=at))
            pieces.append(piece)
            done += seats
            alive(done)
        alive(done)  # joining says nothing until it is done
        target.touch(0o600)
        return joining.join(pieces, target)


@transaction.atomic
def _begin(run_id: int, at: dt.datetime) -> PrintRun | None:
    """Count one more try, unless another worker is at it. Papers that have ended their worker several times are given
    up."""
    run = _locked(run_id)
    if run is None or (run.tries and run.seen_at > at - LOST_AFTER):
        return None
    if run.tries >= TRIES:
        _end_failed(run, at)
        return None
    run.tries, run.done, run.seen_at = F("tries") + 1, 0, at
    run.basis = room_papers.basis(run.sitting)
    run.save(update_fields=["tries", "done", "seen_at", "basis"])
    return run


@transaction.atomic
def note_progress(run_id: int, done: int, at: dt.datetime) -> None:
    """Write down how far the work has come, and that it is alive."""
    PrintRun.objects.filter(pk=run_id, state=State.WAITING).update(done=done, seen_at=at)


@transaction.atomic
def _keep(run_id: int, target: Path, pages: int) -> bool:
    """Whether the document is the run's now; not if another worker was faster."""
    run = _locked(run_id)
    if run is None:
        return False
    run.state, run.stored, run.pages, run.size = State.READY, target.name, pages, target.stat().st_size
    run.done = run.total  # it was seen at work last when the pieces were set
    run.save(update_fields=["state", "stored", "pages", "size", "done"])
    return True


@transaction.atomic
def _fail(run_id: int, at: dt.datetime) -> None:
    run = _locked(run_id)
    if run is not None:
        _end_failed(run, at)


def _end_failed(run: PrintRun, at: dt.datetime) -> None:
    run.state, run.seen_at = State.FAILED, at
    run.save(update_fields=["state", "seen_at"])


def _locked(run_id: int) -> PrintRun | None:
    """The run with its exam, locked, if it still waits."""
    rows = PrintRun.objects.select_for_update(of=("self",)).select_related("sitting__module__stage__exam__organisation")
    return rows.filter(pk=run_id, state=State.WAITING).first()
