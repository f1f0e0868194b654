"""What pages ask about yearly figures: a school's own through the years, and which schools still owe theirs."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, Organisation, User, YearlyFigures

_STATE = YearlyFigures.State
MISSING = "missing"
# How a school stands in a year, what asks for something first.
STANDINGS = (_STATE.SUBMITTED, _STATE.RETURNED, MISSING, _STATE.CONFIRMED)


@dataclass(frozen=True)
class Due:
    """A school in a year: its newest figures, if any, and how it stands."""

    school: Organisation
    figures: YearlyFigures | None

    @property
    def standing(self) -> str:
        return self.figures.state if self.figures else MISSING


def of_school(school: Organisation) -> QuerySet[YearlyFigures]:
    """Everything a school ever reported, the latest year first, within it the newest."""
    rows = school.figures.select_related("submitted_by", "decided_by")
    return rows.order_by("-year", "-submitted_at", "-pk")


def latest(school: Organisation) -> YearlyFigures | None:
    """The confirmed figures of a school's latest year."""
    return school.figures.filter(state=_STATE.CONFIRMED).order_by("-year").first()


def to_decide_by(user: User, at: dt.datetime) -> QuerySet[YearlyFigures]:
    """The figures that wait for the user's bureau office, her own apart."""
    paths = access.paths(user, at, Appointment.Office.BUREAU_OFFICER)
    waiting = YearlyFigures.objects.filter(access.under("organisation__path", paths), state=_STATE.SUBMITTED)
    return waiting.exclude(organisation__path__in=paths).exclude(submitted_by=user)


def schools(user: User, at: dt.datetime, *offices: str) -> QuerySet[Organisation]:
    """The open schools that the user's offices cover, in the order of the tree."""
    found = Organisation.objects.under(*access.paths(user, at, *offices or Appointment.RECORD_OFFICES))
    today = clock.local_date(at)
    return found.filter(level=Organisation.Level.SCHOOL).exclude(closed_on__lt=today).order_by("path")


def dues(found: Iterable[Organisation], year: int) -> list[Due]:
    """How schools stand in a year: the newest figures of each that were not replaced. One query."""
    found = list(found)
    rows = YearlyFigures.objects.filter(organisation__in=[each.pk for each in found], year=year)
    newest = {each.organisation_id: each for each in rows.exclude(state=_STATE.REPLACED).order_by("submitted_at", "pk")}
    return [Due(each, newest.get(each.pk)) for each in found]


def tally(found: Iterable[Due]) -> Counter[str]:
    """How many schools stand how."""
    return Counter(str(each.standing) for each in found)
