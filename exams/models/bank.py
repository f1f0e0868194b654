"""The question bank of an institution: each version of each question, and what became of it."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, FloatField, Max, OuterRef, Q, Sum
from django.db.models.functions import Cast, NullIf
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people import access
from lms.people.models import Appointment, Organisation

# Who reads a bank and writes questions for it; only an exam officer decides about them.
BANK_OFFICES = (Appointment.Office.EXAM_OFFICER, Appointment.Office.TRAINER)

_SUMMED = ("earned", "possible", "upper_earned", "upper_possible", "lower_earned", "lower_possible")


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user, at: dt.datetime) -> "QuestionQuerySet":
        """The banks that a user reads: as an exam officer those of the units her office covers, as a trainer the one
        of her own institution."""
        covered = access.under("organisation__path", access.paths(user, at, Appointment.Office.EXAM_OFFICER))
        own = [each.organisation_id for each in access.offices(user, at, Appointment.Office.TRAINER)]
        return self.filter(covered | Q(organisation__in=own))

    def managed_by(self, user, at: dt.datetime) -> "QuestionQuerySet":
        """The questions that a user decides about, as an exam officer of a unit above."""
        return self.filter(access.under("organisation__path", access.paths(user, at, Appointment.Office.EXAM_OFFICER)))

    def usable(self) -> "QuestionQuerySet":
        """What a new paper may take: of each code the one version that was approved and not retired."""
        return self.filter(state=Question.State.USABLE)

    def about(self, topic: str) -> "QuestionQuerySet":
        """Those of a topic and of every topic below it."""
        return self.filter(Q(topic=topic) | Q(topic__startswith=f"{topic}/"))

    def with_figures(self) -> "QuestionQuerySet":
        """Each with how it did over all sittings: `papers` it was sat on, the last `sat_on`, `facility` (0–1) and
        `discrimination` (−1 to 1), None where it was never sat."""
        sums = {name: Cast(Sum(f"places__figures__{name}"), FloatField()) for name in _SUMMED}
        return self.annotate(
            papers=Count("places__figures"),
            sat_on=Max("places__figures__sat_on"),
            facility=sums["earned"] / NullIf(sums["possible"], 0.0),
            discrimination=sums["upper_earned"] / NullIf(sums["upper_possible"], 0.0)
            - sums["lower_earned"] / NullIf(sums["lower_possible"], 0.0),
        )

    def newest(self) -> "QuestionQuerySet":
        """Of each code only its last version, whatever its state."""
        later = Question.objects.filter(
            organisation=OuterRef("organisation"), code=OuterRef("code"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(later))


class Question(models.Model):
    """One version of one question. `body` is what a candidate sees, `key` what marks it (shapes: lms/questions).

    A version never changes in what it asks: who edits makes the next one. `topic` is its place in the bank's tree of
    topics, from the root, its steps parted by "/". `cognitive_level` is a word of `CognitiveLevel`, or another that the
    institution uses."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("single choice")
        MULTIPLE = "multiple", _("multiple choice")
        TRUE_FALSE = "true_false", _("true or false")
        FILL_IN = "fill_in", _("fill in")
        MATCHING = "matching", _("matching")
        ORDERING = "ordering", _("ordering")
        SHORT_ANSWER = "short_answer", _("short answer")
        CASE = "case", _("case analysis")

    class Difficulty(models.TextChoices):
        EASY = "easy", _("easy")
        MEDIUM = "medium", _("medium")
        HARD = "hard", _("hard")

    class CognitiveLevel(models.TextChoices):
        REMEMBER = "识记", _("remember")
        UNDERSTAND = "理解", _("understand")
        APPLY = "应用", _("apply")
        ANALYSE = "分析", _("analyse")
        SYNTHESISE = "综合", _("synthesise")
        EVALUATE = "评价", _("evaluate")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        USABLE = "usable", _("usable")
        RETIRED = "retired", pgettext_lazy("question", "retired")
        SUPERSEDED = "superseded", _("superseded by a later version")

    # Not yet approved: of each code there is at most one such version.
    OPEN = (State.DRAFT, State.IN_REVIEW)

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="questions")
    code = models.CharField(_("code"), max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    stem = models.TextField(_("stem"))
    body = models.JSONField(default=dict)
    key = models.JSONField(default=dict)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)
    topic = models.CharField(_("topic"), max_length=120, blank=True)
    difficulty = models.CharField(_("difficulty"), max_length=8, choices=Difficulty)
    cognitive_level = models.CharField(_("cognitive level"), max_length=20, blank=True)
    explanation = models.TextField(_("explanation"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    collected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    collected_at = models.DateTimeField(_("collected at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code", "version"], name="question_version_once"),
            models.UniqueConstraint(
                fields=["organisation", "code"], condition=Q(state="usable"), name="question_one_usable_version"
            ),
            models.UniqueConstraint(
                fields=["organisation", "code"],
                condition=Q(state__in=["draft", "in_review"]),
                name="question_one_open_version",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("collected_by")), name="question_reviewed_by_another"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state"], name="question_by_state")]

    def __str__(self) -> str:
        return self.code

    @property
    def level_words(self) -> str:
        """The cognitive level in the reader's language; a word of the institution's own as it stands."""
        named = dict(self.CognitiveLevel.choices)
        return str(named.get(self.cognitive_level, self.cognitive_level))


class QuestionStep(models.Model):
    """One step of a version: into which state, by whom, when, and why."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="steps")
    state = models.CharField(_("state"), max_length=10, choices=Question.State)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(_("reason"), blank=True)
