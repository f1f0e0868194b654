"""Who is at a session: signed in by the code on the screen, marked by a clerk, or corrected with a reason."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib.moments import moment
from lms.lib.refusals import Refusal
from lms.people.access import NotYourOffice
from lms.people.models import User
from lms.training import proofs, signing_codes
from lms.training.models import ATTENDING, Attendance, AttendanceMark, Enrolment, Session
from lms.training.scheduling import SessionCancelled


class CodeUnknown(Refusal):
    sentence = _("This is no code of ours. Scan the code on the screen in the room.")
    status = 404


class CodeTooOld(Refusal):
    sentence = _("This code is too old: each one holds for 30 seconds. Scan the code that is on the screen now.")


class ProofUnfit(Refusal):
    sentence = _("This page was opened by somebody else, or for another session. Scan the code on the screen yourself.")
    status = 403


class NoSeatHere(Refusal):
    sentence = _("This code belongs to another session: “{session}” of {period}, where you hold no seat.")
    status = 403


class NotOpenYet(Refusal):
    sentence = _("It is too early: attendance of this session is taken from {when}.")


class SignInOver(Refusal):
    sentence = _("The session is over; nobody signs in any more. If you were there, say so beside the session.")


class SignOutClosed(Refusal):
    sentence = _("One signs out between {first} and {last}.")


class NotSignedIn(Refusal):
    sentence = _("You have not signed in to this session, so you cannot sign out. Speak to the clerk.")


class CorrectionStands(Refusal):
    sentence = _("{name}: “{state}” was entered with a reason. Only another correction changes it.")


class NotInThePeriod(Refusal):
    sentence = _("Row {row}: {name} holds no seat in this period, so nothing was noted.")
    status = 422


class MarkUnknown(Refusal):
    sentence = _("Row {row}: choose present, late, left early, excused or absent.")
    status = 422
    field = "state"


class AlreadyNoted(Refusal):
    sentence = _("Row {row}: {name} is noted as “{state}” and the session is over. Correct it with a reason.")


class OwnAttendance(Refusal):
    sentence = _("Row {row}: this is yourself. Somebody else notes whether you were there.")
    status = 403


class CorrectionUnexplained(Refusal):
    sentence = _("Write why; the teacher and whoever checks read it.")
    field = "reason"


_MINUTE = dt.timedelta(minutes=1)
_AT_ONCE = 500


@dataclass(frozen=True)
class Mark:
    """What a clerk noted on her device: about which enrolment, what, when; the key was made with it."""

    key: uuid.UUID
    enrolment: int
    state: str
    at: dt.datetime


@dataclass(frozen=True)
class Taken:
    """What became of a clerk's marks: which were taken (also those that had been taken before or were outdone by a
    later one), and why the others were not."""

    kept: list[uuid.UUID]
    refused: list[tuple[uuid.UUID, Refusal]]


def look_at_code(*, text: str, by: User, at: dt.datetime) -> tuple[Session, str, str]:
    """The session that a scanned code opens to this user, in or out, and the proof with which she signs within two
    minutes. Writes nothing. Refuses: CodeUnknown, CodeTooOld, and what the session itself refuses (see `sign`)."""
    seen, is_fresh = signing_codes.read_code(text, at)
    session = seen and Session.objects.select_related("period__programme").filter(pk=seen.session).first()
    if seen is None or session is None:
        raise CodeUnknown()
    if not is_fresh:
        raise CodeTooOld()
    _require_seat(session, by)
    _require_open(session, seen.way, at)
    return session, seen.way, signing_codes.proof(session.pk, seen.way, by.pk, at)


def closed_because(session: Session, way: str, at: dt.datetime) -> Refusal | None:
    """Why nobody signs in (or out) now; None while it is open."""
    try:
        _require_open(session, way, at)
    except Refusal as refusal:
        return refusal
    return None


@transaction.atomic
def sign(*, proof: str, by: User, at: dt.datetime) -> Attendance:
    """Sign in or out with a proof that `look_at_code` gave; what counts is when the code was scanned. Signing in twice
    changes nothing. Refuses: ProofUnfit, CodeTooOld, SessionCancelled, NoSeatHere (a code of another session),
    NotOpenYet, SignInOver, SignOutClosed, NotSignedIn, CorrectionStands."""
    seen, is_fresh = signing_codes.read_proof(proof, by.pk, at)
    if seen is None:
        raise ProofUnfit()
    if not is_fresh:
        raise CodeTooOld()
    session = _locked(seen.session)
    enrolment = _require_seat(session, by)
    _require_open(session, seen.way, seen.at)
    row = Attendance.objects.filter(session=session, enrolment=enrolment).first()
    row = row or Attendance(session=session, enrolment=enrolment)
    _require_no_correction(row)
    signing = _sign_in if seen.way == signing_codes.IN else _sign_out
    state = signing(row, session, seen.at)
    if state is not None:
        _note(row, state=state, source=Attendance.Source.QR, key=uuid.uuid4(), marked_at=seen.at, by=by, at=at)
    return row


@transaction.atomic
def take(*, session: Session, marks: Sequence[Mark], source: str, by: User, at: dt.datetime) -> Taken:
    """Note what a clerk marked on her list (or from a printed sheet), perhaps some minutes ago without a network: each
    key once, and of two marks the later by the device's clock, which is believed between the opening of the session
    and now; once the session is closed only who has no mark yet is noted. Refuses: NotYourOffice, SessionCancelled,
    NotOpenYet; and each row by itself: NotInThePeriod, MarkUnknown, OwnAttendance, CorrectionStands, AlreadyNoted."""
    session = _locked(session.pk)
    _require_taker(session, by, at)
    if at < session.opens_at:
        raise NotOpenYet(when=moment(session.opens_at))
    people = Enrolment.objects.filter(period=session.period_id, pk__in=[each.enrolment for each in marks])
    seats = {each.pk: each for each in people.select_related("teacher__merged_into")}
    rows = {each.enrolment_id: each for each in Attendance.objects.filter(session=session, enrolment__in=seats)}
    keys = [each.key for each in marks]
    known = set(AttendanceMark.objects.filter(key__in=keys).values_list("key", flat=True))
    taken, noted, made = Taken([], []), Counter(), []
    for number, mark in enumerate(marks, start=1):
        if mark.key not in known:
            seat = seats.get(mark.enrolment)
            row = rows.setdefault(mark.enrolment, Attendance(session=session))
            row.enrolment = seat
            when = mark.at if session.opens_at <= mark.at <= min(at, session.closes_at) else at
            try:
                _require_fit(number, mark.state, seat, row, by, is_over=when > session.closes_at)
            except Refusal as refusal:
                taken.refused.append((mark.key, refusal))
                continue
            made.append(_mark(row, state=mark.state, source=source, key=mark.key, marked_at=when, by=by, at=at))
            known.add(mark.key)
            noted[mark.state] += 1
        taken.kept.append(mark.key)
    _keep(made)
    if noted:
        facts = {"source": source, "states": dict(noted)}
        journal.write("training.attendance_taken", by=by, at=at, about=session, facts=facts)
    return taken


def correct(
    *,
    session: Session,
    enrolment: Enrolment,
    state: str,
    reason: str,
    proof: str = "",
    scan: IO[bytes] | None = None,
    by: User,
    at: dt.datetime,
) -> Attendance:
    """Note what was so after all, or an excuse, also one given before the session; `proof` says what was shown, `scan`
    is a picture or PDF of it. It stands until the next correction. Refuses: NotYourOffice, SessionCancelled,
    CorrectionUnexplained, MarkUnknown, NotInThePeriod, OwnAttendance, NotOpenYet (anything but an excuse before the
    session), and a scan that is none (BadScan of lms.lib.scans)."""
    given = {"session": session, "enrolment": enrolment, "state": state, "reason": reason, "by": by, "at": at}
    with proofs.keeping(scan) as kept:
        return enter(**given, proof=proof, kept=kept)


@transaction.atomic
def enter(
    *,
    session: Session,
    enrolment: Enrolment,
    state: str,
    reason: str,
    proof: str = "",
    kept: proofs.Kept,
    by: User,
    at: dt.datetime,
) -> Attendance:
    """`correct`, with a scan that is kept already."""
    session = _locked(session.pk)
    _require_taker(session, by, at)
    if not reason.strip():
        raise CorrectionUnexplained()
    seats = Enrolment.objects.filter(period=session.period_id, pk=enrolment.pk)
    seat = seats.select_related("teacher__merged_into").first()
    row = Attendance.objects.filter(session=session, enrolment=enrolment).first()
    row = row or Attendance(session=session, enrolment=seat)
    _require_fit(1, state, seat, row, by, corrects=True)
    if at < session.opens_at and state != Attendance.State.EXCUSED:
        raise NotOpenYet(when=moment(session.opens_at))
    before = row.state
    row.reason, row.proof = reason.strip(), proof.strip()
    _note(
        row, state=state, source=Attendance.Source.CORRECTION, key=uuid.uuid4(), marked_at=at, by=by, at=at, kept=kept
    )
    facts = {"session": session.pk, "before": before, "after": state, "proof": row.proof, "digest": kept.digest}
    journal.write("training.attendance_corrected", by=by, at=at, about=row, facts=facts, reason=row.reason)
    return row


def _sign_in(row: Attendance, session: Session, at: dt.datetime) -> str | None:
    """The state in which she comes in; None where she is in already."""
    if row.in_at and row.state in Attendance.HERE:
        return None
    row.in_at = row.in_at or at
    late = row.in_at - session.starts_at
    if late > session.absent_after * _MINUTE:
        return Attendance.State.ABSENT
    return Attendance.State.LATE if late >= _MINUTE else Attendance.State.PRESENT


def _sign_out(row: Attendance, session: Session, at: dt.datetime) -> str:
    """The state in which she goes: the one she came in, unless she leaves a minute or more before the end."""
    if row.state not in Attendance.HERE and not row.in_at:
        raise NotSignedIn()
    row.out_at = at
    if row.state not in Attendance.HERE:
        return row.state
    if session.ends_at - at >= _MINUTE:
        return Attendance.State.LEFT_EARLY
    was_late = row.state == Attendance.State.LATE or (row.in_at and row.in_at - session.starts_at >= _MINUTE)
    return Attendance.State.LATE if was_late else Attendance.State.PRESENT


def _note(row: Attendance, **facts: Any) -> None:
    """Add one mark, as `_mark` makes it."""
    _keep([_mark(row, **facts)])


def _mark(
    row: Attendance,
    *,
    state: str,
    source: str,
    key: uuid.UUID,
    marked_at: dt.datetime,
    by: User,
    at: dt.datetime,
    kept: proofs.Kept | None = None,
) -> AttendanceMark:
    """A mark, yet to be kept; it counts unless a later one stands."""
    before = row.state
    counts = row.marked_at is None or marked_at >= row.marked_at
    if counts:
        row.state, row.source, row.marked_at = state, source, marked_at
    return AttendanceMark(
        attendance=row,
        key=key,
        before=before,
        state=state,
        source=source,
        marked_at=marked_at,
        arrived_at=at,
        by=by,
        reason=row.reason if source == Attendance.Source.CORRECTION else "",
        counted=counts,
        file=kept.file if kept else "",
        digest=kept.digest if kept else "",
    )


def _keep(marks: list[AttendanceMark]) -> None:
    """Save marks with the attendance that they are about."""
    rows = list({id(each.attendance): each.attendance for each in marks}.values())
    for each in rows:
        if each.pk is not None:
            each.save()
    Attendance.objects.bulk_create([each for each in rows if each.pk is None], batch_size=_AT_ONCE)
    AttendanceMark.objects.bulk_create(marks, batch_size=_AT_ONCE)


def _require_fit(
    number: int,
    state: str,
    seat: Enrolment | None,
    row: Attendance,
    by: User,
    *,
    is_over: bool = False,
    corrects: bool = False,
) -> None:
    """Whether this state may be noted about this person by this user."""
    if seat is None or seat.state not in ATTENDING:
        raise NotInThePeriod(row=number, name=seat.person if seat else _("this person"))
    if state not in Attendance.State.values:
        raise MarkUnknown(row=number)
    if seat.person.user_id == by.pk:
        raise OwnAttendance(row=number)
    if corrects:
        return
    _require_no_correction(row)
    if is_over and row.state and row.state != state:
        raise AlreadyNoted(row=number, name=seat.person, state=row.get_state_display())


def _require_no_correction(row: Attendance) -> None:
    """An excuse given before does not keep her from coming after all."""
    is_correction = row.source == Attendance.Source.CORRECTION
    if is_correction and row.state != Attendance.State.EXCUSED:
        raise CorrectionStands(name=row.enrolment.person, state=row.get_state_display())


def _require_open(session: Session, way: str, at: dt.datetime) -> None:
    if session.cancelled_at:
        raise SessionCancelled()
    if way == signing_codes.IN:
        if at < session.opens_at:
            raise NotOpenYet(when=moment(session.opens_at))
        if at >= session.ends_at:
            raise SignInOver()
    elif not session.starts_at <= at <= session.closes_at:
        raise SignOutClosed(first=moment(session.starts_at), last=moment(session.closes_at))


def _require_seat(session: Session, user: User) -> Enrolment:
    """The user's seat in the session's period."""
    seats = Enrolment.objects.held_by(user).filter(period=session.period_id, state__in=ATTENDING)
    found = seats.select_related("teacher__merged_into").first()
    if found is None:
        raise NoSeatHere(session=session, period=session.period)
    return found


def _require_taker(session: Session, by: User, at: dt.datetime) -> None:
    if not Session.objects.taken_by(by, at).filter(pk=session.pk).exists():
        raise NotYourOffice()
    if session.cancelled_at:
        raise SessionCancelled()


def _locked(pk: int) -> Session:
    """The session, held until the act is over: two devices may mark the same person at once."""
    return Session.objects.select_for_update(of=("self",)).select_related("period__programme").get(pk=pk)
