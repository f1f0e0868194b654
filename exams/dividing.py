"""Who marks what: even shares, two different people for each answer, nobody a candidate of her own school."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import IO

from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from exams import queries, trials
from exams.models import Module
from exams.queries import ConstructedAnswer
from lms.lib import sheets
from lms.lib.refusals import Refusal
from lms.people.models import Posting, User

SCRIPT, ITEM, FIRST, SECOND = HEADINGS = ("密号", "题号", "一评", "二评")


class NoTwoMarkers(Refusal):
    sentence = _(
        "Answer {item} of script {script} finds no two markers who never worked at “{school}”. "
        "Add markers from other schools."
    )
    field = "markers"


class NoTwoPassed(Refusal):
    sentence = _(
        "Question {item} is marked after trial marking, and fewer than two of these people have passed it. "
        "Let them mark their trial scripts first, or add others."
    )
    field = "markers"


class SameMarkerTwice(Refusal):
    sentence = _("Answer {item} of script {script} was given to {name} twice. Name two different people.")
    field = "markers"


class MarkerOfTheSchool(Refusal):
    sentence = _(
        "{name} works or worked at the school of script {script} and may not mark it. "
        "Choose somebody from another school."
    )
    field = "marker"


class NotToBeMarked(Refusal):
    sentence = _("The list names answer {answer}, which is not waiting for markers. Take it off the list.")
    field = "markers"


class ListFaulty(Refusal):
    """`faults` say row by row what stands there and what was expected; nothing was allocated."""

    sentence = _(
        "{count} entries of the list need to be mended. Nothing was given out; correct them and send it again."
    )
    field = "file"
    status = 422

    def __init__(self, faults: "list[Fault]") -> None:
        super().__init__(count=len(faults))
        self.faults = [asdict(each) for each in faults]


class ListEmpty(Refusal):
    sentence = _("The list names no answer. Fill in script, question, first and second marker.")
    field = "file"
    status = 422


@dataclass(frozen=True)
class Fault:
    """One cell that cannot be used."""

    row: int
    column: str
    found: str
    expected: str


class Barred:
    """Who of some markers may not mark whom: nobody her own school's candidates, now or before, nor herself, nor an
    item whose trial marking she has not passed."""

    def __init__(self, markers: Iterable[User]) -> None:
        self._schools: dict[int, set[int]] = defaultdict(set)
        ids = [each.pk for each in markers]
        postings = Posting.objects.filter(Q(teacher__user__in=ids) | Q(teacher__merged_into__user__in=ids))
        for own, kept, school in postings.values_list(
            "teacher__user_id", "teacher__merged_into__user_id", "organisation_id"
        ):
            self._schools[own].add(school)
            self._schools[kept].add(school)

    @cached_property
    def _trials(self) -> trials.Board:
        return trials.now()

    def bars(self, marker: User, answer: ConstructedAnswer) -> bool:
        return not self.has_passed(marker, answer) or self.bars_from(marker, answer.school_id, answer.user_id)

    def has_passed(self, marker: User, answer: ConstructedAnswer) -> bool:
        """Whether trial marking of the answer's item asks nothing more of her."""
        return self._trials.may_mark(marker.pk, (answer.paper_id, answer.item))

    def require(self, marker: User, answer: ConstructedAnswer) -> None:
        """Refuse MarkerOnTrial or MarkerOfTheSchool where she is barred."""
        if not self.has_passed(marker, answer):
            raise trials.MarkerOnTrial(name=marker, item=answer.item)
        if self.bars(marker, answer):
            raise MarkerOfTheSchool(name=marker, script=answer.script)

    def schools_of(self, marker: User) -> set[int]:
        """Those where she works or worked."""
        return self._schools[marker.pk]

    def bars_from(self, marker: User, school_id: int, user_id: int | None) -> bool:
        """The same, of a candidate by her school and her account."""
        return school_id in self._schools[marker.pk] or user_id == marker.pk


Chosen = list[tuple[ConstructedAnswer, User, User]]


def balanced(waiting: list[ConstructedAnswer], markers: list[User], barred: Barred) -> Chosen:
    """Two markers for each answer: whoever has least of this question, then least of all, then least often together."""
    of_item, of_all, together, chosen = Counter(), Counter(), Counter(), []
    for answer in waiting:
        free = [each for each in markers if not barred.bars(each, answer)]
        if len(free) < 2 and sum(barred.has_passed(each, answer) for each in markers) < 2:
            raise NoTwoPassed(item=answer.item)
        if len(free) < 2:
            raise NoTwoMarkers(item=answer.item, script=answer.script, school=answer.school)

        def load(each: User, answer: ConstructedAnswer = answer) -> tuple[int, int]:
            return of_item[each.pk, answer.item], of_all[each.pk]

        first = min(free, key=load)
        rest = [each for each in free if each.pk != first.pk]
        second = min(rest, key=lambda each, first=first: (*load(each), together[frozenset((each.pk, first.pk))]))
        together[frozenset((first.pk, second.pk))] += 1
        for each in (first, second):
            of_item[each.pk, answer.item] += 1
            of_all[each.pk] += 1
        chosen.append((answer, first, second))
    return chosen


def named(waiting: list[ConstructedAnswer], pairs: Mapping[int, tuple[User, User]], barred: Barred) -> Chosen:
    """The pairs as they were named, each checked."""
    by_id, chosen = {each.pk: each for each in waiting}, []
    for answer_id, (first, second) in pairs.items():
        answer = by_id.get(answer_id)
        if answer is None:
            raise NotToBeMarked(answer=answer_id)
        if first.pk == second.pk:
            raise SameMarkerTwice(item=answer.item, script=answer.script, name=first)
        for each in (first, second):
            barred.require(each, answer)
        chosen.append((answer, first, second))
    return chosen


def read_list(module: Module, file: IO[bytes], file_name: str, at: dt.datetime) -> dict[int, tuple[User, User]]:
    """The pairs of a workbook or CSV with the columns 密号, 题号, 一评, 二评 (markers by their user names), as
    `marking.allocate` takes them. Refuses ListFaulty with every fault at once, ListEmpty, and what lms.lib.sheets
    refuses of a file."""
    sheet = sheets.read(file, file_name, expected=HEADINGS)
    if not sheet.rows:
        raise ListEmpty()
    waiting = {(each.script, each.item): each.pk for each in queries.constructed_answers(module) if not each.marks}
    people = {each.username: each for each in queries.markers_of(module.stage.exam, at)}
    faults: list[Fault] = []
    pairs: dict[int, tuple[User, User]] = {}
    for row in sheet.rows:
        answer = waiting.get((row.text(SCRIPT), row.text(ITEM)))
        first, second = people.get(row.text(FIRST)), people.get(row.text(SECOND))
        found = list(_faults(row, answer, first, second, pairs))
        faults += found
        if not found:
            pairs[answer] = (first, second)
    if faults:
        raise ListFaulty(faults)
    return pairs


def _faults(row: sheets.Row, answer: int | None, first: User | None, second: User | None, pairs) -> Iterable[Fault]:
    if answer is None:
        expected = _("a script and question that wait for markers")
        yield Fault(row.number, SCRIPT, f"{row.text(SCRIPT)} {row.text(ITEM)}", str(expected))
    elif answer in pairs:
        yield Fault(row.number, SCRIPT, f"{row.text(SCRIPT)} {row.text(ITEM)}", str(_("each answer once")))
    for heading, person in ((FIRST, first), (SECOND, second)):
        if person is None:
            yield Fault(row.number, heading, row.text(heading), str(_("the user name of a marker of this authority")))
    if first is not None and first == second:
        yield Fault(row.number, SECOND, row.text(SECOND), str(_("somebody other than the first marker")))
