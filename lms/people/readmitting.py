"""A way back for who can no longer get into her own account: a new slip for a lost password, and a second factor
taken away for a lost device."""

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import activating, codes, keeping, overseeing
from lms.people.models import Appointment, User

Office = Appointment.Office
# Who hands the slips out knows the teachers' faces: their school, or its bureau.
SLIP_OFFICES = (Office.SCHOOL_OFFICER, Office.BUREAU_OFFICER)
FACTOR_OFFICES = (Office.BUREAU_OFFICER,)


class NotActivated(Refusal):
    sentence = _("{name} has never activated the account. An ordinary slip is enough; print it on the teacher's page.")


class NoFactor(Refusal):
    sentence = _("{name} has no second factor, so there is nothing to take away. Who needs one sets it up at sign-in.")


@transaction.atomic
def issue_slip(*, user: User, in_wrong_hands: bool, by: User | None, at: dt.datetime) -> str:
    """A new one-time code for a teacher who lost her password, as a slip shows it: valid once, within 14 days. With
    it and the last four of her identity number she sets a new password (`activating.activate`). Until then the old one
    goes on; where the account may be in wrong hands, everything that lets anybody in ends at once: password, sessions,
    second factors, and the e-mail address and confirmed telephone to which a new password could be sent. She is told.
    Who: a school or bureau officer above everything she answers for (lms/people/overseeing.py).

    Refuses: RecordMerged, NotForOneself, NotYourOffice, AnswersElsewhere, NoRecord, AccountClosed, NotActivated.
    """
    user = overseeing.locked(user)
    overseeing.require(user, by, at, *SLIP_OFFICES)
    if not hasattr(user, "teacher"):
        raise activating.NoRecord(name=str(user))
    if not user.is_active:
        raise overseeing.AccountClosed(name=str(user))
    if not user.activated_at:
        raise NotActivated(name=str(user))
    code = codes.new()
    activating.replace({user.pk: codes.hashed(code)}, by, at, is_return=True)
    if in_wrong_hands:
        _shut_out(user)
    facts = {"in_wrong_hands": in_wrong_hands}
    journal.write("people.slip_reissued", by=by, at=at, about=user, facts=facts)
    inbox.send(kind="people.slip_reissued", to=user, at=at, by=str(by or ""), **facts)
    return code


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, by: User | None, at: dt.datetime) -> None:
    """Take away every authenticator app, passkey and recovery code of who lost them; her sessions end. Who holds a
    staff office sets a new one up when she next signs in with her password. She is told. Who: a bureau officer above
    everything she answers for (lms/people/overseeing.py).

    Refuses: RecordMerged, NotForOneself, NotYourOffice, AnswersElsewhere, ReasonMissing, NoFactor.
    """
    user = overseeing.locked(user)
    overseeing.require(user, by, at, *FACTOR_OFFICES)
    reason = keeping.given(reason)
    if not Authenticator.objects.filter(user=user).exists():
        raise NoFactor(name=str(user))
    kinds = _take_factors(user)
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    facts = {"kinds": kinds}
    journal.write("people.second_factor_reset", by=by, at=at, about=user, reason=reason, facts=facts)
    inbox.send(kind="people.second_factor_reset", to=user, at=at, by=str(by or ""), reason=reason)


def _shut_out(user: User) -> None:
    """Let nobody in but with the new slip."""
    _take_factors(user)
    EmailAddress.objects.filter(user=user).delete()
    user.password, user.email, user.phone_confirmed_at = make_password(None), "", None
    user.session_epoch += 1
    user.save(update_fields=["password", "email", "phone_confirmed_at", "session_epoch"])


def _take_factors(user: User) -> list[str]:
    """Remove all of them; gives their kinds."""
    found = Authenticator.objects.filter(user=user)
    kinds = sorted(set(found.values_list("type", flat=True)))
    found.delete()
    return kinds
