"""What a teacher went through: trainings attended, completed or not, each with its source."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from lms.people import access
from lms.people.models import Appointment, Organisation, Posting, Teacher
from lms.records.models.claims import HourClaim


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    def standing(self) -> "OutcomeQuerySet":
        """Those that were not struck: only these count."""
        return self.filter(struck_at=None)

    def visible_to(self, user, at: dt.datetime) -> "OutcomeQuerySet":
        """The user's own, and those that her record offices keep."""
        own = Q(teacher__user=user) | Q(teacher__merged_into__user=user)
        return self.filter(own | _kept_by(access.paths(user, at, *Appointment.RECORD_OFFICES)))

    def managed_by(self, user, at: dt.datetime) -> "OutcomeQuerySet":
        """Those that the user may strike: kept by her offices that record trainings."""
        return self.filter(_kept_by(access.paths(user, at, *Outcome.OFFICES)))


def _kept_by(paths: list[str]) -> Q:
    """A filter for the trainings of whoever is posted below these paths, and of whoever was on the training's last
    day: a training stays with the unit for which she went through it, and goes with her as well; it does not show
    what she does elsewhere after she left."""
    here = Posting.objects.filter(access.under("organisation__path", paths), teacher=OuterRef("teacher"))
    then = here.filter(Q(until_on=None) | Q(until_on__gte=OuterRef("ended_on")), from_on__lte=OuterRef("ended_on"))
    return Q(Exists(here.filter(until_on=None))) | Q(Exists(then)) | access.under("organiser__path", paths)


class Outcome(models.Model):
    """One teacher in one training: attended, and completed or not. `track` names what it trained for in a form that
    certificates understand (`Level.track`), or is a plain word where no certificate follows. Attendances are counted
    by rows, persons by teachers; never one for the other. Its hours are what its paper says; they stand in no
    ledger and count in no training year. A row is never edited: one that is wrong is struck with a reason, stays to be
    seen, counts no longer, and leaves its place to a right one."""

    OFFICES = (Appointment.Office.BUREAU_OFFICER, Appointment.Office.EXAM_OFFICER)

    class Precision(models.TextChoices):
        """How much of the last day is known: history may say no more than the year."""

        DAY = "day", _("day")
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="outcomes")
    track = models.CharField(_("track"), max_length=60, db_index=True)
    title = models.CharField(_("training"), max_length=120)
    period = models.PositiveSmallIntegerField(_("period"), null=True, blank=True)
    organiser = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    ended_on = models.DateField(_("ended on"))
    precision = models.CharField(max_length=6, choices=Precision, default=Precision.DAY)
    hours = models.DecimalField(_("hours of 45 minutes"), max_digits=6, decimal_places=1, null=True, blank=True)
    # Its paper says "about 40": shown as it is, and counted nowhere as if it were exact.
    is_approximate = models.BooleanField(_("hours are approximate"), default=False)
    # Who held it, where that was none of the units here (national, abroad); empty, it is the level of the organiser.
    level = models.CharField(_("level of the organiser"), max_length=10, choices=HourClaim.Level, blank=True)
    is_completed = models.BooleanField(_("completed"))
    # What it rests on (`people.importrun:12`, `training.period:7`): on one source a training counts once.
    source = models.CharField(max_length=60)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    struck_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    struck_at = models.DateTimeField(null=True, blank=True)
    strike_reason = models.TextField(_("reason"), blank=True)

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "teacher",
                "track",
                "title",
                Coalesce("period", Value(0)),
                condition=Q(struck_at=None),
                name="outcome_once_per_training_and_period",
            ),
            models.CheckConstraint(condition=Q(hours=None) | Q(hours__gte=0), name="outcome_hours_not_negative"),
            models.CheckConstraint(
                condition=Q(is_approximate=False) | Q(hours__isnull=False), name="outcome_about_so_many_hours"
            ),
        ]
        indexes = [models.Index(fields=["track", "teacher"])]

    def __str__(self) -> str:
        return f"{self.title} · {self.teacher}"
