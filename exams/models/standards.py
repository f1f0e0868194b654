"""Standard setting by a modified Angoff procedure: judges rate every item in two rounds, and their sums give a line."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from exams.models.candidate import Candidate
from exams.models.exam import Module
from lms.people import access
from lms.people.models import Appointment


class StandardSetting(models.Model):
    """One panel that sets the standard of one written module. Frozen, it keeps its value and error for good; dissolved
    before, it comes to nothing and another may be named.

    `value` is the mean of the judges' sums in points, `error` its standard error; `rounds` keeps what each closed
    round came to. `facility_shown`: whether judges see in the second round how the items did.
    """

    class State(models.TextChoices):
        NAMED = "named", _("judges named")
        FIRST_ROUND = "first_round", _("first round")
        BETWEEN = "between", _("between the rounds")
        SECOND_ROUND = "second_round", _("second round")
        FROZEN = "frozen", pgettext_lazy("standard", "frozen")
        DISSOLVED = "dissolved", pgettext_lazy("standard", "dissolved")

    OVER = (State.FROZEN, State.DISSOLVED)

    module = models.ForeignKey(Module, models.PROTECT, related_name="standard_settings")
    state = models.CharField(max_length=12, choices=State, default=State.NAMED)
    facility_shown = models.BooleanField(default=False)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    rounds = models.JSONField(default=dict, blank=True)
    value = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    error = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["module"],
                condition=~Q(state__in=("frozen", "dissolved")),
                name="standard_setting_one_running_per_module",
            ),
            models.CheckConstraint(
                condition=Q(state="frozen", value__isnull=False, error__isnull=False, frozen_at__isnull=False)
                | ~Q(state="frozen") & Q(value=None, error=None, frozen_at=None),
                name="standard_setting_frozen_with_its_value",
            ),
        ]

    def __str__(self) -> str:
        return str(self.module)


class RatingSheetQuerySet(models.QuerySet["RatingSheet"]):
    def held_by(self, user, at: dt.datetime) -> "RatingSheetQuerySet":
        """A judge's own sheets, while she holds the office and once the first round is open: before, nobody named
        sees the paper through them. None of an exam whose candidate she became, nor of a panel that is dissolved."""
        paths = access.paths(user, at, Appointment.Office.JUDGE)
        held = access.under("setting__module__stage__exam__organisation__path", paths)
        closed = (StandardSetting.State.NAMED, StandardSetting.State.DISSOLVED)
        sat = Candidate.objects.held_by(user).values("exam")
        return (
            self.filter(held, judge=user)
            .exclude(setting__state__in=closed)
            .exclude(setting__module__stage__exam__in=sat)
        )


class RatingSheet(models.Model):
    """One judge in one round. Signed, it is not changed; `total` is the sum of what she expects, in points."""

    setting = models.ForeignKey(StandardSetting, models.PROTECT, related_name="sheets")
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    saved_at = models.DateTimeField(null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    total = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)

    objects = RatingSheetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["setting", "judge", "round"], name="rating_sheet_once_per_round"),
            models.CheckConstraint(condition=Q(round__in=(1, 2)), name="rating_sheet_of_two_rounds"),
            models.CheckConstraint(
                condition=Q(signed_at=None, total=None) | Q(signed_at__isnull=False, total__isnull=False),
                name="rating_sheet_signed_with_its_total",
            ),
        ]


class AngoffRating(models.Model):
    """Of one item: how likely a barely qualified candidate answers it rightly, or what share of its points she earns
    where people mark it; whole per cent."""

    sheet = models.ForeignKey(RatingSheet, models.CASCADE, related_name="ratings")
    item = models.CharField(max_length=8)
    percent = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "item"], name="rating_once_per_item"),
            models.CheckConstraint(condition=Q(percent__lte=100), name="rating_within_a_hundred"),
        ]
