"""Honours that teachers were given: confirmed by the bureau, they stand on the record."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people.models import Appointment, Teacher
from lms.records.models.outcomes import Outcome


class HonourQuerySet(models.QuerySet["Honour"]):
    def standing(self) -> "HonourQuerySet":
        """Those that were confirmed: only these are on record."""
        return self.filter(state=Honour.State.CONFIRMED)

    def live(self) -> "HonourQuerySet":
        """Those that are confirmed or may still be."""
        return self.filter(state__in=Honour.LIVE)

    def held_by(self, user) -> "HonourQuerySet":
        """The user's own, with those of records that were merged into hers."""
        return self.filter(Q(teacher__user=user) | Q(teacher__merged_into__user=user))

    def visible_to(self, user, at: dt.datetime) -> "HonourQuerySet":
        """The user's own, and those of the teachers whose records her offices keep."""
        return self.held_by(user) | self._kept_by(user, at, *Appointment.RECORD_OFFICES)

    def managed_by(self, user, at: dt.datetime) -> "HonourQuerySet":
        """Those about which the user's bureau offices decide."""
        return self._kept_by(user, at, Honour.CONFIRMS)

    def _kept_by(self, user, at: dt.datetime, *offices: str) -> "HonourQuerySet":
        mine = Teacher.objects.managed_by(user, at, *offices).values("pk")
        return self.filter(Q(teacher__in=mine) | Q(teacher__merged_into__in=mine))


class Honour(models.Model):
    """A title that a teacher was given (教学能手, 优秀班主任 …), by whom and on which level. She herself or her school
    enters it; another officer, of the bureau, confirms it, or not. What was wrong is struck and stays to be seen."""

    class Level(models.TextChoices):
        """Who gave it."""

        NATIONAL = "national", pgettext_lazy("held by", "national")
        PROVINCE = "province", pgettext_lazy("held by", "province")
        CITY = "city", pgettext_lazy("held by", "city")
        COUNTY = "county", pgettext_lazy("held by", "county")
        SCHOOL = "school", pgettext_lazy("held by", "school")

    class State(models.TextChoices):
        SUBMITTED = "submitted", pgettext_lazy("honour", "waits for the bureau")
        CONFIRMED = "confirmed", pgettext_lazy("honour", "confirmed")
        REJECTED = "rejected", pgettext_lazy("honour", "not confirmed")
        STRUCK = "struck", pgettext_lazy("honour", "struck")

    ENTERS = (Appointment.Office.SCHOOL_OFFICER, Appointment.Office.BUREAU_OFFICER)
    CONFIRMS = Appointment.Office.BUREAU_OFFICER
    LIVE = (State.SUBMITTED, State.CONFIRMED)

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="honours")
    title = models.CharField(pgettext_lazy("honour", "title"), max_length=120)
    level = models.CharField(_("level of the giver"), max_length=10, choices=Level)
    giver = models.CharField(_("given by"), max_length=120)
    # The last day that it may have been, where only the month or the year is known.
    given_on = models.DateField(_("given on"))
    precision = models.CharField(max_length=6, choices=Outcome.Precision, default=Outcome.Precision.DAY)
    file = models.CharField(max_length=120, blank=True)  # the scan's name below PRIVATE_ROOT
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SUBMITTED)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(_("reason of the decision"), blank=True)

    objects = HonourQuerySet.as_manager()

    class Meta:
        verbose_name = _("honour")
        indexes = [models.Index(fields=["state", "entered_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["teacher", "title", "giver", "given_on"],
                condition=Q(state__in=["submitted", "confirmed"]),
                name="honour_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("entered_by")) | Q(state="struck"),
                name="honour_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, state="submitted") | (Q(decided_by__isnull=False) & ~Q(state="submitted")),
                name="honour_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def person(self) -> Teacher:
        """Whose it is, if her records were merged."""
        return self.teacher.merged_into or self.teacher
