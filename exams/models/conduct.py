"""What happens at a sitting besides the answers: more time, interruptions, violations, answers after the end; and what
a person needs to sit at all, kept once for her."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.attempt import Attempt
from exams.models.candidate import StageEntry
from exams.models.exam import Decision, Sitting
from lms.people.models import Appointment, Teacher


class AccommodationQuerySet(models.QuerySet["Accommodation"]):
    def in_force(self, on: dt.date) -> "AccommodationQuerySet":
        """Those that hold on a day."""
        return self.filter(Q(until_on=None) | Q(until_on__gte=on), from_on__lte=on, withdrawn_at=None)

    def managed_by(self, user, at: dt.datetime) -> "AccommodationQuerySet":
        """Those of teachers whose schools the user's exam offices cover; nobody else reads what a person needs."""
        return self.filter(teacher__in=Teacher.objects.managed_by(user, at, Appointment.Office.EXAM_OFFICER))


class Accommodation(models.Model):
    """What a person needs to sit an exam, the same for every sitting: percent more time, large print, a room of her
    own, a screen reader. Why is kept as the office's words, never as a diagnosis."""

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="accommodations")
    extra_percent = models.PositiveSmallIntegerField(_("more time, percent"), default=0)
    large_print = models.BooleanField(_("large print"), default=False)
    separate_room = models.BooleanField(_("separate room"), default=False)
    screen_reader = models.BooleanField(_("screen reader"), default=False)
    reason = models.TextField(_("reason"))
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = AccommodationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["teacher"], condition=Q(withdrawn_at=None), name="accommodation_one_live_per_teacher"
            ),
            models.CheckConstraint(condition=Q(extra_percent__lte=100), name="accommodation_at_most_double"),
        ]


class ExtraTime(models.Model):
    """Minutes given at a sitting: to one entry, or to everybody (`entry` empty). Rows are only ever added."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="extra_times")
    entry = models.ForeignKey(StageEntry, models.PROTECT, null=True, blank=True, related_name="extra_times")
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    reason = models.TextField(_("reason"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(minutes__gt=0), name="extra_time_not_nothing")]


class Interruption(models.Model):
    """A span in which a sitting, or one attempt, stood still; its length is given back at the end."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="interruptions")
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, blank=True, related_name="interruptions")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"))
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitting"],
                condition=Q(attempt=None, until_at=None),
                name="interruption_one_at_a_time_for_all",
            ),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(attempt__isnull=False, until_at=None),
                name="interruption_one_at_a_time_for_one",
            ),
        ]


class Violation(Decision):
    """A breach of the exam's rules: reported by who saw it, decided by a second person. What follows is the tier's."""

    class Tier(models.TextChoices):
        GENERAL = "general", _("general: this paper is void")
        SERIOUS = "serious", _("serious: the whole exam is void, five years in the integrity file")
        VERY_SERIOUS = "very_serious", _("very serious: the whole exam is void, in the integrity file for good")

    entry = models.ForeignKey(StageEntry, models.PROTECT, related_name="violations")
    tier = models.CharField(_("tier"), max_length=12, choices=Tier)
    # The last day in the integrity file; empty with a general one, and with one that is kept for good.
    kept_until_on = models.DateField(null=True, blank=True)

    class Meta(Decision.Meta):
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="proposed"), name="violation_one_waiting_per_entry"
            ),
        ]


class LateAnswers(Decision):
    """Answers that came after the end and were kept aside, which one exam officer wants to count and another decides;
    `seen` names each answer with what stands today."""

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="late_answers")

    class Meta(Decision.Meta):
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(state="proposed"), name="late_answers_one_waiting_per_attempt"
            ),
        ]
