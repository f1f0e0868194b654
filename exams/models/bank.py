"""The question bank of an institution: each version of each question."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from exams.models.exam import EXAM_OFFICES
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
        MATCHING = "matching", _("matching")
        ORDERING = "ordering", _("ordering")
        MATCHING = "matching", _("matching")
        ORDERING = "ordering", _("ordering")
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
