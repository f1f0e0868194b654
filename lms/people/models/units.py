"""The facts about units: organisations in a tree, their yearly figures, and the calendar they all keep."""

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.people import access

if TYPE_CHECKING:
    from lms.people.models import User


class SchoolStage(models.TextChoices):
    """学段. A school may span several."""

    PRESCHOOL = "preschool", _("preschool")
    PRIMARY = "primary", _("primary")
    JUNIOR = "junior", _("junior secondary")
    SENIOR = "senior", _("senior secondary")
    VOCATIONAL = "vocational", _("vocational secondary")
    SPECIAL = "special", _("special education")


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def under(self, *paths: str) -> "OrganisationQuerySet":
        """The units of these subtrees, their roots included."""
        return self.filter(access.under("path", paths))

    def visible_to(self, user: "User", at: dt.datetime) -> "OrganisationQuerySet":
        """What the user's offices cover."""
        return self.under(*access.paths(user, at))


class Organisation(models.Model):
    """A unit of the tree: province > city > county > cluster > school; an institution hangs where a school may.

    `path` is the chain of ids from the root down, each padded to eight digits and ended by a slash: a unit's subtree
    is everything whose path starts with its own.
    """

    class Level(models.IntegerChoices):
        PROVINCE = 10, _("province")
        CITY = 20, _("city")
        COUNTY = 30, _("county")
        CLUSTER = 40, _("school cluster")
        SCHOOL = 50, _("school")
        INSTITUTION = 51, _("institution")

    name = models.CharField(_("name"), max_length=120)
    code = models.CharField(_("code"), max_length=18, unique=True)
    level = models.PositiveSmallIntegerField(_("level"), choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=120, unique=True, editable=False)
    stages = models.JSONField(_("school stages"), default=list, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # Into which unit it was merged when it closed; its history stays here.
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_from")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="organisation_name_once_below_a_parent"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="organisation_not_its_own_parent"),
            models.CheckConstraint(
                condition=Q(successor=None) | (Q(closed_on__isnull=False) & ~Q(successor=F("id"))),
                name="organisation_with_a_successor_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ancestor_ids(self) -> list[int]:
        """The ids of the units above, the root first."""
        return [int(step) for step in self.path.split("/")[:-2]]


class DayOff(models.Model):
    """A day that breaks the week's rule: a public holiday, or a weekend day that is worked in exchange."""

    on = models.DateField(_("date"), unique=True)
    is_working = models.BooleanField(_("worked"), default=False)
    name = models.CharField(_("name"), max_length=40)


class YearlyFigures(models.Model):
    """What a school reported for one school year (year 2023 is September 2023 to August 2024) as it stood on a day.

    A school submits, its bureau confirms or returns; a later return for the same year replaces the confirmed one when
    it is confirmed in turn. Nothing is deleted, so a unit's history of figures stays.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", _("waiting for confirmation")
        RETURNED = "returned", _("returned")
        CONFIRMED = "confirmed", _("confirmed")
        REPLACED = "replaced", _("replaced")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="figures")
    year = models.PositiveSmallIntegerField(_("school year"))
    as_of_on = models.DateField(_("as of"))
    pupils = models.PositiveIntegerField(_("pupils"))
    classes = models.PositiveIntegerField(_("classes"))
    has_counselling_room = models.BooleanField(_("counselling room"))
    has_timetabled_course = models.BooleanField(_("timetabled mental-health course"))
    full_time_posts = models.PositiveSmallIntegerField(_("full-time mental-health posts"))
    part_time_posts = models.PositiveSmallIntegerField(_("part-time mental-health posts"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SUBMITTED)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"], condition=Q(state="confirmed"), name="figures_confirmed_once_a_year"
            ),
            models.UniqueConstraint(
                fields=["organisation", "year"], condition=Q(state="submitted"), name="figures_one_waiting_a_year"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("submitted_by")), name="figures_decided_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"


class QuietTime(models.Model):
    """A span in which nothing large may hold the database up, such as a sitting: written by whoever needs the quiet
    under a name of its own (`exams.sitting:12`), read by imports."""

    source = models.CharField(max_length=60, unique=True)
    why = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="quiettime_ends_after_it_starts")
        ]
