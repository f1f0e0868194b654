"""For which of several offices one acts: one office for a session, or all of them."""

import datetime as dt

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext_lazy as _

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import User

KEY = "acts_for"


class NotHeld(Refusal):
    sentence = _("You do not hold this office today. Choose one of yours.")
    status = 403


def choose(session: SessionBase, user: User, appointment_id: int | None, at: dt.datetime) -> None:
    """Act for one office from now on in this session, or for all. Refuses: NotHeld."""
    if appointment_id is None:
        session.pop(KEY, None)
        return
    held = user.every_appointment_on(clock.local_date(at))
    if not any(each.pk == appointment_id for each in held):
        raise NotHeld()
    session[KEY] = appointment_id


def apply(session: SessionBase, user: User, at: dt.datetime) -> None:
    """Let the choice count for this request; one that is no longer held is forgotten."""
    held = user.every_appointment_on(clock.local_date(at))
    user.acts_for = next((each for each in held if each.pk == session[KEY]), None)
    if user.acts_for is None:
        del session[KEY]
