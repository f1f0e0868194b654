"""Rubrics and their criteria, one assessment per performance, one sheet per judge, and lots that can be replayed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Rubric(models.Model):
    """What is judged, criterion by criterion; frozen when the first assessment uses it."""

    name = models.CharField(_("name"), max_length=120)
    frozen_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Criterion(models.Model):
    """One line of a rubric: points out of `points`, with bands such as 优 18–20 as [{"name", "from", "to"}]."""

    rubric = models.ForeignKey(Rubric, models.CASCADE, related_name="criteria")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=30)
    name = models.CharField(_("name"), max_length=60)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)
    bands = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["rubric", "code"], name="criterion_once_in_a_rubric"),
            models.UniqueConstraint(fields=["rubric", "number"], name="criterion_number_once_in_a_rubric"),
        ]

    def __str__(self) -> str:
        return self.name


class Assessment(models.Model):
    """One performance judged by a panel: how many sheets it takes, how they become one score, and that score."""

    class Rounding(models.TextChoices):
        HALF_UP = "half_up", _("half up")
        TRUNCATE = "truncate", _("cut off")

    rubric = models.ForeignKey(Rubric, models.PROTECT, related_name="assessments")
    judges = models.PositiveSmallIntegerField(_("judges"))
    drop_high = models.PositiveSmallIntegerField(default=1)
    drop_low = models.PositiveSmallIntegerField(default=1)
    min_for_drop = models.PositiveSmallIntegerField(default=5)
    places = models.PositiveSmallIntegerField(default=2)
    rounding = models.CharField(max_length=10, choices=Rounding, default=Rounding.HALF_UP)
    opened_at = models.DateTimeField(null=True, blank=True)
    score = models.DecimalField(_("score"), max_digits=6, decimal_places=2, null=True, blank=True)
    basis = models.JSONField(_("how the score came about"), default=dict, blank=True)
    totalled_at = models.DateTimeField(null=True, blank=True)


class ScoreSheetQuerySet(models.QuerySet["ScoreSheet"]):
    def held_by(self, user) -> "ScoreSheetQuerySet":
        """A judge's own sheets that are not void: all she may ever open."""
        return self.filter(judge=user).exclude(state="void")


class ScoreSheet(models.Model):
    """One judge's sheet. Signed, it is never edited: it is reopened by two people, and the old values stay."""

    class State(models.TextChoices):
        OPEN = "open", _("not yet scored")
        SAVED = "saved", _("saved")
        SIGNED = "signed", _("signed")
        VOID = "void", _("void")

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="sheets")
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="score_sheets")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    total = models.DecimalField(_("total"), max_digits=6, decimal_places=1, null=True, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_digest = models.CharField(max_length=64, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)

    objects = ScoreSheetQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assessment", "judge"], name="sheet_once_per_judge")]


class CriterionScore(models.Model):
    """Points for one criterion on one sheet."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="scores")
    points = models.DecimalField(max_digits=5, decimal_places=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet", "criterion"], name="criterion_once_on_a_sheet"),
            models.CheckConstraint(condition=Q(points__gte=0), name="criterion_score_not_negative"),
        ]


class Reopening(models.Model):
    """Two people opened a signed sheet again: why, and what stood on it."""

    sheet = models.ForeignKey(ScoreSheet, models.PROTECT, related_name="reopenings")
    reason = models.TextField()
    old_values = models.JSONField()
    # What the second person has to have seen: reason and old values.
    seen_digest = models.CharField(max_length=64)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("asked_by")), name="reopening_by_two_people"
            )
        ]


class Lot(models.Model):
    """A draw that can be replayed: the seed's hash is published before, the seed after. `purpose` names the draw
    once, `items` are what was drawn from, in a fixed order, `result` is their order after the draw."""

    purpose = models.CharField(max_length=120, unique=True)
    commitment = models.CharField(max_length=64)
    seed = models.CharField(max_length=64)
    committed_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True, blank=True)
    items = models.JSONField(default=list)
    result = models.JSONField(default=list)
