"""The school's word on a registration before the bureau reviews it, where the exam asks for it."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from exams import applying, wording
from exams.models import Candidate, Stage
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

OFFICER = Appointment.Office.SCHOOL_OFFICER


class SchoolNotAsked(Refusal):
    sentence = _("The school's word is not asked for here, or it was given already.")


def waiting(user: User, at: dt.datetime) -> QuerySet[Candidate]:
    """The registrations that wait for the word of the user's school; not her own."""
    schools = access.under("school__path", access.paths(user, at, OFFICER))
    open_stage = Stage.objects.filter(
        number=1, state__in=(Stage.State.REGISTRATION_OPEN, Stage.State.REGISTRATION_CLOSED)
    )
    asked = Candidate.objects.filter(
        schools, exam__asks_school=True, exam__stages__in=open_stage, school_confirmed_at=None
    )
    return (
        asked.filter(state=Candidate.State.SUBMITTED)
        .of_others(user)
        .select_related("teacher__user", "school", "exam__organisation")
        .order_by("exam__registration_closes_at", "number")
    )


@transaction.atomic
def confirm(*, candidate: Candidate, by: User, at: dt.datetime) -> None:
    """The school says that what the candidate stated is so; the bureau reviews after it. Who: a school officer of her
    school, not for herself. Refuses: NotYourOffice, ReviewingOneself, NotAtThisStep, NotWaitingForReview,
    SchoolNotAsked."""
    _open(candidate, by, at)
    candidate.school_confirmed_at, candidate.school_confirmed_by = at, by
    candidate.save(update_fields=["school_confirmed_at", "school_confirmed_by"])
    journal.write("exams.candidate_confirmed_by_school", by=by, at=at, about=candidate)


@transaction.atomic
def give_back(*, candidate: Candidate, reason: str, by: User, at: dt.datetime) -> None:
    """The school returns a registration for correction, with a reason. Who and refuses: as `confirm`, and
    ReasonMissing."""
    _open(candidate, by, at)
    if not reason.strip():
        raise applying.ReasonMissing()
    applying.decide(candidate, Candidate.State.RETURNED, wording.OTHER, reason, by, at)


def _open(candidate: Candidate, by: User, at: dt.datetime) -> None:
    applying.lock(candidate)
    if candidate.teacher.user_id == by.pk:
        raise applying.ReviewingOneself()
    access.require(by, candidate.school, at, OFFICER)
    applying.require_before_arranging(candidate.exam)
    if candidate.state != Candidate.State.SUBMITTED:
        raise applying.NotWaitingForReview(state=candidate.get_state_display())
    if not candidate.exam.asks_school or candidate.school_confirmed_at:
        raise SchoolNotAsked()
