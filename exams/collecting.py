"""Question banks in: a file is checked whole, every fault told by its row or line, and taken in on the officer's word.

A workbook comes in without a fault or not at all. Of a file of another software (GIFT, Moodle XML, QTI) every item that
a bank can keep whole comes in, and every other is told with the reason.
"""

import datetime as dt
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import IO, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from exams import question_faults, question_files, question_media, question_sheet, versioning
from exams.models import Question, QuestionMedia
from exams.question_faults import Fault
from exams.question_files import WORKBOOK
from exams.question_sheet import EVERY_HEADING, REQUIRED_HEADINGS, STEM
from lms.journal import writing as journal
from lms.lib import sheets
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, ImportRun, Organisation, User
from lms.questions import likeness
from lms.questions.items import Item, NotWhole

OFFICER = Appointment.Office.EXAM_OFFICER
KIND = "exams.questions"
PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,9}")
_ORDERED = [question_sheet.CODE, *(each for each in EVERY_HEADING if each != question_sheet.CODE)]
_WAITING = (ImportRun.State.CHECKED, ImportRun.State.FAULTY)
_WITH_OPTIONS = (Question.Kind.MATCHING, Question.Kind.ORDERING)


@dataclass(frozen=True)
class Checked:
    """What a file holds: the questions in its order, and what is told of others or must be mended."""

    items: list[Item]
    faults: list[Fault]


class BankFaulty(Refusal):
    sentence = _("Nothing was taken in: {count} places in the workbook need mending. Mend them and bring it again.")
    field = "file"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(count=len(faults))
        self.faults = faults


class NoQuestions(Refusal):
    sentence = _("The workbook has no question below its headings. Choose the workbook with the question bank.")
    field = "file"


class HeadingsMissing(Refusal):
    sentence = _("These columns are missing: {headings}. The first row of the workbook must name them.")
    field = "file"


class PrefixWrong(Refusal):
    sentence = _("Codes begin with a letter and have up to 10 letters and figures before their number, such as MH-.")
    field = "prefix"


class CollectionNotReady(Refusal):
    sentence = _("This file is “{state}” and cannot be taken in. Bring it again.")


def runs(user: User, at: dt.datetime) -> QuerySet[ImportRun]:
    """The question files brought for the banks that a user's exam office covers."""
    return ImportRun.objects.managed_by(user, at, OFFICER).filter(kind=KIND)


def check(
    organisation: Organisation,
    file: IO[bytes],
    file_name: str,
    *,
    prefix: str = "Q",
    difficulty: str = Question.Difficulty.MEDIUM,
    by: User,
    at: dt.datetime,
) -> ImportRun:
    """Read a file of any format and keep what was found, for the officer to look at; the bank does not change. Items
    without a code get `prefix` and a number when they come in, those without a difficulty the one given. A file that
    the same officer brought for this bank before and did not take in is given up. Who: an exam officer whose office
    covers the institution.

    Refuses: NotYourOffice, PrefixWrong, NotReadable, HeadingsMissing, NoQuestions, and what lms.lib.sheets refuses.
    """
    access.require(by, organisation, at, OFFICER)
    if not PREFIX.fullmatch(prefix):
        raise PrefixWrong()
    content = file.read(question_files.MAX_BYTES + 1)
    kind = question_files.format_of(content, file_name)
    rows = ""
    if kind == WORKBOOK:
        sheet = _sheet(io.BytesIO(content), file_name)
        checked = _checked_sheet(organisation, sheet)
        if checked.faults:
            checked, rows = replace(checked, items=[]), _cells(sheet)
    else:
        checked = _checked_foreign(organisation, *question_files.read(content, kind))
    return _keep(organisation, kind, checked, rows, file_name, prefix, difficulty, by, at)


@transaction.atomic
def _keep(
    organisation: Organisation,
    kind: str,
    checked: Checked,
    rows: str,
    file_name: str,
    prefix: str,
    difficulty: str,
    by: User,
    at: dt.datetime,
) -> ImportRun:
    state = ImportRun.State
    earlier = ImportRun.objects.filter(kind=KIND, organisation=organisation, checked_by=by, state__in=_WAITING)
    for each in earlier:
        _give_up(each, by, at)
    defaults = {"format": kind, "prefix": prefix, "difficulty": difficulty}
    standing = _standing(organisation)
    fates = [fate(standing.get(each.code), _filled(each, standing, file_name, difficulty)) for each in checked.items]
    counts = {name: fates.count(name) for name in ("new", "changed", "unchanged")}
    run = ImportRun.objects.create(
        organisation=organisation,
        kind=KIND,
        file_name=file_name[:200],
        state=state.CHECKED if checked.items else state.FAULTY,
        rows=rows or question_files.packed(checked.items),
        row_count=len(checked.items),
        errors=[each.plain() for each in checked.faults],
        summary={**defaults, **counts, "reported": len({each.row for each in checked.faults})},
        checked_by=by,
        checked_at=at,
    )
    facts = {"file": run.file_name, "format": kind, "whole": run.row_count, "reported": run.summary["reported"]}
    journal.write("exams.questions_checked", by=by, at=at, about=run, facts=facts)
    return run


def commit(*, run: ImportRun, by: User, at: dt.datetime) -> list[Question]:
    """Take in what was found whole; returns the questions as they now stand, in the file's order. A code that is new
    is version 1; one whose content changed gets the next version and the earlier ones stay; one that did not change is
    left as it is. What is new waits for review by another person. The items are then gone from the run.

    Refuses: NotYourOffice, CollectionNotReady.
    """
    stored = question_media.store(run.organisation, waiting(run))
    try:
        return _commit(run, stored, by, at)
    except BaseException:
        question_media.forget(stored)
        raise


@transaction.atomic
def _commit(run: ImportRun, stored: dict[str, Any], by: User, at: dt.datetime) -> list[Question]:
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=run.pk)
    access.require(by, run.organisation, at, OFFICER)
    if run.state != ImportRun.State.CHECKED:
        raise CollectionNotReady(state=run.get_state_display())
    versioning.lock(run.organisation)
    QuestionMedia.objects.bulk_create(question_media.rows_of(run.organisation, stored, at))
    summary = run.summary
    numbered = _numbered(run.organisation, question_files.unpacked(run.rows), summary["prefix"])
    standing = _standing(run.organisation)
    filled = [_filled(each, standing, run.file_name, summary["difficulty"]) for each in numbered]
    now_standing = _enter(run.organisation, filled, run.file_name, by, at, reported=summary["reported"])
    run.state, run.committed_at, run.rows = ImportRun.State.COMMITTED, at, ""
    run.save(update_fields=["state", "committed_at", "rows"])
    return now_standing


@transaction.atomic
def abandon(*, run: ImportRun, by: User, at: dt.datetime) -> None:
    """Give a file up that was not taken in; what was found in it is gone. Refuses: NotYourOffice,
    CollectionNotReady."""
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=run.pk)
    access.require(by, run.organisation, at, OFFICER)
    if run.state not in _WAITING:
        raise CollectionNotReady(state=run.get_state_display())
    _give_up(run, by, at)


def waiting(run: ImportRun) -> list[Item]:
    """The items of a checked file that wait for the officer's word."""
    return question_files.unpacked(run.rows) if run.state == ImportRun.State.CHECKED else []


def foreseen(run: ImportRun) -> list[tuple[Item, str]]:
    """What waits, with what would become of each item now: "new", "changed" or "unchanged"."""
    standing = _standing(run.organisation)
    filled = [_filled(each, standing, run.file_name, run.summary["difficulty"]) for each in waiting(run)]
    return [(each, fate(standing.get(each.code), each)) for each in filled]


def report(run: ImportRun) -> bytes:
    """What is told of a file, as a workbook: a faulty workbook with its red cells, or the items of another software
    that do not come in, by line and with the reason, in the reader's language."""
    faults = [Fault(**each) for each in run.errors]
    if run.summary["format"] == WORKBOOK:
        kept = json.loads(run.rows)
        cells: dict[tuple[int, str], str] = {}
        for each in faults:
            at = (each.row, each.heading)
            cells[at] = "\n".join(filter(None, [cells.get(at), each.sentence]))
        return sheets.mark("题库", kept["headings"], kept["cells"], cells, headings_row=kept["headings_row"])
    headings = [_now("Line"), _now("Question"), _now("Why it does not come in")]
    return sheets.write([(_now("Not taken in"), headings, [[f.row, f.found, f.sentence] for f in faults])])


@transaction.atomic
def collect(
    organisation: Organisation, file: IO[bytes], file_name: str, *, by: User, at: dt.datetime
) -> list[Question]:
    """Take a workbook in at once, whole or not at all: `check` and `commit` in one. Refuses: NotYourOffice, BankFaulty
    (with every fault), HeadingsMissing, NoQuestions."""
    access.require(by, organisation, at, OFFICER)
    versioning.lock(organisation)
    checked = check_workbook(organisation, file, file_name)
    if checked.faults:
        raise BankFaulty(checked.faults)
    return _enter(organisation, checked.items, file_name, by, at)


def check_workbook(organisation: Organisation, file: IO[bytes], file_name: str) -> Checked:
    """Read a workbook and find every fault at once: of each question by itself, codes that come twice, and stems too
    alike to another in the workbook or in the bank. Writes nothing. Refuses: HeadingsMissing, NoQuestions, and what
    lms.lib.sheets refuses of a file."""
    return _checked_sheet(organisation, _sheet(file, file_name))


def _sheet(file: IO[bytes], file_name: str) -> sheets.Sheet:
    sheet = sheets.read(file, file_name, expected=EVERY_HEADING)
    if missing := [each for each in REQUIRED_HEADINGS if each not in sheet.headings]:
        raise HeadingsMissing(headings="、".join(missing))
    if not sheet.rows:
        raise NoQuestions()
    return sheet


def _checked_sheet(organisation: Organisation, sheet: sheets.Sheet) -> Checked:
    drafts, faults = question_sheet.read(sheet)
    items = [each.item for each in drafts]
    for place, key, facts in _alike(organisation, items):
        faults.append(question_sheet.fault(drafts[place].row, STEM, key, **facts))
    return Checked(items, sorted(faults, key=lambda fault: (fault.row, _ORDERED.index(fault.heading))))


def _checked_foreign(organisation: Organisation, found: list[Item], faults: list[Fault]) -> Checked:
    """Items of another software: media made harmless, codes once, none too alike; what is told of any leaves it out."""
    known = question_media.known_to(organisation, found)
    clean: list[Item] = []
    for each in found:
        try:
            clean.append(question_media.cleaned(each, known))
        except NotWhole as why:
            key, facts = question_faults.of_reason(why.reason, why.facts)
            faults.append(question_files.told(each, key, **facts))
    first: dict[str, Item] = {}
    once: list[Item] = []
    for each in _recognised(organisation, clean):
        before = first.setdefault(each.code, each) if each.code else each
        if before is each:
            once.append(each)
        else:
            faults.append(question_files.told(each, "code_line", row=before.line, code=each.code))
    twins = {place: question_files.told(once[place], key, **facts) for place, key, facts in _alike(organisation, once)}
    whole = [each for place, each in enumerate(once) if place not in twins]
    faults += twins.values()
    return Checked(whole, sorted(faults, key=lambda fault: fault.row))


def _recognised(organisation: Organisation, found: list[Item]) -> list[Item]:
    """Items without a code get that of the question in the bank that asks the very same."""
    if all(each.code for each in found):
        return found
    codes = {_asks(each): each.code for each in Question.objects.filter(organisation=organisation).newest()}
    return [each if each.code else replace(each, code=codes.get(_asks(each), "")) for each in found]


def _asks(question: Question | Item) -> str:
    asked = [question.kind, question.stem, question.body, question.key]
    return json.dumps(asked, ensure_ascii=False, sort_keys=True)


def _alike(organisation: Organisation, found: list[Item]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The places of items too alike to an earlier one of their file, or to another question of the bank: each with
    what is told."""
    # A name with a space is no code: it stands for an item that has none.
    names = {each.code or f" {place}": place for place, each in enumerate(found) if each.stem}
    bank = Question.objects.filter(organisation=organisation).newest().exclude(code__in=names)
    texts = {each.code: _compared(each) for each in bank.only("code", "kind", "stem", "body")}
    texts |= {name: _compared(found[place]) for name, place in names.items()}
    for earlier, later in likeness.twins(texts, names):
        if earlier not in names:
            yield names[later], "alike_bank", {"code": earlier}
        elif earlier.startswith(" "):
            yield names[later], "alike_line", {"row": found[names[earlier]].line}
        else:
            yield names[later], "alike_row", {"code": earlier, "row": found[names[earlier]].line}


def _compared(question: Question | Item) -> str:
    """What tells a question from others: its stem, and where stems say little, what is matched or ordered."""
    if question.kind not in _WITH_OPTIONS:
        return question.stem
    rest = [*question.body.get("left", []), *question.body.get("right", []), *question.body.get("options", [])]
    return " ".join([question.stem, *(each["text"] for each in rest)])


def _numbered(organisation: Organisation, found: list[Item], prefix: str) -> list[Item]:
    """Items without a code get the prefix and the next free number. The bank is locked."""
    found = _recognised(organisation, found)
    taken = Question.objects.filter(organisation=organisation, code__startswith=prefix).values_list("code", flat=True)
    counted = re.compile(re.escape(prefix) + "([0-9]+)")
    numbers = [int(each[1]) for code in (*taken, *(item.code for item in found)) if (each := counted.fullmatch(code))]
    following = iter(range(max(numbers, default=0) + 1, 10**9))
    return [each if each.code else replace(each, code=f"{prefix}{next(following):03d}") for each in found]


def _filled(item: Item, standing: Mapping[str, Question], file_name: str, difficulty: str) -> Item:
    """The item with what its file does not say: from the question that stands, else from this file."""
    before = standing.get(item.code)
    if not item.difficulty:
        item = replace(item, difficulty=before.difficulty if before else difficulty)
    if not item.source and before is None:
        item = replace(item, source=file_name[:200])
    elif not item.source and before is not None:
        item = replace(item, source=before.source)
    return item


def _standing(organisation: Organisation) -> dict[str, Question]:
    return {each.code: each for each in Question.objects.filter(organisation=organisation).newest()}


def _enter(
    organisation: Organisation, found: list[Item], file_name: str, by: User, at: dt.datetime, *, reported: int = 0
) -> list[Question]:
    standing = _standing(organisation)
    changed = [each for each in found if fate(standing.get(each.code), each) != "unchanged"]
    versions = [_question(each, standing.get(each.code)) for each in changed]
    made = versioning.enter(organisation, versions, Question.State.IN_REVIEW, by=by, at=at)
    facts = {
        "file": file_name[:200],
        "new": sum(each.version == 1 for each in made),
        "changed": sum(each.version > 1 for each in made),
        "unchanged": len(found) - len(made),
    }
    if reported:
        facts["reported"] = reported
    journal.write("exams.bank_collected", by=by, at=at, about=organisation, facts=facts)
    now_standing = standing | {each.code: each for each in made}
    return [now_standing[each.code] for each in found]


def fate(before: Question | None, item: Item) -> str:
    """What becomes of an item: "new", "changed" (the next version) or "unchanged"."""
    if before is None:
        return "new"
    return "unchanged" if {name: getattr(before, name) for name in _fields(item)} == _fields(item) else "changed"


def _fields(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "stem": item.stem,
        "body": item.body,
        "key": item.key,
        "points": Decimal(item.points),
        "topic": "/".join(item.topic),
        "difficulty": item.difficulty,
        "cognitive_level": item.cognitive_level,
        "explanation": item.explanation,
        "source": item.source,
    }


def _question(item: Item, before: Question | None) -> Question:
    return Question(code=item.code, version=before.version + 1 if before else 1, **_fields(item))


def _give_up(run: ImportRun, by: User, at: dt.datetime) -> None:
    run.state, run.rows = ImportRun.State.ABANDONED, ""
    run.save(update_fields=["state", "rows"])
    journal.write("exams.questions_given_up", by=by, at=at, about=run)


def _cells(sheet: sheets.Sheet) -> str:
    cells = [[row.number, [row.text(heading) for heading in sheet.headings]] for row in sheet.rows]
    kept = {"headings": sheet.headings, "headings_row": sheet.headings_row, "cells": cells}
    return json.dumps(kept, ensure_ascii=False)
