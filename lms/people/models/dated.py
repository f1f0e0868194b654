"""What is in force from a day to a last day."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class DatedQuerySet(models.QuerySet):
    def held_on(self, day: dt.date) -> "DatedQuerySet":
        """The rows in force on a day; `until_on` is the last day."""
        return self.filter(Q(until_on=None) | Q(until_on__gte=day), from_on__lte=day)

    def between(self, first: dt.date, last: dt.date | None) -> "DatedQuerySet":
        """The rows in force on some day of a span; no last day, no end."""
        found = self.filter(Q(until_on=None) | Q(until_on__gte=first))
        return found.filter(from_on__lte=last) if last else found


class Dated(models.Model):
    """Something in force from a day to a last day, or without end."""

    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")), name="%(class)s_ends_after_it_starts"
            )
        ]
