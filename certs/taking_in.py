"""Paper certificates of former years: proposed as a list, signed like any other, kept under the numbers they bear."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from certs import numbers
from certs.issuing import AlreadyProposed, ListDecided, last_day
from certs.models import Batch, Credential, Level
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.printing import plain
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, Posting, Teacher, User

OFFICE = Appointment.Office.EXAM_OFFICER
MOST = 5_000
LONGEST_NUMBER = 40
_BATCH = 500


class NothingToTakeIn(Refusal):
    sentence = _("The list is empty. Propose it with at least one paper certificate.")


class TooManyPapers(Refusal):
    sentence = _("A list has at most {limit} certificates; this one has {count}. Send it in parts.")


class NotFromHere(Refusal):
    sentence = _("{name} was never at a school of {authority}. Have the certificate verified as one from elsewhere.")


class NumberUnreadable(Refusal):
    sentence = _("A number has 1 to {limit} characters. Copy it from the certificate.")
    field = "number"


class NumberLikeOurs(Refusal):
    sentence = _("{number} is a number as this register gives them itself. Look the certificate up there.")
    field = "number"


class NumberTwice(Refusal):
    sentence = _("The number {number} stands on the list twice. Compare both with the papers.")
    field = "number"


class NumberInUse(Refusal):
    sentence = _("The number {number} is in the register, or on a list that waits. Compare it with the paper.")
    field = "number"


class IssuedInFuture(Refusal):
    sentence = _("The day of issue lies ahead. Copy it from the certificate.")
    field = "issued_on"


class EndsBeforeIssue(Refusal):
    sentence = _("The certificate would end before it was issued. Compare both days with the paper.")
    field = "expires_on"


class HoursUnreadable(Refusal):
    sentence = _("Hours are a number from 0 to 9999.9 with at most one decimal; leave them out where none are known.")
    field = "hours"


class NotYourList(Refusal):
    sentence = _("Only the person who proposed this list can take it back; a signatory can return it.")


class NotOfPaper(Refusal):
    sentence = _("This list is not one of paper certificates. A signatory can return it.")


@dataclass(frozen=True)
class Paper:
    """One paper certificate: its number as it stands there; its day of issue, or the first day of the month or year
    where `precision` says that no more is known; `expires_on` where the paper says so, otherwise the level decides;
    `holder` where the paper bears a former name."""

    teacher: Teacher
    number: str
    issued_on: dt.date
    precision: str = "day"
    hours: Decimal | None = None
    expires_on: dt.date | None = None
    holder: str = ""

    @property
    def person(self) -> Teacher:
        """Whose it is, if her records were merged."""
        return self.teacher.merged_into or self.teacher


@transaction.atomic
def propose_historical(
    *, level: Level, title: str, basis: str, papers: Sequence[Paper], by: User, at: dt.datetime
) -> Batch:
    """Propose that paper certificates be taken into the register under their own numbers, once a signatory has signed
    the list. Nothing of them changes by it: the paper stays the document.

    Refuses: NotYourOffice, NothingToTakeIn, TooManyPapers, AlreadyProposed, and the first of `objections`.
    """
    level = Level.objects.select_for_update(of=("self",)).select_related("scheme__authority").get(pk=level.pk)
    access.require(by, level.scheme.authority, at, OFFICE)
    if not papers:
        raise NothingToTakeIn()
    if len(papers) > MOST:
        raise TooManyPapers(limit=MOST, count=len(papers))
    for _place, refusal in objections(level, papers, at):
        raise refusal
    try:
        with transaction.atomic():
            batch = Batch.objects.create(
                level=level,
                origin=Batch.Origin.HISTORICAL,
                title=title,
                basis=basis,
                issue_on=clock.local_date(at),
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as twice:
        raise AlreadyProposed() from twice
    postings = _postings(papers)
    rows = [
        _proposed(batch, place, each, _school_on(postings.get(each.person.pk, []), each.issued_on))
        for place, each in enumerate(papers, 1)
    ]
    Credential.objects.bulk_create(rows, batch_size=_BATCH)
    facts = {"level": str(level), "basis": basis, "count": len(rows), "origin": batch.origin}
    journal.write("certs.list_proposed", by=by, at=at, about=batch, facts=facts)
    return batch


def objections(level: Level, papers: Sequence[Paper], at: dt.datetime) -> Iterator[tuple[int, Refusal]]:
    """Every reason against a paper, with its place in the list from 0, all at once and in a few queries: NotFromHere,
    NumberUnreadable, NumberLikeOurs, NumberTwice, NumberInUse, IssuedInFuture, EndsBeforeIssue, HoursUnreadable."""
    authority = level.scheme.authority
    here = _ever_at(authority, papers)
    used = _used([number_of(each.number) for each in papers])
    seen: set[str] = set()
    for place, each in enumerate(papers):
        number = number_of(each.number)
        if each.person.pk not in here:
            yield place, NotFromHere(name=each.person.full_name, authority=authority.name)
        if not 1 <= len(number) <= LONGEST_NUMBER:
            yield place, NumberUnreadable(limit=LONGEST_NUMBER)
        elif numbers.is_shaped(number):
            yield place, NumberLikeOurs(number=number)
        elif number in seen:
            yield place, NumberTwice(number=number)
        elif number in used:
            yield place, NumberInUse(number=number)
        seen.add(number)
        if each.issued_on > clock.local_date(at):
            yield place, IssuedInFuture()
        if each.expires_on is not None and each.expires_on < each.issued_on:
            yield place, EndsBeforeIssue()
        if each.hours is not None and not (0 <= each.hours < 10_000 and each.hours == round(each.hours, 1)):
            yield place, HoursUnreadable()


@transaction.atomic
def take_back(*, batch: Batch, by: User, at: dt.datetime) -> Batch:
    """Take back a list of paper certificates that waits for its signature; it may be proposed again. Refuses:
    NotOfPaper, NotYourList, ListDecided."""
    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.origin != Batch.Origin.HISTORICAL:
        raise NotOfPaper()
    if batch.proposed_by_id != by.pk:
        raise NotYourList()
    if batch.state != Batch.State.PROPOSED:
        raise ListDecided()
    batch.credentials.update(state=Credential.State.RETURNED)
    batch.state, batch.decided_at = Batch.State.RETURNED, at
    batch.save(update_fields=["state", "decided_at"])
    journal.write("certs.list_taken_back", by=by, at=at, about=batch)
    return batch


def _proposed(batch: Batch, place: int, paper: Paper, school: str) -> Credential:
    number = number_of(paper.number)
    return Credential(
        batch=batch,
        level=batch.level,
        teacher=paper.person,
        place=place,
        basis=basis_of(number),
        facts=_frozen(batch.level, paper, number, school),
    )


def _frozen(level: Level, paper: Paper, number: str, school: str) -> dict[str, str]:
    """What the register says of a paper, in the form of every certificate's facts; besides them the paper's number
    and how much of its date is known."""
    until = paper.expires_on or last_day(paper.issued_on, level.validity_months)
    said = {
        "holder": " ".join((paper.holder or paper.person.full_name).split()),
        "school": school,
        "scheme": level.scheme.name,
        "level": level.name,
        "authority": level.scheme.authority.name,
        "issued_on": paper.issued_on.isoformat(),
        "precision": paper.precision,
        "expires_on": until.isoformat() if until else "",
        "exam": "",
        "modules": "",
        "programme": "",
        "hours": f"{paper.hours.normalize():f}" if paper.hours is not None else "",
        "number": number,
    }
    return {key: plain(value) for key, value in said.items()}


def number_of(text: str) -> str:
    """A number as it is kept: without blanks, full-width letters and digits made plain, in capitals."""
    return numbers.normal(text)


def basis_of(number: str) -> str:
    """What a paper certificate rests on: itself."""
    return f"paper:{number}"


def _used(given: list[str]) -> set[str]:
    """Those numbers that are in the register in any spelling, or on a list that waits for its signature."""
    found: set[str] = set()
    for first in range(0, len(given), _BATCH):
        written = {way: number for number in given[first : first + _BATCH] for way in numbers.spellings(number)}
        issued = Credential.objects.filter(number__in=written)
        found.update(written[number] for number in issued.values_list("number", flat=True))
        waiting = Credential.objects.filter(
            state=Credential.State.PROPOSED, basis__in=[basis_of(number) for number in written]
        )
        found.update(written[basis.removeprefix("paper:")] for basis in waiting.values_list("basis", flat=True))
    return found


def _ever_at(authority: Organisation, papers: Sequence[Paper]) -> set[int]:
    """The teachers among them who are or were posted below an authority."""
    people = sorted({each.person.pk for each in papers})
    posted = Posting.objects.filter(organisation__path__startswith=authority.path)
    return {
        pk
        for first in range(0, len(people), _BATCH)
        for pk in posted.filter(teacher__in=people[first : first + _BATCH]).values_list("teacher", flat=True)
    }


def _postings(papers: Sequence[Paper]) -> dict[int, list[tuple[dt.date, dt.date | None, str]]]:
    """Where each of them was posted from when until when."""
    people = sorted({each.person.pk for each in papers})
    found: dict[int, list[tuple[dt.date, dt.date | None, str]]] = {}
    for first in range(0, len(people), _BATCH):
        rows = Posting.objects.filter(teacher__in=people[first : first + _BATCH])
        for teacher, *spell in rows.values_list("teacher", "from_on", "until_on", "organisation__name"):
            found.setdefault(teacher, []).append(tuple(spell))
    return found


def _school_on(spells: list[tuple[dt.date, dt.date | None, str]], day: dt.date) -> str:
    """The name of the school on a day, where that is known."""
    return next((name for begins, ends, name in spells if begins <= day and (ends is None or ends >= day)), "")
