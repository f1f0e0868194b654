"""The one place that puts versions into a bank and moves them from state to state: the rows, and a step for each."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from exams.models import Question, QuestionStep
from lms.people import access
from lms.people.models import Appointment, Organisation, User

_AT_ONCE = 500
_Office, _Level = Appointment.Office, Organisation.Level


def banks_of(user: User, at: dt.datetime) -> QuerySet[Organisation]:
    """The institutions for whose banks a user writes: those below her exam offices, no schools; as a trainer, her own
    institution and nothing below or beside it."""
    covered = access.under("path", access.paths(user, at, _Office.EXAM_OFFICER))
    own = [each.organisation_id for each in access.offices(user, at, _Office.TRAINER)]
    units = Organisation.objects.filter(covered | Q(pk__in=own), closed_on=None)
    return units.exclude(level__in=[_Level.CLUSTER, _Level.SCHOOL])


def lock(bank: Organisation) -> Organisation:
    """Lock an institution's bank until the transaction ends."""
    return Organisation.objects.select_for_update().get(pk=bank.pk)


def require_author(by: User, bank: Organisation, at: dt.datetime) -> None:
    """Refuse (NotYourOffice) unless this is a bank she writes for."""
    if not banks_of(by, at).filter(pk=bank.pk).exists():
        raise access.NotYourOffice()


def enter(bank: Organisation, made: Sequence[Question], state: str, *, by: User, at: dt.datetime) -> list[Question]:
    """Put new versions into a locked bank; a version of the same code that was not yet approved is superseded."""
    codes = [each.code for each in made]
    before = Question.objects.filter(organisation=bank, code__in=codes, state__in=Question.OPEN)
    move(list(before), Question.State.SUPERSEDED, by=by, at=at)
    for each in made:
        each.organisation, each.state, each.collected_by, each.collected_at = bank, state, by, at
    entered = Question.objects.bulk_create(made, batch_size=_AT_ONCE)
    _note(entered, by, at, "")
    return entered


def move(questions: Sequence[Question], state: str, *, by: User, at: dt.datetime, reason: str = "") -> None:
    """Put versions into a state, with a step for each; the reviewer of those that become usable is noted once."""
    for each in questions:
        if state == Question.State.USABLE and each.state == Question.State.IN_REVIEW:
            each.reviewed_by, each.reviewed_at = by, at
        each.state = state
    Question.objects.bulk_update(questions, ["state", "reviewed_by", "reviewed_at"], batch_size=_AT_ONCE)
    _note(questions, by, at, reason)


def _note(questions: Sequence[Question], by: User, at: dt.datetime, reason: str) -> None:
    QuestionStep.objects.bulk_create(
        [QuestionStep(question=each, state=each.state, by=by, at=at, reason=reason) for each in questions],
        batch_size=_AT_ONCE,
    )
