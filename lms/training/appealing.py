"""A teacher says that she was there; whoever takes attendance decides."""

import datetime as dt
from typing import IO

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people.access import NotYourOffice
from lms.people.models import User
from lms.training import attending, proofs
from lms.training.models import ATTENDING, Attendance, AttendanceAppeal, Enrolment, Session
from lms.training.scheduling import SessionCancelled


class NotYourSession(Refusal):
    sentence = _("You hold no seat in this period, so there is nothing to appeal against.")
    status = 403


class AppealTooEarly(Refusal):
    sentence = _("The session is not over. Sign in with the code, or speak to the clerk.")


class NothingToAppeal(Refusal):
    sentence = _("You are noted as present. There is nothing to change.")


class AppealUnexplained(Refusal):
    sentence = _("Write how it was, for example where you sat and who saw you.")
    field = "words"


class AppealedBefore(Refusal):
    sentence = _("You have said so already. The decision comes, or came, as a message.")


class DecisionUnexplained(Refusal):
    sentence = _("Write why you decide so; the teacher reads it.")
    field = "reason"


class AppealDecided(Refusal):
    sentence = _("Somebody has decided this already. Load the page again.")


class OwnAppeal(Refusal):
    sentence = _("This is about yourself. Somebody else decides it.")
    status = 403


def appeal(
    *, session: Session, words: str, scan: IO[bytes] | None = None, by: User, at: dt.datetime
) -> AttendanceAppeal:
    """Say, once about a session that is over, that one was there, was not late or had a reason; `scan` is a picture or
    PDF that proves it. Refuses: NotYourSession, SessionCancelled, AppealTooEarly, AppealUnexplained, NothingToAppeal,
    AppealedBefore, and a scan that is none (BadScan of lms.lib.scans)."""
    with proofs.keeping(scan) as kept:
        return _keep(session, words, kept, by, at)


@transaction.atomic
def _keep(session: Session, words: str, kept: proofs.Kept, by: User, at: dt.datetime) -> AttendanceAppeal:
    session = Session.objects.select_for_update(of=("self",)).get(pk=session.pk)
    seat = Enrolment.objects.held_by(by).filter(period=session.period_id, state__in=ATTENDING).first()
    if seat is None:
        raise NotYourSession()
    if session.cancelled_at:
        raise SessionCancelled()
    if at < session.ends_at:
        raise AppealTooEarly()
    if not words.strip():
        raise AppealUnexplained()
    if Attendance.objects.filter(session=session, enrolment=seat, state=Attendance.State.PRESENT).exists():
        raise NothingToAppeal()
    if AttendanceAppeal.objects.filter(session=session, enrolment=seat).exists():
        raise AppealedBefore()
    try:
        with transaction.atomic():
            made = AttendanceAppeal.objects.create(
                session=session,
                enrolment=seat,
                words=words.strip(),
                made_at=at,
                file=kept.file,
                digest=kept.digest,
            )
    except IntegrityError as twice:
        raise AppealedBefore() from twice
    journal.write("training.attendance_appealed", by=by, at=at, about=made)
    return made


@transaction.atomic
def decide(*, appeal: AttendanceAppeal, state: str, reason: str, by: User, at: dt.datetime) -> AttendanceAppeal:
    """Grant an appeal by noting another state, or turn it down with no state; the teacher is told why. Refuses:
    NotYourOffice, OwnAppeal, AppealDecided, DecisionUnexplained, and what `attending.correct` refuses."""
    rows = AttendanceAppeal.objects.select_for_update(of=("self",))
    related = rows.select_related("session__period__programme", "enrolment__teacher__merged_into__user")
    appeal = related.get(pk=appeal.pk)
    person = appeal.enrolment.person
    if not Session.objects.taken_by(by, at).filter(pk=appeal.session_id).exists():
        raise NotYourOffice()
    if person.user_id == by.pk:
        raise OwnAppeal()
    if appeal.state != AttendanceAppeal.State.OPEN:
        raise AppealDecided()
    if not reason.strip():
        raise DecisionUnexplained()
    if state:
        kept = proofs.Kept(appeal.file, appeal.digest)
        given = {"session": appeal.session, "enrolment": appeal.enrolment, "state": state, "reason": reason}
        attending.enter(**given, kept=kept, by=by, at=at)
    appeal.state = AttendanceAppeal.State.GRANTED if state else AttendanceAppeal.State.REFUSED
    appeal.decided_by, appeal.decided_at, appeal.reason = by, at, reason.strip()
    appeal.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    facts = {"state": appeal.state, "noted": state}
    journal.write("training.appeal_decided", by=by, at=at, about=appeal, facts=facts, reason=appeal.reason)
    _tell(appeal, state, at)
    return appeal


def _tell(appeal: AttendanceAppeal, state: str, at: dt.datetime) -> None:
    user = appeal.enrolment.person.user
    if user is None:
        return
    inbox.send(
        kind="training.appeal_decided",
        to=user,
        at=at,
        address="/training/",
        session=appeal.session.title,
        held_at=appeal.session.starts_at.isoformat(),
        granted=bool(state),
        reason=appeal.reason,
    )
