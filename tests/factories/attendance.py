"""Sessions of a period and who was there, made by the acts themselves. All invented."""

import datetime as dt
import uuid

from lms.training import attending, scheduling, signing_codes
from lms.training.models import Attendance
from tests.factories.people import AT

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def plan(*, starts_at=AT, **more):
    """A session of two hours that begins now."""
    given = {"title": "倾听的三个层次", "kind": "lecture", "starts_at": starts_at, "ends_at": starts_at + 2 * HOUR}
    return scheduling.Plan(**(given | more))


def session(period, *, at=AT, starts_at=AT, **more):
    return scheduling.schedule(period=period, plan=plan(starts_at=starts_at, **more), by=None, at=at)


def mark(enrolment, state="present", *, at=AT, key=None):
    return attending.Mark(key=key or uuid.uuid4(), enrolment=getattr(enrolment, "pk", enrolment), state=state, at=at)


def taken(session, enrolment, state="present", *, by, at=AT, source=Attendance.Source.LIST):
    """One mark of a clerk's, as it stands afterwards."""
    result = attending.take(session=session, marks=[mark(enrolment, state, at=at)], source=source, by=by, at=at)
    assert not result.refused, result.refused
    return Attendance.objects.get(session=session, enrolment=enrolment)


def signed(session, user, *, way=signing_codes.IN, at=AT):
    """Sign by the code that the screen shows at that moment, as the phone does."""
    _session, _way, proof = attending.look_at_code(text=signing_codes.code(session.pk, way, at), by=user, at=at)
    return attending.sign(proof=proof, by=user, at=at)
