"""What pages ask about sessions and who was there."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, Organisation, Posting, User
from lms.training.models import (
    ATTENDING,
    PLANNERS,
    TAKERS,
    Attendance,
    AttendanceAppeal,
    AttendanceMark,
    Enrolment,
    Period,
    PeriodTrainer,
    Session,
    trained_by,
)

_SEATS = Q(period__enrolments__state__in=ATTENDING)
_AROUND = dt.timedelta(days=2), dt.timedelta(days=14)  # what is near on the page of those who take attendance


@dataclass(frozen=True)
class Clash:
    """Another session at the same time in the same room, or with the same trainer."""

    other: Session
    same_room: bool
    same_trainer: bool


@dataclass
class Person:
    """Somebody with a seat, as she stands in a session."""

    enrolment: Enrolment
    attendance: Attendance | None

    @property
    def name(self) -> str:
        return self.enrolment.person.full_name

    @property
    def school(self) -> str:
        """Where she is posted; empty where she is posted nowhere."""
        postings = self.enrolment.person.current_postings
        return postings[0].organisation.name if postings else ""

    @property
    def state(self) -> str:
        """Her state; empty where nothing is noted."""
        return self.attendance.state if self.attendance else ""


@dataclass
class Board:
    """A session at a glance: who is here (of whom some came late), who is missing, who is known not to be here."""

    here: list[Person] = field(default_factory=list)
    late: list[Person] = field(default_factory=list)
    missing: list[Person] = field(default_factory=list)
    away: list[Person] = field(default_factory=list)

    @property
    def seats(self) -> int:
        return len(self.here) + len(self.late) + len(self.missing) + len(self.away)

    @property
    def came(self) -> int:
        return len(self.here) + len(self.late)


@dataclass(frozen=True)
class Own:
    """A session as somebody in its period sees it: what is noted about her, and her appeal."""

    session: Session
    attendance: Attendance | None
    appeal: AttendanceAppeal | None
    is_over: bool

    @property
    def may_appeal(self) -> bool:
        is_present = self.attendance is not None and self.attendance.state == Attendance.State.PRESENT
        return self.is_over and not self.session.cancelled_at and not is_present and self.appeal is None


def plans(user: User, at: dt.datetime) -> bool:
    """Whether the user holds an office that plans periods."""
    return bool(access.offices(user, at, *PLANNERS))


def periods_taken_by(user: User, at: dt.datetime) -> QuerySet[Period]:
    """The periods whose attendance the user's offices take, or of which she is a trainer since they began."""
    covered = access.under("programme__organisation__path", access.paths(user, at, *TAKERS))
    covered |= Q(pk__in=trained_by(user, at).values("pk"))
    return Period.objects.filter(covered).select_related("programme__organisation")


def sessions(period: Period) -> list[Session]:
    """All of a period's sessions in order, each with how many came (`came`) and about how many something is noted
    (`noted`), and `clashes`. Two queries."""
    counted = Session.objects.filter(period=period).annotate(
        came=Count("attendances", filter=Q(attendances__state__in=Attendance.HERE)), noted=Count("attendances")
    )
    found = list(counted.select_related("trainer").in_order())
    beside = clashes(found, period)
    for each in found:
        each.clashes = beside.get(each.pk, [])
    return found


def clashes(found: Iterable[Session], period: Period) -> dict[int, list[Clash]]:
    """Session → the others of the unit's periods that are held at the same time in the same room or by the same
    trainer. One query."""
    standing = [each for each in found if not each.cancelled_at]
    if not standing:
        return {}
    others = Session.objects.standing().filter(
        period__programme__organisation=period.programme.organisation_id,
        starts_at__lt=max(each.ends_at for each in standing),
        ends_at__gt=min(each.starts_at for each in standing),
    )
    beside = list(others.select_related("period__programme").in_order())
    told: dict[int, list[Clash]] = {}
    for each in standing:
        for other in beside:
            if other.pk != each.pk and other.starts_at < each.ends_at and other.ends_at > each.starts_at:
                clash = Clash(other, _is_same_room(each, other), _is_same_trainer(each, other))
                if clash.same_room or clash.same_trainer:
                    told.setdefault(each.pk, []).append(clash)
    return told


def near(user: User, at: dt.datetime) -> list[Session]:
    """The sessions whose attendance the user may take, from two days ago to two weeks ahead, each with the number of
    `seats`, of those who `came` and of open `appeals`. The queries do not grow with the sessions."""
    before, after = _AROUND
    rows = Session.objects.standing().taken_by(user, at).filter(starts_at__gt=at - before, starts_at__lt=at + after)
    counted = rows.select_related("period__programme__organisation").annotate(
        seats=Count("period__enrolments", filter=_SEATS, distinct=True),
        came=Count("attendances", filter=Q(attendances__state__in=Attendance.HERE), distinct=True),
    )
    return list(counted.in_order())


def open_appeals(user: User, at: dt.datetime) -> list[AttendanceAppeal]:
    """What waits for a decision of those who take attendance, the oldest first."""
    rows = AttendanceAppeal.objects.taken_by(user, at).filter(state=AttendanceAppeal.State.OPEN)
    related = rows.select_related("session__period__programme", "enrolment__teacher__merged_into")
    return list(related.order_by("made_at", "pk"))


def trainers(unit: Organisation, at: dt.datetime, period: Period | None = None) -> QuerySet[User]:
    """The accounts that hold a trainer's office of the unit, of one above it or of one below it; those whom a period
    names come first, also without the office, each with `is_named`."""
    above = [int(step) for step in unit.path.split("/") if step]
    held = Appointment.objects.held_on(clock.local_date(at)).filter(office=Appointment.Office.TRAINER)
    near = held.filter(Q(organisation__in=above) | Q(organisation__path__startswith=unit.path))
    named = Exists(PeriodTrainer.objects.filter(period=period, user=OuterRef("pk")))
    rows = User.objects.annotate(is_named=named).filter(
        Q(pk__in=near.values("user"), is_active=True) | Q(is_named=True)
    )
    return rows.order_by("-is_named", "full_name", "pk")


def people(session: Session, at: dt.datetime) -> list[Person]:
    """Everybody with a seat, by name, as she stands in the session. The queries do not grow with the people."""
    posted = Posting.objects.held_on(clock.local_date(at)).select_related("organisation")
    seats = Enrolment.objects.filter(period=session.period_id, state__in=ATTENDING)
    related = seats.select_related("teacher__merged_into").prefetch_related(
        Prefetch("teacher__postings", posted, to_attr="current_postings"),
        Prefetch("teacher__merged_into__postings", posted, to_attr="current_postings"),
    )
    noted = {each.enrolment_id: each for each in Attendance.objects.filter(session=session)}
    found = [Person(each, noted.get(each.pk)) for each in related]
    return sorted(found, key=lambda each: (each.enrolment.person.name_pinyin, each.name, each.enrolment.pk))


def marks(attendance: Attendance | None) -> list[AttendanceMark]:
    """Everything that was noted about one person at a session, the latest first."""
    rows = AttendanceMark.objects.filter(attendance=attendance) if attendance else AttendanceMark.objects.none()
    return list(rows.select_related("by").order_by("-arrived_at", "-pk"))


def board(session: Session, at: dt.datetime) -> Board:
    """Who is here, late, missing and away now."""
    state = Attendance.State
    found = Board()
    for each in people(session, at):
        if each.state == state.PRESENT:
            found.here.append(each)
        elif each.state == state.LATE:
            found.late.append(each)
        else:
            (found.away if each.state else found.missing).append(each)
    return found


def own(enrolments: Iterable[Enrolment], at: dt.datetime) -> dict[int, list[Own]]:
    """Enrolment with a seat → its period's sessions, with what is noted about her. Three queries."""
    seats = [each for each in enrolments if each.state in ATTENDING]
    held: dict[int, list[Session]] = {}
    for each in Session.objects.filter(period__in=[seat.period_id for seat in seats]).in_order():
        held.setdefault(each.period_id, []).append(each)
    if not held:
        return {}
    marks = AttendanceMark.objects.filter(attendance=OuterRef("pk"), counted=True).order_by("-marked_at", "-pk")
    proof = Subquery(marks.exclude(file="").values("pk")[:1])
    rows = Attendance.objects.filter(enrolment__in=seats).annotate(proof_mark=proof)
    noted = {(each.session_id, each.enrolment_id): each for each in rows}
    said = {(each.session_id, each.enrolment_id): each for each in AttendanceAppeal.objects.filter(enrolment__in=seats)}
    return {
        seat.pk: [
            Own(each, noted.get((each.pk, seat.pk)), said.get((each.pk, seat.pk)), each.ends_at <= at)
            for each in held.get(seat.period_id, [])
        ]
        for seat in seats
    }


def attendance_share(enrolments: Iterable[Enrolment]) -> dict[int, Decimal]:
    """Enrolment → how much of her period she attended, in percent with two decimals, rounded down: her minutes of the
    minutes of all sessions that were not cancelled, those to come included. Present, late and left early count the
    session's minutes, less those that the code on the screen measured before she came and after she went. Excused and
    absent count nothing; a period without sessions is attended by nobody: 0. Two queries, however many they are."""
    period_of = {each.pk: each.period_id for each in enrolments}
    held = {each.pk: each for each in Session.objects.standing().filter(period__in=set(period_of.values()))}
    whole: dict[int, int] = defaultdict(int)
    for session in held.values():
        whole[session.period_id] += session.minutes
    minutes = dict.fromkeys(period_of, 0)
    rows = Attendance.objects.filter(session__in=held, enrolment__in=minutes, state__in=Attendance.HERE)
    for row in rows if held else ():
        minutes[row.enrolment_id] += _minutes_there(row, held[row.session_id])
    return {pk: _percent(there, whole[period_of[pk]]) for pk, there in minutes.items()}


def _percent(part: int, whole: int) -> Decimal:
    return (Decimal(100 * part) / whole).quantize(Decimal("0.01"), ROUND_DOWN) if whole else Decimal(0)


def _minutes_there(row: Attendance, session: Session) -> int:
    came = max(session.starts_at, row.in_at or session.starts_at)
    went = min(session.ends_at, row.out_at or session.ends_at)
    missed = (came - session.starts_at) + (session.ends_at - went)
    return max(0, session.minutes - int(missed.total_seconds()) // 60)


def _is_same_room(one: Session, other: Session) -> bool:
    return bool(one.room) and one.room.casefold() == other.room.casefold()


def _is_same_trainer(one: Session, other: Session) -> bool:
    if one.trainer_id and other.trainer_id:
        return one.trainer_id == other.trainer_id
    return bool(one.trainer_name) and one.trainer_name.casefold() == other.trainer_name.casefold()
