"""What a person needs to sit any exam: granted once and withdrawn by an exam officer; it reaches a running sitting."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import timing
from exams.models import Accommodation, Attempt
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Teacher, User

OFFICER = Appointment.Office.EXAM_OFFICER
MOST_PERCENT = 100


class GrantingOneself(Refusal):
    sentence = _("Nobody grants herself what she needs at an exam. Ask a colleague with the same office.")
    status = 403


class NothingGranted(Refusal):
    sentence = _("Say what she needs: more time, large print, a separate room or a screen reader.")
    field = "extra_percent"


class PercentUnfit(Refusal):
    sentence = _("More time is 0 to 100 percent of the paper's length.")
    field = "extra_percent"


class ReasonMissing(Refusal):
    sentence = _("Write what it rests on, in the office's words and without a diagnosis.")
    field = "reason"


class DaysBackwards(Refusal):
    sentence = _("It would end before it begins. Choose a later last day, or leave it empty.")
    field = "until_on"


class HasOneAlready(Refusal):
    sentence = _("{name} has an accommodation already. Withdraw it first, then grant another.")


class WithdrawnAlready(Refusal):
    sentence = _("This accommodation was withdrawn on {on}.")


class InThePaper(Refusal):
    sentence = _("{name} is in a paper now and keeps her time. Withdraw it when she has handed in.")


@transaction.atomic
def grant(
    *,
    teacher: Teacher,
    extra_percent: int = 0,
    large_print: bool = False,
    separate_room: bool = False,
    screen_reader: bool = False,
    reason: str,
    from_on: dt.date,
    until_on: dt.date | None = None,
    by: User,
    at: dt.datetime,
) -> Accommodation:
    """Grant what a teacher needs at every sitting from `from_on` to `until_on` (its last day; None: for good).
    `extra_percent` is percent of a paper's length; if she is in a paper now, she has the time at once. `reason` is the
    office's words, never a diagnosis; neither the journal nor the message repeats it.

    Who: an exam officer whose office covers her school. Refuses: NotYourOffice, GrantingOneself, NothingGranted,
    PercentUnfit, ReasonMissing, DaysBackwards, HasOneAlready.
    """
    _require_office(teacher, by, at)
    if not 0 <= extra_percent <= MOST_PERCENT:
        raise PercentUnfit()
    if not (extra_percent or large_print or separate_room or screen_reader):
        raise NothingGranted()
    if not reason.strip():
        raise ReasonMissing()
    if until_on and until_on < from_on:
        raise DaysBackwards()
    Teacher.objects.select_for_update().get(pk=teacher.pk)
    if teacher.accommodations.filter(withdrawn_at=None).exists():
        raise HasOneAlready(name=teacher.full_name)
    try:
        with transaction.atomic():
            made = Accommodation.objects.create(
                teacher=teacher,
                extra_percent=extra_percent,
                large_print=large_print,
                separate_room=separate_room,
                screen_reader=screen_reader,
                reason=reason.strip(),
                from_on=from_on,
                until_on=until_on,
                granted_by=by,
                granted_at=at,
            )
    except IntegrityError as error:
        raise HasOneAlready(name=teacher.full_name) from error
    timing.apply_accommodation(made, at=at)
    facts = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat() if until_on else ""}
    journal.write("exams.accommodation_granted", by=by, at=at, about=teacher, facts=facts)
    _tell(made, "exams.accommodation_granted", at)
    return made


@transaction.atomic
def withdraw(*, accommodation: Accommodation, reason: str, by: User, at: dt.datetime) -> None:
    """End an accommodation for every sitting still to come. Who: as `grant`. Refuses: NotYourOffice, GrantingOneself,
    ReasonMissing, WithdrawnAlready, InThePaper (she keeps her time until she has handed in)."""
    teacher = accommodation.teacher
    _require_office(teacher, by, at)
    if not reason.strip():
        raise ReasonMissing()
    fresh = Accommodation.objects.select_for_update().get(pk=accommodation.pk)
    if fresh.withdrawn_at:
        raise WithdrawnAlready(on=clock.local_date(fresh.withdrawn_at).isoformat())
    timing.lock_entries(teacher.pk)
    if Attempt.objects.filter(entry__candidate__teacher=teacher, state=Attempt.State.OPEN).exists():
        raise InThePaper(name=teacher.full_name)
    accommodation.withdrawn_at = at
    accommodation.save(update_fields=["withdrawn_at"])
    journal.write("exams.accommodation_withdrawn", by=by, at=at, about=teacher, reason=reason.strip())
    _tell(accommodation, "exams.accommodation_withdrawn", at)


def _require_office(teacher: Teacher, by: User, at: dt.datetime) -> None:
    if teacher.user_id == by.pk:
        raise GrantingOneself()
    if not Teacher.objects.managed_by(by, at, OFFICER).filter(pk=teacher.pk).exists():
        raise access.NotYourOffice()


def _tell(accommodation: Accommodation, kind: str, at: dt.datetime) -> None:
    if accommodation.teacher.user_id:
        inbox.send(kind=kind, to=accommodation.teacher.user, at=at, address="/exams/mine/")
