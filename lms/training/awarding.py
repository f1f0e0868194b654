"""From the completions of a period to the list of those who are to be certified."""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from certs import issuing
from certs import queries as certificates
from certs.models import Batch, Credential
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import User
from lms.training import seating
from lms.training.models import Enrolment, Period


class LeadsToNone(Refusal):
    sentence = _("This programme leads to no certificate, so there is nobody to certify.")


class NobodyToPropose(Refusal):
    sentence = _("Nobody who completed this period still lacks the certificate and is on no list yet.")


@transaction.atomic
def propose(*, period: Period, issue_on: dt.date, by: User, at: dt.datetime) -> Batch:
    """Propose for certification whoever completed the period, does not hold the level or a higher one, and is on none
    of its lists; another person signs. Who completes it later comes on a list of her own. Refuses: LeadsToNone,
    NobodyToPropose, and what certs.issuing.propose refuses."""
    held = seating.lock(period)
    level = held.programme.level
    if level is None:
        raise LeadsToNone()
    rows = list(to_propose(held, clock.local_date(at)))
    if not rows:
        raise NobodyToPropose()
    done = {"programme": held.programme.title}
    if hours := sum((each.hours for each in held.worth), Decimal(0)):
        done["hours"] = f"{hours.normalize():f}"
    awards = [
        issuing.Award(teacher=each.person, facts={**done, "school": each.school.name}, basis=basis(held))
        for each in rows
    ]
    number = Batch.objects.filter(basis__startswith=f"{basis(held)}:").count() + 1
    batch = issuing.propose(
        level=level,
        title=str(held),
        basis=f"{basis(held)}:{number}",
        awards=awards,
        issue_on=issue_on,
        by=by,
        at=at,
    )
    facts = {"count": len(awards), "batch": batch.pk}
    journal.write("training.award_proposed", by=by, at=at, about=held, facts=facts)
    return batch


def to_propose(period: Period, on: dt.date) -> QuerySet[Enrolment]:
    """Those who completed a period, lack its level on a day and are on none of its lists, in the order of their
    numbers."""
    level = period.programme.level
    if level is None:
        return Enrolment.objects.none()
    listed = Credential.objects.filter(basis=basis(period)).exclude(state=Credential.State.RETURNED)
    holders = certificates.holders(level, on).values("pk")
    rows = period.enrolments.filter(state=Enrolment.State.COMPLETED).exclude(teacher__in=listed.values("teacher"))
    rows = rows.exclude(teacher__merged_into__in=listed.values("teacher")).exclude(teacher__in=holders)
    rows = rows.exclude(teacher__merged_into__in=holders)
    return rows.select_related("teacher__merged_into", "school").order_by("place")


def basis(period: Period) -> str:
    """What its certificates rest on."""
    return f"training.period:{period.pk}"
