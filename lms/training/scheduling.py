"""Sessions of a period are planned, moved and cancelled."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, User
from lms.training.models import PLANNERS, Enrolment, Period, Session


class SessionUntitled(Refusal):
    sentence = _("Write what the session is about, and choose its kind.")
    field = "title"


class SessionTimesUnfit(Refusal):
    sentence = _("A session ends after it begins and lasts 12 hours at most.")
    field = "until_time"


class OutsideThePeriod(Refusal):
    sentence = _("The period runs from {first} to {last}. Choose a day of it, or change the period's dates first.")
    field = "held_on"


class MinutesUnfit(Refusal):
    sentence = _("Write minutes between 0 and 240.")
    field = "absent_after"


class NotATrainer(Refusal):
    sentence = _("This account holds no trainer's office on that day. Choose another, or write the name alone.")
    field = "trainer"


class SessionCancelled(Refusal):
    sentence = _("This session was cancelled. Plan another one.")


class MoveUnexplained(Refusal):
    sentence = _("Attendance of this session is noted already. Write why its time changes.")
    field = "reason"


class CancellationUnexplained(Refusal):
    sentence = _("Write why the session is cancelled; those who are in the period read it.")
    field = "reason"


LONGEST, MOST_MINUTES = dt.timedelta(hours=12), 240


@dataclass(frozen=True)
class Plan:
    """What a session is: about what, when, where, given by whom. The trainer may be a name alone."""

    title: str
    kind: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    room: str = ""
    trainer_name: str = ""
    trainer: User | None = None
    absent_after: int = 15
    opens_minutes: int = 30
    closes_minutes: int = 30


@transaction.atomic
def schedule(*, period: Period, plan: Plan, by: User | None, at: dt.datetime) -> Session:
    """Add a session to a period; `by` None is the installation. That a trainer or a room is taken at that time is
    shown, not refused. Refuses: NotYourOffice, SessionUntitled, SessionTimesUnfit, OutsideThePeriod, MinutesUnfit,
    NotATrainer."""
    _require_office(by, period.programme.organisation, at)
    locked = Period.objects.select_for_update(of=("self",)).get(pk=period.pk)  # so that its dates stay
    _require_fit(plan, locked)
    session = Session.objects.create(period=period, **_columns(plan))
    journal.write("training.session_scheduled", by=by, at=at, about=session, facts=_told(session))
    return session


@transaction.atomic
def change(*, session: Session, plan: Plan, reason: str = "", by: User, at: dt.datetime) -> Session:
    """Change a session; once attendance is noted, another time needs a reason. Another time or room is told to those
    who hold a seat, if it is not over. Refuses what `schedule` refuses, and SessionCancelled, MoveUnexplained."""
    session = _locked(session)
    _require_office(by, session.period.programme.organisation, at)
    if session.cancelled_at:
        raise SessionCancelled()
    _require_fit(plan, session.period)
    is_moved = (plan.starts_at, plan.ends_at) != (session.starts_at, session.ends_at)
    if is_moved and not reason.strip() and session.attendances.exists():
        raise MoveUnexplained()
    before, before_at = _told(session), session.starts_at
    columns = _columns(plan)
    for name, value in columns.items():
        setattr(session, name, value)
    session.save(update_fields=list(columns))
    facts = {"before": before, "after": _told(session)}
    journal.write("training.session_changed", by=by, at=at, about=session, facts=facts, reason=reason.strip())
    if is_moved or session.room != before["room"]:
        _tell(session, "training.session_changed", at, before_at=before_at.isoformat(), room=session.room)
    return session


@transaction.atomic
def cancel(*, session: Session, reason: str, by: User, at: dt.datetime) -> Session:
    """Cancel a session: it counts for nobody's attendance any more, and those who hold a seat are told why, if it is
    not over. Refuses: NotYourOffice, SessionCancelled, CancellationUnexplained."""
    session = _locked(session)
    _require_office(by, session.period.programme.organisation, at)
    if session.cancelled_at:
        raise SessionCancelled()
    if not reason.strip():
        raise CancellationUnexplained()
    session.cancelled_at, session.reason = at, reason.strip()
    session.save(update_fields=["cancelled_at", "reason"])
    journal.write("training.session_cancelled", by=by, at=at, about=session, reason=session.reason)
    _tell(session, "training.session_cancelled", at, reason=session.reason)
    return session


def _require_fit(plan: Plan, period: Period) -> None:
    if not plan.title.strip() or plan.kind not in Session.Kind.values:
        raise SessionUntitled()
    if not dt.timedelta(0) < plan.ends_at - plan.starts_at <= LONGEST:
        raise SessionTimesUnfit()
    first, last = clock.local_date(plan.starts_at), clock.local_date(plan.ends_at)
    if first < period.starts_on or last > period.ends_on:
        raise OutsideThePeriod(first=_day(period.starts_on), last=_day(period.ends_on))
    if not all(0 <= each <= MOST_MINUTES for each in (plan.absent_after, plan.opens_minutes, plan.closes_minutes)):
        raise MinutesUnfit()
    if plan.trainer and not access.offices(plan.trainer, plan.starts_at, Appointment.Office.TRAINER):
        raise NotATrainer()


def _columns(plan: Plan) -> dict[str, object]:
    return {
        "title": plan.title.strip(),
        "kind": plan.kind,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "room": plan.room.strip(),
        "trainer_name": plan.trainer_name.strip() or (str(plan.trainer) if plan.trainer else ""),
        "trainer": plan.trainer,
        "absent_after": plan.absent_after,
        "opens_minutes": plan.opens_minutes,
        "closes_minutes": plan.closes_minutes,
    }


def _told(session: Session) -> dict[str, str]:
    """What the journal keeps of a session."""
    return {
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "room": session.room,
        "trainer": session.trainer_name,
    }


def _tell(session: Session, kind: str, at: dt.datetime, **facts: str) -> None:
    """Tell those who hold a seat what is new about a session that is still to be held."""
    if session.ends_at <= at:
        return
    seats = session.period.enrolments.filter(state=Enrolment.State.CONFIRMED)
    people = seats.values(who=Coalesce("teacher__merged_into", "teacher"))
    told = {"session": session.title, "starts_at": session.starts_at.isoformat(), **facts}
    users = User.objects.filter(teacher__in=people, is_active=True)
    inbox.send_all(kind=kind, to=users, at=at, address="/training/", facts_of=lambda _user: told)


def _day(day: dt.date) -> str:
    return formats.date_format(day, "DATE_FORMAT")


def _require_office(by: User | None, unit: Organisation, at: dt.datetime) -> None:
    if by is not None:
        access.require(by, unit, at, *PLANNERS)


def _locked(session: Session) -> Session:
    rows = Session.objects.select_for_update(of=("self",)).select_related("period__programme__organisation")
    return rows.get(pk=session.pk)
