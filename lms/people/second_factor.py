"""Who needs a second factor, whether a session has passed it, and the journal's lines about setting one up."""

import datetime as dt

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import SessionBase
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import Appointment, User

_MARK = "second_factor_passed_by"
_MFA = "mfa"  # allauth's word in its record of how a session was authenticated


class SecondFactorMissing(Refusal):
    sentence = _("Your office needs a second factor. Set one up, or type its code, on the page of your account.")
    status = 403


def is_needed(user: User, at: dt.datetime) -> bool:
    """Whether the user holds a staff office today: every office but the honorary ones. A session's user brings the
    answer along (lms/people/backends.py)."""
    if hasattr(user, "holds_staff_office"):
        return user.holds_staff_office
    return any(each.office not in Appointment.HONORARY for each in user.every_appointment_on(clock.local_date(at)))


def ways(user: User) -> models.QuerySet[Authenticator]:
    """The authenticator apps and passkeys of an account; recovery codes are no way of their own."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)


def has_passed(request: HttpRequest) -> bool:
    """Whether this session was opened, or later confirmed, with a second factor. Asks nothing of the database."""
    if request.session.get(_MARK) == request.user.pk:
        return True
    return any(each.get("method") == _MFA for each in get_authentication_records(request, request.user))


def mark_passed(session: SessionBase, user: User) -> None:
    """Let a session count as passed: its user has just set a second factor up, or came in by the demo's one click."""
    session[_MARK] = user.pk


def forget(session: SessionBase) -> None:
    """Let a session count as not passed: what it passed with was taken away."""
    session.pop(_MARK, None)
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    if records:
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [each for each in records if each.get("method") != _MFA]


@transaction.atomic
def note(act: str, *, user: User, kind: str, at: dt.datetime) -> None:
    """One line of the journal: `second_factor_added`, `second_factor_removed` or `second_factor_renewed`."""
    journal.write(f"people.{act}", by=user, at=at, about=user, facts={"kind": kind})
