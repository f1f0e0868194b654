"""A certificate from elsewhere: submitted with its scan, then verified or turned down by an officer who looks at it."""

import datetime as dt
import unicodedata
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from certs import numbers
from certs.models import ExternalCredential, ExternalType
from certs.requiring import DatesReversed
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock, crypto, scans
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, Teacher, User

State = ExternalCredential.State
VERIFIES = Appointment.Office.BUREAU_OFFICER
# Who may submit one for a teacher of hers.
SUBMITS = (Appointment.Office.BUREAU_OFFICER, Appointment.Office.SCHOOL_OFFICER)
LONGEST_NUMBER = 60


class TypeNotTaken(Refusal):
    sentence = _("“{name}” is not taken in for teachers of this school at present. Choose another kind, or ask.")
    field = "type"


class NoSchool(Refusal):
    sentence = _(
        "{name} is at no school at present, so nobody can verify it. The school or its bureau records her first."
    )


class NumberUnusable(Refusal):
    sentence = _("Write the number as on the certificate, with at most {limit} characters.")
    field = "number"


class NumberGiven(Refusal):
    sentence = _("A certificate of this kind with this number has been submitted already. Compare it with the paper.")
    field = "number"


class ScanGiven(Refusal):
    sentence = _("This very scan has been submitted already. Choose the picture of this certificate.")
    field = "scan"


class IssuedAhead(Refusal):
    sentence = _("The day of issue lies ahead. Copy it from the certificate.")
    field = "issued_on"


class DecidedAlready(Refusal):
    sentence = _("This certificate has been decided about already. Open it again to see the outcome.")


class OwnSubmission(Refusal):
    sentence = _("You submitted this certificate yourself; another officer must look at it.")


class OwnCertificate(Refusal):
    sentence = _("This is your own certificate; another officer must look at it.")


class SeenOtherwise(Refusal):
    sentence = _("What this certificate counts as has changed since you opened it. Look at it again, then decide.")


class ScanLost(Refusal):
    sentence = _("The scan cannot be read any more, so it cannot be verified. Turn it down and ask for a new scan.")


class WhyNot(Refusal):
    sentence = _("Write the reason, so that the teacher knows what to put right.")
    field = "reason"


def submit(
    *,
    teacher: Teacher,
    kind: ExternalType,
    number: str,
    issued_on: dt.date,
    expires_on: dt.date | None,
    scan: IO[bytes] | None,
    by: User,
    at: dt.datetime,
) -> ExternalCredential:
    """Submit a certificate from elsewhere with its scan: the teacher herself, or an officer of her school or bureau.
    It counts once somebody else has verified it.

    Refuses: NotYourOffice, NoSchool, TypeNotTaken, NumberUnusable, NumberGiven, IssuedAhead, DatesReversed, BadScan,
    ScanGiven (the same scan or number twice, unless the earlier was turned down).
    """
    teacher = teacher.merged_into or teacher
    school = _require_hers(teacher, by, at)
    _require_taken(kind, school, at)
    number = plain_number(number)
    if not 1 <= len(number) <= LONGEST_NUMBER:
        raise NumberUnusable(limit=LONGEST_NUMBER)
    if issued_on > clock.local_date(at):
        raise IssuedAhead()
    if expires_on is not None and expires_on < issued_on:
        raise DatesReversed(first=issued_on.isoformat())
    cleaned = scans.clean(scan)
    name = scans.write(cleaned)
    try:
        return _keep(
            by,
            at,
            teacher=teacher,
            type=kind,
            number=number,
            issued_on=issued_on,
            expires_on=expires_on,
            scan=name,
            scan_digest=cleaned.digest,
        )
    except BaseException:
        scans.forget(name)
        raise


@transaction.atomic
def _keep(by: User, at: dt.datetime, **given: Any) -> ExternalCredential:
    """The row, after looking under the lock of its kind whether number or scan are there already."""
    ExternalType.objects.select_for_update(of=("self",)).get(pk=given["type"].pk)
    standing = ExternalCredential.objects.exclude(state=State.REJECTED)
    if standing.filter(type=given["type"], number=given["number"]).exists():
        raise NumberGiven()
    if standing.filter(scan_digest=given["scan_digest"]).exists():
        raise ScanGiven()
    try:
        with transaction.atomic():
            made = ExternalCredential.objects.create(submitted_by=by, submitted_at=at, **given)
    except IntegrityError as twice:
        raise NumberGiven() from twice
    journal.write("certs.external_submitted", by=by, at=at, about=made, facts={"type": made.type.name})
    return made


def view(credential: ExternalCredential) -> dict[str, Any]:
    """What an officer looks at, as plain data."""
    kind = credential.type
    return {
        "holder": credential.teacher.full_name,
        "type": kind.name,
        "issuer": kind.issuer,
        "equals": kind.equals_id,
        "number": credential.number,
        "issued_on": credential.issued_on,
        "expires_on": credential.expires_on,
        "scan": credential.scan_digest,
    }


def view_digest(credential: ExternalCredential) -> str:
    """The digest of what `view` shows: what the officer decides about."""
    return crypto.digest(view(credential))


@transaction.atomic
def verify(*, credential: ExternalCredential, seen_digest: str, by: User, at: dt.datetime) -> ExternalCredential:
    """Say that the certificate is genuine: it counts from its day of issue on. Refuses: NotYourOffice, DecidedAlready,
    OwnSubmission, OwnCertificate, ScanLost, SeenOtherwise."""
    credential = _to_decide(credential, by, at)
    if scans.read(credential.scan, credential.scan_digest) is None:
        raise ScanLost()
    if view_digest(credential) != seen_digest:
        raise SeenOtherwise()
    return _decide(credential, State.VERIFIED, "", by, at)


@transaction.atomic
def turn_down(*, credential: ExternalCredential, reason: str, by: User, at: dt.datetime) -> ExternalCredential:
    """Do not verify it, with a reason that the teacher reads; she may submit it again. Refuses: NotYourOffice,
    DecidedAlready, OwnSubmission, OwnCertificate, WhyNot."""
    credential = _to_decide(credential, by, at)
    if not reason.strip():
        raise WhyNot()
    return _decide(credential, State.REJECTED, reason.strip(), by, at)


def may_decide(credential: ExternalCredential, by: User, at: dt.datetime) -> bool:
    """Whether this person may verify it or turn it down now."""
    try:
        _require_decider(credential, by, at)
    except Refusal:
        return False
    return credential.state == State.TO_BE_VERIFIED


def plain_number(number: str) -> str:
    """A number as it is kept: full-width forms made plain, without blanks, in capitals."""
    return numbers.normal(unicodedata.normalize("NFKC", number))


def _require_hers(teacher: Teacher, by: User, at: dt.datetime) -> Organisation:
    """The teacher's school, if this person may submit for her."""
    school = teacher.school_on(clock.local_date(at))
    own = teacher.user_id == by.pk
    if not own and (school is None or not access.covers(by, school, at, *SUBMITS)):
        raise access.NotYourOffice()
    if school is None:
        raise NoSchool(name=teacher.full_name)
    return school


def _require_taken(kind: ExternalType, school: Organisation, at: dt.datetime) -> None:
    taken = ExternalType.objects.held_on(clock.local_date(at)).filter(pk=kind.pk)
    if not taken.filter(authority__in=[*school.ancestor_ids, school.pk]).exists():
        raise TypeNotTaken(name=kind.name)


def _to_decide(credential: ExternalCredential, by: User, at: dt.datetime) -> ExternalCredential:
    rows = ExternalCredential.objects.select_for_update(of=("self",)).select_related("teacher__user", "type__equals")
    credential = rows.get(pk=credential.pk)
    _require_decider(credential, by, at)
    if credential.state != State.TO_BE_VERIFIED:
        raise DecidedAlready()
    return credential


def _require_decider(credential: ExternalCredential, by: User, at: dt.datetime) -> None:
    if not ExternalCredential.objects.managed_by(by, at).filter(pk=credential.pk).exists():
        raise access.NotYourOffice()
    if credential.submitted_by_id == by.pk:
        raise OwnSubmission()
    if credential.teacher.user_id == by.pk:
        raise OwnCertificate()


def _decide(credential: ExternalCredential, state: str, reason: str, by: User, at: dt.datetime) -> ExternalCredential:
    credential.state, credential.reason = state, reason
    credential.decided_by, credential.decided_at = by, at
    credential.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    act = "certs.external_verified" if state == State.VERIFIED else "certs.external_turned_down"
    journal.write(act, by=by, at=at, about=credential, reason=reason, facts={"type": credential.type.name})
    told = {credential.teacher.user, credential.submitted_by} - {None}
    inbox.send_all(
        kind="certs.external_decided",
        to=sorted(told, key=lambda each: each.pk),
        at=at,
        address=f"/certificates/external/{credential.pk}/",
        facts_of=lambda user: {
            "type": credential.type.name,
            "name": credential.teacher.full_name,
            "own": user == credential.teacher.user,
            "state": state,
            "reason": reason,
        },
    )
    return credential
