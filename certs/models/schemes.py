"""Schemes, their levels, and the counters that number certificates."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.people import access
from lms.people.models import Appointment, Organisation


class SchemeQuerySet(models.QuerySet["Scheme"]):
    def managed_by(self, user, at: dt.datetime) -> "SchemeQuerySet":
        """Those of the authorities that the user's exam or bureau offices cover."""
        return self.filter(access.under("authority__path", access.paths(user, at, *Scheme.OFFICES)))


class Scheme(models.Model):
    """An authority's family of certificates; the letters of its levels mean nothing outside it."""

    OFFICES = (Appointment.Office.EXAM_OFFICER, Appointment.Office.BUREAU_OFFICER)

    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="schemes")
    code = models.CharField(_("code"), max_length=30)
    mark = models.CharField(_("letters in the number"), max_length=4)
    name = models.CharField(_("name"), max_length=120)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "code"], name="scheme_once_per_authority")]

    def __str__(self) -> str:
        return self.name


class Level(models.Model):
    """One level of a scheme; a higher `rank` counts for the lower ones. No validity means for good (长期有效)."""

    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="levels")
    rank = models.PositiveSmallIntegerField(_("rank"))
    code = models.CharField(_("code"), max_length=4)
    name = models.CharField(_("name"), max_length=120)
    validity_months = models.PositiveSmallIntegerField(_("validity in months"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scheme", "rank"], name="level_rank_once_in_a_scheme"),
            models.UniqueConstraint(fields=["scheme", "code"], name="level_code_once_in_a_scheme"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def track(self) -> str:
        """What a training for this level is recorded under (records.Outcome.track); needs the scheme."""
        return f"{self.scheme.authority_id}:{self.scheme.code}:{self.code}"


class NumberSeries(models.Model):
    """The counter of one level and year. The row is locked while numbers are taken: no gap, no number twice."""

    level = models.ForeignKey(Level, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "year"], name="series_once_per_level_and_year")]
