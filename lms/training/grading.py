"""What was handed in is read: returned once for revision, passed, or not passed; the teacher is told why."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.access import NotYourOffice
from lms.people.models import User
from lms.training import assigning
from lms.training.handing_in import GradedAlready
from lms.training.models import Submission, last_day

_DAY = dt.timedelta(days=1)


class OwnWork(Refusal):
    sentence = _("This is your own work. Somebody else grades it.")
    status = 403


class ReadMeanwhile(Refusal):
    sentence = _("Something newer was handed in since you opened this page. Read it, then decide.")


class ReturnedBefore(Refusal):
    sentence = _("It was returned once already. Pass it, or say that it is not passed.")


class GradeUnexplained(Refusal):
    sentence = _("Write why; the teacher reads it.")
    field = "feedback"


@transaction.atomic
def send_back(*, submission: Submission, version: int, reason: str, by: User, at: dt.datetime) -> Submission:
    """Return it for revision, once; she hands in again until the end of the last of the assignment's days for
    revising, or until it is due, whichever is later. `version` is the number that was read. Refuses: NotYourOffice,
    OwnWork, AssignmentWithdrawn, GradedAlready, ReadMeanwhile, ReturnedBefore, GradeUnexplained."""
    found = _read(submission, version, by, at)
    if found.returned_once:
        raise ReturnedBefore()
    if not reason.strip():
        raise GradeUnexplained()
    read = found.versions.get(number=version)
    read.reason = reason.strip()
    read.save(update_fields=["reason"])
    days = found.assignment.revising_days
    revised_by = clock.local_moment(clock.local_date(at) + (days + 1) * _DAY)
    found.returned_once, found.due_at = True, max(found.assignment.due_at, revised_by)
    return _move(found, Submission.State.RETURNED, "work_returned", reason, by, at)


@transaction.atomic
def grade(
    *, submission: Submission, version: int, is_passed: bool, feedback: str = "", by: User, at: dt.datetime
) -> Submission:
    """Pass it, or say with feedback that it is not passed; both are final. `version` is the number that was read.
    Refuses: NotYourOffice, OwnWork, AssignmentWithdrawn, GradedAlready, ReadMeanwhile, GradeUnexplained (not passed
    without a word)."""
    found = _read(submission, version, by, at)
    if not is_passed and not feedback.strip():
        raise GradeUnexplained()
    state = Submission.State.PASSED if is_passed else Submission.State.NOT_PASSED
    return _move(found, state, "work_graded", feedback, by, at)


def _read(submission: Submission, version: int, by: User, at: dt.datetime) -> Submission:
    """The submission, locked, if this user may decide about this version of it now."""
    rows = Submission.objects.select_for_update(of=("self",))
    found = rows.select_related("assignment__period", "enrolment__teacher__merged_into__user").get(pk=submission.pk)
    if not Submission.objects.graded_by(by, at).filter(pk=found.pk).exists():
        raise NotYourOffice()
    if found.enrolment.person.user_id == by.pk:
        raise OwnWork()
    assigning.require_standing(found.assignment)
    if found.state != Submission.State.HANDED_IN:
        raise GradedAlready()
    if found.versions.count() != version:
        raise ReadMeanwhile()
    return found


def _move(found: Submission, state: str, act: str, words: str, by: User, at: dt.datetime) -> Submission:
    found.state, found.feedback, found.graded_by, found.graded_at = state, words.strip(), by, at
    found.save()
    journal.write(f"training.{act}", by=by, at=at, about=found, facts={"state": state}, reason=found.feedback)
    user = found.enrolment.person.user
    if user:
        facts = {"assignment": found.assignment.title, "state": state, "feedback": found.feedback}
        if state == Submission.State.RETURNED:
            facts["until_on"] = last_day(found.due_at).isoformat()
        inbox.send(
            kind=f"training.{act}", to=user, at=at, address=f"/training/assignments/{found.assignment_id}/", **facts
        )
    return found
