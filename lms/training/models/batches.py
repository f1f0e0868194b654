"""Who is proposed for which batch of a programme."""

import datetime as dt

from django.db import models
from django.db.models import Exists, OuterRef, Q

from lms.people.models import Organisation, Teacher
from lms.training.models.enrolments import Enrolment
from lms.training.models.periods import Period


class PlannedPlaceQuerySet(models.QuerySet["PlannedPlace"]):
    def standing(self, day: dt.date) -> "PlannedPlaceQuerySet":
        """Those that are still to be filled on a day: the period is not over, and the person is not in any period of
        its programme (nor was named for this one and sent away) and has not completed it."""
        now = Q(teacher=OuterRef("teacher")) | Q(teacher__merged_into=OuterRef("teacher"))
        now |= Q(teacher=OuterRef("teacher__merged_into"))
        own = Enrolment.objects.filter(now, period__programme=OuterRef("period__programme"))
        running = Q(state__in=Enrolment.PENDING, period__ends_on__gte=day)
        done = running | Q(state=Enrolment.State.COMPLETED) | Q(period=OuterRef("period"))
        rows = self.filter(period__ends_on__gte=day, period__state=Period.State.OPEN)
        return rows.exclude(Exists(own.filter(done)))


class PlannedPlace(models.Model):
    """A seat that the plan of batches has in mind for a person: a proposal to her school, nothing that binds. `place`
    is her number in the plan of the period. Two rows of one period may turn out to be one person: a proposal does not
    stand in the way of a merge."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="planned")
    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="planned")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    place = models.PositiveIntegerField()
    planned_at = models.DateTimeField()

    objects = PlannedPlaceQuerySet.as_manager()

    class Meta:
        ordering = ("period", "place")
        constraints = [
            models.UniqueConstraint(fields=["period", "place"], name="plannedplace_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.teacher} · {self.period}"
