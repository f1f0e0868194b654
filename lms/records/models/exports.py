"""Recognised hours as they were handed up to the authority above, kept word for word."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.people import access
from lms.people.models import Organisation
from lms.records.models.claims import HourClaim


class HourExportQuerySet(models.QuerySet["HourExport"]):
    def managed_by(self, user, at: dt.datetime) -> "HourExportQuerySet":
        """Those of the units that the user's bureau offices cover."""
        return self.filter(access.under("unit__path", access.paths(user, at, HourClaim.RECOGNISES)))


class HourExport(models.Model):
    """One handing up of a unit's recognised claims: to whom, by whom and when. What was in it are its lines."""

    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="hour_exports")
    receiver = models.CharField(_("handed up to"), max_length=120)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = HourExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("hours handed up")

    def __str__(self) -> str:
        return f"{self.unit} · {self.receiver}"


class HourExportLine(models.Model):
    """One claim in it, with what was said of it at that moment; or that its hours were taken back after they had been
    handed up. Each of the two is handed up once."""

    export = models.ForeignKey(HourExport, models.PROTECT, related_name="lines")
    claim = models.ForeignKey(HourClaim, models.PROTECT, related_name="handed_up")
    is_reversal = models.BooleanField(default=False)
    facts = models.JSONField()  # as handing_up.facts says them

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "is_reversal"], name="hourexportline_once")]
