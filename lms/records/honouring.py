"""An honour is entered by the teacher or her school, and confirmed by another person, of the bureau."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import IO

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock, partial_dates, scans
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, Teacher, User
from lms.records.models import Honour

State = Honour.State


class HonourUnnamed(Refusal):
    sentence = _("Write what the honour is called and who gave it.")
    field = "title"


class LevelUnknown(Refusal):
    sentence = _("This level is not in the list. Choose one of the list.")
    field = "level"


class DayUnreadable(Refusal):
    sentence = _("This is no date. Write what is known of it: 2019-05-20, 2019-05 or 2019.")
    field = "given_on"


class DayAhead(Refusal):
    sentence = _("This day lies ahead. Compare it with the paper.")
    field = "given_on"


class HonourEntered(Refusal):
    sentence = _("“{title}” of the same giver and date stands among her honours already. Leave it out.")
    field = "title"


class EnteredByYourself(Refusal):
    sentence = _("You entered this honour yourself; another officer of the bureau must decide about it.")


class OwnHonour(Refusal):
    sentence = _("This is your own honour; another officer must decide about it.")


class HonourDecided(Refusal):
    sentence = _("This honour has been decided since you opened it. Look at how it stands now.")


class HonourUnexplained(Refusal):
    sentence = _("Write the reason: the teacher reads it.")
    field = "decision"


class HonourScanLost(Refusal):
    sentence = _("The scan of this honour cannot be read any more. Turn it down and have it entered again.")


class SomeDecided(Refusal):
    sentence = _("Honours of this file have been decided since, so it is not undone. Strike those that are wrong.")


_AT_ONCE = 500


@dataclass(frozen=True)
class Given:
    """An honour as its paper says: the title, who gave it and on which level (`Honour.Level`), and its date as far as
    it is known, as typed (2013年9月)."""

    title: str
    level: str
    giver: str
    given_on: str


def enter(*, teacher: Teacher, given: Given, scan: IO[bytes] | None = None, by: User, at: dt.datetime) -> Honour:
    """Enter an honour, by the teacher herself or an officer of her school or bureau; it is on record once another
    person of the bureau has confirmed it. Refuses: NotYourOffice, HonourUnnamed, LevelUnknown, DayUnreadable, DayAhead,
    HonourEntered, BadScan (lms.lib.scans)."""
    person = teacher.merged_into or teacher
    if person.user_id != by.pk:
        _require_office(person, by, at, *Honour.ENTERS)
    day = _require_fit(given, at)
    cleaned = scans.clean(scan) if scan else None
    name = scans.write(cleaned) if cleaned else ""
    try:
        return _keep(person, given, day, name, cleaned.digest if cleaned else "", by, at)
    except BaseException:
        if name:
            scans.forget(name)
        raise


@transaction.atomic
def _keep(
    person: Teacher, given: Given, day: partial_dates.PartialDate, name: str, digest: str, by: User, at: dt.datetime
) -> Honour:
    Teacher.objects.select_for_update(of=("self",)).only("pk").get(pk=person.pk)  # an honour is hers once
    if stands(entered([person.pk]).get(key(person.pk, given), []), day):
        raise HonourEntered(title=plain(given.title))
    made = _new(person, given, day, by, at)
    made.file, made.digest = name, digest
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise HonourEntered(title=made.title) from None
    journal.write("records.honour_entered", by=by, at=at, about=made, facts={"level": made.level})
    return made


@transaction.atomic
def enter_all(*, honours: Sequence[tuple[Teacher, Given]], by: User, at: dt.datetime) -> list[Honour]:
    """Enter a whole list or nothing of it, as `enter` does with one by an officer of school or bureau, in a few
    questions to the database. Refuses what `enter` refuses; HonourEntered also what stands twice in the list."""
    people = [teacher.merged_into or teacher for teacher, _given in honours]
    ids = sorted({each.pk for each in people})
    list(Teacher.objects.select_for_update(of=("self",)).only("pk").filter(pk__in=ids).order_by("pk"))
    if Teacher.objects.managed_by(by, at, *Honour.ENTERS).filter(pk__in=ids).count() < len(ids):
        raise access.NotYourOffice()
    known, rows = entered(ids), []
    for person, (_teacher, given) in zip(people, honours, strict=True):
        day = _require_fit(given, at)
        hers = known.setdefault(key(person.pk, given), [])
        if stands(hers, day):
            raise HonourEntered(title=plain(given.title))
        rows.append(_new(person, given, day, by, at))
        hers.append((rows[-1].given_on, day.precision))
    try:
        with transaction.atomic():
            made = Honour.objects.bulk_create(rows, batch_size=_AT_ONCE)
    except IntegrityError:  # somebody entered one of them at this moment
        raise HonourEntered(title=rows[0].title) from None
    about = [journal.About(each, {"level": each.level}) for each in made]
    journal.write_all("records.honour_entered", by=by, at=at, about=about)
    return made


@transaction.atomic
def take_back(*, honours: Sequence[int], about: Organisation, by: User, at: dt.datetime) -> int:
    """Remove these entries (by their ids), as if they had never been brought in; how many. Refuses: NotYourOffice,
    SomeDecided."""
    access.require(by, about, at, *Honour.ENTERS)
    rows = Honour.objects.filter(pk__in=honours)
    locked = list(rows.select_for_update(of=("self",)).order_by("pk"))
    if any(each.state != State.SUBMITTED for each in locked):
        raise SomeDecided()
    rows.delete()
    journal.write("records.honours_taken_back", by=by, at=at, about=about, facts={"count": len(locked)})
    return len(locked)


@transaction.atomic
def confirm(*, honour: Honour, by: User, at: dt.datetime) -> Honour:
    """Put an honour that another person entered on the record; the teacher is told. Refuses: NotYourOffice, OwnHonour,
    EnteredByYourself, HonourDecided, HonourScanLost."""
    honour = _to_decide(honour, by, at)
    if honour.file and scans.read(honour.file, honour.digest) is None:
        raise HonourScanLost()
    return _decide(honour, State.CONFIRMED, "", by, at)


@transaction.atomic
def turn_down(*, honour: Honour, decision: str, by: User, at: dt.datetime) -> Honour:
    """Do not confirm an honour; the teacher is told why, and may enter it again as it is right. Refuses: as `confirm`
    but for the scan, and HonourUnexplained."""
    honour = _to_decide(honour, by, at)
    if not decision.strip():
        raise HonourUnexplained()
    return _decide(honour, State.REJECTED, decision.strip(), by, at)


@transaction.atomic
def strike(*, honour: Honour, decision: str, by: User, at: dt.datetime) -> Honour:
    """Take a confirmed honour off the record, with a reason that the teacher is told; it stays to be seen. Refuses:
    NotYourOffice, OwnHonour, HonourDecided (it is not confirmed, or struck already), HonourUnexplained."""
    honour = _locked(honour, by, at)
    if honour.state != State.CONFIRMED:
        raise HonourDecided()
    if not decision.strip():
        raise HonourUnexplained()
    return _decide(honour, State.STRUCK, decision.strip(), by, at)


def entered(people: Sequence[int]) -> dict[tuple[int, str, str], list[tuple[dt.date, str]]]:
    """By `key`, the dates of what these people (by their ids) have among their honours, each with its precision."""
    found: dict[tuple[int, str, str], list[tuple[dt.date, str]]] = defaultdict(list)
    hers = Honour.objects.live().filter(Q(teacher__in=people) | Q(teacher__merged_into__in=people))
    rows = hers.annotate(person=Coalesce("teacher__merged_into", "teacher"))
    for person, title, giver, *when in rows.values_list("person", "title", "giver", "given_on", "precision"):
        found[person, title, giver].append(tuple(when))
    return found


def key(person: int, given: Given) -> tuple[int, str, str]:
    """Whose honour it is, its title and who gave it: what makes it the same, but for the date."""
    return person, plain(given.title), plain(given.giver)


def stands(dates: Iterable[tuple[dt.date, str]], day: partial_dates.PartialDate) -> bool:
    """Whether one of these dates is this one. Of a month or year that is not over the last day known moves on, so it is
    compared by all its days."""
    return any(each == day.last or (known == day.precision and day.first <= each <= day.last) for each, known in dates)


def may(honour: Honour, by: User, at: dt.datetime) -> list[str]:
    """What this person may do about an honour now: of "confirm", "reject", "strike"."""
    if honour.person.user_id == by.pk or not Honour.objects.managed_by(by, at).filter(pk=honour.pk).exists():
        return []
    if honour.state == State.SUBMITTED:
        return ["confirm", "reject"] if honour.entered_by_id != by.pk else []
    return ["strike"] if honour.state == State.CONFIRMED else []


def _decide(honour: Honour, state: str, decision: str, by: User, at: dt.datetime) -> Honour:
    honour.state, honour.decision = state, decision
    honour.decided_by, honour.decided_at = by, at
    honour.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    journal.write(f"records.honour_{state}", by=by, at=at, about=honour, reason=decision)
    if honour.person.user:
        inbox.send(
            kind="records.honour_decided",
            to=honour.person.user,
            at=at,
            address=f"/records/honours/{honour.pk}/",
            title=honour.title,
            state=state,
            reason=decision,
        )
    return honour


def _locked(honour: Honour, by: User, at: dt.datetime) -> Honour:
    """The honour as it stands, locked, for a bureau that covers the teacher, and never for herself."""
    rows = Honour.objects.select_for_update(of=("self",))
    found = rows.select_related("teacher__user", "teacher__merged_into__user").get(pk=honour.pk)
    _require_office(found.person, by, at, Honour.CONFIRMS)
    if found.person.user_id == by.pk:
        raise OwnHonour()
    return found


def _to_decide(honour: Honour, by: User, at: dt.datetime) -> Honour:
    found = _locked(honour, by, at)
    if found.state != State.SUBMITTED:
        raise HonourDecided()
    if found.entered_by_id == by.pk:
        raise EnteredByYourself()
    return found


def _require_office(person: Teacher, by: User, at: dt.datetime, *offices: str) -> None:
    if not Teacher.objects.managed_by(by, at, *offices).filter(pk=person.pk).exists():
        raise access.NotYourOffice()


def _require_fit(given: Given, at: dt.datetime) -> partial_dates.PartialDate:
    if not given.title.strip() or not given.giver.strip():
        raise HonourUnnamed()
    if given.level not in Honour.Level.values:
        raise LevelUnknown()
    day = partial_dates.read(given.given_on)
    if day is None:
        raise DayUnreadable()
    if day.first > clock.local_date(at):
        raise DayAhead()
    return day


def _new(person: Teacher, given: Given, day: partial_dates.PartialDate, by: User, at: dt.datetime) -> Honour:
    """An honour as it is given, not saved."""
    return Honour(
        teacher=person,
        title=plain(given.title),
        level=given.level,
        giver=plain(given.giver),
        given_on=min(day.last, clock.local_date(at)),
        precision=day.precision,
        entered_by=by,
        entered_at=at,
    )


def plain(text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())
