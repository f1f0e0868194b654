"""Past trainings brought in from a workbook: one row for each person and training."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from lms.lib import clock, sheets
from lms.people import cells, import_kinds
from lms.people.import_kinds import ADDED, Checked, Importer, Outdated
from lms.people.models import ImportRun, Organisation, Teacher, User
from lms.records import honour_rolls, outcomes, persons, tracks, wording
from lms.records.models import HourClaim

TITLE, PERIOD, TRACK, ENDED = "培训名称", "期次", "培训方向", "结束日期"
HOURS, COMPLETED, ORGANISER, LEVEL = "学时", "是否结业", "组织单位", "组织级别"
HEADINGS = [
    cells.NAME,
    cells.ID_NUMBER,
    cells.SCHOOL,
    TITLE,
    PERIOD,
    TRACK,
    ENDED,
    HOURS,
    COMPLETED,
    ORGANISER,
    LEVEL,
    cells.REMARK,
]
LEVELS = {
    "国家级": HourClaim.Level.NATIONAL,
    "省级": HourClaim.Level.PROVINCE,
    "市级": HourClaim.Level.CITY,
    "县级": HourClaim.Level.COUNTY,
    "校级": HourClaim.Level.SCHOOL,
    "国（境）外": HourClaim.Level.ABROAD,
}
_LEVELS = LEVELS | {"国(境)外": HourClaim.Level.ABROAD, "地级": HourClaim.Level.CITY, "区级": HourClaim.Level.COUNTY}
# 约40, 40学时左右, 40多, 40余学时; the plain number as well.
_HOURS = re.compile(r"(?P<about>大约|约|近)?(?P<hours>\d{1,4}(?:\.\d)?)(?P<more>多|余)?(?:个?学时)?(?P<around>左右)?")
DONE = {"是": True, "已结业": True, "结业": True, "合格": True, "否": False, "未结业": False, "不合格": False}
FAULTS: dict[str, tuple[str | Promise, str | Promise]] = {
    **persons.FAULTS,
    "period_wrong": (_("A period is a whole number from 1 to 9999."), _("a whole number")),
    "hours_odd": (
        _("Hours are a number with at most one decimal, or about so many: 约40. Leave the cell empty if unknown."),
        _("36, or 约40"),
    ),
    "on_record": (_("This training is on her record already. Leave the row out."), _("a training not yet recorded")),
    "training_twice": (_("Row {other} is the same training of the same person. Keep one."), _("each training once")),
}
NOTES: dict[str, str | Promise] = {
    **cells.NOTES,
    "track_plain": _("“{found}” is no level of a certificate here (first in row {row}); it is kept as a plain word."),
}
_READ = [each for each in HEADINGS if each != cells.REMARK]
_TELL_EVERY = 1000


class PastTrainings(Importer):
    """Trainings of former years. People are recognised by identity number and name, or by name and school; nobody is
    registered by it, and those who have left keep their trainings."""

    kind = "records.outcomes"
    label = _("Past trainings")
    hint = _("Who went through which training, completed it or not: one row for each person and training.")
    offices = outcomes.OFFICES
    headings = HEADINGS
    required = [cells.NAME, TITLE, TRACK, ENDED, COMPLETED]
    title = "历年培训"
    preview_headings = [_("Name"), _("Training"), _("Ended"), _("Hours"), _("Outcome")]
    faults = FAULTS
    notes = NOTES

    def check(
        self, *, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime, progress: Callable[[int], None]
    ) -> Checked:
        return _Check(organisation, sheet, at).run(progress)

    def commit(
        self, *, run: ImportRun, entries: list[dict[str, Any]], chosen: frozenset[str], by: User, at: dt.datetime
    ) -> dict[str, Any]:
        known = _teachers({entry["teacher"] for entry in entries})
        units = {each.pk: each for each in _organisers(run.organisation)}
        rows = []
        for entry in entries:
            teacher, organiser = known.get(entry["teacher"]), units.get(entry["organiser"])
            if teacher is None or organiser is None:
                raise Outdated(row=entry["row"])
            rows.append(_training(entry, teacher, organiser))
        made = outcomes.record_many(trainings=rows, about=run.organisation, source=_source(run), by=by, at=at)
        return {"subjects": {"records.outcome": [each.pk for each in made]}}

    def undo(self, *, run: ImportRun, kept: dict[str, Any], by: User, at: dt.datetime) -> None:
        outcomes.take_back(source=_source(run), about=run.organisation, by=by, at=at)

    def figures(self, run: ImportRun) -> list[tuple[str, Any, str]]:
        return [
            (_now("Attendances"), run.summary["counts"][ADDED], _now("one for each row")),
            (pgettext("count", "Persons"), run.summary["persons"], _now("however often each attended")),
            (_now("Trainings"), run.summary["trainings"], ""),
        ]

    def next_steps(self, run: ImportRun) -> list[tuple[str, str]]:
        return [(_now("Look at the trainings"), reverse("records:trainings"))]

    def preview_row(self, entry: Mapping[str, Any]) -> list[str]:
        outcome = _now("completed") if entry["completed"] else _now("not completed")
        title = f"{entry['title']} · {entry['period']}" if entry["period"] else entry["title"]
        return [entry["full_name"], title, entry["ended_as"], _hours(entry), outcome]


class _Check:
    """One file under examination."""

    def __init__(self, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime) -> None:
        self.organisation, self.sheet, self.at, self.today = organisation, sheet, at, clock.local_date(at)
        self.found = Checked()
        self.tracks = {cells.compared(word): track for word, track in tracks.words(organisation).items()}
        self.organisers = {cells.compared(each.name): each.pk for each in _organisers(organisation)}
        self._plain_words: set[str] = set()
        self._rows_of: dict[tuple[int, str, str, int], int] = {}

    def run(self, progress: Callable[[int], None]) -> Checked:
        """Everything the file says and every fault of it."""
        readers = [cells.Reader(row, self.sheet.columns, self.at) for row in self.sheet.rows]
        named = [(reader.name(), persons.number_of(reader)) for reader in readers]
        at_schools = [
            (name, reader.text(cells.SCHOOL))
            for reader, (name, number) in zip(readers, named, strict=True)
            if not number
        ]
        register = persons.Register(self.organisation, (number for _name, number in named), at_schools)
        read = []
        for count, (reader, (name, number)) in enumerate(zip(readers, named, strict=True), start=1):
            read.append((reader, self._entry(reader, register.find(reader, name, number))))
            if count % _TELL_EVERY == 0:
                progress(count)
        self._require_new(read)
        for reader, entry in read:
            if not reader.faults:
                self.found.entries.append(entry)
            self.found.faults += reader.faults
            self.found.notes += reader.notes
        self.found.summary = {
            "persons": len({entry["teacher"] for entry in self.found.entries}),
            "trainings": len({(entry["title"], entry["period"]) for entry in self.found.entries}),
        }
        return self.found

    def _entry(self, reader: cells.Reader, person: persons.Somebody | None) -> dict[str, Any]:
        reader.refuse_formulas(_READ)
        ended = persons.part_of_date(reader, ENDED, self.today)
        persons.require_filled(reader, ENDED)
        return {
            "row": reader.row.number,
            "does": ADDED,
            "teacher": person.teacher if person else None,
            "full_name": person.full_name if person else "",
            "title": self._text(reader, TITLE, 120),
            "period": self._period(reader),
            "track": self._track(reader),
            "ended_on": min(ended.last, self.today).isoformat() if ended else "",
            "ended_as": _as_known(ended.first, ended.precision) if ended else "",
            "precision": ended.precision if ended else "",
            **self._hours(reader),
            "level": reader.word(LEVEL, _LEVELS, required=False),
            "completed": reader.word(COMPLETED, DONE),
            "organiser": self._organiser(reader),
        }

    def _text(self, reader: cells.Reader, heading: str, limit: int) -> str:
        text = " ".join(reader.text(heading).split())
        persons.require_filled(reader, heading)
        if len(text) > limit:
            reader.fault(heading, "too_long", limit=limit, length=len(text))
        return text

    def _period(self, reader: cells.Reader) -> int | None:
        text = reader.code(PERIOD).removeprefix("第").removesuffix("期")
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 9999):
            reader.fault(PERIOD, "period_wrong")
            return None
        return int(text)

    def _track(self, reader: cells.Reader) -> str:
        word = self._text(reader, TRACK, 60)
        known = self.tracks.get(cells.compared(word))
        if word and known is None and word not in self._plain_words:
            self._plain_words.add(word)
            reader.notes.append({"note": "track_plain", "row": reader.row.number, "found": word})
        return known or word

    def _hours(self, reader: cells.Reader) -> dict[str, Any]:
        """How many hours, and whether the paper says only about how many."""
        text = reader.code(HOURS)
        found = _HOURS.fullmatch(text)
        if text and not found:
            reader.fault(HOURS, "hours_odd")
        if not found:
            return {"hours": "", "is_approximate": False}
        return {"hours": found["hours"], "is_approximate": bool(found["about"] or found["more"] or found["around"])}

    def _organiser(self, reader: cells.Reader) -> int | None:
        """The unit that brings the file, or one above it that the row names."""
        name = reader.text(ORGANISER)
        if not name:
            return self.organisation.pk
        found = self.organisers.get(cells.compared(name))
        if found is None:
            reader.fault(ORGANISER, "unknown_word", expected=cells.SEPARATOR.join(self.organisers))
        return found

    def _require_new(self, read: list[tuple[cells.Reader, dict[str, Any]]]) -> None:
        recorded = outcomes.recorded({entry["teacher"] for _reader, entry in read if entry["teacher"]})
        for reader, entry in read:
            if not entry["teacher"]:
                continue
            key = (entry["teacher"], entry["track"], entry["title"], entry["period"] or 0)
            other = self._rows_of.setdefault(key, entry["row"])
            if key in recorded:
                reader.fault(TITLE, "on_record")
            elif other != entry["row"]:
                reader.fault(TITLE, "training_twice", other=other)


def _organisers(organisation: Organisation) -> list[Organisation]:
    """The unit itself and those above it."""
    return list(Organisation.objects.filter(pk__in=[organisation.pk, *organisation.ancestor_ids]))


def _teachers(ids: set[int]) -> dict[int, Teacher]:
    rows = Teacher.objects.defer("id_number").select_related("merged_into")
    ordered = sorted(ids)
    return {
        each.pk: each
        for first in range(0, len(ordered), _TELL_EVERY)
        for each in rows.filter(pk__in=ordered[first : first + _TELL_EVERY])
    }


def _training(entry: Mapping[str, Any], teacher: Teacher, organiser: Organisation) -> outcomes.Training:
    return outcomes.Training(
        teacher=teacher,
        track=entry["track"],
        title=entry["title"],
        ended_on=dt.date.fromisoformat(entry["ended_on"]),
        is_completed=entry["completed"],
        period=entry["period"],
        precision=entry["precision"],
        hours=Decimal(entry["hours"]) if entry["hours"] else None,
        organiser=organiser,
        is_approximate=entry.get("is_approximate", False),  # files checked before there was such a thing
        level=entry.get("level", ""),
    )


def _hours(entry: Mapping[str, Any]) -> str:
    known = Decimal(entry["hours"]) if entry["hours"] else None
    return wording.about(known, entry.get("is_approximate", False))


def _source(run: ImportRun) -> str:
    return f"people.importrun:{run.pk}"


def _as_known(first: dt.date, precision: str) -> str:
    """2019-05-20, 2019-05 or 2019."""
    return first.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]]


import_kinds.register(PastTrainings())
import_kinds.register(honour_rolls.Honours())
