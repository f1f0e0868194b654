"""Whom the rows of a file about the past speak of: anybody who is or ever was at a school below the unit."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.lib import partial_dates, sheets
from lms.people import cells, identity
from lms.people.models import FormerName, Organisation, Posting, Teacher
from lms.people.schools import plain

FAULTS: dict[str, tuple[str | Promise, str | Promise]] = {
    **cells.FAULTS,
    "person_unknown": (
        _("Nobody with this identity number is registered. Register the teacher first."),
        _("someone of the register"),
    ),
    "never_here": (
        _("She was never at a school of {authority}. Her own authority brings this in."),
        _("someone who is or was here"),
    ),
    "number_or_school": (
        _("Give the identity number, or the school beside the name."),
        _("18 characters, as text"),
    ),
    "nobody_at_school": (
        _("Nobody of this name is or was at this school. Give the identity number."),
        _("someone who is or was there"),
    ),
    "name_ambiguous": (
        _("Several people of this name are or were at this school. Give the identity number."),
        _("18 characters, as text"),
    ),
    "part_of_date": (
        _("This is no date. Write what is known of it: 2019-05-20, 2019-05 or 2019, as text."),
        "2019-05-20",
    ),
    "date_ahead": (_("This date lies ahead. Compare it with the paper."), _("a day that is past")),
}
_BATCH = 2000


@dataclass
class Somebody:
    """A record: every name it bears or bore, and whether it was ever at a school below the unit."""

    teacher: int
    full_name: str
    names: set[str] = field(default_factory=set)
    was_here: bool = False


class Register:
    """What the register knows about the people of a file, asked in a few queries; a record that was merged into
    another stands for the other."""

    def __init__(
        self, organisation: Organisation, numbers: Iterable[str], at_schools: Iterable[tuple[str, str]]
    ) -> None:
        """`numbers` in their normal form; `at_schools` are pairs of a name and a school as it was typed."""
        self.organisation = organisation
        self._by_number: dict[str, Somebody] = {}
        self._at_school: dict[tuple[str, str], list[Somebody]] = defaultdict(list)
        self._by_record: dict[int, Somebody] = {}
        for some in _batches(sorted({number for number in numbers if number})):
            self._look_up(some)
        self._look_around({name for name, _school in at_schools if name})

    def find(self, reader: cells.Reader, name: str, number: str) -> Somebody | None:
        """Whom a row speaks of; None, with a fault of the row, where that is not clear."""
        if reader.text(cells.ID_NUMBER) or not reader.text(cells.SCHOOL):
            return self._by_id(reader, name, number)
        found = self._at_school.get((name, plain(reader.text(cells.SCHOOL))), [])
        if len(found) == 1:
            return found[0]
        if name:
            reader.fault(cells.ID_NUMBER if found else cells.NAME, "name_ambiguous" if found else "nobody_at_school")
        return None

    def _by_id(self, reader: cells.Reader, name: str, number: str) -> Somebody | None:
        if not number:
            if not any(fault["heading"] == cells.ID_NUMBER for fault in reader.faults):
                reader.fault(cells.ID_NUMBER, "number_or_school")
            return None
        found = self._by_number.get(number)
        if found is None:
            reader.fault(cells.ID_NUMBER, "person_unknown")
        elif name and name not in found.names:
            reader.fault(cells.NAME, "name_differs")
        elif not found.was_here:
            reader.fault(cells.ID_NUMBER, "never_here", authority=self.organisation.name)
        else:
            return found
        return None

    def _look_up(self, numbers: list[str]) -> None:
        hashes = {identity.id_number_hash(number): number for number in numbers}
        rows = Teacher.objects.filter(id_number_hash__in=list(hashes))
        found = {
            pk: (hashes[kept], merged or pk)
            for pk, kept, merged in rows.values_list("pk", "id_number_hash", "merged_into")
        }
        self._describe({pk: to for pk, (_number, to) in found.items()})
        for number, to in found.values():
            self._by_number[number] = self._by_record[to]

    def _look_around(self, names: set[str]) -> None:
        """Everybody of these names, with the schools below the unit where she is or was."""
        for some in _batches(sorted(names)):
            former = FormerName.objects.filter(full_name__in=some).values_list("teacher", flat=True)
            rows = Teacher.objects.filter(full_name__in=some).values_list("pk", flat=True)
            here = Posting.objects.filter(
                teacher__in=[*rows, *former], organisation__path__startswith=self.organisation.path
            )
            spells = list(here.values_list("teacher", "teacher__merged_into", "organisation__name").distinct())
            self._describe({pk: to or pk for pk, to, _school in spells})
            for pk, to, school in spells:
                person = self._by_record[to or pk]
                for name in person.names:
                    if person not in self._at_school[(name, plain(school))]:
                        self._at_school[(name, plain(school))].append(person)

    def _describe(self, stands_for: Mapping[int, int]) -> None:
        """Names and places of these records, each told of the one it stands for."""
        every = sorted({*stands_for, *stands_for.values()})
        for pk, name in Teacher.objects.filter(pk__in=every).values_list("pk", "full_name"):
            person = self._person(stands_for.get(pk, pk), name)
            if person.teacher == pk:
                person.full_name = name
            person.names.add(name)
        for pk, name in FormerName.objects.filter(teacher__in=every).values_list("teacher", "full_name"):
            self._by_record[stands_for.get(pk, pk)].names.add(name)
        here = Posting.objects.filter(teacher__in=every, organisation__path__startswith=self.organisation.path)
        for pk in here.values_list("teacher", flat=True).distinct():
            self._by_record[stands_for.get(pk, pk)].was_here = True

    def _person(self, pk: int, name: str) -> Somebody:
        return self._by_record.setdefault(pk, Somebody(pk, name))


def number_of(reader: cells.Reader) -> str:
    """The identity number of a row, where one is given."""
    given = reader.text(cells.ID_NUMBER) or reader.kind(cells.ID_NUMBER) != sheets.TEXT
    return reader.id_number() if given else ""


def require_filled(reader: cells.Reader, heading: str) -> None:
    """A fault of the row where a cell is empty; a formula has its own."""
    if not reader.text(heading) and reader.kind(heading) != sheets.FORMULA:
        reader.fault(heading, "missing")


def part_of_date(reader: cells.Reader, heading: str, today: dt.date) -> partial_dates.PartialDate | None:
    """What a cell says of a date that is past; None where it says nothing, or, with a fault, no such thing."""
    text = reader.text(heading)
    if not text:
        return None
    found = partial_dates.read(text)
    if reader.kind(heading) == sheets.NUMBER and "." in text:
        found = None  # 2012.1 may have been January or October
    if found is None:
        reader.fault(heading, "part_of_date")
    elif found.first > today:
        reader.fault(heading, "date_ahead")
        return None
    return found


def _batches(items: list[Any]) -> Iterable[list[Any]]:
    for first in range(0, len(items), _BATCH):
        yield items[first : first + _BATCH]
