"""Tables of specification, papers composed from them or by hand, and who may read a frozen paper before its day."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from exams.models.bank import Question
from exams.models.exam import EXAM_OFFICES, Module
from lms.people import access
from lms.people.models import Organisation


class SpecificationQuerySet(models.QuerySet["Specification"]):
    def managed_by(self, user, at: dt.datetime) -> "SpecificationQuerySet":
        """The tables of the authorities that the user's exam offices cover."""
        return self.filter(access.under("organisation__path", access.paths(user, at, *EXAM_OFFICES)))


class Specification(models.Model):
    """A two-way table that papers are composed from: topic × cognitive level × kind, how many, how many points.
    Kept for reuse; a paper carries its own copy of the table it came from. `total` is points."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="specifications")
    title = models.CharField(_("title"), max_length=120)
    total = models.DecimalField(_("total points"), max_digits=6, decimal_places=1)
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()

    objects = SpecificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "title"], name="specification_title_once"),
            models.CheckConstraint(condition=Q(total__gt=0), name="specification_total_positive"),
        ]

    def __str__(self) -> str:
        return self.title


class SpecificationRow(models.Model):
    """One cell of the table. Without a topic or a level, any will do; `points` are for each question."""

    specification = models.ForeignKey(Specification, models.CASCADE, related_name="rows")
    number = models.PositiveSmallIntegerField()
    section = models.CharField(_("section"), max_length=40)
    topic = models.CharField(_("topic"), max_length=120, blank=True)
    cognitive_level = models.CharField(_("cognitive level"), max_length=20, blank=True)
    kind = models.CharField(_("kind"), max_length=14, choices=Question.Kind)
    count = models.PositiveSmallIntegerField(_("how many"))
    points = models.DecimalField(_("points for each"), max_digits=5, decimal_places=1)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["specification", "number"], name="specification_row_once"),
            models.UniqueConstraint(
                fields=["specification", "section", "topic", "cognitive_level", "kind"], name="specification_cell_once"
            ),
            models.CheckConstraint(condition=Q(count__gt=0, points__gt=0), name="specification_row_asks_something"),
        ]


class PaperQuerySet(models.QuerySet["Paper"]):
    def managed_by(self, user, at: dt.datetime) -> "PaperQuerySet":
        """The papers of the exams that the user's exam offices cover; nobody else knows of them before the bell."""
        paths = access.paths(user, at, *EXAM_OFFICES)
        return self.filter(access.under("module__stage__exam__organisation__path", paths))


class Paper(models.Model):
    """A paper for a module. Frozen by a second person, it keeps a copy: `items` as the candidate sees them, `keys`
    apart, so that a page about the paper cannot leak an answer by accident.

    Of two equivalent forms, B points to A; they are composed, frozen and sat together. `expected` is what a candidate
    of middling ability is expected to earn, in points.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        FROZEN = "frozen", _("frozen")

    class Form(models.TextChoices):
        A = "A", _("form A")
        B = "B", _("form B")

    module = models.ForeignKey(Module, models.PROTECT, related_name="papers")
    title = models.CharField(_("title"), max_length=120)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    form = models.CharField(max_length=1, choices=Form, blank=True)
    form_of = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="other_form")
    # The table it was composed from, as it stood, and the seed that chose the questions; empty for one made by hand.
    specification = models.JSONField(default=dict, blank=True)
    seed = models.CharField(max_length=64, blank=True)
    expected = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    # The rule that orders the options anew for every candidate (exams/showing.py); empty: as the bank has them.
    option_order = models.CharField(max_length=20, blank=True)
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
            ),
            models.CheckConstraint(
                condition=Q(form_of=None) & ~Q(form="B") | Q(form_of__isnull=False, form="B"), name="paper_form_b_of_a"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PaperQuestion(models.Model):
    """A question's place on a paper: its number, the points it earns there, and the row of the table it fills."""

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="places")
    question = models.ForeignKey(Question, models.PROTECT, related_name="places")
    section = models.CharField(max_length=40)
    number = models.PositiveSmallIntegerField()
    points = models.DecimalField(max_digits=5, decimal_places=1)
    row = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "question"], name="question_once_on_a_paper"),
            models.UniqueConstraint(fields=["paper", "number"], name="number_once_on_a_paper"),
        ]


class PaperReader(models.Model):
    """An exam officer named at the freezing who may read the frozen paper before the exam is over, and why."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="readers")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(_("why"), max_length=200)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "reader"], name="paper_reader_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="paper_reader_for_a_reason"),
        ]
