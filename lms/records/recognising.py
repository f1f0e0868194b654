"""A claim of hours before its school and its bureau: verified, recognised into the ledger once, or not."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.lib import scans
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Teacher, User
from lms.records import claiming, ledger, wording
from lms.records.models import Conversion, HourClaim, HourEntry

State = HourClaim.State


class MovedMeanwhile(Refusal):
    sentence = _("This claim has moved on since you opened it. Look at how it stands now.")


class OwnClaim(Refusal):
    sentence = _("This is your own claim; another officer must decide about it.")


class VerifiedByYourself(Refusal):
    sentence = _("You verified this claim yourself; another officer of the bureau must recognise it.")


class ProofLost(Refusal):
    sentence = _("A scan of this claim cannot be read any more. Return it and ask for a new scan.")


class DecisionUnexplained(Refusal):
    sentence = _("Write the reason: the teacher reads it.")
    field = "reason"


class NothingLeft(Refusal):
    sentence = _(
        "For this kind at most {cap} hours count in a training year, and {used} are recognised already. Nothing is "
        "left of it; turn the claim down with this as the reason."
    )


@dataclass(frozen=True)
class Worth:
    """What a claim would earn now: `full` by its conversion, of which `hours` still fit under the cap of the kind."""

    category: str
    full: Decimal
    cap: Decimal | None
    used: Decimal

    @property
    def hours(self) -> Decimal:
        return self.full if self.cap is None else max(Decimal(0), min(self.full, self.cap - self.used))

    @property
    def is_cut(self) -> bool:
        return self.hours < self.full


@transaction.atomic
def verify(*, claim: HourClaim, by: User, at: dt.datetime) -> HourClaim:
    """Say that the claim is true and its proof genuine: an officer of her school, or of her bureau where the school has
    none. Refuses: NotYourOffice, OwnClaim, MovedMeanwhile, ProofLost."""
    claim = _to_decide(claim, by, at, *HourClaim.VERIFIES)
    if claim.state != State.SUBMITTED:
        raise MovedMeanwhile()
    _require_proofs(claim)
    claim.verified_by = by
    return claiming.move(claim, State.VERIFIED, by, at)


@transaction.atomic
def recognise(*, claim: HourClaim, by: User, at: dt.datetime) -> HourClaim:
    """Credit the hours that the rules of the deed's last day give: an officer of the bureau who did not verify it
    herself. Posted once; what exceeds the cap of its kind in that training year is cut, and the teacher is told both.
    Refuses: NotYourOffice, OwnClaim, VerifiedByYourself, MovedMeanwhile, ProofLost, WithoutSchool, NotCredited,
    NothingLeft."""
    person = claim.person
    Teacher.objects.select_for_update(of=("self",)).only("pk").get(pk=person.pk)  # the cap is one person's
    claim = _to_decide(claim, by, at, HourClaim.RECOGNISES)
    if claim.state != State.VERIFIED:
        raise MovedMeanwhile()
    if claim.verified_by_id == by.pk:
        raise VerifiedByYourself()
    _require_proofs(claim)
    earned = worth(claim)
    if not earned.hours:
        raise NothingLeft(cap=wording.plain(earned.cap), used=wording.plain(earned.used))
    (claim.entry,) = ledger.post(
        teacher=person,
        hours={earned.category: earned.hours},
        title=claim.title,
        source=f"records.hourclaim:{claim.pk}",
        earned_on=claim.done_on,
        begun_on=claim.begun_on,
        is_converted=claim.kind not in Conversion.TRAININGS,
        by=by,
        at=at,
    )
    claim.recognised_by = by
    cut = {"full": str(earned.full), "cap": str(earned.cap)} if earned.is_cut else {}
    return claiming.move(claim, State.RECOGNISED, by, at, hours=str(earned.hours), **cut)


@transaction.atomic
def send_back(*, claim: HourClaim, reason: str, by: User, at: dt.datetime) -> HourClaim:
    """Return a claim to be put right: the school while it waits there, the bureau always. Refuses: NotYourOffice,
    OwnClaim, MovedMeanwhile, DecisionUnexplained."""
    return _end(claim, State.RETURNED, reason, by, at)


@transaction.atomic
def turn_down(*, claim: HourClaim, reason: str, by: User, at: dt.datetime) -> HourClaim:
    """Turn a claim down for good. Who and what it refuses: as `send_back`."""
    return _end(claim, State.REJECTED, reason, by, at)


@transaction.atomic
def take_back(*, claim: HourClaim, reason: str, by: User, at: dt.datetime) -> HourEntry:
    """Take recognised hours back by a reversal in the ledger, which tells the teacher. Refuses: NotYourOffice,
    OwnClaim, MovedMeanwhile (not recognised, or taken back already), and what `ledger.reverse` refuses."""
    claim = _to_decide(claim, by, at, HourClaim.RECOGNISES)
    if claim.state not in HourClaim.STANDING:
        raise MovedMeanwhile()
    return ledger.reverse(entry=claim.entry, reason=reason, by=by, at=at)


def worth(claim: HourClaim) -> Worth:
    """What the claim earns now, what was recognised for this kind in the same training year being taken from the cap.
    Refuses: as `conversion`."""
    given, year = claiming.conversion(claim)
    person = claim.person
    same = HourClaim.objects.filter(
        Q(teacher=person) | Q(teacher__merged_into=person),
        kind=claim.kind,
        state__in=HourClaim.STANDING,
        done_on__range=(year.first, year.last),
    )
    used = sum(same.exclude(pk=claim.pk).values_list("entry__hours", flat=True), Decimal(0))
    return Worth(given.category, claim.hours if given.hours_each is None else given.hours_each, given.yearly_cap, used)


def may(claim: HourClaim, by: User, at: dt.datetime) -> list[str]:
    """What this person may do about a claim now: of "verify", "recognise", "return", "reject", "take_back"."""
    if claim.person.user_id == by.pk:
        return []
    covers = {
        office: Teacher.objects.managed_by(by, at, office).filter(pk=claim.person.pk).exists()
        for office in HourClaim.VERIFIES
    }
    bureau = covers[HourClaim.RECOGNISES]
    if claim.state == State.SUBMITTED and any(covers.values()):
        return ["verify", "return", "reject"]
    if claim.state == State.VERIFIED and bureau:
        return (["recognise"] if claim.verified_by_id != by.pk else []) + ["return", "reject"]
    return ["take_back"] if claim.state in HourClaim.STANDING and bureau else []


def _end(claim: HourClaim, state: str, reason: str, by: User, at: dt.datetime) -> HourClaim:
    claim = _to_decide(claim, by, at, *HourClaim.VERIFIES)
    if claim.state not in (State.SUBMITTED, State.VERIFIED):
        raise MovedMeanwhile()
    if claim.state == State.VERIFIED:
        _require_office(claim, by, at, HourClaim.RECOGNISES)
    if not reason.strip():
        raise DecisionUnexplained()
    if state == State.RETURNED:
        claim.verified_by = None  # what is put right is looked at anew
    return claiming.move(claim, state, by, at, reason=reason.strip())


def _to_decide(claim: HourClaim, by: User, at: dt.datetime, *offices: str) -> HourClaim:
    """The claim, locked, for one of these offices that covers the teacher, and never for herself."""
    rows = HourClaim.objects.select_for_update(of=("self",)).select_related(
        "teacher__user", "teacher__merged_into__user", "entry"
    )
    claim = rows.get(pk=claim.pk)
    _require_office(claim, by, at, *offices)
    if claim.person.user_id == by.pk:
        raise OwnClaim()
    return claim


def _require_office(claim: HourClaim, by: User, at: dt.datetime, *offices: str) -> None:
    if not Teacher.objects.managed_by(by, at, *offices).filter(pk=claim.person.pk).exists():
        raise access.NotYourOffice()


def _require_proofs(claim: HourClaim) -> None:
    if any(scans.read(each.file, each.digest) is None for each in claim.proofs.all()):
        raise ProofLost()
