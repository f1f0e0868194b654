"""Teachers come into a period, take the seat they are offered, and go again."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation, Teacher, User
from lms.training import conditions, seating
from lms.training.models import PLANNERS, SENDERS, Enrolment, Period
from lms.training.moving import Move, move, move_all, tell_school

log = logging.getLogger(__name__)
State = Enrolment.State


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


class NotReturned(Refusal):
    sentence = _("This application was not returned to you, so there is nothing to hand in again.")


class NoOffer(Refusal):
    sentence = _("No seat is offered to you here.")


class OfferOver(Refusal):
    sentence = _("The time to accept this seat is over; it has gone to the next who waits. You can apply again.")


@transaction.atomic
def enrol(*, teacher: Teacher, period: Period, by: User, at: dt.datetime) -> Enrolment:
    """Apply for a period. Where each comes by herself and seats go by order, that gives a seat, or the next place on
    the waiting list; where the organiser picks, the application waits for him; where one comes through the school, it
    waits for the school. Refuses: NotYourOwn (`by` is not the teacher herself), AlreadyEnrolled, NotQualified with
    every rule that keeps her out."""
    if teacher.user_id != by.pk:
        raise NotYourOwn()
    period = hold(period, teacher)
    school = _admit(teacher, period, at)

    fresh = Enrolment(period=period, teacher=teacher, school=school, applied_at=at, enrolled_by=by)

    def first() -> list[Enrolment]:
        if period.admission == Period.Admission.SCHOOL:
            return [move(fresh, State.SUBMITTED, act="applied", by=by, at=at)]
        return into_order([fresh], act="enrolled", by=by, at=at)

    (enrolment,) = put_in(first)
    if enrolment.state == State.SUBMITTED:
        tell_school(enrolment, at=at)
    return enrolment


@transaction.atomic
def hand_in_again(*, enrolment: Enrolment, by: User, at: dt.datetime) -> Enrolment:
    """A returned application, once what the school asked for is put right, goes to the school again, also after
    enrolment has closed. Refuses: NotYourOwn, NotReturned, NotQualified (the dates of enrolment aside)."""
    if enrolment.person.user_id != by.pk:
        raise NotYourOwn()
    found = locked(enrolment)
    if found.state != State.RETURNED:
        raise NotReturned()
    who = conditions.applicant(found.person, [found.period], at, beside=found)
    if missing := conditions.still_unmet(found.period, who):
        raise NotQualified(missing)
    move(found, State.SUBMITTED, act="handed_in_again", by=by, at=at)
    tell_school(found, at=at)
    return found


@transaction.atomic
def accept(*, enrolment: Enrolment, by: User, at: dt.datetime) -> Enrolment:
    """Take the seat that was offered. Refuses: NotYourOwn, NoOffer, OfferOver (at or after the moment until which it
    was kept), NotQualified (a session of another seat that she took meanwhile is at the same time)."""
    found = _offered(enrolment, by)
    if at >= found.offered_until_at:
        raise OfferOver()
    who = conditions.applicant(found.person, [found.period], at, beside=found)
    if clash := [each for each in conditions.unmet(found.period, who) if each.name == "no_clash"]:
        raise NotQualified(clash)
    return move(found, State.CONFIRMED, act="accepted", by=by, at=at)


@transaction.atomic
def decline(*, enrolment: Enrolment, by: User, at: dt.datetime) -> Enrolment:
    """Leave the seat that was offered to the next who waits. Refuses: NotYourOwn, NoOffer, OfferOver (it lapsed)."""
    found = _offered(enrolment, by)
    move(found, State.DECLINED, act="declined", by=by, at=at)
    seating.fill(found.period, at=at)
    return found


def lapse(*, at: dt.datetime) -> int:
    """Offers that nobody answered in time go to the next who waits; how many. One transaction for each period; one
    that goes wrong holds no other up."""
    over = Enrolment.objects.filter(state=State.OFFERED, offered_until_at__lte=at)
    count = 0
    for period in Period.objects.filter(pk__in=over.values("period")).order_by("pk"):
        try:
            with transaction.atomic():
                count += _lapse(seating.lock(period), at)
        except Exception:  # whatever is wrong with this one, it is tried again, and the others go on
            log.exception("the offers of period %s could not be passed on", period.pk)
    return count


def _lapse(period: Period, at: dt.datetime) -> int:
    late = period.enrolments.filter(state=State.OFFERED, offered_until_at__lte=at).order_by("place")
    rows = list(late.select_for_update(of=("self",)).select_related("teacher__user", "teacher__merged_into"))
    for each in rows:
        each.period = period
        move(each, State.LAPSED, act="lapsed", by=None, at=at)
    seating.fill(period, at=at)
    return len(rows)


@transaction.atomic
def withdraw(*, enrolment: Enrolment, reason: str, by: User, at: dt.datetime) -> Enrolment:
    """Give a seat, a place on the waiting list or an application back; the first who waits takes the seat. Time learnt
    stays on record. The teacher does it herself, or her school or the organiser for her. Refuses: NotYourOwn,
    WithdrawalUnexplained, NotEnrolled (ended before, completed, or the period is over)."""
    if enrolment.person.user_id != by.pk and not _speaks_for(enrolment, by, at):
        raise NotYourOwn()
    if not reason.strip():
        raise WithdrawalUnexplained()
    found = locked(enrolment)
    is_over = found.period.ends_on < clock.local_date(at)
    if is_over or found.state not in Enrolment.PENDING:
        raise NotEnrolled()
    had_seat = found.state == State.CONFIRMED
    state, act = (State.WITHDRAWN, "withdrawn") if had_seat else (State.CANCELLED, "cancelled")
    move(found, state, act=act, by=by, at=at, reason=reason.strip())
    seating.fill(found.period, at=at)
    return found


# What the acts of a school and of the organiser share with these.


def hold(period: Period, *teachers: Teacher) -> Period:
    """Lock the teachers' own rows, then the period: two periods of one programme, joined at once, would each find her
    free."""
    rows = Teacher.objects.select_for_update(of=("self",)).only("pk")
    list(rows.filter(pk__in=[each.pk for each in teachers]).order_by("pk"))
    return seating.lock(period)


def locked(enrolment: Enrolment) -> Enrolment:
    """An enrolment as it stands, locked with its teacher and its period."""
    period = hold(enrolment.period, enrolment.person)
    rows = Enrolment.objects.select_for_update(of=("self",))
    found = rows.select_related("school", "teacher__user", "teacher__merged_into__user").get(pk=enrolment.pk)
    found.period = period
    return found


def put_in(first: Callable[[], list[Enrolment]]) -> list[Enrolment]:
    """New enrolments, saved as `first` puts them into their first state. Refuses: AlreadyEnrolled."""
    try:
        with transaction.atomic():
            return first()
    except IntegrityError as twice:
        raise AlreadyEnrolled() from twice


def into_order(enrolments: Sequence[Enrolment], *, act: str, by: User, at: dt.datetime) -> list[Enrolment]:
    """What applications for one period become that nothing stands against, in their order: seats or places in line, or,
    where the organiser picks, some of those among whom he does."""
    if enrolments[0].period.selection == Period.Selection.BY_CHOICE:
        return move_all([Move(each, State.APPROVED) for each in enrolments], act=act, by=by, at=at)
    return seating.seat_all(enrolments, act=act, by=by, at=at)


def _admit(teacher: Teacher, period: Period, at: dt.datetime) -> Organisation:
    """The school for which she comes. Refuses: AlreadyEnrolled, NotQualified."""
    if period.enrolments.live().of(teacher).exists():
        raise AlreadyEnrolled()
    who = conditions.applicant(teacher, [period], at)
    missing = conditions.unmet(period, who)
    if missing:
        raise NotQualified(missing)
    return who.school


def _offered(enrolment: Enrolment, by: User) -> Enrolment:
    if enrolment.person.user_id != by.pk:
        raise NotYourOwn()
    found = locked(enrolment)
    if found.state == State.LAPSED:
        raise OfferOver()
    if found.state != State.OFFERED:
        raise NoOffer()
    return found


def _speaks_for(enrolment: Enrolment, by: User, at: dt.datetime) -> bool:
    unit = enrolment.period.programme.organisation
    return access.covers(by, enrolment.school, at, *SENDERS) or access.covers(by, unit, at, *PLANNERS)
