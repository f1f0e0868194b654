"""The question bank of an institution, and papers composed from it; a frozen paper carries its own copy."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from exams.models.exam import EXAM_OFFICES, Module
from lms.people import access
from lms.people.models import Organisation


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user, at: dt.datetime) -> "QuestionQuerySet":
        """The questions of the institutions that the user's exam offices cover; nobody else reads a bank."""
        return self.filter(access.under("organisation__path", access.paths(user, at, *EXAM_OFFICES)))

    def newest(self) -> "QuestionQuerySet":
        """Of each code only the version that a new paper would take."""
        later = Question.objects.filter(
            organisation=OuterRef("organisation"), code=OuterRef("code"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(later))


class Question(models.Model):
    """One version of one question. `body` is what a candidate sees, `key` what marks it (shapes: lms/questions)."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("single choice")
        MULTIPLE = "multiple", _("multiple choice")
        TRUE_FALSE = "true_false", _("true or false")
        FILL_IN = "fill_in", _("fill in")
        SHORT_ANSWER = "short_answer", _("short answer")
        CASE = "case", _("case analysis")

    class Difficulty(models.TextChoices):
        EASY = "easy", _("easy")
        MEDIUM = "medium", _("medium")
        HARD = "hard", _("hard")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="questions")
    code = models.CharField(_("code"), max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    stem = models.TextField(_("stem"))
    body = models.JSONField(default=dict)
    key = models.JSONField(default=dict)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    difficulty = models.CharField(_("difficulty"), max_length=8, choices=Difficulty)
    cognitive_level = models.CharField(_("cognitive level"), max_length=20, blank=True)
    explanation = models.TextField(_("explanation"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    collected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    collected_at = models.DateTimeField(_("collected at"))

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code", "version"], name="question_version_once")
        ]

    def __str__(self) -> str:
        return self.code


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
