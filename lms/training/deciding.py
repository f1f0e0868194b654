"""What a school and the organiser decide about applications, each return and rejection with its reason."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User
from lms.training import conditions, enrolling, seating
from lms.training.models import PLANNERS, SENDERS, Enrolment, Period
from lms.training.moving import Move, move, move_all

State = Enrolment.State


class NothingToDecide(Refusal):
    sentence = _("{name} is “{state}” by now, so this can no longer be decided. Look at the list again.")


class DecisionUnexplained(Refusal):
    sentence = _("Write why; the teacher reads it.")
    field = "reason"


class NoLongerQualified(Refusal):
    sentence = _("{name} cannot join: {why}")


class PeriodOver(Refusal):
    sentence = _("This period is over, so nobody comes into it any more.")


class OwnApplication(Refusal):
    sentence = _("Nobody decides about her own application. Leave it to a colleague.")
    status = 403


class NoSeatFor(Refusal):
    sentence = _("There is no seat for {name}: the seats of the period, or those shared to {unit}, are taken.")


class NothingPicked(Refusal):
    sentence = _("Pick at least one name.")


class NotInLine(Refusal):
    sentence = _("{name} does not wait for a seat.")


@transaction.atomic
def approve(*, enrolment: Enrolment, by: User, at: dt.datetime) -> Enrolment:
    """The school recommends an applicant; she gets a seat, a place in line, or is among those the organiser picks
    from. Refuses: NotYourOffice, OwnApplication, NothingToDecide, PeriodOver, NoLongerQualified (what keeps her out
    by now, the dates of enrolment aside)."""
    found = _to_decide(enrolment, by, at, State.SUBMITTED)
    _require_qualified([found], at)
    return enrolling.into_order([found], act="approved", by=by, at=at)[0]


@transaction.atomic
def send_back(*, enrolment: Enrolment, reason: str, by: User, at: dt.datetime) -> Enrolment:
    """Return an application to its teacher, who may put it right and hand it in again. Refuses: NotYourOffice,
    OwnApplication, NothingToDecide, PeriodOver, DecisionUnexplained."""
    found = _to_decide(enrolment, by, at, State.SUBMITTED)
    return move(found, State.RETURNED, act="returned", by=by, at=at, reason=_said(reason))


@transaction.atomic
def reject(*, enrolment: Enrolment, reason: str, by: User, at: dt.datetime) -> Enrolment:
    """Turn an application down for good: the school one that waits for it, the organiser any that has no seat.
    Refuses: NotYourOffice, OwnApplication, NothingToDecide, PeriodOver, DecisionUnexplained."""
    organises = access.covers(by, enrolment.period.programme.organisation, at, *PLANNERS)
    may = (State.SUBMITTED, State.RETURNED, State.APPROVED, State.WAITING) if organises else (State.SUBMITTED,)
    found = _to_decide(enrolment, by, at, *may)
    return move(found, State.REJECTED, act="rejected", by=by, at=at, reason=_said(reason))


@transaction.atomic
def pick(*, period: Period, enrolments: Iterable[Enrolment], by: User, at: dt.datetime) -> list[Enrolment]:
    """The organiser gives seats to these of the recommended, all or none. Refuses: NotYourOffice, NothingPicked,
    PeriodOver, OwnApplication, NothingToDecide, NoLongerQualified, NoSeatFor (each with the name)."""
    held, chosen = _chosen(period, enrolments, by, at)
    seats = seating.Seats(held, at)
    for each in chosen:
        if not seats.is_free(each.school.path):
            raise NoSeatFor(name=each.person.full_name, unit=each.school)
        seats.take(each.school.path)
    return _place(held, chosen, State.CONFIRMED, act="picked", by=by, at=at)


@transaction.atomic
def put_in_line(*, period: Period, enrolments: Iterable[Enrolment], by: User, at: dt.datetime) -> list[Enrolment]:
    """The organiser puts these of the recommended on the waiting list, in the order in which they are given; seats
    that are free go to them at once. Refuses: NotYourOffice, NothingPicked, PeriodOver, OwnApplication,
    NothingToDecide, NoLongerQualified."""
    held, chosen = _chosen(period, enrolments, by, at)
    _place(held, chosen, State.WAITING, act="put_in_line", by=by, at=at)
    seating.fill(held, at=at)
    return chosen


@transaction.atomic
def advance(*, enrolment: Enrolment, reason: str, by: User, at: dt.datetime) -> Enrolment:
    """Put one who waits before all others, save those put there earlier, for a written reason that stays among the
    steps of her enrolment; a seat that is free goes to her at once. Refuses: NotYourOffice, OwnApplication, PeriodOver,
    NotInLine, DecisionUnexplained."""
    access.require(by, enrolment.period.programme.organisation, at, *PLANNERS)
    found = enrolling.locked(enrolment)
    _require_others(found, by)
    _require_running(found.period, at)
    if found.state != State.WAITING:
        raise NotInLine(name=found.person.full_name)
    found.advanced_at = found.advanced_at or at
    move(found, State.WAITING, act="advanced", by=by, at=at, reason=_said(reason))
    seating.fill(found.period, at=at)
    found.refresh_from_db(fields=["state", "confirmed_at", "offered_until_at", "reason"])
    return found


def _to_decide(enrolment: Enrolment, by: User, at: dt.datetime, *states: str) -> Enrolment:
    if not access.covers(by, enrolment.period.programme.organisation, at, *PLANNERS):
        access.require(by, enrolment.school, at, *SENDERS)
    found = enrolling.locked(enrolment)
    _require_others(found, by)
    _require_running(found.period, at)
    if found.state not in states:
        raise NothingToDecide(name=found.person.full_name, state=found.get_state_display())
    return found


def _chosen(
    period: Period, enrolments: Iterable[Enrolment], by: User, at: dt.datetime
) -> tuple[Period, list[Enrolment]]:
    """The period, locked, and those named of it, locked too, in the order in which they were named."""
    access.require(by, period.programme.organisation, at, *PLANNERS)
    ids = list(dict.fromkeys(each.pk for each in enrolments if each.period_id == period.pk))
    if not ids:
        raise NothingPicked()
    named = period.enrolments.filter(pk__in=ids).select_related("teacher__merged_into")
    held = enrolling.hold(period, *(each.person for each in named))
    _require_running(held, at)
    rows = held.enrolments.filter(pk__in=ids).select_for_update(of=("self",)).order_by("pk")
    found = {each.pk: each for each in rows.select_related("school", "teacher__user", "teacher__merged_into__user")}
    chosen = [found[each] for each in ids]
    for each in chosen:
        each.period = held
        _require_others(each, by)
        if each.state != State.APPROVED:
            raise NothingToDecide(name=each.person.full_name, state=each.get_state_display())
    _require_qualified(chosen, at)
    return held, chosen


def _place(
    period: Period, enrolments: list[Enrolment], state: str, *, act: str, by: User, at: dt.datetime
) -> list[Enrolment]:
    """Put these into a state with the next numbers of the period, in their order."""
    places = seating.next_places(period, len(enrolments))
    moves = [Move(each, state, place=place) for each, place in zip(enrolments, places, strict=True)]
    return move_all(moves, act=act, by=by, at=at)


def _require_qualified(enrolments: list[Enrolment], at: dt.datetime) -> None:
    """Of enrolments in one period, whether the rules still let each in, her own enrolment aside."""
    period, people = enrolments[0].period, [each.person for each in enrolments]
    beside = {each.person.pk: each.pk for each in enrolments}
    known = conditions.applicants(people, [period], at, beside=beside)
    for person in people:
        if missing := conditions.still_unmet(period, known[person.pk]):
            raise NoLongerQualified(name=person.full_name, why=" ".join(str(each.why) for each in missing))


def _require_others(enrolment: Enrolment, by: User) -> None:
    if enrolment.person.user_id == by.pk:
        raise OwnApplication()


def _require_running(period: Period, at: dt.datetime) -> None:
    if period.ends_on < clock.local_date(at):
        raise PeriodOver()


def _said(reason: str) -> str:
    if not reason.strip():
        raise DecisionUnexplained()
    return reason.strip()
