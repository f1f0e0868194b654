"""Work is set to those in a period, changed until somebody handed in, or withdrawn."""

import datetime as dt
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.access import NotYourOffice
from lms.people.models import User
from lms.training.models import Assignment, Enrolment, Period, taught_by


class AssignmentUntitled(Refusal):
    sentence = _("Write a title and what is to be done.")
    field = "title"


class TakesNothing(Refusal):
    sentence = _("Choose whether it takes words, a file, or both.")
    field = "takes_text"


class DueUnfit(Refusal):
    sentence = _("Choose a day from today to the last day of the period, {day}.")
    field = "due_on"


class RevisingUnfit(Refusal):
    sentence = _("Days for revising are a whole number from 1 to 60.")
    field = "revising_days"


class PeriodOver(Refusal):
    sentence = _("This period is closed, so no work is set any more.")


class HandedInAlready(Refusal):
    sentence = _("Somebody has handed in already, so it stays as it is. Withdraw it and set another one.")


class AssignmentWithdrawn(Refusal):
    sentence = _("This assignment was withdrawn.")


class WithdrawalUnexplained(Refusal):
    sentence = _("Write why it is withdrawn; those who are in the period read it.")
    field = "reason"


@dataclass(frozen=True)
class Task:
    """An assignment as its author writes it."""

    title: str
    task: str
    due_at: dt.datetime
    takes_text: bool = True
    takes_file: bool = True
    is_required: bool = True
    revising_days: int = 7  # at least so many for revising what is returned, also where the work was due before


MOST_REVISING = 60


@transaction.atomic
def assign(*, period: Period, task: Task, by: User | None, at: dt.datetime) -> Assignment:
    """Set work to everybody with a seat in a period, and tell them. Refuses: NotYourOffice, PeriodOver,
    AssignmentUntitled, TakesNothing, RevisingUnfit, DueUnfit (until when it is due lies behind, or after the
    period)."""
    _require_taught(period, by, at)
    held = Period.objects.select_for_update(of=("self",)).select_related("programme").get(pk=period.pk)
    _require_fit(task, held, at)
    made = Assignment.objects.create(period=held, set_by=by, set_at=at, **_columns(task))
    journal.write("training.assignment_set", by=by, at=at, about=made, facts=_facts(made))
    _tell(made, "training.assignment_set", at, is_new=True)
    return made


@transaction.atomic
def change(*, assignment: Assignment, task: Task, by: User, at: dt.datetime) -> Assignment:
    """Set it otherwise, as long as nobody handed in; those in the period are told. Refuses: NotYourOffice,
    AssignmentWithdrawn, HandedInAlready, and what `assign` refuses."""
    held = locked(assignment.pk)
    _require_taught(held.period, by, at)
    require_standing(held)
    if held.submissions.exists():
        raise HandedInAlready()
    _require_fit(task, held.period, at)
    before = _facts(held)
    for name, value in _columns(task).items():
        setattr(held, name, value)
    held.save(update_fields=list(_columns(task)))
    facts = {"before": before, "after": _facts(held)}
    journal.write("training.assignment_changed", by=by, at=at, about=held, facts=facts)
    _tell(held, "training.assignment_set", at, is_new=False)
    return held


@transaction.atomic
def withdraw(*, assignment: Assignment, reason: str, by: User, at: dt.datetime) -> Assignment:
    """Demand it of nobody any more; what was handed in stays. Refuses: NotYourOffice, AssignmentWithdrawn,
    WithdrawalUnexplained."""
    held = locked(assignment.pk)
    _require_taught(held.period, by, at)
    require_standing(held)
    if not reason.strip():
        raise WithdrawalUnexplained()
    held.withdrawn_at, held.reason = at, reason.strip()
    held.save(update_fields=["withdrawn_at", "reason"])
    journal.write("training.assignment_withdrawn", by=by, at=at, about=held, reason=held.reason)
    _tell(held, "training.assignment_withdrawn", at, reason=held.reason)
    return held


def locked(pk: int) -> Assignment:
    """The assignment, held until the act is over: nobody hands in while it is changed."""
    rows = Assignment.objects.select_for_update(of=("self",)).select_related("period__programme")
    return rows.get(pk=pk)


def require_standing(assignment: Assignment) -> None:
    """Refuse (AssignmentWithdrawn) what was withdrawn."""
    if assignment.withdrawn_at:
        raise AssignmentWithdrawn()


def _require_taught(period: Period, by: User | None, at: dt.datetime) -> None:
    if by is not None and not taught_by(by, at).filter(pk=period.pk).exists():
        raise NotYourOffice()


def _require_fit(task: Task, period: Period, at: dt.datetime) -> None:
    if period.state == Period.State.CLOSED:
        raise PeriodOver()
    if not task.title.strip() or not task.task.strip():
        raise AssignmentUntitled()
    if not (task.takes_text or task.takes_file):
        raise TakesNothing()
    if not 1 <= task.revising_days <= MOST_REVISING:
        raise RevisingUnfit()
    if not at < task.due_at <= clock.local_moment(period.ends_on + dt.timedelta(days=1)):
        raise DueUnfit(day=date_format(period.ends_on, "DATE_FORMAT"))


def _columns(task: Task) -> dict[str, object]:
    return asdict(task) | {"title": task.title.strip(), "task": task.task.strip()}


def _facts(assignment: Assignment) -> dict[str, object]:
    return {
        "title": assignment.title,
        "due_at": assignment.due_at.isoformat(),
        "text": assignment.takes_text,
        "file": assignment.takes_file,
        "required": assignment.is_required,
        "revising_days": assignment.revising_days,
    }


def _tell(assignment: Assignment, kind: str, at: dt.datetime, **more: object) -> None:
    """Tell those who hold a seat."""
    seats = assignment.period.enrolments.filter(state=Enrolment.State.CONFIRMED)
    people = seats.values(who=Coalesce("teacher__merged_into", "teacher"))
    users = User.objects.filter(teacher__in=people, is_active=True)
    facts = {"assignment": assignment.title, "due_on": assignment.due_on.isoformat(), **more}
    facts["is_required"] = assignment.is_required
    address = "/training/" if assignment.withdrawn_at else f"/training/assignments/{assignment.pk}/"
    inbox.send_all(kind=kind, to=users, at=at, address=address, facts_of=lambda _user: facts)
