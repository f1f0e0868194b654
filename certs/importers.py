"""Paper certificates of former years brought in from a workbook: each level's become a list to be signed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from certs import queries, taking_in
from certs.models import Batch, Level
from lms.lib import clock, partial_dates, sheets
from lms.people import cells, import_kinds
from lms.people.import_kinds import ADDED, Checked, Importer, Outdated
from lms.people.models import ImportRun, Organisation, Teacher, User
from lms.records import persons, tracks

LEVEL, NUMBER, ISSUED, EXPIRES, HOURS = "证书等级", "证书编号", "发证日期", "有效期至", "学时"
HEADINGS = [cells.NAME, cells.ID_NUMBER, LEVEL, NUMBER, ISSUED, EXPIRES, HOURS, cells.REMARK]
# The acts' own reasons, told of a cell.
_OBJECTIONS = {
    taking_in.NotFromHere: (cells.ID_NUMBER, _("someone who is or was here")),
    taking_in.NumberUnreadable: (NUMBER, _("the number on the certificate")),
    taking_in.NumberLikeOurs: (NUMBER, _("the number on the certificate")),
    taking_in.NumberTwice: (NUMBER, _("each number once")),
    taking_in.NumberInUse: (NUMBER, _("a number not yet in the register")),
    taking_in.IssuedInFuture: (ISSUED, _("a day that is past")),
    taking_in.EndsBeforeIssue: (EXPIRES, _("a day after the day of issue")),
    taking_in.HoursUnreadable: (HOURS, "36"),
}
FAULTS: dict[str, tuple[str | Promise, str | Promise]] = {
    **persons.FAULTS,
    **{kind.__name__: (kind.sentence, expected) for kind, (_heading, expected) in _OBJECTIONS.items()},
    "no_level": (_("No scheme of {authority} has such a level. Write its name or its letters."), ""),
    "number_again": (_("Row {other} has the same number. Compare both with the papers."), _("each number once")),
}
_READ = [each for each in HEADINGS if each != cells.REMARK]
_TELL_EVERY = 1000


class PaperCertificates(Importer):
    """Paper certificates under their old numbers. People are recognised by identity number and name; who has left
    counts as well. Committing proposes one list for each level, and a signatory signs it."""

    kind = "certs.historical"
    label = _("Paper certificates of former years")
    hint = _("Certificates issued on paper, with their old numbers; a signatory signs the list before they count.")
    offices = (taking_in.OFFICE,)
    headings = HEADINGS
    required = [cells.NAME, cells.ID_NUMBER, LEVEL, NUMBER, ISSUED]
    max_rows = taking_in.MOST
    title = "历史证书"
    preview_headings = [_("Name"), _("Certificate"), _("Number"), _("Date of issue"), _("Training hours")]
    faults = FAULTS

    def check(
        self, *, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime, progress: Callable[[int], None]
    ) -> Checked:
        return _Check(organisation, sheet, at).run(progress)

    def commit(
        self, *, run: ImportRun, entries: list[dict[str, Any]], chosen: frozenset[str], by: User, at: dt.datetime
    ) -> dict[str, Any]:
        levels, teachers = Level.objects.in_bulk({entry["level"] for entry in entries}), _teachers(entries)
        listed: dict[int, list[taking_in.Paper]] = defaultdict(list)
        for entry in entries:
            if entry["level"] not in levels or entry["teacher"] not in teachers:
                raise Outdated(row=entry["row"])
            listed[entry["level"]].append(_paper(entry, teachers[entry["teacher"]]))
        made = [
            taking_in.propose_historical(
                level=levels[pk],
                title=f"{Path(run.file_name).stem[:80]} · {levels[pk].name}"[:200],
                basis=f"people.importrun:{run.pk}:{pk}",
                papers=papers,
                by=by,
                at=at,
            )
            for pk, papers in sorted(listed.items())
        ]
        return {"subjects": {"certs.batch": [batch.pk for batch in made]}}

    def undo(self, *, run: ImportRun, kept: dict[str, Any], by: User, at: dt.datetime) -> None:
        for batch in Batch.objects.filter(pk__in=kept["subjects"]["certs.batch"]):
            taking_in.take_back(batch=batch, by=by, at=at)

    def figures(self, run: ImportRun) -> list[tuple[str, Any, str]]:
        levels = [(name, count, "") for name, count in run.summary["levels"]]
        return [
            (_now("Paper certificates"), run.summary["counts"][ADDED], _now("they count once the list is signed")),
            (_now("Persons"), run.summary["persons"], ""),
            *levels,
        ]

    def next_steps(self, run: ImportRun) -> list[tuple[str, str]]:
        return [(_now("Lists to sign"), reverse("certs:batches"))]

    def preview_row(self, entry: Mapping[str, Any]) -> list[str]:
        return [entry["holder"], entry["level_name"], entry["number"], entry["issued_as"], entry["hours"]]


class _Check:
    """One file under examination."""

    def __init__(self, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime) -> None:
        self.organisation, self.sheet, self.at, self.today = organisation, sheet, at, clock.local_date(at)
        found = Level.objects.filter(scheme__authority=organisation).select_related("scheme__authority")
        self.levels = {level.pk: level for level in found}
        self.words = {cells.compared(word): level for word, level in queries.level_words(self.levels.values()).items()}

    def run(self, progress: Callable[[int], None]) -> Checked:
        """Everything the file says and every fault of it."""
        readers = [cells.Reader(row, self.sheet.columns, self.at) for row in self.sheet.rows]
        named = [(reader.name(), reader.id_number()) for reader in readers]
        register = persons.Register(self.organisation, [number for _name, number in named], [])
        read = []
        for count, (reader, (name, number)) in enumerate(zip(readers, named, strict=True), start=1):
            read.append((reader, self._entry(reader, name, register.find(reader, name, number))))
            if count % _TELL_EVERY == 0:
                progress(count)
        self._object(read)
        entries = [entry for reader, entry in read if not reader.faults]
        counts: dict[str, int] = defaultdict(int)
        for entry in entries:
            counts[entry["level_name"]] += 1
        return Checked(
            entries=entries,
            faults=[fault for reader, _entry in read for fault in reader.faults],
            notes=[note for reader, _entry in read for note in reader.notes],
            summary={"persons": len({entry["teacher"] for entry in entries}), "levels": sorted(counts.items())},
        )

    def _entry(self, reader: cells.Reader, name: str, person: persons.Somebody | None) -> dict[str, Any]:
        reader.refuse_formulas(_READ)
        level = self._level(reader)
        issued = persons.part_of_date(reader, ISSUED, self.today)
        persons.require_filled(reader, ISSUED)
        number = reader.number(NUMBER)
        persons.require_filled(reader, NUMBER)
        return {
            "row": reader.row.number,
            "does": ADDED,
            "teacher": person.teacher if person else None,
            "holder": name,
            "level": level.pk if level else None,
            "level_name": level.name if level else "",
            "number": number,
            "issued_on": issued.first.isoformat() if issued else "",
            "issued_as": issued.first.isoformat()[: {"day": 10, "month": 7, "year": 4}[issued.precision]]
            if issued
            else "",
            "precision": issued.precision if issued else "",
            "expires_on": self._expires(reader),
            "hours": self._hours(reader),
        }

    def _level(self, reader: cells.Reader) -> Level | None:
        found = self.words.get(cells.compared(reader.text(LEVEL)))
        if found is None:
            names = cells.SEPARATOR.join(level.name for level in self.levels.values())
            reader.fault(LEVEL, "no_level", expected=names, authority=self.organisation.name)
        return found

    def _expires(self, reader: cells.Reader) -> str:
        """The last day of the month or year where no more is written; nothing where it holds for good."""
        text = reader.text(EXPIRES)
        if not text or text in ("长期", "长期有效", "无"):
            return ""
        found = partial_dates.read(text)
        if found is None:
            reader.fault(EXPIRES, "part_of_date")
            return ""
        return found.last.isoformat()

    def _hours(self, reader: cells.Reader) -> str:
        text = reader.code(HOURS)
        whole, _point, part = text.partition(".")
        if text and not (whole.isdecimal() and len(whole) <= 4 and len(part) <= 1 and (part or "0").isdecimal()):
            reader.fault(HOURS, taking_in.HoursUnreadable.__name__)
            return ""
        return text

    def _object(self, read: list[tuple[cells.Reader, dict[str, Any]]]) -> None:
        """What the act would refuse, of every row that can be told; and numbers that stand in two lists of the file."""
        listed: dict[int, list[tuple[cells.Reader, dict[str, Any]]]] = defaultdict(list)
        for reader, entry in read:
            if not reader.faults:
                listed[entry["level"]].append((reader, entry))
        rows_of: dict[str, int] = {}
        for pk, some in listed.items():
            papers = [_paper(entry, Teacher(pk=entry["teacher"], full_name=entry["holder"])) for _r, entry in some]
            for place, refusal in taking_in.objections(self.levels[pk], papers, self.at):
                heading, _expected = _OBJECTIONS[type(refusal)]
                facts = {name: fact if isinstance(fact, int) else str(fact) for name, fact in refusal.facts.items()}
                some[place][0].fault(heading, refusal.code, **facts)
            for reader, entry in some:
                other = rows_of.setdefault(taking_in.number_of(entry["number"]), entry["row"])
                if other != entry["row"] and not reader.faults:
                    reader.fault(NUMBER, "number_again", other=other)


def _paper(entry: Mapping[str, Any], teacher: Teacher) -> taking_in.Paper:
    return taking_in.Paper(
        teacher=teacher,
        number=entry["number"],
        issued_on=dt.date.fromisoformat(entry["issued_on"]),
        precision=entry["precision"],
        hours=Decimal(entry["hours"]) if entry["hours"] else None,
        expires_on=dt.date.fromisoformat(entry["expires_on"]) if entry["expires_on"] else None,
        holder=entry["holder"],
    )


def _teachers(entries: list[dict[str, Any]]) -> dict[int, Teacher]:
    rows = Teacher.objects.defer("id_number").select_related("merged_into")
    ids = sorted({entry["teacher"] for entry in entries})
    return {
        each.pk: each
        for first in range(0, len(ids), _TELL_EVERY)
        for each in rows.filter(pk__in=ids[first : first + _TELL_EVERY])
    }


tracks.add(queries.tracks)
import_kinds.register(PaperCertificates())
