"""A claim of hours in its teacher's hands: drafted, proved by scans, handed in to her school."""

import datetime as dt
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import IO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock, scans
from lms.lib.refusals import Refusal
from lms.people.models import Teacher, User
from lms.records import governing, reckoning
from lms.records.models import Conversion, HourClaim, HourClaimProof, HourClaimStep

State = HourClaim.State
MOST_PROOFS = 6
MOST_HOURS = Decimal(500)


class NotYourClaim(Refusal):
    sentence = _("Only the teacher herself claims hours and changes her claim.")
    status = 403


class KindUnknown(Refusal):
    sentence = _("This kind or level is not in the list. Choose one of the list.")
    field = "kind"


class DeedUnnamed(Refusal):
    sentence = _("Write what it was, and who held or published it.")
    field = "title"


class DeedReversed(Refusal):
    sentence = _("The first day lies after the last one. Correct one of the two.")
    field = "begun_on"


class DeedAhead(Refusal):
    sentence = _("It is not over yet. Claim the hours when it is.")
    field = "done_on"


class HoursUnusable(Refusal):
    sentence = _("Hours are a number above 0 and up to {most}, with at most one decimal.")
    field = "hours"


class NotOpen(Refusal):
    sentence = _("This claim is not in your hands at present. It can be changed while it is a draft, or was returned.")


class ProofMissing(Refusal):
    sentence = _("Add at least one scan that proves it: the paper, the award or the certificate.")
    field = "scan"
    status = 422


class ProofGiven(Refusal):
    sentence = _("This very scan proves another claim of yours already: “{title}”. One proof counts once.")
    field = "scan"


class ProofOfAnother(Refusal):
    sentence = _(
        "This very scan has been handed in by somebody else. Hand in the paper that bears your own name; if somebody "
        "used yours, tell your bureau."
    )
    field = "scan"


class ProofsEnough(Refusal):
    sentence = _("A claim has at most {most} scans. Remove one first.")
    field = "scan"


class NotCredited(Refusal):
    sentence = _("Under the rules that hold for you on the last day, this kind earns no hours. Ask your bureau.")
    field = "kind"


class WithoutSchool(Refusal):
    sentence = _("{name} was at no school on the last day, so no rules hold. The bureau corrects the record first.")
    field = "done_on"


@dataclass(frozen=True)
class Deed:
    """What hours are claimed for: its kind (`Conversion.Kind`), who held it and on which level, from its first day to
    its last, and the hours of 45 minutes that its paper states."""

    kind: str
    title: str
    organiser: str
    level: str
    begun_on: dt.date
    done_on: dt.date
    hours: Decimal


@transaction.atomic
def draft(*, teacher: Teacher, deed: Deed, by: User, at: dt.datetime) -> HourClaim:
    """Begin a claim; nobody but the teacher sees it until it is handed in. Refuses: NotYourClaim, KindUnknown,
    DeedUnnamed, DeedReversed, DeedAhead, HoursUnusable."""
    teacher = teacher.merged_into or teacher
    if teacher.user_id != by.pk:
        raise NotYourClaim()
    _require_fit(deed, at)
    claim = HourClaim.objects.create(teacher=teacher, drafted_at=at, **_plain(deed))
    _step(claim, by, at)
    journal.write("records.claim_drafted", by=by, at=at, about=claim, facts={"kind": claim.kind})
    return claim


@transaction.atomic
def change(*, claim: HourClaim, deed: Deed, by: User, at: dt.datetime) -> HourClaim:
    """Put a draft or a returned claim right. Refuses: NotYourClaim, NotOpen, and what `draft` refuses."""
    claim = _own(claim, by)
    _require_fit(deed, at)
    for name, value in _plain(deed).items():
        setattr(claim, name, value)
    claim.save(update_fields=list(asdict(deed)))
    facts = {"kind": claim.kind, "hours": str(claim.hours)}
    journal.write("records.claim_changed", by=by, at=at, about=claim, facts=facts)
    return claim


def add_proof(*, claim: HourClaim, scan: IO[bytes] | None, by: User, at: dt.datetime) -> HourClaimProof:
    """Add a scan to a draft or a returned claim. Refuses: NotYourClaim, NotOpen, BadScan (lms.lib.scans), ProofsEnough,
    ProofGiven and ProofOfAnother (the same content, in any claim that was ever handed in with it)."""
    _require_own(claim, by)
    cleaned = scans.clean(scan)
    name = scans.write(cleaned)
    try:
        return _keep_proof(claim, name, cleaned.digest, by, at)
    except BaseException:
        scans.forget(name)
        raise


@transaction.atomic
def _keep_proof(claim: HourClaim, name: str, digest: str, by: User, at: dt.datetime) -> HourClaimProof:
    claim = _own(claim, by)
    if claim.proofs.count() >= MOST_PROOFS:
        raise ProofsEnough(most=MOST_PROOFS)
    _require_new(claim, digest)
    try:
        with transaction.atomic():
            made = HourClaimProof.objects.create(claim=claim, file=name, digest=digest, added_at=at)
    except IntegrityError:  # somebody else handed the same one in at this moment
        raise ProofOfAnother() from None
    journal.write("records.claim_proof_added", by=by, at=at, about=claim, facts={"digest": digest})
    return made


@transaction.atomic
def remove_proof(*, proof: HourClaimProof, by: User, at: dt.datetime) -> None:
    """Take a scan out of a draft or a returned claim; its file is forgotten. Refuses: NotYourClaim, NotOpen."""
    claim = _own(proof.claim, by)
    name, digest = proof.file, proof.digest
    proof.delete()
    journal.write("records.claim_proof_removed", by=by, at=at, about=claim, facts={"digest": digest})
    transaction.on_commit(lambda: scans.forget(name))


@transaction.atomic
def submit(*, claim: HourClaim, by: User, at: dt.datetime) -> HourClaim:
    """Hand a draft or a returned claim in to the school. Refuses: NotYourClaim, NotOpen, ProofMissing, WithoutSchool,
    NotCredited (the rules of the last day give this kind nothing)."""
    claim = _own(claim, by)
    if not claim.proofs.exists():
        raise ProofMissing()
    conversion(claim)
    claim.submitted_at = at
    return move(claim, State.SUBMITTED, by, at)


def conversion(claim: HourClaim) -> tuple[Conversion, reckoning.Year]:
    """What the rules give for the claim's kind, and the training year they judge: those in force for her on the first
    day of the training year in which the deed ended. Refuses: WithoutSchool, NotCredited."""
    found = governing.stretches(Teacher.objects.filter(pk=claim.person.pk)).get(claim.person.pk, [])
    if not any(each.holds(claim.done_on) for each in found) and not _was_at_school(claim):
        raise WithoutSchool(name=claim.person.full_name)
    year = reckoning.year_of(found, claim.done_on)
    rows = (
        Conversion.objects.filter(rule_set=year.rules.key, kind=claim.kind) if year.rules else Conversion.objects.none()
    )
    given = rows.first()
    if given is None:
        raise NotCredited()
    return given, year


def move(claim: HourClaim, state: str, by: User, at: dt.datetime, *, reason: str = "", **told: str) -> HourClaim:
    """Into another state, for the acts here and in recognising.py: step, journal line, word to the teacher."""
    claim.state = state
    claim.save(update_fields=["state", "submitted_at", "verified_by", "recognised_by", "entry"])
    _step(claim, by, at, reason)
    facts = {"kind": claim.kind, **told}
    journal.write(f"records.claim_{_WORDS[state]}", by=by, at=at, about=claim, reason=reason, facts=facts)
    if state != State.SUBMITTED and claim.person.user:
        inbox.send(
            kind="records.claim_decided",
            to=claim.person.user,
            at=at,
            address=f"/records/claims/{claim.pk}/",
            title=claim.title,
            state=state,
            reason=reason,
            **{"hours": "", "full": "", "cap": "", **told},
        )
    return claim


_WORDS = {
    State.SUBMITTED: "submitted",
    State.VERIFIED: "verified",
    State.RECOGNISED: "recognised",
    State.RETURNED: "returned",
    State.REJECTED: "rejected",
}


def _step(claim: HourClaim, by: User, at: dt.datetime, reason: str = "") -> None:
    HourClaimStep.objects.create(claim=claim, state=claim.state, by=by, at=at, reason=reason)


def _own(claim: HourClaim, by: User) -> HourClaim:
    """The claim, locked, in its teacher's hands."""
    rows = HourClaim.objects.select_for_update(of=("self",)).select_related(
        "teacher__user", "teacher__merged_into__user"
    )
    claim = rows.get(pk=claim.pk)
    _require_own(claim, by)
    return claim


def _require_own(claim: HourClaim, by: User) -> None:
    if claim.person.user_id != by.pk:
        raise NotYourClaim()
    if claim.state not in HourClaim.OPEN:
        raise NotOpen()


def _require_fit(deed: Deed, at: dt.datetime) -> None:
    if deed.kind not in Conversion.Kind.values or deed.level not in HourClaim.Level.values:
        raise KindUnknown()
    if not deed.title.strip() or not deed.organiser.strip():
        raise DeedUnnamed()
    if deed.begun_on > deed.done_on:
        raise DeedReversed()
    if deed.done_on > clock.local_date(at):
        raise DeedAhead()
    if not (0 < deed.hours <= MOST_HOURS and deed.hours == round(deed.hours, 1)):
        raise HoursUnusable(most=MOST_HOURS)


def _require_new(claim: HourClaim, digest: str) -> None:
    before = HourClaimProof.objects.select_related("claim__teacher").filter(digest=digest).first()
    if before is None:
        return
    if before.claim.person.pk == claim.person.pk:
        raise ProofGiven(title=before.claim.title)
    raise ProofOfAnother()


def _was_at_school(claim: HourClaim) -> bool:
    return claim.person.school_on(claim.done_on) is not None


def _plain(deed: Deed) -> dict[str, object]:
    return {**asdict(deed), "title": deed.title.strip(), "organiser": deed.organiser.strip()}
