"""An account is closed, and opened again."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import keeping, overseeing
from lms.people.models import ActivationCode, Appointment, User

OFFICES = (Appointment.Office.BUREAU_OFFICER,)


class AlreadyClosed(Refusal):
    sentence = _("The account of {name} is closed already.")


class NotClosed(Refusal):
    sentence = _("The account of {name} is open, so there is nothing to open again.")


@transaction.atomic
def close(*, user: User, reason: str, by: User | None, at: dt.datetime) -> None:
    """Close an account: its sessions end at once, nobody signs in with it, its slips stop working. What was
    done with it, the record and the certificates stay as they are; offices that have not ended count for nothing while
    it is closed. She is told. Who: a bureau officer above everything she answers for (lms/people/overseeing.py).

    Refuses: RecordMerged, NotForOneself, NotYourOffice, AnswersElsewhere, ReasonMissing, AlreadyClosed.
    """
    user = overseeing.locked(user)
    overseeing.require(user, by, at, *OFFICES)
    reason = keeping.given(reason)
    if not user.is_active:
        raise AlreadyClosed(name=str(user))
    user.is_active = False
    user.session_epoch += 1
    user.save(update_fields=["is_active", "session_epoch"])
    ActivationCode.objects.filter(user=user, used_at=None, expires_at__gt=at).update(expires_at=at)
    journal.write("people.account_closed", by=by, at=at, about=user, reason=reason)
    inbox.send(kind="people.account_closed", to=user, at=at, reason=reason)


@transaction.atomic
def reopen(*, user: User, reason: str, by: User | None, at: dt.datetime) -> None:
    """Open a closed account again: the same password and second factor let her in, and offices that have not ended
    count again. She is told. Who: as for `close`.

    Refuses: RecordMerged, NotForOneself, NotYourOffice, AnswersElsewhere, ReasonMissing, NotClosed.
    """
    user = overseeing.locked(user)
    overseeing.require(user, by, at, *OFFICES)
    reason = keeping.given(reason)
    if user.is_active:
        raise NotClosed(name=str(user))
    user.is_active = True
    user.save(update_fields=["is_active"])
    journal.write("people.account_reopened", by=by, at=at, about=user, reason=reason)
    inbox.send(kind="people.account_reopened", to=user, at=at, reason=reason)
