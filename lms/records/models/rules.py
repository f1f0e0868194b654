"""What an authority demands in hours of continuing education, from a day to a last day, and what else earns hours."""

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.people import access
from lms.people.models import Appointment, Dated, DatedQuerySet, Organisation
from lms.records.models.hours import HourEntry

_HOURS = {"max_digits": 6, "decimal_places": 1}


class RuleSetQuerySet(DatedQuerySet):
    def visible_to(self, user, at: dt.datetime) -> "RuleSetQuerySet":
        """What is laid down below the user's record offices, and by the authorities above them, which binds there."""
        held = access.offices(user, at, *Appointment.RECORD_OFFICES)
        above = {pk for each in held for pk in each.organisation.ancestor_ids}
        below = access.under("authority__path", [each.organisation.path for each in held])
        return self.filter(below | Q(authority__in=above))

    def managed_by(self, user, at: dt.datetime) -> "RuleSetQuerySet":
        """What the user's bureau offices laid down and may end."""
        return self.filter(access.under("authority__path", access.paths(user, at, RuleSet.OFFICE)))


class RuleSet(Dated):
    """The hours that an authority demands of the teachers below it while the set is in force: so many a training year,
    so many of them in each category, so many in some years together; how many one day can earn; and on which day the
    training year begins. What it demanded is never rewritten: it ends, and another set follows."""

    OFFICE = Appointment.Office.BUREAU_OFFICER

    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="hour_rule_sets")
    name = models.CharField(_("name"), max_length=120)
    source = models.CharField(_("source"), max_length=200, blank=True)
    minutes_per_hour = models.PositiveSmallIntegerField(_("minutes in an hour"), default=45)
    daily_cap = models.DecimalField(_("most hours of a day"), max_digits=3, decimal_places=1, default=Decimal(8))
    yearly = models.DecimalField(_("hours a year"), **_HOURS)
    general = models.DecimalField(_("general subjects"), default=Decimal(0), **_HOURS)
    professional = models.DecimalField(_("professional subjects"), default=Decimal(0), **_HOURS)
    elective = models.DecimalField(_("electives"), default=Decimal(0), **_HOURS)
    cycle_hours = models.DecimalField(_("hours in the cycle"), default=Decimal(360), **_HOURS)
    cycle_years = models.PositiveSmallIntegerField(_("years of the cycle"), default=5)
    # The day on which a training year begins; no later than the 28th, so that every year has it.
    year_month = models.PositiveSmallIntegerField(
        _("month in which the training year begins"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    year_day = models.PositiveSmallIntegerField(
        _("day on which the training year begins"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
    )
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    objects = RuleSetQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("rule set of hours")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["authority"], condition=Q(until_on=None), name="ruleset_one_without_end_per_authority"
            ),
            models.CheckConstraint(
                condition=Q(yearly__gte=F("general") + F("professional") + F("elective"), yearly__gt=0)
                & Q(general__gte=0, professional__gte=0, elective__gte=0, cycle_hours__gte=0),
                name="ruleset_categories_fit_into_the_year",
            ),
            models.CheckConstraint(
                condition=Q(year_month__range=(1, 12), year_day__range=(1, 28)), name="ruleset_year_begins_on_a_day"
            ),
            models.CheckConstraint(
                condition=Q(minutes_per_hour__gt=0, cycle_years__gt=0, daily_cap__gt=0),
                name="ruleset_units_above_nought",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Conversion(models.Model):
    """What a rule set credits for one kind of deed that is no training of the platform: so many hours each, or as many
    as the paper states; in which category; and at most how many for this kind in one training year."""

    class Kind(models.TextChoices):
        PAPER = "paper", _("paper published")
        AWARD = "award", _("award in a competition")
        OUTSIDE = "outside_training", _("training elsewhere")
        OPEN_LESSON = "open_lesson", _("open lesson")
        SCHOOL_BASED = "school_based", _("school-based training")
        OTHER = "other", _("something else")

    # Time spent somewhere, of which a day holds only so many hours; the other kinds are deeds, whatever they took.
    TRAININGS = (Kind.OUTSIDE, Kind.SCHOOL_BASED)

    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="conversions")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    category = models.CharField(_("category"), max_length=12, choices=HourEntry.Category)
    # None: as many as the paper states.
    hours_each = models.DecimalField(_("hours each"), null=True, blank=True, **_HOURS)
    # None: without a limit of its own.
    yearly_cap = models.DecimalField(_("at most in a year"), null=True, blank=True, **_HOURS)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule_set", "kind"], name="conversion_once_per_kind"),
            models.CheckConstraint(
                condition=(Q(hours_each=None) | Q(hours_each__gt=0)) & (Q(yearly_cap=None) | Q(yearly_cap__gt=0)),
                name="conversion_hours_above_nought",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
