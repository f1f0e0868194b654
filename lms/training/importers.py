"""A school's nominations brought in from a workbook: one row for each teacher and period."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lms.lib import sheets
from lms.people import access, cells, import_kinds
from lms.people.import_kinds import ADDED, Checked, Importer, Outdated
from lms.people.models import ImportRun, Organisation, Teacher, User
from lms.records import persons
from lms.training import conditions, enrolling, nominating
from lms.training.models import SENDERS, Enrolment, Period

PROGRAMME, PERIOD = "培训项目", "期次"
HEADINGS = [cells.NAME, cells.ID_NUMBER, cells.SCHOOL, PROGRAMME, PERIOD, cells.REMARK]
FAULTS: dict[str, tuple[str | Promise, str | Promise]] = {
    **persons.FAULTS,
    "no_period": (
        _("No period of this name and number takes names from schools now."),
        _("a programme and a period that take names"),
    ),
    "unfit": (_("She cannot join: {why}"), _("someone who meets the rules")),
    "named_twice": (_("Row {other} names the same person for the same period. Keep one."), _("each person once")),
    "not_yours": (_("She works at a school for which you do not speak."), _("a teacher of your schools")),
}
_READ = [each for each in HEADINGS if each != cells.REMARK]
_TELL_EVERY = 50


class Nominations(Importer):
    """Teachers whom a school names. Where seats go by order, the order of the rows counts."""

    kind = "training.nominations"
    label = _("Names for a training")
    hint = _("Teachers whom a school names for periods that one enters through the school, in the order that counts.")
    offices = SENDERS
    headings = HEADINGS
    required = [cells.NAME, PROGRAMME, PERIOD]
    max_rows = 2_000
    title = "推荐名单"
    preview_headings = [_("Name"), _("School"), _("Training")]
    faults = FAULTS

    def check(
        self, *, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime, progress: Callable[[int], None]
    ) -> Checked:
        return _Check(organisation, sheet, at).run(progress)

    def commit(
        self, *, run: ImportRun, entries: list[dict[str, Any]], chosen: frozenset[str], by: User, at: dt.datetime
    ) -> dict[str, Any]:
        teachers = Teacher.objects.select_related("user").in_bulk({entry["teacher"] for entry in entries})
        periods = Period.objects.in_bulk({entry["period"] for entry in entries})
        listed: dict[int, list[Teacher]] = defaultdict(list)
        for entry in entries:
            if entry["teacher"] not in teachers or entry["period"] not in periods:
                raise Outdated(row=entry["row"])
            listed[entry["period"]].append(teachers[entry["teacher"]])
        made = [
            each.pk
            for pk, named in sorted(listed.items())
            for each in nominating.nominate(teachers=named, period=periods[pk], by=by, at=at)
        ]
        return {"subjects": {"training.enrolment": made}}

    def undo(self, *, run: ImportRun, kept: dict[str, Any], by: User, at: dt.datetime) -> None:
        rows = Enrolment.objects.filter(pk__in=kept["subjects"]["training.enrolment"])
        for each in rows.select_related("period__programme__organisation", "school", "teacher__user").order_by("pk"):
            reason = _now("The names of “{file}” were taken back.").format(file=run.file_name)
            enrolling.withdraw(enrolment=each, reason=reason, by=by, at=at)

    def figures(self, run: ImportRun) -> list[tuple[str, Any, str]]:
        return [(title, count, "") for title, count in run.summary["periods"]]

    def next_steps(self, run: ImportRun) -> list[tuple[str, str]]:
        return [(_now("Trainings of the school"), reverse("training:school"))]

    def preview_row(self, entry: Mapping[str, Any]) -> list[str]:
        return [entry["full_name"], entry["school"], entry["training"]]


class _Check:
    """One file under examination."""

    def __init__(self, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime) -> None:
        self.organisation, self.sheet, self.at = organisation, sheet, at
        self.periods = _periods(organisation, at)
        self.teachers: dict[int, Teacher] = {}
        self.applicants: dict[int, conditions.Applicant] = {}
        self._rows_of: dict[tuple[int, int], int] = {}

    def run(self, progress: Callable[[int], None]) -> Checked:
        """Everything the file says and every fault of it."""
        readers = [cells.Reader(row, self.sheet.columns, self.at) for row in self.sheet.rows]
        named = [(reader.name(), persons.number_of(reader)) for reader in readers]
        at_schools = [
            (name, reader.text(cells.SCHOOL))
            for reader, (name, number) in zip(readers, named, strict=True)
            if not number
        ]
        register = persons.Register(self.organisation, [number for _name, number in named], at_schools)
        whom = [register.find(reader, name, number) for reader, (name, number) in zip(readers, named, strict=True)]
        self.teachers = Teacher.objects.in_bulk({person.teacher for person in whom if person})
        self.applicants = conditions.applicants(self.teachers.values(), self._known(), self.at)
        found = Checked()
        counts: dict[str, int] = defaultdict(int)
        for count, (reader, person) in enumerate(zip(readers, whom, strict=True), start=1):
            entry = self._entry(reader, person)
            if entry and not reader.faults:
                found.entries.append(entry)
                counts[entry["training"]] += 1
            found.faults += reader.faults
            found.notes += reader.notes
            if count % _TELL_EVERY == 0:
                progress(count)
        found.summary = {"periods": sorted(counts.items())}
        return found

    def _entry(self, reader: cells.Reader, person: persons.Somebody | None) -> dict[str, Any] | None:
        reader.refuse_formulas(_READ)
        period = self._period(reader)
        if person is None or period is None:
            return None
        teacher = self.teachers[person.teacher]
        who = self.applicants[teacher.pk]
        other = self._rows_of.setdefault((period.pk, teacher.pk), reader.row.number)
        missing = conditions.unmet(period, who)
        if other != reader.row.number:
            reader.fault(cells.NAME, "named_twice", other=other)
        elif who.school is None or not who.school.path.startswith(self.organisation.path):
            reader.fault(cells.NAME, "not_yours")
        elif missing:
            reader.fault(cells.NAME, "unfit", why=" ".join(str(each.why) for each in missing))
        return {
            "row": reader.row.number,
            "does": ADDED,
            "teacher": teacher.pk,
            "full_name": person.full_name,
            "school": who.school.name if who.school else "",
            "period": period.pk,
            "training": str(period),
        }

    def _period(self, reader: cells.Reader) -> Period | None:
        title = cells.compared(reader.text(PROGRAMME))
        number = reader.code(PERIOD).removeprefix("第").removesuffix("期")
        persons.require_filled(reader, PROGRAMME)
        persons.require_filled(reader, PERIOD)
        found = self.periods.get((title, number))
        if title and number and found is None:
            reader.fault(PERIOD, "no_period", expected=cells.SEPARATOR.join(str(each) for each in self._known()))
        return found

    def _known(self) -> list[Period]:
        return list({each.pk: each for each in self.periods.values()}.values())


def _periods(unit: Organisation, at: dt.datetime) -> dict[tuple[str, str], Period]:
    """The periods that take names from a unit's schools now, by title or code and by number."""
    above = Q(programme__organisation__in=[unit.pk, *unit.ancestor_ids])
    rows = Period.objects.filter(above | access.under("programme__organisation__path", [unit.path])).filter(
        state=Period.State.OPEN,
        admission=Period.Admission.SCHOOL,
        enrol_from_at__lte=at,
        enrol_until_at__gt=at,
    )
    found = {}
    related = ("programme__organisation", "programme__level", "programme__requires", "own_requires")
    for each in rows.select_related(*related):
        for name in (each.programme.title, each.programme.code):
            found[(cells.compared(name), str(each.number))] = each
    return found


import_kinds.register(Nominations())
