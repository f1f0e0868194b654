"""Honours of former years brought in from a workbook: one row for each person and honour."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from lms.lib import clock, partial_dates, sheets
from lms.people import cells
from lms.people.import_kinds import ADDED, Checked, Importer, Outdated
from lms.people.models import ImportRun, Organisation, Posting, Teacher, User
from lms.records import honouring, persons
from lms.records.models import Honour

TITLE, GIVER, LEVEL, GIVEN = "荣誉名称", "授予单位", "授予级别", "授予日期"
HEADINGS = [cells.NAME, cells.ID_NUMBER, cells.SCHOOL, TITLE, GIVER, LEVEL, GIVEN, cells.REMARK]
LEVELS = {
    "国家级": Honour.Level.NATIONAL,
    "省级": Honour.Level.PROVINCE,
    "市级": Honour.Level.CITY,
    "县级": Honour.Level.COUNTY,
    "校级": Honour.Level.SCHOOL,
}
_LEVELS = LEVELS | {"地级": Honour.Level.CITY, "区级": Honour.Level.COUNTY, "区县级": Honour.Level.COUNTY}
FAULTS: dict[str, tuple[str | Promise, str | Promise]] = {
    **persons.FAULTS,
    "not_yours": (
        _("She is at no school for which you speak today. Her own school or bureau brings this in."),
        _("a teacher of your schools"),
    ),
    "on_record": (_("This honour is entered for her already. Leave the row out."), _("an honour not yet entered")),
    "honour_twice": (_("Row {other} is the same honour of the same person. Keep one."), _("each honour once")),
}
_READ = [each for each in HEADINGS if each != cells.REMARK]
_LONGEST = 120
_TELL_EVERY = 1000


class Honours(Importer):
    """Honours that schools and bureaus know of. People are recognised by identity number and name, or by name and
    school; each honour waits for another officer of the bureau to confirm it."""

    kind = "records.honours"
    label = _("Honours")
    hint = _("Who was given which honour, by whom and when: one row for each. Another officer of the bureau confirms.")
    offices = Honour.ENTERS
    headings = HEADINGS
    required = [cells.NAME, TITLE, GIVER, LEVEL, GIVEN]
    max_rows = 2_000
    title = "荣誉名册"
    preview_headings = [_("Name"), _("Honour"), _("Given by"), _("Given on")]
    faults = FAULTS

    def check(
        self, *, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime, progress: Callable[[int], None]
    ) -> Checked:
        return _Check(organisation, sheet, at).run(progress)

    def commit(
        self, *, run: ImportRun, entries: list[dict[str, Any]], chosen: frozenset[str], by: User, at: dt.datetime
    ) -> dict[str, Any]:
        teachers = Teacher.objects.select_related("merged_into").in_bulk({entry["teacher"] for entry in entries})
        listed = []
        for entry in entries:
            if entry["teacher"] not in teachers:
                raise Outdated(row=entry["row"])
            listed.append((teachers[entry["teacher"]], _given(entry)))
        made = honouring.enter_all(honours=listed, by=by, at=at)
        return {"subjects": {"records.honour": [each.pk for each in made]}}

    def undo(self, *, run: ImportRun, kept: dict[str, Any], by: User, at: dt.datetime) -> None:
        honouring.take_back(honours=kept["subjects"]["records.honour"], about=run.organisation, by=by, at=at)

    def figures(self, run: ImportRun) -> list[tuple[str, Any, str]]:
        return [
            (_now("Honours"), run.summary["counts"][ADDED], _now("one for each row")),
            (pgettext("count", "Persons"), run.summary["persons"], ""),
        ]

    def next_steps(self, run: ImportRun) -> list[tuple[str, str]]:
        return [(_now("Look at the honours"), reverse("records:honours"))]

    def preview_row(self, entry: Mapping[str, Any]) -> list[str]:
        return [entry["full_name"], entry["title"], entry["giver"], entry["given_on"]]


class _Check:
    """One file under examination."""

    def __init__(self, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime) -> None:
        self.organisation, self.sheet, self.at, self.today = organisation, sheet, at, clock.local_date(at)
        self.found = Checked()

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
        self.found.summary = {"persons": len({entry["teacher"] for entry in self.found.entries})}
        return self.found

    def _entry(self, reader: cells.Reader, person: persons.Somebody | None) -> dict[str, Any]:
        reader.refuse_formulas(_READ)
        persons.part_of_date(reader, GIVEN, self.today)
        persons.require_filled(reader, GIVEN)
        return {
            "row": reader.row.number,
            "does": ADDED,
            "teacher": person.teacher if person else None,
            "full_name": person.full_name if person else "",
            "title": self._text(reader, TITLE),
            "giver": self._text(reader, GIVER),
            "level": reader.word(LEVEL, _LEVELS),
            "given_on": reader.text(GIVEN),
        }

    def _text(self, reader: cells.Reader, heading: str) -> str:
        text = honouring.plain(reader.text(heading))
        persons.require_filled(reader, heading)
        if len(text) > _LONGEST:
            reader.fault(heading, "too_long", limit=_LONGEST, length=len(text))
        return text

    def _require_new(self, read: list[tuple[cells.Reader, dict[str, Any]]]) -> None:
        people = sorted({entry["teacher"] for _reader, entry in read if entry["teacher"]})
        last = Posting.objects.last_on(self.today).filter(organisation__path__startswith=self.organisation.path)
        here = set(last.filter(teacher__in=people).values_list("teacher", flat=True))
        known = honouring.entered(people)
        rows: dict[tuple[Any, ...], int] = {}
        for reader, entry in read:
            day = partial_dates.read(entry["given_on"])
            if not entry["teacher"] or day is None:
                continue
            key = honouring.key(entry["teacher"], _given(entry))
            other = rows.setdefault((*key, day), entry["row"])
            if entry["teacher"] not in here:
                reader.fault(cells.NAME, "not_yours")
            elif honouring.stands(known.get(key, []), day):
                reader.fault(TITLE, "on_record")
            elif other != entry["row"]:
                reader.fault(TITLE, "honour_twice", other=other)


def _given(entry: Mapping[str, Any]) -> honouring.Given:
    return honouring.Given(**{name: entry[name] for name in ("title", "level", "giver", "given_on")})
