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
_AT_ONCE = 500


@dataclass(frozen=True)
class Move:
    """Into which state an enrolment is put, and why; `until` is how long an offered seat is kept, `place` the number
    that she is given with it, `facts` is what the journal keeps besides."""

    enrolment: Enrolment
    state: str
    reason: str = ""
    until: dt.datetime | None = None
    place: int | None = None
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
    (moved,) = move_all([Move(enrolment, state, reason, until, facts=facts or {})], act=act, by=by, at=at)
    return moved


def move_all(moves: Sequence[Move], *, act: str, by: User | None, at: dt.datetime) -> list[Enrolment]:
    """Do with many enrolments, in their order, what `move` does with one, in a few questions to the database. Of many
    that stand it saves what a move changes, nothing else."""
    if not moves:
        return []
    rows = [each.enrolment for each in moves]
    for each in moves:
        for name, value in _changed(each, at).items():
            setattr(each.enrolment, name, value)
    _save(moves, at)
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


def _changed(each: Move, at: dt.datetime) -> dict[str, Any]:
    """What a move changes of an enrolment."""
    changed: dict[str, Any] = {"state": each.state, "reason": each.reason, "offered_until_at": each.until}
    if each.place is not None:
        changed["place"] = each.place
    if each.state == State.CONFIRMED:
        changed["confirmed_at"] = at
    if each.state in _ENDED:
        changed["ended_at"] = at
    return changed


def _save(moves: Sequence[Move], at: dt.datetime) -> None:
    if len(moves) == 1:
        moves[0].enrolment.save()
        return
    known = [each for each in moves if each.enrolment.pk is not None]
    fresh = [each.enrolment for each in moves if each.enrolment.pk is None]
    Enrolment.objects.bulk_create(fresh, batch_size=_AT_ONCE)
    placed = [each.enrolment for each in known if each.place is not None]
    Enrolment.objects.bulk_update(placed, ["place"], batch_size=_AT_ONCE)  # before the state, which asks for one
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for each in known:
        changed = _changed(each, at)
        changed.pop("place", None)
        alike[tuple(changed.items())].append(each.enrolment.pk)
    for values, ids in alike.items():
        Enrolment.objects.filter(pk__in=ids).update(**dict(values))


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
