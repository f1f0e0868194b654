"""A file brought in: stored and checked whole, looked at, committed whole, undone whole, or given up."""

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import packing, sheets
from lms.lib.queueing import after_commit
from lms.lib.refusals import Refusal
from lms.people import access, loading, tasks
from lms.people.import_kinds import REGISTER, Importer
from lms.people.models import ImportRun, Organisation, User

State = ImportRun.State
UNFINISHED = (State.WAITING, State.CHECKED, State.FAULTY)
_LOST_AFTER = dt.timedelta(minutes=2)  # without a sign of life a task is taken for lost
_ORPHANED_AFTER = dt.timedelta(hours=1)
_CHUNK = 1 << 16


class NotReady(Refusal):
    sentence = _("This file is “{state}”, so this cannot be done with it. Open it again to see how it stands.")


class UnknownChoice(Refusal):
    sentence = _("What was ticked is not among the choices of this file. Open it again and choose once more.")


def bring(
    *, kind: str, organisation: Organisation, file: IO[bytes], file_name: str, by: User, at: dt.datetime
) -> ImportRun:
    """Take a file of this kind for a unit; it is stored, and the queue checks it. What the same officer brought before
    of this kind for this unit and did not commit is given up.

    Refuses: NotYourOffice, FileTooBig.
    """
    access.require(by, organisation, at, *REGISTER[kind].offices)
    stored = _store(file)
    try:
        return _enter(kind, organisation, stored, file_name, by, at)
    except BaseException:
        (loading.folder() / stored).unlink(missing_ok=True)
        raise


@transaction.atomic
def _enter(kind: str, organisation: Organisation, stored: str, file_name: str, by: User, at: dt.datetime) -> ImportRun:
    earlier = ImportRun.objects.select_for_update().filter(kind=kind, organisation=organisation, checked_by=by)
    for each in earlier.filter(state__in=UNFINISHED):
        _give_up(each, by, at)
    run = ImportRun.objects.create(
        organisation=organisation,
        kind=kind,
        file_name=Path(file_name).name[-200:],
        state=State.WAITING,
        stored=stored,
        checked_by=by,
        checked_at=at,
    )
    journal.write("people.import_brought", by=by, at=at, about=run, facts={"kind": kind, "unit": organisation.pk})
    after_commit(tasks.check_import, run.pk)
    return run


@transaction.atomic
def commit(*, run: ImportRun, chosen: Iterable[str], by: User, at: dt.datetime) -> ImportRun:
    """Do what a checked file says, all of it or nothing, with the choices that were ticked; the rows are then gone
    from the run. Above 2,000 rows the queue does it.

    Refuses: NotYourOffice, NotReady, UnknownChoice, QuietTimeNow, and what the kind's importer refuses.
    """
    run = _require(run, by, at, State.CHECKED)
    chosen = sorted(set(chosen))
    if set(chosen) - {choice.key for choice in importer_of(run).choices(run)}:
        raise UnknownChoice()
    loading.require_no_quiet_time(run.row_count, at)
    run.summary = {**run.summary, "chosen": chosen, "by": by.pk}
    if run.row_count > loading.LARGE:
        run.state, run.committed_at, run.refusal = State.COMMITTING, at, {}
        run.save(update_fields=["state", "committed_at", "refusal", "summary"])
        after_commit(tasks.load_import, run.pk)
    else:
        loading.do(run, by, at)
    return run


@transaction.atomic
def undo(*, run: ImportRun, by: User, at: dt.datetime) -> ImportRun:
    """Put back everything that a committed file changed, unless somebody has acted on one of its rows since. Above
    2,000 rows the queue does it.

    Refuses: NotYourOffice, NotReady, QuietTimeNow, ActedOn.
    """
    run = _require(run, by, at, State.COMMITTED)
    loading.require_no_quiet_time(run.row_count, at)
    run.summary = {**run.summary, "by": by.pk}
    if run.row_count > loading.LARGE:
        run.state, run.undone_at, run.refusal = State.UNDOING, at, {}
        run.save(update_fields=["state", "undone_at", "refusal", "summary"])
        after_commit(tasks.unload_import, run.pk)
    else:
        loading.take_back(run, by, at)
    return run


@transaction.atomic
def abandon(*, run: ImportRun, by: User, at: dt.datetime) -> None:
    """Give a file up that was not committed; it and its rows are gone. Refuses: NotYourOffice, NotReady."""
    _give_up(_require(run, by, at, *UNFINISHED), by, at)


def importer_of(run: ImportRun) -> Importer:
    """The importer of a run's kind."""
    return REGISTER[run.kind]


def entries(run: ImportRun, does: str, first: int, count: int) -> list[dict[str, Any]]:
    """Some of a checked run's entries of one sort, without laying out all the others."""
    found: list[dict[str, Any]] = []
    for index, entry in enumerate(entry for entry in packing.unpack(run.rows) if entry["does"] == does):
        if index >= first + count:
            break
        if index >= first:
            found.append(entry)
    return found


def typed(run: ImportRun) -> tuple[dict[str, Any], Iterator[tuple[int, list[str]]]]:
    """A faulty file as it was typed: {"headings", "headings_row"}, and the texts of each row under its number."""
    items = packing.unpack(run.rows)
    return next(items), ((number, texts) for number, texts in items)


def marked_workbook(run: ImportRun) -> bytes:
    """The faulty file with every faulty cell red and its sentence as a comment, in the reader's language."""
    importer = importer_of(run)
    head, rows = typed(run)
    faults: dict[tuple[int, str], str] = {}
    for each in run.errors:
        at = (each["row"], each["heading"])
        faults[at] = "\n".join(filter(None, [faults.get(at), importer.sentence(each)]))
    return sheets.mark(importer.title, head["headings"], rows, faults, headings_row=head["headings_row"])


def requeue_lost(at: dt.datetime) -> int:
    """Hand to the queue again what it was given and shows no sign of life; how many. Doing so twice does no harm."""
    late = at - _LOST_AFTER
    found = 0
    for state, field, task in (
        (State.WAITING, "checked_at", tasks.check_import),
        (State.COMMITTING, "committed_at", tasks.load_import),
        (State.UNDOING, "undone_at", tasks.unload_import),
    ):
        for pk in ImportRun.objects.filter(state=state, kind__in=REGISTER, **{f"{field}__lt": late}).values_list(
            "pk", flat=True
        ):
            after_commit(task, pk)
            found += 1
    return found


def clear_orphans(at: dt.datetime) -> int:
    """Remove stored files that no run speaks of any more, as a process that was killed may leave them; how many."""
    if not loading.folder().is_dir():
        return 0
    known = set(ImportRun.objects.exclude(stored="").values_list("stored", flat=True))
    old = (at - _ORPHANED_AFTER).timestamp()
    orphans = [path for path in loading.folder().iterdir() if path.name not in known and path.stat().st_mtime < old]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def _require(run: ImportRun, by: User, at: dt.datetime, *states: str) -> ImportRun:
    """The run, locked. Refuses: NotYourOffice, NotReady."""
    found = loading.locked(run.pk)
    if found is None:
        raise NotReady(state=run.get_state_display())
    access.require(by, found.organisation, at, *importer_of(found).offices)
    if found.state not in states:
        raise NotReady(state=found.get_state_display())
    return found


def _give_up(run: ImportRun, by: User, at: dt.datetime) -> None:
    loading.discard(run.stored)
    run.state, run.rows, run.stored = State.ABANDONED, "", ""
    run.save(update_fields=["state", "rows", "stored"])
    journal.write("people.import_abandoned", by=by, at=at, about=run, facts={"kind": run.kind})


def _store(file: IO[bytes]) -> str:
    """Keep a file whole under a name nobody can guess, readable by nobody else. Refuses: FileTooBig."""
    loading.folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    name = secrets.token_hex(16)
    path, size = loading.folder() / name, 0
    try:
        with path.open("xb") as kept:
            path.chmod(0o600)
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > loading.MAX_BYTES:
                    raise sheets.FileTooBig(limit=loading.MAX_BYTES // 1024 // 1024)
                kept.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name
