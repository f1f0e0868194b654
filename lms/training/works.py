"""What pages ask about assignments and what was handed in."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from lms.lib.refusals import Refusal
from lms.training import handing_in
from lms.training.models import ATTENDING, Assignment, Enrolment, Period, Submission, SubmissionVersion, last_day

State = Submission.State


@dataclass(frozen=True)
class Own:
    """An assignment as somebody in its period sees it: what she handed in, and why nothing can be handed in now."""

    assignment: Assignment
    submission: Submission | None
    closed: Refusal | None

    @property
    def due_on(self) -> dt.date:
        """The last day on which she may hand in."""
        again = self.submission.due_at if self.submission else None
        return last_day(again or self.assignment.due_at)

    @property
    def is_passed(self) -> bool:
        return self.submission is not None and self.submission.state == State.PASSED


def own(enrolments: Iterable[Enrolment], at: dt.datetime) -> dict[int, list[Own]]:
    """Enrolment → the assignments that stand in its period, by when they are due; for those who hold a seat, or held
    one to the end. Two queries."""
    seats = [each for each in enrolments if each.state in ATTENDING]
    by_period: dict[int, list[Assignment]] = defaultdict(list)
    rows = Assignment.objects.standing().filter(period__in={each.period_id for each in seats})
    for each in rows.order_by("due_at", "pk"):
        by_period[each.period_id].append(each)
    handed_in = {
        (each.enrolment_id, each.assignment_id): each
        for each in Submission.objects.filter(enrolment__in=[seat.pk for seat in seats])
    }
    return {
        seat.pk: [own_of(each, seat, handed_in.get((seat.pk, each.pk)), at) for each in by_period[seat.period_id]]
        for seat in seats
        if seat.period_id in by_period
    }


def own_of(assignment: Assignment, seat: Enrolment, found: Submission | None, at: dt.datetime) -> Own:
    """How somebody with this seat stands with an assignment, of which she has handed this in."""
    if seat.state not in Enrolment.SEATED:
        return Own(assignment, found, handing_in.NoSeatForWork())
    return Own(assignment, found, handing_in.closed_because(assignment, found, at))


def assignments(period: Period) -> QuerySet[Assignment]:
    """A period's assignments by when they are due, each with how many were handed in (`all`), wait to be read
    (`unread`), are being revised (`revised`) and passed (`passed`)."""

    def of(*states: str) -> Count:
        return Count("submissions", filter=Q(submissions__state__in=states))

    rows = Assignment.objects.filter(period=period).annotate(
        all=Count("submissions"), unread=of(State.HANDED_IN), revised=of(State.RETURNED), passed=of(State.PASSED)
    )
    return rows.order_by("due_at", "pk")


def seats(period: Period) -> int:
    """How many are set its work."""
    return period.enrolments.filter(state__in=ATTENDING).count()


def submissions(assignment: Assignment, state: str = "") -> QuerySet[Submission]:
    """What was handed in for an assignment (in this state, if one is named), the longest waiting first."""
    rows = Submission.objects.filter(assignment=assignment)
    rows = rows.filter(state=state) if state else rows
    related = rows.select_related("enrolment__teacher__merged_into", "enrolment__school")
    return related.order_by("handed_in_at", "pk")


def versions(submission: Submission) -> list[SubmissionVersion]:
    """All that was handed in, the newest first."""
    return list(submission.versions.order_by("-number"))
