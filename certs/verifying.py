"""Anyone may ask whether a certificate is genuine and in force; the answer shows what was certified and nothing more.

By the token of the QR code, or by number and full name together. A wrong name, an unknown number, an unknown token:
one and the same answer, so nobody can find out by trying who holds what.
"""

import datetime as dt
import hmac
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from certs import numbers, wording
from certs.models import Credential, CredentialQuerySet, Verification
from lms.lib import clock
from lms.lib.masking import mask_name
from lms.lib.refusals import Refusal

UNKNOWN = "unknown"


class NumberMistyped(Refusal):
    sentence = _(
        "This is not a certificate number: a character is missing, swapped or mistyped. Compare it with the paper."
    )
    field = "number"
    status = 422


@dataclass(frozen=True)
class Verdict:
    """What the public may know. `standing`: valid, expired, suspended, cancelled, revoked, superseded or unknown; the
    rest stays empty for unknown. `since` is the day on which a standing other than valid began; `expires_on` None
    means for good. Never the unit, a score, a reason or an identity number."""

    standing: str
    name: str = ""
    certificate: str = ""
    number: str = ""
    issuer: str = ""
    issued_on: dt.date | None = None
    expires_on: dt.date | None = None
    since: dt.date | None = None
    precision: str = "day"
    taken_in_on: dt.date | None = None


def by_token(*, token: str, at: dt.datetime) -> Verdict:
    """The verdict on the certificate whose QR code carries this token."""
    return _verdict(_issued().filter(token=token).first(), Verification.Way.TOKEN, at)


def by_number(*, number: str, name: str, at: dt.datetime) -> Verdict:
    """The verdict on the certificate with this number, if the name is its holder's full name. Refuses NumberMistyped
    where what was typed is meant as a number of ours and its check character does not fit: its shape alone decides, so
    the refusal says nothing about anybody. Any other may be that of a paper certificate."""
    is_ours = numbers.check(number)
    if numbers.is_shaped(number) and not is_ours:
        raise NumberMistyped()
    written = [numbers.normal(number)] if is_ours else numbers.spellings(number)
    credential = _issued().filter(number__in=written).first()
    holder = credential.facts["holder"] if credential else ""
    agrees = hmac.compare_digest(_name(holder).encode(), _name(name).encode())
    if not agrees and not is_ours and numbers.looks_ours(number):
        raise NumberMistyped()
    return _verdict(credential if agrees and credential else None, Verification.Way.NUMBER, at)


def _issued() -> CredentialQuerySet:
    return Credential.objects.issued().select_related("batch")


def _verdict(credential: Credential | None, way: str, at: dt.datetime) -> Verdict:
    if credential is None:
        return Verdict(UNKNOWN)
    Verification.objects.create(credential=credential, at=at, way=way)
    standing = credential.standing_on(clock.local_date(at))
    facts = credential.facts
    return Verdict(
        standing="valid" if standing == Credential.State.ISSUED else standing,
        name=mask_name(facts["holder"]),
        certificate=str(wording.certificate_name(facts)),
        number=credential.number or "",
        issuer=facts["authority"],
        issued_on=credential.issued_on,
        expires_on=credential.expires_on,
        since=_since(credential, standing),
        precision=credential.precision,
        taken_in_on=_taken_in_on(credential),
    )


def _taken_in_on(credential: Credential) -> dt.date | None:
    """The day on which a paper certificate was signed into the register."""
    if not credential.is_paper or credential.batch.decided_at is None:
        return None
    return clock.local_date(credential.batch.decided_at)


def _since(credential: Credential, standing: str) -> dt.date | None:
    if standing == "expired" and credential.expires_on:
        return credential.expires_on + dt.timedelta(days=1)
    return clock.local_date(credential.state_changed_at) if credential.state_changed_at else None


def _name(name: str) -> str:
    """A full name for comparison: composed, without blanks, one kind of dot between its parts, no capitals."""
    composed = unicodedata.normalize("NFKC", name)
    dotted = composed.translate(str.maketrans(dict.fromkeys("•・‧･.∙", "·")))
    return "".join(dotted.split()).casefold()
