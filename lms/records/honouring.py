"""An honour is entered by the teacher or her school, and confirmed by another person, of the bureau."""

import datetime as dt
from dataclasses import dataclass
from typing import IO

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock, partial_dates, scans
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Teacher, User
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
    last = min(day.last, clock.local_date(at))
    facts = {"title": _plain(given.title), "giver": _plain(given.giver), "given_on": last}
    hers = Honour.objects.live().filter(Q(teacher=person) | Q(teacher__merged_into=person))
    # Of this month or year the last day known moves on from day to day.
    same = Q(given_on=last) | Q(precision=day.precision, given_on__range=(day.first, day.last))
    if hers.filter(same, title=facts["title"], giver=facts["giver"]).exists():
        raise HonourEntered(title=facts["title"])
    try:
        with transaction.atomic():
            made = Honour.objects.create(
                teacher=person,
                **facts,
                level=given.level,
                precision=day.precision,
                file=name,
                digest=digest,
                entered_by=by,
                entered_at=at,
            )
    except IntegrityError:
        raise HonourEntered(title=facts["title"]) from None
    journal.write("records.honour_entered", by=by, at=at, about=made, facts={"level": made.level})
    return made


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


def _plain(text: str) -> str:
    return " ".join(text.split())
