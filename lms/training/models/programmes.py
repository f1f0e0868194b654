"""Programmes and what finishing one demands."""

import datetime as dt
import uuid
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from lms.people import access
from lms.people.models import Appointment, Organisation, User
from lms.records.models import HourEntry

PLANNERS = (Appointment.Office.BUREAU_OFFICER, Appointment.Office.EXAM_OFFICER)


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: User, at: dt.datetime) -> "ProgrammeQuerySet":
        """The programmes of the units that the user's offices cover, and of those above her offices and schools."""
        return self.filter(access.under("organisation__path", access.paths(user, at)) | Q(organisation__in=above(user)))

    def managed_by(self, user: User, at: dt.datetime) -> "ProgrammeQuerySet":
        """Those that the user's planning offices cover."""
        return self.filter(access.under("organisation__path", access.paths(user, at, *PLANNERS)))


def above(user: User) -> list[int]:
    """The units where the user works or holds an office or ever did, and all above them: whose programmes concern
    her."""
    postings = Organisation.objects.filter(postings__teacher__user=user)
    offices = Organisation.objects.filter(appointments__user=user)
    paths = {*postings.values_list("path", flat=True), *offices.values_list("path", flat=True)}
    return sorted({int(step) for path in paths for step in path.split("/") if step})


class Programme(models.Model):
    """What is trained, and for whom: one track of a certificate level (A, B, C), of homeroom teaching or of the tiered
    courses. An empty list of posts or stages leaves nobody out."""

    class Tag(models.TextChoices):
        ETHICS = "ethics", pgettext_lazy("programme tag", "teachers' ethics")
        HEADS = "heads", pgettext_lazy("programme tag", "heads of schools")
        DEANS = "deans", pgettext_lazy("programme tag", "directors of teaching")
        MASTERS = "masters", pgettext_lazy("programme tag", "distinguished teachers")
        NEWCOMERS = "newcomers", pgettext_lazy("programme tag", "new teachers")
        JUNIOR = "junior", pgettext_lazy("programme tag", "junior title")
        QUALIFYING = "qualifying", pgettext_lazy("programme tag", "teaching qualification")
        RESEARCH = "research", pgettext_lazy("programme tag", "educational research")
        CURRICULUM = "curriculum", pgettext_lazy("programme tag", "new curriculum")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="programmes")
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    summary = models.TextField(_("what it is about"), blank=True)
    # What its completions are recorded under: a level's track, or a plain word (`records.Outcome.track`).
    track = models.CharField(_("track"), max_length=60)
    level = models.ForeignKey(Level, models.PROTECT, null=True, blank=True, related_name="programmes")
    requires = models.ForeignKey(Level, models.PROTECT, null=True, blank=True, related_name="opens")
    posts = models.JSONField(_("for these posts"), default=list, blank=True)
    stages = models.JSONField(_("for these school stages"), default=list, blank=True)
    ended_on = models.DateField(_("offered until"), null=True, blank=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="programme_code_once_per_unit")]

    def __str__(self) -> str:
        return self.title

    @property
    def name(self) -> str:
        """The title in the reader's language, where it has one."""
        return (self.title_en if (get_language() or "").startswith("en") else "") or self.title


class ProgrammeTag(models.Model):
    """One track of a teacher's continuing education that a programme is embedded in."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="tags")
    tag = models.CharField(pgettext_lazy("programme", "tag"), max_length=12, choices=Programme.Tag)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["programme", "tag"], name="programmetag_once_per_programme"),
            models.CheckConstraint(condition=Q(tag__in=Programme.Tag.values), name="programmetag_of_the_list"),
        ]

    def __str__(self) -> str:
        return str(self.get_tag_display())


class ProgrammeHours(models.Model):
    """How many hours of 45 minutes in one category the completion of a programme is worth."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="hours")
    category = models.CharField(_("category"), max_length=12, choices=HourEntry.Category)
    hours = models.DecimalField(max_digits=5, decimal_places=1, validators=[MinValueValidator(Decimal("0.1"))])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "category"], name="programmehours_once_per_category"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="programmehours_positive"),
        ]


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def standing(self) -> "RequirementQuerySet":
        """Those that are demanded now."""
        return self.filter(retired_at=None)


class Requirement(models.Model):
    """One thing that finishing a programme demands. A lesson stands here by its key, title and least minutes, written
    when it is published and retired when it is withdrawn; whoever finished it keeps that. Attendance stands once, as
    the least percentage of the minutes of a period's sessions."""

    class Kind(models.TextChoices):
        LESSON = "lesson", _("lesson")
        ATTENDANCE = "attendance", pgettext_lazy("requirement", "attendance")

    ATTENDANCE_KEY = uuid.UUID(int=1)  # attendance has no key of its own; one row a programme

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="requirements")
    kind = models.CharField(pgettext_lazy("requirement", "kind"), max_length=12, choices=Kind)
    key = models.UUIDField()
    title = models.CharField(_("title"), max_length=255)
    minutes = models.PositiveSmallIntegerField(_("least minutes"), default=0)
    percent = models.PositiveSmallIntegerField(_("least percentage"), null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = RequirementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "kind", "key"], name="requirement_once_per_programme"),
            models.CheckConstraint(
                condition=~Q(kind="attendance") | Q(percent__isnull=False, percent__gte=1, percent__lte=100),
                name="requirement_attendance_has_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        if self.kind == self.Kind.ATTENDANCE:
            return _("Attendance of at least {percent}%").format(percent=self.percent)
        return self.title
