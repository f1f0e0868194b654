"""The one place that moves an enrolment from a state to the next: the row, its step, the journal, and the word to whom
it concerns."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.people.models import Appointment, Organisation, User
from lms.training.models import Enrolment, EnrolmentStep

State = Enrolment.State
_ENDED = (
    State.COMPLETED,
    State.NOT_COMPLETED,
    State.WITHDRAWN,
    State.CANCELLED,
    State.DECLINED,
    State.LAPSED,
    State.REJECTED,
)
# What she is told of; what she did herself only where she could not know what would come of it.
_TOLD = (
    State.RETURNED,
    State.APPROVED,
    State.WAITING,
    State.OFFERED,
    State.CONFIRMED,
    State.NOT_COMPLETED,
    State.WITHDRAWN,
    State.CANCELLED,
    State.LAPSED,
    State.REJECTED,
)
_UNFORESEEN = (State.WAITING, State.CONFIRMED)


def move(
    enrolment: Enrolment,
    state: str,
    *,
    act: str,
    by: User | None,
    at: dt.datetime,
    reason: str = "",
    until: dt.datetime | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Enrolment:
    """Put a saved and locked enrolment, or a new one, into a state. `by` nobody means that the rules did it by
    themselves; `until` is how long an offered seat is kept, `facts` is what the journal keeps besides. The acts above
    have decided, and tell of a completion themselves."""
    enrolment.state, enrolment.reason, enrolment.offered_until_at = state, reason, until
    if state == State.CONFIRMED:
        enrolment.confirmed_at = at
    if state in _ENDED:
        enrolment.ended_at = at
    enrolment.save()
    EnrolmentStep.objects.create(enrolment=enrolment, state=state, by=by, at=at, reason=reason)
    journal.write(
        f"training.{act}",
        by=by,
        at=at,
        about=enrolment,
        facts={"state": state, "place": enrolment.place, **(facts or {})},
        reason=reason,
    )
    user = enrolment.person.user
    if user and state in (_UNFORESEEN if user == by else _TOLD):
        _tell(enrolment, user, at)
    return enrolment


def tell_school(enrolment: Enrolment, *, at: dt.datetime) -> None:
    """Tell the officers of the teacher's school that her application waits for them."""
    officers = _officers(enrolment.school, at)
    facts = {**_facts(enrolment), "name": enrolment.person.full_name}
    inbox.send_all(
        kind="training.submitted", to=officers, at=at, address="/training/school/", facts_of=lambda _user: facts
    )


def _officers(school: Organisation, at: dt.datetime) -> list[User]:
    held = Appointment.objects.held_on(clock.local_date(at)).filter(
        office=Appointment.Office.SCHOOL_OFFICER, organisation=school, user__is_active=True
    )
    return list(User.objects.filter(pk__in=held.values("user")))


def _tell(enrolment: Enrolment, user: User, at: dt.datetime) -> None:
    facts = _facts(enrolment) | {"reason": enrolment.reason}
    if enrolment.offered_until_at:
        facts["offered_until_at"] = enrolment.offered_until_at.isoformat()
    # Whether she had a seat or wanted one, the words are the same: she is out of it, and why.
    kind = State.WITHDRAWN if enrolment.state == State.CANCELLED else enrolment.state
    inbox.send(kind=f"training.{kind}", to=user, at=at, address="/training/", **facts)


def _facts(enrolment: Enrolment) -> dict:
    period = enrolment.period
    return {
        "programme": period.programme.title,
        "number": period.number,
        "starts_on": period.starts_on.isoformat(),
        "ends_on": period.ends_on.isoformat(),
        "place": enrolment.place,
    }
