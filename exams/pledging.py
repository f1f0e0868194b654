"""The pledge of an exam: each candidate agrees to it herself, whoever registered her, before ticket and start.

A sitting on paper does not wait for it: her page says to the officer whether she has agreed."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import applying
from exams.models import Candidate
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people.models import User


class PledgeDue(Refusal):
    sentence = _("You have not agreed to the pledge of this exam yet. Read it on this page and tick it, then go on.")
    field = "pledged"


class OtherPledge(Refusal):
    sentence = _("The pledge was changed since you opened this page. Read it again and tick it.")
    field = "pledged"


class NothingToPledge(Refusal):
    sentence = _("This registration is “{state}”, so nothing is pledged for it.")


def is_due(candidate: Candidate) -> bool:
    """Whether her exam has a pledge that she has not agreed to as it stands."""
    return bool(candidate.exam.pledge) and candidate.pledge_version != candidate.exam.pledge_version


def require(candidate: Candidate) -> None:
    """Refuse (PledgeDue) where the pledge is due."""
    if is_due(candidate):
        raise PledgeDue()


@transaction.atomic
def agree(*, candidate: Candidate, version: str, by: User, at: dt.datetime) -> None:
    """Note that a candidate has read the pledge and agrees; `version` is that which her page showed. Who: she herself.
    Done twice it stays as it was. Refuses: NotYourRegistration, NothingToPledge, PledgeDue (no version: nothing was
    ticked), OtherPledge."""
    rows = Candidate.objects.select_for_update(of=("self",)).select_related("exam", "teacher")
    candidate = rows.get(pk=candidate.pk)  # her row alone: a whole room may tick at the bell
    if candidate.teacher.user_id != by.pk:
        raise applying.NotYourRegistration()
    state = Candidate.State
    if candidate.state not in (state.SUBMITTED, state.RETURNED, state.APPROVED):
        raise NothingToPledge(state=candidate.get_state_display())
    if not is_due(candidate):
        return
    if not version:
        raise PledgeDue()
    if version != str(candidate.exam.pledge_version):
        raise OtherPledge()
    candidate.pledge_version, candidate.pledged_at = candidate.exam.pledge_version, at
    candidate.save(update_fields=["pledge_version", "pledged_at"])
    facts = {"pledge_version": candidate.pledge_version}
    journal.write("exams.pledge_agreed", by=by, at=at, about=candidate, facts=facts)
