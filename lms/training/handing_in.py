"""A teacher hands in what she was set: words, a file, or both; again only where it was returned to her."""

import datetime as dt
import io
from typing import IO

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib import office, scans
from lms.lib.moments import deadline
from lms.lib.refusals import Refusal
from lms.people.models import User
from lms.training import assigning
from lms.training.models import Assignment, Enrolment, Submission, SubmissionVersion

LONGEST = 20_000  # characters
DOCX = ".docx"


class NoSeatForWork(Refusal):
    sentence = _("You hold no seat in this period, so there is nothing to hand in.")
    status = 403


class TooLate(Refusal):
    sentence = _("It could be handed in until {when}. Speak to your trainer.")


class NothingHandedIn(Refusal):
    sentence = _("Write your answer, or choose a file.")
    field = "text"
    status = 422


class TextTooLong(Refusal):
    sentence = _("Write at most {most} characters, or hand a longer text in as a file.")
    field = "text"
    status = 422


class TextNotTaken(Refusal):
    sentence = _("This assignment takes a file alone.")
    field = "text"
    status = 422


class FileNotTaken(Refusal):
    sentence = _("This assignment takes words alone.")
    field = "file"
    status = 422


class WaitsToBeRead(Refusal):
    sentence = _("You have handed in already. Your trainer reads it; you are told.")


class GradedAlready(Refusal):
    sentence = _("This is graded already.")


class NotAWork(Refusal):
    sentence = _("This is neither Word (.docx), nor PDF, nor a picture (JPEG, PNG, WebP). Save it as one of these.")
    field = "file"
    status = 422


class WorkTooBig(Refusal):
    sentence = _("The file is larger than {limit} MB, or unpacks to far more. Use smaller or fewer pictures.")
    field = "file"
    status = 422


class WorkDangerous(Refusal):
    sentence = _("The Word file contains macros, or fetches parts from elsewhere. Save it without them.")
    field = "file"
    status = 422


def hand_in(*, assignment: Assignment, text: str, file: IO[bytes] | None, by: User, at: dt.datetime) -> Submission:
    """Hand in; after it was returned, once more, beside what was handed in first. Refuses: NoSeatForWork,
    AssignmentWithdrawn, TooLate, WaitsToBeRead, GradedAlready, NothingHandedIn, TextTooLong, TextNotTaken,
    FileNotTaken, and of the file NotAWork, WorkTooBig, WorkDangerous, TooManyPixels (lms.lib.scans)."""
    _require_content(assignment, text, file)
    seat = _seat(assignment, by)
    _require_open(assignment, Submission.objects.filter(assignment=assignment, enrolment=seat).first(), at)
    work = _clean(file) if file else None
    name = scans.write(work) if work else ""
    try:
        return _keep(assignment, text.strip(), name, work.digest if work else "", by, at)
    except BaseException:
        if name:
            scans.forget(name)
        raise


@transaction.atomic
def _keep(assignment: Assignment, text: str, name: str, digest: str, by: User, at: dt.datetime) -> Submission:
    held = assigning.locked(assignment.pk)
    seat = _seat(held, by)
    found = Submission.objects.select_for_update(of=("self",)).filter(assignment=held, enrolment=seat).first()
    _require_open(held, found, at)
    found = found or Submission(assignment=held, enrolment=seat)
    found.state, found.handed_in_at = Submission.State.HANDED_IN, at
    found.feedback, found.graded_by, found.graded_at = "", None, None
    found.save()
    number = found.versions.count() + 1
    SubmissionVersion.objects.create(
        submission=found, number=number, text=text, file=name, digest=digest, handed_in_at=at
    )
    facts = {"version": number, "characters": len(text), "digest": digest}
    journal.write("training.work_handed_in", by=by, at=at, about=found, facts=facts)
    return found


def closed_because(assignment: Assignment, found: Submission | None, at: dt.datetime) -> Refusal | None:
    """Why nothing can be handed in now; None while it is open."""
    try:
        _require_open(assignment, found, at)
    except Refusal as refusal:
        return refusal
    return None


def _require_open(assignment: Assignment, found: Submission | None, at: dt.datetime) -> None:
    assigning.require_standing(assignment)
    if found and found.state == Submission.State.HANDED_IN:
        raise WaitsToBeRead()
    if found and found.state != Submission.State.RETURNED:
        raise GradedAlready()
    until = found.due_at if found else assignment.due_at
    if at >= until:
        raise TooLate(when=deadline(until))


def _require_content(assignment: Assignment, text: str, file: IO[bytes] | None) -> None:
    if text.strip() and not assignment.takes_text:
        raise TextNotTaken()
    if file and not assignment.takes_file:
        raise FileNotTaken()
    if not text.strip() and not file:
        raise NothingHandedIn()
    if len(text.strip()) > LONGEST:
        raise TextTooLong(most=LONGEST)


def _seat(assignment: Assignment, by: User) -> Enrolment:
    """The user's seat in the assignment's period."""
    seat = Enrolment.objects.held_by(by).seated().filter(period=assignment.period_id).order_by("pk").first()
    if seat is None:
        raise NoSeatForWork()
    return seat


def _clean(file: IO[bytes]) -> scans.Scan:
    """The file as it is kept: Word and PDF as they are, a picture drawn anew."""
    content = file.read(scans.MAX_BYTES + 1)
    if len(content) > scans.MAX_BYTES:
        raise WorkTooBig(limit=scans.MAX_BYTES // 1024 // 1024)
    if content.startswith(office.START):
        return _word(content)
    try:
        return scans.clean(io.BytesIO(content))
    except (scans.NotAScan, scans.ScanMissing) as refusal:
        raise NotAWork() from refusal


def _word(content: bytes) -> scans.Scan:
    try:
        ending = office.ending_of(io.BytesIO(content), len(content))
    except office.MacrosError as error:
        raise WorkDangerous() from error
    except office.TooBigError as error:
        raise WorkTooBig(limit=scans.MAX_BYTES // 1024 // 1024) from error
    except office.OfficeError as error:
        raise NotAWork() from error
    if f".{ending}" != DOCX:
        raise NotAWork()
    return scans.Scan(content, DOCX)
