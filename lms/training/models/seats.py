"""Seats of a period that are kept for a part of the tree."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.people.models import Organisation
from lms.training.models.periods import Period


class QuotaShare(models.Model):
    """So many of a period's seats are kept for the teachers of one unit and those below it. A seat counts against
    every share above the school; the shares below a unit are parts of its own."""

    period = models.ForeignKey(Period, models.CASCADE, related_name="shares")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    seats = models.PositiveIntegerField(_("seats"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "organisation"], name="quotashare_once_per_unit"),
            models.CheckConstraint(condition=Q(seats__gte=1), name="quotashare_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.seats}"
