"""The one place that moves an enrolment from a state to the next: the row, its step, the journal, and the word to whom
it concerns."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
# What a move may change of a row that stands; `place` and `advanced_at` are given by the acts above.
_CHANGED = ("state", "reason", "place", "advanced_at", "offered_until_at", "confirmed_at", "ended_at")
_AT_ONCE = 500


@dataclass(frozen=True)
class Move:
    """Into which state an enrolment is put, and why; `until` is how long an offered seat is kept, `facts` is what the
    journal keeps besides."""

    enrolment: Enrolment
    state: str
    reason: str = ""
    until: dt.datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


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
    (moved,) = move_all([Move(enrolment, state, reason, until, facts or {})], act=act, by=by, at=at)
    return moved


def move_all(moves: Sequence[Move], *, act: str, by: User | None, at: dt.datetime) -> list[Enrolment]:
    """Do with many enrolments, in their order, what `move` does with one, in a few questions to the database."""
    if not moves:
        return []
    for each in moves:
        _put(each, at)
    rows = [each.enrolment for each in moves]
    _save(rows)
    EnrolmentStep.objects.bulk_create(
        (EnrolmentStep(enrolment=each, state=each.state, by=by, at=at, reason=each.reason) for each in rows),
        batch_size=_AT_ONCE,
    )
    about = [
        journal.About(each.enrolment, {"state": each.state, "place": each.enrolment.place, **each.facts}, each.reason)
        for each in moves
    ]
    journal.write_all(f"training.{act}", by=by, at=at, about=about)
    told = defaultdict(list)
    for each in rows:
        user = each.person.user
        if user and each.state in (_UNFORESEEN if user == by else _TOLD):
            told[each.state].append(each)
    for some in told.values():
        _tell(some, at)
    return rows


def _put(each: Move, at: dt.datetime) -> None:
    row = each.enrolment
    row.state, row.reason, row.offered_until_at = each.state, each.reason, each.until
    if each.state == State.CONFIRMED:
        row.confirmed_at = at
    if each.state in _ENDED:
        row.ended_at = at


def _save(rows: list[Enrolment]) -> None:
    if len(rows) == 1:
        rows[0].save()
        return
    fresh, known = [each for each in rows if each.pk is None], [each for each in rows if each.pk is not None]
    Enrolment.objects.bulk_create(fresh, batch_size=_AT_ONCE)
    Enrolment.objects.bulk_update(known, _CHANGED, batch_size=_AT_ONCE)


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


def _tell(rows: list[Enrolment], at: dt.datetime) -> None:
    """Tell those whose enrolments came into one state, each of her own."""
    # Whether she had a seat or wanted one, the words are the same: she is out of it, and why.
    kind = State.WITHDRAWN if rows[0].state == State.CANCELLED else rows[0].state
    words = map(_words, rows)
    users = [each.person.user for each in rows]
    inbox.send_all(kind=f"training.{kind}", to=users, at=at, address="/training/", facts_of=lambda _user: next(words))


def _words(enrolment: Enrolment) -> dict:
    facts = _facts(enrolment) | {"reason": enrolment.reason}
    if enrolment.offered_until_at:
        facts["offered_until_at"] = enrolment.offered_until_at.isoformat()
    return facts


def _facts(enrolment: Enrolment) -> dict:
    period = enrolment.period
    return {
        "programme": period.programme.title,
        "number": period.number,
        "starts_on": period.starts_on.isoformat(),
        "ends_on": period.ends_on.isoformat(),
        "place": enrolment.place,
    }
