"""A plan of batches that was wrong is taken back with its periods, as long as nobody is enrolled in them."""

import datetime as dt
from collections import Counter

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.training import seating
from lms.training.models import PLANNERS, Assignment, Enrolment, Period, PlannedPlace, Programme, Session


class NoPlanHere(Refusal):
    sentence = _("No plan of batches stands behind this period any more. Look at the list again.")


class PlanUnexplained(Refusal):
    sentence = _("Write why the plan is taken back: the schools that were told of it read it.")
    field = "reason"


class PlanInUse(Refusal):
    sentence = _(
        "Teachers were named or applied for {period} already, so the plan stands. Change the seats of its periods, or "
        "give their seats back one by one."
    )


class PlanWorkedOut(Refusal):
    sentence = _(
        "Sessions or assignments stand in {period} already, so the plan stays. Open another period for whoever cannot "
        "come on its days."
    )


@transaction.atomic
def take_back(*, period: Period, reason: str, by: User, at: dt.datetime) -> Programme:
    """Take back the plan of batches to which a period belongs, with all its periods, as if they had never been opened;
    the schools that were in it are told why, and who was meant for them is to be planned again. Refuses: NotYourOffice,
    PlanUnexplained, NoPlanHere (there is none, or it was taken back), PlanInUse (anybody is or was enrolled),
    PlanWorkedOut."""
    access.require(by, period.programme.organisation, at, *PLANNERS)
    if not reason.strip():
        raise PlanUnexplained()
    held = Programme.objects.select_for_update(of=("self",)).get(pk=period.programme_id)
    periods = [seating.lock(each) for each in of(period)]
    if not periods:
        raise NoPlanHere()
    _require_untouched(periods)
    meant = PlannedPlace.objects.filter(period__in=periods)
    places = list(meant.values_list("period", "school"))
    counts = Counter(each for each, _school in places)
    facts = {"batches": [[each.number, counts[each.pk]] for each in periods]}
    journal.write("training.batches_taken_back", by=by, at=at, about=held, facts=facts, reason=reason.strip())
    meant.delete()
    Period.objects.filter(pk__in=[each.pk for each in periods]).delete()
    _tell(held, {school for _each, school in places}, reason.strip(), at)
    return held


def of(period: Period) -> QuerySet[Period]:
    """The periods that were opened with this one by one plan of batches, in their order; none where it was opened by
    itself."""
    planned = PlannedPlace.objects.filter(period=period).values("planned_at")
    found = PlannedPlace.objects.filter(period__programme=period.programme_id, planned_at__in=planned)
    return Period.objects.filter(pk__in=found.values("period")).order_by("number")


def _require_untouched(periods: list[Period]) -> None:
    for kind, refusal in ((Enrolment, PlanInUse), (Session, PlanWorkedOut), (Assignment, PlanWorkedOut)):
        found = kind.objects.filter(period__in=periods).select_related("period__programme")
        if first := found.order_by("period__number").first():
            raise refusal(period=first.period)


def _tell(programme: Programme, schools: set[int], reason: str, at: dt.datetime) -> None:
    held = Appointment.objects.held_on(clock.local_date(at)).filter(
        office=Appointment.Office.SCHOOL_OFFICER, organisation__in=schools
    )
    officers = User.objects.filter(pk__in=held.values("user"), is_active=True)
    facts = {"programme": programme.title, "reason": reason}
    inbox.send_all(
        kind="training.batches_taken_back",
        to=officers,
        at=at,
        address="/training/school/",
        facts_of=lambda _user: facts,
    )
