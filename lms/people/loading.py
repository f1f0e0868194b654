"""Works on a file that was brought in: checks all of it, then does what it says, or takes that back; run by the queue.

Each may be run again at any time: what is done already is left alone, what was interrupted left nothing behind.
"""

import datetime as dt
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.journal.models import Line
from lms.lib import packing, sheets
from lms.lib.refusals import Refusal
from lms.people import access, cells
from lms.people.import_kinds import ADDED, CHANGED, LEFT, REGISTER, SAME, ActedOn, Checked, Importer
from lms.people.models import ImportRun, QuietTime, User

log = logging.getLogger(__name__)

MAX_BYTES = 40 * 1024 * 1024
LARGE = 2000  # rows; above this the queue does it, and no sitting may be under way on SQLite
MAX_TOLD = 5000  # faults and notes that are kept one by one; beyond these only their number
TRIES = 3
State = ImportRun.State


class HeadingsMissing(Refusal):
    sentence = _("These columns are missing: {headings}. Start from the template, which has them all.")
    field = "file"


class NobodyListed(Refusal):
    sentence = _("Nothing is listed below the headings. Choose the file with the rows.")
    field = "file"


class FileTooLong(Refusal):
    sentence = _("At most {limit} rows come in at a time; this file has {count}. Send it in parts.")
    field = "file"


class FileLost(Refusal):
    sentence = _("The file is no longer there. Bring it again.")
    field = "file"


class WorkFailed(Refusal):
    sentence = _(
        "This could not be finished, and nothing was changed. The fault is ours and has been noted. Try again."
    )


class CheckFailed(Refusal):
    sentence = _("The file could not be worked on; the fault is ours and has been noted. Bring it again, or in parts.")
    field = "file"


class QuietTimeNow(Refusal):
    sentence = _("“{why}” is under way: files of more than {limit} rows wait until {until}. Bring this one after that.")
    field = "file"


def folder() -> Path:
    """Where files lie until they are checked."""
    return Path(settings.PRIVATE_ROOT) / "imports"


def discard(name: str) -> None:
    """Remove a stored file once the transaction stands."""
    if name:
        transaction.on_commit(lambda: (folder() / name).unlink(missing_ok=True))


def locked(run_id: int) -> ImportRun | None:
    """The run, locked, with its unit and who brought it."""
    runs = ImportRun.objects.select_for_update(of=("self",)).select_related("organisation", "checked_by")
    return runs.filter(pk=run_id).first()


def told(refusal: Refusal) -> dict[str, Any]:
    """A refusal as a run keeps it until someone reads it."""
    kind = type(refusal)
    facts = {name: fact if isinstance(fact, int) else str(fact) for name, fact in refusal.facts.items()}
    return {"name": f"{kind.__module__}.{kind.__qualname__}", "facts": facts}


def refusal_of(run: ImportRun) -> Refusal | None:
    """The refusal that a run keeps."""
    return import_string(run.refusal["name"])(**run.refusal["facts"]) if run.refusal else None


def require_no_quiet_time(rows: int, at: dt.datetime) -> None:
    """Refuse (QuietTimeNow) a large import while somebody needs the database quiet; only SQLite is held up by it."""
    if rows <= LARGE or connection.vendor != "sqlite":
        return
    quiet = QuietTime.objects.filter(from_at__lte=at, until_at__gt=at).order_by("-until_at").first()
    if quiet:
        raise QuietTimeNow(why=quiet.why, limit=LARGE, until=f"{timezone.localtime(quiet.until_at):%Y-%m-%d %H:%M}")


# --- Checking --------------------------------------------------------------------------------------------------------


def check(run_id: int, at: dt.datetime, alive: Callable[[int], None] = lambda rows: None) -> None:
    """Read and check the stored file of a run that waits, outside any transaction; then keep what was found: the run
    is checked, faulty, or refused with the reason. `alive` is told how many rows were looked at."""
    run = _begin(run_id, at)
    if run is None:
        return
    importer = REGISTER[run.kind]
    try:
        sheet = _read(run, importer, at)
        _note_size(run_id, len(sheet.rows))
        checked = importer.check(organisation=run.organisation, sheet=sheet, at=at, progress=alive)
    except Refusal as refusal:
        _refuse(run_id, refusal, at)
    except Exception:  # whatever is wrong with this file, nobody must wait for it for ever
        log.exception("import %s could not be checked", run_id)
        _refuse(run_id, CheckFailed(), at)
    else:
        _keep(run_id, importer, sheet, checked, at)


@transaction.atomic
def note_progress(run_id: int, rows: int, at: dt.datetime) -> None:
    """Write down how far a check has come, and that it is alive."""
    ImportRun.objects.filter(pk=run_id, state=State.WAITING).update(progress=rows, checked_at=at)


@transaction.atomic
def _note_size(run_id: int, rows: int) -> None:
    ImportRun.objects.filter(pk=run_id, state=State.WAITING).update(row_count=rows)


@transaction.atomic
def _begin(run_id: int, at: dt.datetime) -> ImportRun | None:
    """Count one more try. A file that has ended its worker several times is refused."""
    run = locked(run_id)
    if run is None or run.state != State.WAITING:
        return None
    tries = run.summary.get("tries", 0) + 1
    if tries > TRIES:
        _end_refused(run, CheckFailed(), at)
        return None
    run.summary, run.progress, run.checked_at = {**run.summary, "tries": tries}, 0, at
    run.save(update_fields=["summary", "progress", "checked_at"])
    return run


def _read(run: ImportRun, importer: Importer, at: dt.datetime) -> sheets.Sheet:
    """The file as a table without the rows that name nobody. Refuses: FileLost, BadFile, HeadingsMissing,
    NobodyListed, FileTooLong, QuietTimeNow."""
    try:
        with (folder() / run.stored).open("rb") as file:
            sheet = sheets.read(file, run.file_name, expected=importer.headings, limit=MAX_BYTES)
    except FileNotFoundError as error:
        raise FileLost() from error
    if missing := [each for each in importer.required if each not in sheet.headings]:
        raise HeadingsMissing(headings=cells.SEPARATOR.join(missing))
    sheet.notes = [note for note in sheet.notes if note.get("name") != cells.GUIDE]
    ignored = [each for each in sheet.headings if each not in importer.headings]
    sheet.notes += [{"note": "column_ignored", "heading": heading} for heading in ignored]
    rows = []
    for row in sheet.rows:
        if any(row.text(heading) or row.kind(heading) == sheets.FORMULA for heading in importer.people):
            rows.append(row)
        else:
            sheet.notes.append({"note": "row_without_person", "row": row.number})
    sheet.rows = rows
    if not rows:
        raise NobodyListed()
    if len(rows) > importer.max_rows:
        raise FileTooLong(limit=importer.max_rows, count=len(rows))
    require_no_quiet_time(len(rows), at)
    return sheet


@transaction.atomic
def _keep(run_id: int, importer: Importer, sheet: sheets.Sheet, checked: Checked, at: dt.datetime) -> None:
    run = locked(run_id)
    if run is None or run.state != State.WAITING:  # given up meanwhile, or checked by another worker
        return
    faulty = {fault["row"] for fault in checked.faults}
    notes = [*sheet.notes, *checked.notes]
    run.row_count = run.progress = len(sheet.rows)
    run.summary = {
        **checked.summary,
        "ready": len(sheet.rows) - len(faulty),
        "faulty": len(faulty),
        "faults": len(checked.faults),
        "notes": len(notes),
        "counts": _counts(checked, len(sheet.rows)),
    }
    run.errors, run.notes = checked.faults[:MAX_TOLD], notes[:MAX_TOLD]
    run.state = State.FAULTY if faulty else State.CHECKED
    run.rows = packing.pack(_as_typed(sheet)) if faulty else packing.pack(checked.entries)
    discard(run.stored)
    run.stored, run.checked_at = "", at
    run.save()
    facts = {"kind": run.kind, "rows": run.row_count, "faults": len(checked.faults)}
    journal.write("people.import_checked", by=run.checked_by, at=at, about=run, facts=facts)


def _counts(checked: Checked, rows: int) -> dict[str, int]:
    counts = {does: sum(entry["does"] == does for entry in checked.entries) for does in (ADDED, CHANGED, SAME, LEFT)}
    named = sum(counts.values()) - counts[LEFT]
    return {**counts, SAME: counts[SAME] + max(0, rows - named)}  # rows that change nothing need no entry


def _as_typed(sheet: sheets.Sheet) -> Iterable[Any]:
    """What the run of a faulty file keeps: the texts, to be marked and mended."""
    head = {"headings": sheet.headings, "headings_row": sheet.headings_row}
    rows = ([row.number, [row.text(heading) for heading in sheet.headings]] for row in sheet.rows)
    return itertools.chain([head], rows)


@transaction.atomic
def _refuse(run_id: int, refusal: Refusal, at: dt.datetime) -> None:
    run = locked(run_id)
    if run is not None and run.state == State.WAITING:
        _end_refused(run, refusal, at)


def _end_refused(run: ImportRun, refusal: Refusal, at: dt.datetime) -> None:
    run.state, run.refusal, run.checked_at = State.REFUSED, told(refusal), at
    discard(run.stored)
    run.stored = ""
    run.save(update_fields=["state", "refusal", "checked_at", "stored"])
    facts = {"kind": run.kind, "refused": refusal.code}
    journal.write("people.import_refused", by=run.checked_by, at=at, about=run, facts=facts)


# --- Doing it, and taking it back ------------------------------------------------------------------------------------


def load(run_id: int, at: dt.datetime) -> None:
    """Do what a checked file says, if somebody has asked for it. Where an act refuses, nothing is done, the run is
    checked as before and keeps the reason."""
    _finish(run_id, State.COMMITTING, do, State.CHECKED, at)


def unload(run_id: int, at: dt.datetime) -> None:
    """Take a committed file back, if somebody has asked for it; likewise."""
    _finish(run_id, State.UNDOING, take_back, State.COMMITTED, at)


def _finish(run_id: int, asked: str, act: Callable[..., None], before: str, at: dt.datetime) -> None:
    refusal: Refusal = WorkFailed()
    try:
        with transaction.atomic():
            run = locked(run_id)
            if run is None or run.state != asked:
                return
            act(run, User.objects.get(pk=run.summary["by"]), at)
            return
    except Refusal as error:
        refusal = error
    except Exception:  # nobody must wait for it for ever
        log.exception("import %s could not be finished", run_id)
    with transaction.atomic():
        run = locked(run_id)
        if run is not None and run.state == asked:
            run.state, run.refusal = before, told(refusal)
            run.save(update_fields=["state", "refusal"])


def do(run: ImportRun, by: User, at: dt.datetime) -> None:
    """Within a transaction that holds the run: do what its entries say. Refuses: NotYourOffice, QuietTimeNow, and
    what the importer refuses."""
    importer = REGISTER[run.kind]
    access.require(by, run.organisation, at, *importer.offices)
    require_no_quiet_time(run.row_count, at)
    chosen = frozenset(run.summary.get("chosen", ()))
    kept = importer.commit(run=run, entries=list(packing.unpack(run.rows)), chosen=chosen, by=by, at=at)
    facts = {"kind": run.kind, "rows": run.row_count, **run.summary["counts"], "chosen": len(chosen)}
    line = journal.write("people.import_committed", by=by, at=at, about=run, facts=facts)
    run.state, run.committed_at, run.rows, run.refusal = State.COMMITTED, at, "", {}
    run.undo = packing.pack([{"line": line.pk, "kept": kept}])
    run.save(update_fields=["state", "committed_at", "rows", "refusal", "undo", "summary"])


def take_back(run: ImportRun, by: User, at: dt.datetime) -> None:
    """Within a transaction that holds the run: put everything back. Refuses: NotYourOffice, QuietTimeNow, ActedOn."""
    importer = REGISTER[run.kind]
    access.require(by, run.organisation, at, *importer.offices)
    require_no_quiet_time(run.row_count, at)
    (undo,) = packing.unpack(run.undo)
    _require_untouched(run, undo["line"], undo["kept"].get("subjects", {}))
    try:
        importer.undo(run=run, kept=undo["kept"], by=by, at=at)
    except (ProtectedError, RestrictedError) as error:
        named = next(iter(getattr(error, "protected_objects", ()) or error.restricted_objects), "")
        raise ActedOn(name=_owner(named)) from error
    run.state, run.undone_at, run.undo, run.refusal = State.UNDONE, at, "", {}
    run.save(update_fields=["state", "undone_at", "undo", "refusal", "summary"])
    journal.write("people.import_undone", by=by, at=at, about=run, facts={"kind": run.kind, "rows": run.row_count})


def _owner(row: Any) -> str:
    """Whom a row speaks of, for a sentence."""
    return str(getattr(row, "teacher", None) or getattr(row, "user", None) or row)


def _require_untouched(run: ImportRun, line: int, subjects: Mapping[str, list[int]]) -> None:
    """Refuse (ActedOn) where a later line of the journal tells of an act on one of these rows (a reading is none), or
    a later import that still stands has changed one."""
    later = Line.objects.filter(pk__gt=line, subject_type__in=list(subjects)).exclude(act__endswith="_read")
    theirs = {kind: {str(each) for each in ids} for kind, ids in subjects.items()}
    for kind, subject, name in later.values_list("subject_type", "subject_id", "subject_name").iterator():
        if subject in theirs[kind]:
            raise ActedOn(name=name)
    others = ImportRun.objects.filter(state=State.COMMITTED, committed_at__gte=run.committed_at).exclude(pk=run.pk)
    for other in others.exclude(undo="").iterator():
        (undo,) = packing.unpack(other.undo)
        for kind, ids in undo["kept"].get("subjects", {}).items():
            if undo["line"] > line and (common := set(ids) & set(subjects.get(kind, ()))):
                raise ActedOn(name=apps.get_model(kind).objects.get(pk=min(common)))
