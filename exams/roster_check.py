"""Compares the rows of a roster with each other, with the register of people and schools, and with the exam."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Prefetch

from exams import roster
from exams.models import Exam
from lms.lib import clock, sheets
from lms.people import identity
from lms.people.models import Posting, Teacher
from lms.people.schools import Schools

_BATCH = 500


class Known:
    """What the register and the exam hold about the people of a roster, in a fixed number of queries."""

    def __init__(self, exam: Exam, id_numbers: Sequence[str], at: dt.datetime) -> None:
        self.exam = exam
        self.finder = Schools(exam.organisation)
        self.schools = self.finder.by_id
        self._teachers = {each.id_number_hash: each for each in _teachers(id_numbers, at)}
        self.candidates = dict(exam.candidates.values_list("teacher_id", "number"))
        self.numbers = set(self.candidates.values())

    def teacher(self, id_number: str) -> Teacher | None:
        """The teacher of an identity number, if she is registered."""
        found = self._teachers.get(identity.id_number_hash(id_number))
        return found.merged_into or found if found else None

    def posted_at(self, teacher: Teacher) -> int | None:
        """The unit where a known teacher is posted now."""
        return next((posting.organisation_id for posting in teacher.current_postings), None)

    def place_of(self, id_number: str, school: int) -> tuple[int | None, int | None]:
        """Who an identity number belongs to and where she is posted; one who is new will be at the school of the
        roster, if it still stands."""
        teacher = self.teacher(id_number)
        if teacher is None:
            return None, school if school in self.schools else None
        return teacher.pk, self.posted_at(teacher)


def _teachers(id_numbers: Sequence[str], at: dt.datetime) -> Iterator[Teacher]:
    current = Prefetch("postings", Posting.objects.held_on(clock.local_date(at)), to_attr="current_postings")
    people = Teacher.objects.defer("id_number").select_related("user").prefetch_related(current)
    hashes = [identity.id_number_hash(number) for number in id_numbers]
    for first in range(0, len(hashes), _BATCH):
        found = people.filter(id_number_hash__in=hashes[first : first + _BATCH])
        yield from found.prefetch_related(Prefetch("merged_into", people))


class Check:
    """One roster under examination: rows are read one by one, then compared with each other and the register."""

    def __init__(self, exam: Exam, sheet: sheets.Sheet, at: dt.datetime) -> None:
        self.exam, self.at = exam, at
        self.notes = [note for note in sheet.notes if note.get("name") != roster.GUIDE]
        ignored = [each for each in sheet.headings if each not in roster.HEADINGS]
        self.notes += [{"note": "column_ignored", "heading": heading} for heading in ignored]
        self.rows = []
        for row in sheet.rows:
            if row.text(roster.NAME) or row.text(roster.ID_NUMBER):
                self.rows.append(roster.Reader(row, sheet.columns, at))
            else:
                self.notes.append({"note": "row_without_person", "row": row.number})
        self.entries: list[dict[str, Any]] = []

    def run(self) -> None:
        """Read every row, then look for what only shows between rows, in the register and in the exam."""
        self.entries = [reader.read() for reader in self.rows]
        self.known = Known(self.exam, [each["id_number"] for each in self.entries if each["id_number"]], self.at)
        self.known.finder.prepare({entry["school_name"] for entry in self.entries})
        persons: dict[str, int] = {}
        numbers: dict[int, int] = {}
        for reader, entry in zip(self.rows, self.entries, strict=True):
            school = self.known.finder.find(reader)
            entry["school"] = school.pk if school else None
            entry["teacher"] = self._person(reader, entry, persons)
            self._place(reader, entry, numbers)
        for reader in self.rows:
            self.notes += reader.notes

    @property
    def faults(self) -> list[dict[str, Any]]:
        return [fault for reader in self.rows for fault in reader.faults]

    def summary(self) -> dict[str, int]:
        """Counts for the pages: rows ready and faulty, teachers new and known, schools."""
        faulty = sum(bool(reader.faults) for reader in self.rows)
        new = sum(entry["teacher"] is None for entry in self.entries)
        return {
            "ready": len(self.rows) - faulty,
            "faulty": faulty,
            "new": new,
            "known": len(self.entries) - new,
            "schools": len({entry["school"] for entry in self.entries}),
        }

    def _person(self, reader: roster.Reader, entry: dict[str, Any], persons: dict[str, int]) -> int | None:
        number = entry["id_number"]
        if not number:
            return None
        other = persons.setdefault(number, entry["row"])
        if other != entry["row"]:
            reader.fault(roster.ID_NUMBER, "person_twice", other=other)
        teacher = self.known.teacher(number)
        if teacher is None:
            return None
        if teacher.pk in self.known.candidates:
            reader.fault(roster.ID_NUMBER, "already_candidate", number=self.known.candidates[teacher.pk])
        if entry["full_name"] and entry["full_name"] != teacher.full_name:
            reader.fault(roster.NAME, "name_differs")
        posted = self.known.posted_at(teacher)
        if entry["school"] and posted != entry["school"]:
            hers = self.known.schools.get(posted)  # a school of another authority is not named
            reader.fault(roster.SCHOOL, "posted_elsewhere", expected=hers.name if hers else "")
        return teacher.pk

    def _place(self, reader: roster.Reader, entry: dict[str, Any], numbers: dict[int, int]) -> None:
        number = entry["number"]
        if number is None:
            return
        other = numbers.setdefault(number, entry["row"])
        if other != entry["row"]:
            reader.fault(roster.NUMBER, "number_twice", other=other)
        elif number in self.known.numbers:
            reader.fault(roster.NUMBER, "number_taken")
