"""The standing of a certificate after issue: suspended, lifted, cancelled or revoked, always by two people."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from certs import wording
from certs.models import Credential, StateChange
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

State = Credential.State
OFFICES = (Appointment.Office.EXAM_OFFICER, Appointment.Office.SIGNATORY)
# From where to where. Revoked (撤销) and cancelled (注销) are final; a suspension can be lifted.
WAYS = {
    State.ISSUED: (State.SUSPENDED, State.CANCELLED, State.REVOKED),
    State.SUSPENDED: (State.ISSUED, State.CANCELLED, State.REVOKED),
}


class NoSuchWay(Refusal):
    sentence = _("A certificate that is {now} cannot become {then}. Open it again to see how it stands.")
    field = "to_state"


class ChangeWaiting(Refusal):
    sentence = _("A change of this certificate is already waiting for a second person. Decide that one first.")


class ChangeDecided(Refusal):
    sentence = _("This change has been decided already. Open the certificate again to see how it stands.")


class OwnChange(Refusal):
    sentence = _("You proposed this change yourself; another person must decide it.")


class GroundsMissing(Refusal):
    sentence = _("Write the reason: it is kept in the journal and shown to the holder, never to the public.")
    field = "reason"


@transaction.atomic
def propose(*, credential: Credential, to_state: str, reason: str, by: User, at: dt.datetime) -> StateChange:
    """Propose that a certificate be suspended, lifted (back to issued), cancelled or revoked; nothing changes yet.
    Refuses: NotYourOffice, GroundsMissing, NoSuchWay, ChangeWaiting."""
    credential = _locked(credential)
    access.require(by, credential.level.scheme.authority, at, *OFFICES)
    if not reason.strip():
        raise GroundsMissing()
    _require_way(credential, to_state)
    if credential.changes.filter(state=StateChange.State.PROPOSED).exists():
        raise ChangeWaiting()
    try:
        with transaction.atomic():
            change = StateChange.objects.create(
                credential=credential,
                from_state=credential.state,
                to_state=to_state,
                reason=reason.strip(),
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as twice:
        raise ChangeWaiting() from twice
    facts = {"from": credential.state, "to": to_state}
    journal.write("certs.change_proposed", by=by, at=at, about=credential, reason=change.reason, facts=facts)
    return change


@transaction.atomic
def approve(*, change: StateChange, by: User, at: dt.datetime) -> Credential:
    """Let a proposed change take effect, at once and everywhere; the holder is told. Refuses: NotYourOffice,
    ChangeDecided, OwnChange, NoSuchWay."""
    change, credential = _to_decide(change, by, at)
    _require_way(credential, change.to_state)
    credential.state = change.to_state
    credential.state_reason = "" if change.to_state == State.ISSUED else change.reason
    credential.state_changed_at = at
    credential.save(update_fields=["state", "state_reason", "state_changed_at"])
    _decide(change, StateChange.State.APPROVED, by, at)
    facts = {"from": change.from_state, "to": change.to_state, "proposed_by": str(change.proposed_by)}
    journal.write("certs.standing_changed", by=by, at=at, about=credential, reason=change.reason, facts=facts)
    if credential.teacher.user:
        inbox.send(
            kind="certs.standing_changed",
            to=credential.teacher.user,
            at=at,
            address=f"/certificates/{credential.pk}/",
            certificate=str(wording.certificate_name(credential.facts)),
            authority=credential.facts["authority"],
            number=credential.number,
            to_state=change.to_state,
            reason=change.reason,
        )
    return credential


@transaction.atomic
def give_back(*, change: StateChange, reason: str, by: User, at: dt.datetime) -> StateChange:
    """Return a proposed change with a reason; the certificate stands as before. Refuses: NotYourOffice,
    ChangeDecided, OwnChange, GroundsMissing."""
    change, credential = _to_decide(change, by, at)
    if not reason.strip():
        raise GroundsMissing()
    _decide(change, StateChange.State.RETURNED, by, at, decision_reason=reason.strip())
    facts = {"from": change.from_state, "to": change.to_state}
    journal.write("certs.change_returned", by=by, at=at, about=credential, reason=change.decision_reason, facts=facts)
    return change


def _locked(credential: Credential) -> Credential:
    rows = Credential.objects.select_for_update(of=("self",)).select_related(
        "level__scheme__authority", "teacher__user"
    )
    return rows.get(pk=credential.pk)


def _require_way(credential: Credential, to_state: str) -> None:
    if to_state not in WAYS.get(State(credential.state), ()):
        words = wording.STANDINGS
        raise NoSuchWay(now=words[credential.state], then=words.get(to_state, to_state))


def _to_decide(change: StateChange, by: User, at: dt.datetime) -> tuple[StateChange, Credential]:
    """The change and its certificate, locked, if this person may decide about it."""
    credential = _locked(Credential.objects.get(changes=change))
    change = StateChange.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=change.pk)
    access.require(by, credential.level.scheme.authority, at, *OFFICES)
    if change.state != StateChange.State.PROPOSED:
        raise ChangeDecided()
    if change.proposed_by_id == by.pk:
        raise OwnChange()
    return change, credential


def _decide(change: StateChange, state: str, by: User, at: dt.datetime, **more: str) -> None:
    for name, value in {"state": state, "decided_by": by, "decided_at": at, **more}.items():
        setattr(change, name, value)
    change.save(update_fields=["state", "decided_by", "decided_at", *more])
