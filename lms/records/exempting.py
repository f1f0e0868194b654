"""A teacher is exempted from the hours demanded for a time: proposed with its paper, granted by another person."""

import datetime as dt
from typing import IO

from django.db import transaction
from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import scans
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Teacher, User
from lms.records.models import Exemption

State = Exemption.State
LONGEST = dt.timedelta(days=6 * 366)


class GroundUnknown(Refusal):
    sentence = _("This ground is not in the list. Choose one of the list.")
    field = "ground"


class SpanReversed(Refusal):
    sentence = _("The first day lies after the last one. Correct one of the two.")
    field = "from_on"


class SpanTooLong(Refusal):
    sentence = _(
        "An exemption lasts at most six years. Set an earlier last day and propose it again when that is over."
    )
    field = "until_on"


class ExemptionUnexplained(Refusal):
    sentence = _("Write what the exemption rests on: the teacher and the bureau read it.")
    field = "reason"


class ExemptionsOverlap(Refusal):
    sentence = _("{name} has another exemption in these days: {ground}, {first} to {last}. Choose other days.")
    field = "from_on"


class OwnExemption(Refusal):
    sentence = _("This is your own exemption; another officer must propose it and decide about it.")


class ProposedByYourself(Refusal):
    sentence = _("You proposed this exemption yourself; another officer of the bureau must decide about it.")


class DecidedMeanwhile(Refusal):
    sentence = _("This exemption has been decided since you opened it. Look at how it stands now.")


class DecisionUnexplained(Refusal):
    sentence = _("Write the reason: the teacher's school reads it.")
    field = "decision"


class PaperLost(Refusal):
    sentence = _("The scan of this exemption cannot be read any more. Turn it down and have it proposed again.")


def propose(
    *,
    teacher: Teacher,
    ground: str,
    from_on: dt.date,
    until_on: dt.date,
    reason: str,
    scan: IO[bytes] | None = None,
    by: User,
    at: dt.datetime,
) -> Exemption:
    """Ask that no hours be demanded of a teacher from a day to a last day, with the scan of her application where there
    is one. Nothing changes until it is granted. Refuses: NotYourOffice, OwnExemption, GroundUnknown, SpanReversed,
    SpanTooLong, ExemptionUnexplained, ExemptionsOverlap, BadScan (lms.lib.scans)."""
    person = teacher.merged_into or teacher
    _require_office(person, by, at, *Exemption.PROPOSES)
    cleaned = scans.clean(scan) if scan else None
    name = scans.write(cleaned) if cleaned else ""
    facts = {"ground": ground, "from_on": from_on, "until_on": until_on, "reason": reason.strip()}
    try:
        return _keep(person, facts, name, cleaned.digest if cleaned else "", by, at)
    except BaseException:
        if name:
            scans.forget(name)
        raise


@transaction.atomic
def _keep(person: Teacher, facts: dict, name: str, digest: str, by: User, at: dt.datetime) -> Exemption:
    Teacher.objects.select_for_update(of=("self",)).only("pk").get(pk=person.pk)  # her exemptions do not overlap
    _require_fit(person, **facts)
    made = Exemption.objects.create(
        teacher=person, **facts, file=name, digest=digest, proposed_by=by, proposed_at=at, state=State.PROPOSED
    )
    told = {"ground": made.ground, "from_on": made.from_on.isoformat(), "until_on": made.until_on.isoformat()}
    journal.write("records.exemption_proposed", by=by, at=at, about=made, reason=made.reason, facts=told)
    return made


@transaction.atomic
def grant(*, exemption: Exemption, by: User, at: dt.datetime) -> Exemption:
    """Grant an exemption that another person proposed: from now on its days are taken out of what is demanded, and the
    teacher is told. Refuses: NotYourOffice, OwnExemption, ProposedByYourself, DecidedMeanwhile, PaperLost."""
    exemption = _to_decide(exemption, by, at)
    if exemption.file and scans.read(exemption.file, exemption.digest) is None:
        raise PaperLost()
    return _decide(exemption, State.GRANTED, "", by, at)


@transaction.atomic
def turn_down(*, exemption: Exemption, decision: str, by: User, at: dt.datetime) -> Exemption:
    """Do not grant an exemption; whoever proposed it is told why. Refuses: NotYourOffice, OwnExemption,
    ProposedByYourself, DecidedMeanwhile, DecisionUnexplained."""
    exemption = _to_decide(exemption, by, at)
    if not decision.strip():
        raise DecisionUnexplained()
    return _decide(exemption, State.REJECTED, decision.strip(), by, at)


@transaction.atomic
def withdraw(*, exemption: Exemption, decision: str, by: User, at: dt.datetime) -> Exemption:
    """Withdraw an exemption that was granted wrongly or ended early: hours are demanded again for all of its days, and
    the teacher is told; for the days that were right another one is proposed. Refuses: NotYourOffice, OwnExemption,
    DecidedMeanwhile (it was not granted, or is withdrawn already), DecisionUnexplained."""
    exemption = _locked(exemption, by, at)
    if exemption.state != State.GRANTED:
        raise DecidedMeanwhile()
    if not decision.strip():
        raise DecisionUnexplained()
    return _decide(exemption, State.WITHDRAWN, decision.strip(), by, at)


def may(exemption: Exemption, by: User, at: dt.datetime) -> list[str]:
    """What this person may do about an exemption now: of "grant", "reject", "withdraw"."""
    if exemption.person.user_id == by.pk or not Exemption.objects.managed_by(by, at).filter(pk=exemption.pk).exists():
        return []
    if exemption.state == State.PROPOSED:
        return ["grant", "reject"] if exemption.proposed_by_id != by.pk else []
    return ["withdraw"] if exemption.state == State.GRANTED else []


def _decide(exemption: Exemption, state: str, decision: str, by: User, at: dt.datetime) -> Exemption:
    exemption.state, exemption.decision = state, decision
    exemption.decided_by, exemption.decided_at = by, at
    exemption.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    journal.write(f"records.exemption_{state}", by=by, at=at, about=exemption, reason=decision)
    told = exemption.proposed_by if state == State.REJECTED else exemption.person.user
    if told:
        inbox.send(
            kind="records.exemption_decided",
            to=told,
            at=at,
            address=f"/records/exemptions/{exemption.pk}/",
            name=exemption.person.full_name,
            from_on=exemption.from_on.isoformat(),
            until_on=exemption.until_on.isoformat(),
            state=state,
            reason=decision,
        )
    return exemption


def _locked(exemption: Exemption, by: User, at: dt.datetime) -> Exemption:
    """The exemption as it stands, locked, for a bureau that covers the teacher, and never for herself."""
    rows = Exemption.objects.select_for_update(of=("self",))
    found = rows.select_related("teacher__user", "teacher__merged_into__user", "proposed_by").get(pk=exemption.pk)
    _require_office(found.person, by, at, Exemption.GRANTS)
    return found


def _to_decide(exemption: Exemption, by: User, at: dt.datetime) -> Exemption:
    found = _locked(exemption, by, at)
    if found.state != State.PROPOSED:
        raise DecidedMeanwhile()
    if found.proposed_by_id == by.pk:
        raise ProposedByYourself()
    return found


def _require_office(person: Teacher, by: User, at: dt.datetime, *offices: str) -> None:
    if not Teacher.objects.managed_by(by, at, *offices).filter(pk=person.pk).exists():
        raise access.NotYourOffice()
    if person.user_id == by.pk:
        raise OwnExemption()


def _require_fit(person: Teacher, *, ground: str, from_on: dt.date, until_on: dt.date, reason: str) -> None:
    if ground not in Exemption.Ground.values:
        raise GroundUnknown()
    if from_on > until_on:
        raise SpanReversed()
    if until_on - from_on > LONGEST:
        raise SpanTooLong()
    if not reason:
        raise ExemptionUnexplained()
    live = Exemption.objects.of(person).filter(Q(state=State.PROPOSED) | Q(state=State.GRANTED))
    other = live.between(from_on, until_on).order_by("from_on").first()
    if other is not None:
        raise ExemptionsOverlap(
            name=person.full_name,
            ground=other.get_ground_display(),
            first=formats.date_format(other.from_on, "DATE_FORMAT"),
            last=formats.date_format(other.until_on, "DATE_FORMAT"),
        )
