"""Hours claimed for what the platform did not hold: papers, competitions, trainings elsewhere, each with its proof."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people.models import Appointment, Teacher
from lms.records.models.hours import HourEntry
from lms.records.models.rules import Conversion


class HourClaimQuerySet(models.QuerySet["HourClaim"]):
    def held_by(self, user) -> "HourClaimQuerySet":
        """The user's own, with those of records that were merged into hers."""
        return self.filter(Q(teacher__user=user) | Q(teacher__merged_into__user=user))

    def visible_to(self, user, at: dt.datetime) -> "HourClaimQuerySet":
        """The user's own, and those handed in by the teachers whose records her offices keep; a draft is its author's
        alone."""
        return self.held_by(user) | self._kept_by(user, at, *HourClaim.OFFICES)

    def managed_by(self, user, at: dt.datetime) -> "HourClaimQuerySet":
        """Those handed in that the user's offices decide about: of her school's or her bureau's teachers."""
        return self._kept_by(user, at, *HourClaim.VERIFIES)

    def _kept_by(self, user, at: dt.datetime, *offices: str) -> "HourClaimQuerySet":
        mine = Teacher.objects.managed_by(user, at, *offices).values("pk")
        kept = Q(teacher__in=mine) | Q(teacher__merged_into__in=mine)
        return self.filter(kept).exclude(state=HourClaim.State.DRAFT)

    def unfinished(self) -> "HourClaimQuerySet":
        """Those that somebody still has to decide about, or to put right."""
        return self.filter(state__in=[HourClaim.State.SUBMITTED, HourClaim.State.VERIFIED, HourClaim.State.RETURNED])


class HourClaim(models.Model):
    """A teacher claims hours for one deed, with its proof; her school says that it is true, her bureau that it counts,
    and then they stand in the ledger, once. Who moved it when and why stands in its steps."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("claim", "draft")
        SUBMITTED = "submitted", pgettext_lazy("claim", "waits for the school")
        RETURNED = "returned", pgettext_lazy("claim", "returned")
        VERIFIED = "school_verified", pgettext_lazy("claim", "waits for the bureau")
        RECOGNISED = "bureau_recognised", pgettext_lazy("claim", "recognised")
        EXPORTED = "exported", pgettext_lazy("claim", "handed up")
        REJECTED = "rejected", pgettext_lazy("claim", "not recognised")
        REVERSED = "reversed", pgettext_lazy("claim", "taken back")

    class Level(models.TextChoices):
        """Who held it, by the columns of the statistical form."""

        NATIONAL = "national", pgettext_lazy("held by", "national")
        PROVINCE = "province", pgettext_lazy("held by", "province")
        CITY = "city", pgettext_lazy("held by", "city")
        COUNTY = "county", pgettext_lazy("held by", "county")
        SCHOOL = "school", pgettext_lazy("held by", "school")
        ABROAD = "abroad", pgettext_lazy("held by", "abroad")

    # Who sees those of her teachers.
    OFFICES = (Appointment.Office.SCHOOL_OFFICER, Appointment.Office.BUREAU_OFFICER, Appointment.Office.AUDITOR)
    # Who says that it is true; where a school has no officer of its own, the bureau does.
    VERIFIES = (Appointment.Office.SCHOOL_OFFICER, Appointment.Office.BUREAU_OFFICER)
    RECOGNISES = Appointment.Office.BUREAU_OFFICER
    # Its hours stand in the ledger: recognised and registered in one act (已认定, 已登记), and perhaps handed up since.
    STANDING = (State.RECOGNISED, State.EXPORTED)
    OPEN = (State.DRAFT, State.RETURNED)  # in the teacher's own hands

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="hour_claims")
    kind = models.CharField(_("kind"), max_length=20, choices=Conversion.Kind)
    title = models.CharField(_("what it was"), max_length=160)
    organiser = models.CharField(_("held or published by"), max_length=120)
    level = models.CharField(_("level of the organiser"), max_length=10, choices=Level)
    begun_on = models.DateField(_("first day"))
    done_on = models.DateField(_("last day"))
    # As the paper states them, in hours of 45 minutes; what is credited is for the rules to say.
    hours = models.DecimalField(_("hours claimed"), max_digits=6, decimal_places=1)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    drafted_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recognised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    # What it became; less than claimed where the rules allow no more.
    entry = models.OneToOneField(HourEntry, models.PROTECT, null=True, blank=True, related_name="claim")

    objects = HourClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("claim of hours")
        indexes = [models.Index(fields=["state", "submitted_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="hourclaim_hours_above_nought"),
            models.CheckConstraint(condition=Q(done_on__gte=F("begun_on")), name="hourclaim_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(recognised_by=None) | Q(verified_by=None) | ~Q(recognised_by=F("verified_by")),
                name="hourclaim_recognised_by_another",
            ),
            models.CheckConstraint(
                condition=Q(entry=None, state__in=["draft", "submitted", "returned", "school_verified", "rejected"])
                | Q(entry__isnull=False, state__in=["bureau_recognised", "exported", "reversed"]),
                name="hourclaim_in_the_ledger_when_recognised",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def person(self) -> Teacher:
        """Whose it is, if her records were merged."""
        return self.teacher.merged_into or self.teacher


class HourClaimStep(models.Model):
    """One move of a claim: into which state, by whom, when, and why."""

    claim = models.ForeignKey(HourClaim, models.PROTECT, related_name="steps")
    state = models.CharField(_("state"), max_length=20, choices=HourClaim.State)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(_("reason"), blank=True)


class HourClaimProof(models.Model):
    """A scan that proves a claim, kept as it was cleaned; the same content proves one claim only, whoever's it is."""

    claim = models.ForeignKey(HourClaim, models.PROTECT, related_name="proofs")
    file = models.CharField(max_length=120)  # the file's name below PRIVATE_ROOT
    digest = models.CharField(max_length=64, unique=True)
    added_at = models.DateTimeField()
