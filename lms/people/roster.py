"""A bureau's roster of teachers as a file: its headings, how a row is read, what it would change in the register."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.lib import clock, sheets
from lms.people import cells, known, vocabulary
from lms.people.import_kinds import ADDED, CHANGED, LEFT, Checked
from lms.people.models import Organisation, Posting
from lms.people.schools import Schools

SINCE = "任职起始日期"
HEADINGS = [
    cells.NAME,
    cells.ID_NUMBER,
    cells.COUNTY,
    cells.SCHOOL,
    cells.STAGE,
    cells.POST,
    SINCE,
    cells.PHONE,
    cells.REMARK,
]
REQUIRED = [cells.NAME, cells.ID_NUMBER, cells.SCHOOL, cells.STAGE, cells.POST]
WORDS = {cells.STAGE: vocabulary.STAGES, cells.POST: vocabulary.POSTS}
FAULTS: dict[str, tuple[str | Promise, str | Promise]] = {
    **cells.FAULTS,
    "stage_elsewhere": (_("This school has no such stage. Correct the stage, or the school."), ""),
    "kept_elsewhere": (
        _("Her record is kept by another authority. Have her transferred first, then bring the roster again."),
        _("a teacher of {authority}"),
    ),
    "too_early": (
        _("She was elsewhere until {day}, or began there on that day. The new school begins later."),
        _("a day after {day}"),
    ),
    "post_began_today": (
        _("A post that she would lose began on {day}. Correct it in her record, or undo the import that began it."),
        _("a post begun before today"),
    ),
}
NOTES: dict[str, str | Promise] = {
    **cells.NOTES,
    "phone_kept": _("Row {row}: she confirmed another telephone herself; that one is kept."),
}
_READ = [each for each in HEADINGS if each != cells.REMARK]
_BATCH = 2000
_DAY = dt.timedelta(days=1)
_STAGE_WORDS = {code: word for word, code in vocabulary.STAGES.items()}


class Check:
    """One roster under examination, a few thousand rows at a time: read, compared with each other and the register."""

    def __init__(self, organisation: Organisation, sheet: sheets.Sheet, at: dt.datetime) -> None:
        self.organisation, self.sheet, self.at = organisation, sheet, at
        self.today = clock.local_date(at)
        self.found = Checked()
        self._schools = Schools(organisation)
        self._rows_of: dict[str, int] = {}  # identity number → the first row that has it
        self._listed: dict[int, int] = {}  # record → the first row that names it
        self._named: set[int] = set()  # schools of the file

    def run(self, progress: Callable[[int], None]) -> Checked:
        """Everything the roster says and every fault of it."""
        self._schools.prepare({row.text(cells.SCHOOL) for row in self.sheet.rows})
        done = 0
        rows = iter(self.sheet.rows)
        while some := list(itertools.islice(rows, _BATCH)):
            self._look_at(some)
            done += len(some)
            progress(done)
        left = list(self._left())
        counts = Counter(entry["school"] for entry in left)
        self.found.entries += left
        self.found.summary = {
            "schools": len(self._named),
            "left_schools": [[pk, self._schools.by_id[pk].name, count] for pk, count in sorted(counts.items())],
        }
        return self.found

    def _look_at(self, rows: list[sheets.Row]) -> None:
        readers = [cells.Reader(row, self.sheet.columns, self.at) for row in rows]
        entries = [self._read(reader) for reader in readers]
        people = known.people([entry["id_number"] for entry in entries], self.organisation, self.at)
        for reader, entry in zip(readers, entries, strict=True):
            person = people.get(entry["id_number"])
            self._require_once(reader, entry, person)
            if person is not None:
                change = self._change(reader, entry, person)
            else:
                change = {**entry, "does": ADDED, "from_on": entry["from_on"] or self.today.isoformat()}
            if change and not reader.faults:
                self.found.entries.append(change)
            self.found.faults += reader.faults
            self.found.notes += reader.notes

    def _read(self, reader: cells.Reader) -> dict[str, Any]:
        reader.refuse_formulas(_READ)
        entry = {
            "row": reader.row.number,
            "full_name": reader.name(),
            "id_number": reader.id_number(),
            "stage": reader.word(cells.STAGE, vocabulary.STAGES),
            "posts": reader.words(cells.POST, vocabulary.POSTS),
            "from_on": reader.day(SINCE),
            "phone": reader.phone(),
        }
        school = self._schools.find(reader)
        entry["school"], entry["school_name"] = (school.pk, school.name) if school else (None, "")
        if school:
            self._named.add(school.pk)
            if school.stages and entry["stage"] and entry["stage"] not in school.stages:
                words = [_STAGE_WORDS[each] for each in school.stages if each in _STAGE_WORDS]
                reader.fault(cells.STAGE, "stage_elsewhere", expected=cells.SEPARATOR.join(words))
        return entry

    def _require_once(self, reader: cells.Reader, entry: dict[str, Any], person: known.Person | None) -> None:
        if not entry["id_number"]:
            return
        other = self._rows_of.setdefault(entry["id_number"], entry["row"])
        if person is not None:
            other = self._listed.setdefault(person.teacher, other)
        if other != entry["row"]:
            reader.fault(cells.ID_NUMBER, "person_twice", other=other)

    def _change(self, reader: cells.Reader, entry: dict[str, Any], person: known.Person) -> dict[str, Any] | None:
        """What a row changes about somebody who is known; None where nothing, or where it must not."""
        if entry["full_name"] and entry["full_name"] != person.full_name:
            reader.fault(cells.NAME, "name_differs")
        if not person.is_here:
            reader.fault(cells.ID_NUMBER, "kept_elsewhere", authority=self.organisation.name)
        if reader.faults:
            return None
        moved = person.school != entry["school"]
        from_on = self._from_on(entry, moved)
        if moved:
            latest = max(filter(None, (person.since, person.ended_on)))
            if dt.date.fromisoformat(from_on) <= latest:
                reader.fault(SINCE if entry["from_on"] else cells.SCHOOL, "too_early", day=latest.isoformat())
        wanted = {(post, entry["stage"]) for post in entry["posts"]}
        ended = {key: row for key, row in person.posts.items() if moved or key not in wanted}
        begun = [post for post in entry["posts"] if moved or (post, entry["stage"]) not in person.posts]
        for _pk, began in ended.values():
            if began.isoformat() >= from_on:
                reader.fault(cells.POST, "post_began_today", day=began.isoformat())
        phone = self._phone(reader, entry, person)
        if not (moved or ended or begun or phone):
            return None
        return {
            "row": entry["row"],
            "does": CHANGED,
            "full_name": entry["full_name"],
            "id_number": entry["id_number"],
            "school": entry["school"],
            "school_name": entry["school_name"],
            "stage": entry["stage"],
            "posts": entry["posts"],
            "from_on": from_on,
            "phone": phone,
            "teacher": person.teacher,
            "user": person.user,
            "posting": person.posting,
            "was_at": self._name(person.school) if moved else "",
            "moved": moved,
            "begun": begun,
            "ended": sorted(pk for pk, _began in ended.values()),
        }

    def _from_on(self, entry: dict[str, Any], moved: bool) -> str:
        """A change of school begins on the day of the row; a change of posts alone begins today."""
        return (moved and entry["from_on"]) or self.today.isoformat()

    def _phone(self, reader: cells.Reader, entry: dict[str, Any], person: known.Person) -> str:
        if not entry["phone"] or entry["phone"] == person.phone or person.user is None:
            return ""
        if person.is_confirmed:
            reader.notes.append({"note": "phone_kept", "row": entry["row"]})
            return ""
        return entry["phone"]

    def _name(self, school: int | None) -> str:
        found = self._schools.by_id.get(school or 0)
        return found.name if found else ""

    def _left(self) -> Iterator[dict[str, Any]]:
        """Who is at a school of the file today and is not listed."""
        columns = ("teacher", "teacher__full_name", "pk", "organisation", "organisation__name", "from_on")
        for some in _batches(sorted(self._named)):
            here = Posting.objects.filter(organisation__in=some, until_on=None, from_on__lte=self.today)
            for teacher, name, pk, school, school_name, from_on in here.order_by("organisation", "pk").values_list(
                *columns
            ):
                if teacher not in self._listed:
                    yield {
                        "row": 0,
                        "does": LEFT,
                        "full_name": name,
                        "teacher": teacher,
                        "school": school,
                        "school_name": school_name,
                        "posting": pk,
                        "until_on": max(from_on, self.today - _DAY),
                    }


def _batches(ids: list[int]) -> Iterable[list[int]]:
    for first in range(0, len(ids), _BATCH):
        yield ids[first : first + _BATCH]
