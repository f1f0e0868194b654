"""Papers composed from the question bank; a frozen paper carries its own copy."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.models.bank import Question
from exams.models.exam import EXAM_OFFICES, Module
from lms.people import access


class PaperQuerySet(models.QuerySet["Paper"]):
    def managed_by(self, user, at: dt.datetime) -> "PaperQuerySet":
        """The papers of the exams that the user's exam offices cover; nobody else knows of them before the bell."""
        paths = access.paths(user, at, *EXAM_OFFICES)
        return self.filter(access.under("module__stage__exam__organisation__path", paths))


class Paper(models.Model):
    """A paper for a module. Frozen by a second person, it keeps a copy: `items` as the candidate sees them, `keys`
    apart, so that a page about the paper cannot leak an answer by accident."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        FROZEN = "frozen", _("frozen")

    module = models.ForeignKey(Module, models.PROTECT, related_name="papers")
    title = models.CharField(_("title"), max_length=120)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    items = models.JSONField(default=list)
    keys = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    composed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    composed_at = models.DateTimeField()
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(frozen_by=None) | ~Q(frozen_by=F("composed_by")), name="paper_frozen_by_another"
            )
        ]

    def __str__(self) -> str:
        return self.title


class PaperQuestion(models.Model):
    """A question's place on a paper: its number and the points it earns there."""

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="places")
    question = models.ForeignKey(Question, models.PROTECT, related_name="places")
    section = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    points = models.DecimalField(max_digits=5, decimal_places=1)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "question"], name="question_once_on_a_paper"),
            models.UniqueConstraint(fields=["paper", "number"], name="number_once_on_a_paper"),
        ]
