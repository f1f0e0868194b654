"""What an authority lays down with dates: which post must hold which level, and which certificates it knows."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certs.models.schemes import Level
from lms.people import access
from lms.people.models import Appointment, Dated, DatedQuerySet, Organisation, PostHeld, SchoolStage


class RegulatedQuerySet(DatedQuerySet):
    """What an authority lays down: for itself and everything below it."""

    def visible_to(self, user, at: dt.datetime) -> "RegulatedQuerySet":
        """What is laid down below the user's record offices, and by the authorities above them, which binds there."""
        held = access.offices(user, at, *Appointment.RECORD_OFFICES)
        above = {pk for each in held for pk in each.organisation.ancestor_ids}
        below = access.under("authority__path", [each.organisation.path for each in held])
        return self.filter(below | Q(authority__in=above))

    def managed_by(self, user, at: dt.datetime) -> "RegulatedQuerySet":
        """What the user's bureau offices may change."""
        return self.filter(access.under("authority__path", access.paths(user, at, Appointment.Office.BUREAU_OFFICER)))


class DutyRule(Dated):
    """Which level a post must hold (or is only meant to: a target) below an authority, from a day to a last day. A
    rule that names no school stage holds for every stage; a level above the required one counts."""

    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="duty_rules")
    post = models.CharField(_("post"), max_length=40, choices=PostHeld.Post)
    stage = models.CharField(_("school stage"), max_length=12, choices=SchoolStage, blank=True)
    level = models.ForeignKey(Level, models.PROTECT, related_name="duty_rules")
    is_required = models.BooleanField(_("required"), default=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    objects = RegulatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["authority", "post", "stage", "level"],
                condition=Q(until_on=None),
                name="dutyrule_once_without_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_post_display()} → {self.level}"


class ExternalType(Dated):
    """A certificate of somebody else that an authority knows (national counsellor, a province's A certificate), and
    the level of its own scheme that it counts as, if any."""

    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="external_types")
    name = models.CharField(_("name"), max_length=120)
    issuer = models.CharField(_("issued by"), max_length=120)
    equals = models.ForeignKey(Level, models.PROTECT, null=True, blank=True, related_name="external_types")

    objects = RegulatedQuerySet.as_manager()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["authority", "name"], condition=Q(until_on=None), name="externaltype_once_without_end"
            ),
        ]

    def __str__(self) -> str:
        return self.name
