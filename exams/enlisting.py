"""A roster brought in for an exam: everything is checked first and told at once, then all of it is taken in."""

import datetime as dt
import json
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from exams import applying, roster
from exams.models import Candidate, Exam
from exams.roster_check import Check, Known
from lms.journal import writing as journal
from lms.lib import clock, sheets
from lms.lib.refusals import Refusal
from lms.people import access, registering
from lms.people.models import Appointment, ImportRun, Teacher, User

OFFICER = Appointment.Office.EXAM_OFFICER
KIND = "exams.roster"
MAX_CANDIDATES = 5000


class HeadingsMissing(Refusal):
    sentence = _("These columns are missing: {headings}. Start from the template, which has them all.")
    field = "file"


class NobodyListed(Refusal):
    sentence = _("Nobody is listed below the headings. Choose the file with the roster.")
    field = "file"


class RosterTooLong(Refusal):
    sentence = _("A roster has at most {limit} people; this one has {count}. Send it in parts.")
    field = "file"


class RosterNotReady(Refusal):
    sentence = _("This roster is “{state}” and cannot be imported. Bring the file again.")


class RosterOutdated(Refusal):
    sentence = _("Records changed since this roster was checked (row {row}). Bring the file again to check it anew.")


def runs(exam: Exam) -> QuerySet[ImportRun]:
    """The rosters brought for an exam."""
    return ImportRun.objects.filter(kind=KIND, target=str(exam.pk))


def exam_of(run: ImportRun) -> Exam:
    """The exam that a roster was brought for."""
    return Exam.objects.select_related("organisation").get(pk=int(run.target))


def content(run: ImportRun) -> dict[str, Any]:
    """What of the file still waits in the run: `cells` of a faulty one, `entries` of one that may be imported."""
    return json.loads(run.rows) if run.rows else {}


def check_roster(*, exam: Exam, file: IO[bytes], file_name: str, by: User, at: dt.datetime) -> ImportRun:
    """Read a roster and check every row of it against itself, the register and the exam; all faults are kept in the
    run's `errors`, and nothing else is written. Without a fault the run is checked, else faulty. A roster that the
    same officer brought before and did not import is abandoned.

    Refuses: NotYourOffice, HeadingsMissing, NobodyListed, RosterTooLong, and what lms.lib.sheets refuses of a file.
    """
    access.require(by, exam.organisation, at, OFFICER)
    sheet = sheets.read(file, file_name, expected=roster.HEADINGS)
    if missing := [each for each in roster.REQUIRED if each not in sheet.headings]:
        raise HeadingsMissing(headings="、".join(missing))
    check = Check(exam, sheet, at)
    if not check.rows:
        raise NobodyListed()
    if len(check.rows) > MAX_CANDIDATES:
        raise RosterTooLong(limit=MAX_CANDIDATES, count=len(check.rows))
    check.run()
    return _keep(exam, sheet, check, file_name, by, at)


@transaction.atomic
def _keep(exam: Exam, sheet: sheets.Sheet, check: Check, file_name: str, by: User, at: dt.datetime) -> ImportRun:
    state = ImportRun.State
    for earlier in runs(exam).filter(checked_by=by, state__in=(state.CHECKED, state.FAULTY)):
        _abandon(earlier, by, at)
    run = ImportRun.objects.create(
        organisation=exam.organisation,
        kind=KIND,
        target=str(exam.pk),
        file_name=file_name[:200],
        state=state.FAULTY if check.faults else state.CHECKED,
        rows=_waiting(sheet, check),
        row_count=len(check.rows),
        errors=check.faults,
        notes=check.notes,
        summary=check.summary(),
        checked_by=by,
        checked_at=at,
    )
    facts = {"exam": exam.pk, "rows": run.row_count, "faults": len(run.errors)}
    journal.write("exams.roster_checked", by=by, at=at, about=run, facts=facts)
    return run


@transaction.atomic
def commit_roster(*, run: ImportRun, by: User, at: dt.datetime) -> list[Candidate]:
    """Take a checked roster in, all of it or nothing: teachers who are new get a record and an account, those known
    keep theirs, and each is registered for the exam under her number, waiting for review. The rows are then gone from
    the run.

    Refuses: NotYourOffice, RosterNotReady, RosterOutdated (the register or the exam changed since the check), and what
    `applying.register_many` refuses.
    """
    run = _locked(run)
    access.require(by, run.organisation, at, OFFICER)
    if run.state != ImportRun.State.CHECKED:
        raise RosterNotReady(state=run.get_state_display())
    exam, entries = exam_of(run), content(run)["entries"]
    known = Known(exam, [each["id_number"] for each in entries], at)
    for each in entries:
        if known.place_of(each["id_number"], each["school"]) != (each["teacher"], each["school"]):
            raise RosterOutdated(row=each["row"])
    newcomers = [each for each in entries if each["teacher"] is None]
    made = _register(newcomers, known, exam, by, at) if newcomers else []
    teachers = {each["row"]: teacher for each, teacher in zip(newcomers, made, strict=True)}
    rows = [
        applying.Row(teachers.get(each["row"]) or known.teacher(each["id_number"]), each["facts"], each["number"])
        for each in entries
    ]
    candidates = applying.register_many(exam=exam, rows=rows, by=by, at=at)
    run.state, run.committed_at, run.rows = ImportRun.State.COMMITTED, at, ""
    run.save(update_fields=["state", "committed_at", "rows"])
    facts = {"exam": exam.pk, "candidates": len(candidates), "new_teachers": len(made)}
    journal.write("exams.roster_committed", by=by, at=at, about=run, facts=facts)
    return candidates


@transaction.atomic
def abandon_roster(*, run: ImportRun, by: User, at: dt.datetime) -> None:
    """Give a roster up that was not imported; its rows are gone. Refuses: NotYourOffice, RosterNotReady."""
    run = _locked(run)
    access.require(by, run.organisation, at, OFFICER)
    if run.state not in (ImportRun.State.CHECKED, ImportRun.State.FAULTY):
        raise RosterNotReady(state=run.get_state_display())
    _abandon(run, by, at)


def marked_workbook(run: ImportRun) -> bytes:
    """The faulty roster with every faulty cell red and its sentence as a comment, in the reader's language."""
    waiting = content(run)
    faults: dict[tuple[int, str], str] = {}
    for each in run.errors:
        at = (each["row"], each["heading"])
        faults[at] = "\n".join(filter(None, [faults.get(at), roster.sentence(each)]))
    return sheets.mark("花名册", waiting["headings"], waiting["cells"], faults, headings_row=waiting["headings_row"])


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=run.pk)


def _abandon(run: ImportRun, by: User, at: dt.datetime) -> None:
    run.state, run.rows = ImportRun.State.ABANDONED, ""
    run.save(update_fields=["state", "rows"])
    journal.write("exams.roster_abandoned", by=by, at=at, about=run)


def _register(newcomers: list[dict[str, Any]], known: Known, exam: Exam, by: User, at: dt.datetime) -> list[Teacher]:
    return registering.register_many(
        newcomers=[
            registering.Newcomer(
                full_name=each["full_name"],
                id_number=each["id_number"],
                school=known.schools[each["school"]],
                posts=[each["facts"]["post"]],
                stage=each["facts"]["stage"],
                phone=each["facts"]["phone"],
                from_on=clock.local_date(at),
            )
            for each in newcomers
        ],
        about=exam.organisation,
        by=by,
        at=at,
    )


def _waiting(sheet: sheets.Sheet, check: Check) -> str:
    """What the run keeps, encrypted: the file's texts while they must be mended, the entries once they need not be."""
    if not check.faults:
        return json.dumps({"entries": check.entries}, ensure_ascii=False, cls=DjangoJSONEncoder)
    cells = [[row.number, [row.text(heading) for heading in sheet.headings]] for row in sheet.rows]
    waiting = {"headings": sheet.headings, "headings_row": sheet.headings_row, "cells": cells}
    return json.dumps(waiting, ensure_ascii=False)
