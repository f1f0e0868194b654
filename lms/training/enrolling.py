"""Teachers come into a period, wait for a seat, and go again."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import Teacher, User
from lms.training import conditions
from lms.training.models import Enrolment, Period


class NotYourOwn(Refusal):
    sentence = _("Only the teacher herself takes a seat or gives it back.")
    status = 403


class NotQualified(Refusal):
    sentence = _("You cannot join: {why}")

    def __init__(self, missing: list[conditions.Condition]) -> None:
        self.missing = missing
        super().__init__(why=" ".join(str(each.why) for each in missing))


class AlreadyEnrolled(Refusal):
    sentence = _("You are enrolled in this period already.")


class NotEnrolled(Refusal):
    sentence = _("There is no enrolment to withdraw: it ended before, or the period is over.")


class WithdrawalUnexplained(Refusal):
    sentence = _("Write why you withdraw; the organiser reads it and plans by it.")
    field = "reason"


@transaction.atomic
def enrol(*, teacher: Teacher, period: Period, by: User, at: dt.datetime) -> Enrolment:
    """Take a seat in a period, or the next place on its waiting list where all are taken. Refuses: NotYourOwn (`by` is
    not the teacher herself), AlreadyEnrolled, NotQualified with every rule that keeps her out."""
    if teacher.user_id != by.pk:
        raise NotYourOwn()
    # Her own row first: two periods of one programme, joined at once, would each find her free.
    Teacher.objects.select_for_update(of=("self",)).only("pk").get(pk=teacher.pk)
    period = _locked(period)
    if period.enrolments.live().of(teacher).exists():
        raise AlreadyEnrolled()
    missing = conditions.unmet(period, conditions.applicant(teacher, [period], at))
    if missing:
        raise NotQualified(missing)
    is_free = period.capacity is None or period.enrolments.seated().count() < period.capacity
    # Whoever waits goes first, also where a seat is free for the moment.
    is_free = is_free and not period.enrolments.filter(state=Enrolment.State.WAITING).exists()
    try:
        with transaction.atomic():
            enrolment = Enrolment.objects.create(
                period=period,
                teacher=teacher,
                state=Enrolment.State.CONFIRMED if is_free else Enrolment.State.WAITING,
                place=period.next_place,
                applied_at=at,
                confirmed_at=at if is_free else None,
                enrolled_by=by,
            )
    except IntegrityError as twice:
        raise AlreadyEnrolled() from twice
    period.next_place += 1
    period.save(update_fields=["next_place"])
    facts = {"state": enrolment.state, "place": enrolment.place}
    journal.write("training.enrolled", by=by, at=at, about=enrolment, facts=facts)
    _tell(enrolment, at)
    return enrolment


@transaction.atomic
def withdraw(*, enrolment: Enrolment, reason: str, by: User, at: dt.datetime) -> Enrolment:
    """Give a seat or a place on the waiting list back; the first who waits takes the seat. Time learnt stays on
    record. Refuses: NotYourOwn, WithdrawalUnexplained, NotEnrolled (ended before, completed, or the period is over)."""
    if enrolment.person.user_id != by.pk:
        raise NotYourOwn()
    if not reason.strip():
        raise WithdrawalUnexplained()
    period = _locked(enrolment.period)
    enrolment = Enrolment.objects.select_for_update(of=("self",)).select_related("teacher").get(pk=enrolment.pk)
    is_over = period.ends_on < clock.local_date(at)
    if is_over or enrolment.state not in (Enrolment.State.CONFIRMED, Enrolment.State.WAITING):
        raise NotEnrolled()
    enrolment.state, enrolment.ended_at, enrolment.reason = Enrolment.State.WITHDRAWN, at, reason.strip()
    enrolment.save(update_fields=["state", "ended_at", "reason"])
    journal.write("training.withdrawn", by=by, at=at, about=enrolment, reason=enrolment.reason)
    _promote(period, at)
    return enrolment


def _promote(period: Period, at: dt.datetime) -> None:
    """Give free seats to those who wait, in the order in which they came."""
    if period.capacity is None:
        return
    free = period.capacity - period.enrolments.seated().count()
    waiting = period.enrolments.filter(state=Enrolment.State.WAITING)
    waiting = waiting.select_related("teacher__user", "teacher__merged_into__user")
    for each in waiting.order_by("place")[: max(0, free)]:
        each.state, each.confirmed_at = Enrolment.State.CONFIRMED, at
        each.save(update_fields=["state", "confirmed_at"])
        journal.write("training.promoted", by=None, at=at, about=each, facts={"place": each.place})
        _tell(each, at)


def _tell(enrolment: Enrolment, at: dt.datetime) -> None:
    user = enrolment.person.user
    if user is None:
        return
    period = enrolment.period
    inbox.send(
        kind=f"training.{enrolment.state}",
        to=user,
        at=at,
        address="/training/",
        programme=period.programme.title,
        number=period.number,
        starts_on=period.starts_on.isoformat(),
        ends_on=period.ends_on.isoformat(),
        place=enrolment.place,
    )


def _locked(period: Period) -> Period:
    rows = Period.objects.select_for_update(of=("self",))
    return rows.select_related("programme__organisation", "programme__level", "programme__requires").get(pk=period.pk)
