"""An exam, its stages months apart, the modules of each, and what is decided about them by two people."""

import datetime as dt
from functools import cache

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from lms.lib import rows
from lms.people import access
from lms.people.models import Appointment, Organisation
from lms.scoring.models import Assessment, Rubric

EXAM_OFFICES = (Appointment.Office.EXAM_OFFICER,)
WATCHING_OFFICES = (
    Appointment.Office.EXAM_OFFICER,
    Appointment.Office.CLERK,
    Appointment.Office.SIGNATORY,
    Appointment.Office.AUDITOR,
)


class ExamQuerySet(models.QuerySet["Exam"]):
    def managed_by(self, user, at: dt.datetime) -> "ExamQuerySet":
        """The exams of the authorities that the user's exam offices cover."""
        return self.filter(access.under("organisation__path", access.paths(user, at, *EXAM_OFFICES)))

    def watched_by(self, user, at: dt.datetime) -> "ExamQuerySet":
        """Those a user may look into without deciding anything: exam officer, clerk, signatory, auditor."""
        return self.filter(access.under("organisation__path", access.paths(user, at, *WATCHING_OFFICES)))

    def open_at(self, at: dt.datetime) -> "ExamQuerySet":
        """Those whose registration is open."""
        return self.filter(registration_opens_at__lte=at, registration_closes_at__gt=at)

    def unfinished(self) -> "ExamQuerySet":
        """Those that are not over: a stage of theirs is not final, or is still to be set up."""
        stages = Stage.objects.filter(exam=OuterRef("pk"))
        return self.filter(Exists(stages.exclude(state=Stage.State.FINALISED)) | ~Exists(stages))


class Exam(models.Model):
    """An examination held by an authority; passing its last stage earns a level of a certificate scheme."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="exams")
    level = models.ForeignKey(Level, models.PROTECT, related_name="exams")
    name = models.CharField(_("name"), max_length=120)
    code = models.CharField(_("code"), max_length=3)
    registration_opens_at = models.DateTimeField(_("registration opens"))
    registration_closes_at = models.DateTimeField(_("registration closes"))
    # The figures of the eligibility rules (exams/eligibility.py): posts, min_education, min_service_years, …
    eligibility = models.JSONField(default=dict)
    publicity_working_days = models.PositiveSmallIntegerField(default=5)
    # What teachers read before they register, and what registration asks of them (exams/announcing.py).
    announcement = models.TextField(_("announcement"), blank=True)
    places = models.PositiveIntegerField(_("places"), null=True, blank=True)
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    pledge = models.TextField(_("pledge"), blank=True)
    pledge_version = models.PositiveSmallIntegerField(default=0)
    asks_photo = models.BooleanField(_("a photo is asked for"), default=False)
    asks_school = models.BooleanField(_("the school confirms first"), default=False)
    held_at = models.DateTimeField(null=True, blank=True)

    objects = ExamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="exam_code_once_per_authority"),
            models.CheckConstraint(
                condition=Q(registration_closes_at__gt=F("registration_opens_at")), name="exam_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """One stage of an exam; months may lie between two. Who passes a stage enters the next."""

    class Kind(models.TextChoices):
        WRITTEN = "written", _("written exam")
        PERFORMANCE = "performance", _("performance")

    class State(models.TextChoices):
        PLANNING = "planning", _("planning")
        REGISTRATION_OPEN = "registration_open", _("registration open")
        REGISTRATION_CLOSED = "registration_closed", _("registration closed")
        ARRANGED = "arranged", _("arranged")
        IN_PROGRESS = "in_progress", _("in progress")
        MARKING = "marking", _("marking")
        SCORES_CHECKED = "scores_checked", _("scores checked")
        LINE_SET = "line_set", _("line set")
        PUBLICISED = "publicised", _("in publicity")
        FINALISED = "finalised", _("final")

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="stages")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=60)
    state = models.CharField(max_length=20, choices=State, default=State.PLANNING)
    # When each state was reached: {state: ISO moment}; written with the state (exams/stages.py).
    reached = models.JSONField(default=dict, blank=True)
    # How the rooms and seats came about: seed, algorithm, who, when.
    arrangement = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["exam", "number"], name="stage_number_once_in_an_exam")]

    def __str__(self) -> str:
        return f"{self.exam.name} {self.name}"


class Module(models.Model):
    """What is marked by itself within a stage: a paper, the oral exam, the lesson presentation.

    Marks are points out of `full_marks`; `pass_mark` is the line unless a cut score was approved.
    """

    class Kind(models.TextChoices):
        WRITTEN = "written", _("written paper")
        ORAL = "oral", _("oral exam")
        LESSON = "lesson", _("lesson presentation")

    stage = models.ForeignKey(Stage, models.PROTECT, related_name="modules")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=60)
    full_marks = models.DecimalField(max_digits=5, decimal_places=1, default=100)
    pass_mark = models.DecimalField(max_digits=6, decimal_places=2)
    # Written: two markers who differ by more than this many points on one answer call in a third.
    difference_limit = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    # Performance: the rubric, the panel's size and how its sheets become one score.
    rubric = models.ForeignKey(Rubric, models.PROTECT, null=True, blank=True, related_name="modules")
    judges = models.PositiveSmallIntegerField(default=7)
    drop_high = models.PositiveSmallIntegerField(default=1)
    drop_low = models.PositiveSmallIntegerField(default=1)
    min_for_drop = models.PositiveSmallIntegerField(default=5)
    places = models.PositiveSmallIntegerField(default=2)
    rounding = models.CharField(max_length=10, choices=Assessment.Rounding, default=Assessment.Rounding.HALF_UP)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "number"], name="module_number_once_in_a_stage"),
            models.CheckConstraint(condition=Q(pass_mark__lte=F("full_marks")), name="module_pass_mark_within_full"),
        ]

    def __str__(self) -> str:
        return self.name


@cache
def _of_stage() -> str:
    return f"""
        SELECT {rows.columns(Sitting, "s")} FROM exams_sitting s JOIN exams_module m ON m.id = s.module_id
        WHERE m.stage_id = %s ORDER BY s.id
    """  # noqa: S608 - names of this project's own


class SittingQuerySet(models.QuerySet["Sitting"]):
    def of_stage(self, pk: int) -> "Sitting | None":
        """The sitting of a written stage, if there is one; a whole hall asks it within a minute."""
        return rows.first(Sitting, _of_stage(), [pk])


class Sitting(models.Model):
    """A written module at its time: the bell, the length in minutes, and how late one may enter or be heard."""

    class OnPaper(models.TextChoices):
        """How the scores of a sitting on paper are entered."""

        QUESTION = "question", _("question by question")
        SECTION = "section", _("section by section")
        TOTAL = "total", _("only the total")

    module = models.OneToOneField(Module, models.PROTECT, related_name="sitting")
    site = models.CharField(_("exam site"), max_length=120)
    starts_at = models.DateTimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    entry_closes_minutes = models.PositiveSmallIntegerField(_("latest entry, minutes after the bell"), default=30)
    grace_seconds = models.PositiveSmallIntegerField(_("grace in seconds"), default=30)
    room_size = models.PositiveSmallIntegerField(_("seats in a room"), default=30)
    # How many seats stand side by side in a row; 0: nobody sits in front of or behind another.
    seats_across = models.PositiveSmallIntegerField(_("seats side by side"), default=0)
    needs_check_in = models.BooleanField(_("candidates are checked in by the invigilator"), default=False)
    # Sat on paper, marked by hand (exams/declaring.py); empty: sat online.
    on_paper = models.CharField(_("sat on paper"), max_length=8, choices=OnPaper, blank=True)
    # What was given to everybody since, and how long everybody stood still (exams/timing.py).
    extra_minutes = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_seconds = models.PositiveIntegerField(default=0)
    paper = models.ForeignKey("exams.Paper", models.PROTECT, null=True, blank=True, related_name="sittings")

    objects = SittingQuerySet.as_manager()

    @property
    def ends_at(self) -> dt.datetime:
        """The end for who has no time of her own, with what was given to everybody."""
        return self.starts_at + dt.timedelta(minutes=self.minutes + self.extra_minutes, seconds=self.paused_seconds)

    @property
    def entry_closes_at(self) -> dt.datetime:
        return self.starts_at + dt.timedelta(minutes=self.entry_closes_minutes, seconds=self.paused_seconds)


class Site(models.Model):
    """One of several places of a sitting, with the seats of each of its rooms in order. A sitting without such rows is
    held at its one site, in as many rooms of its size as it takes."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="sites")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=160, blank=True)
    room_sizes = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["sitting", "number"], name="site_number_once_in_a_sitting")]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room of a sitting, numbered from 1 through all its sites, with at most `capacity` seats numbered from 1."""

    sitting = models.ForeignKey(Sitting, models.PROTECT, related_name="rooms")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="rooms")
    # Kept for those who were granted a room of their own.
    is_separate = models.BooleanField(default=False)
    number = models.PositiveSmallIntegerField()
    capacity = models.PositiveSmallIntegerField(default=30)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["sitting", "number"], name="room_number_once_in_a_sitting")]


class Decision(models.Model):
    """Something two people decide: one proposes, another approves what she saw (its digest), or returns it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for a second person")
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")

    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    reason = models.TextField(_("reason"), blank=True)
    seen = models.JSONField(default=dict)
    seen_digest = models.CharField(max_length=64)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="%(class)s_decided_by_another"
            )
        ]


class CutScore(Decision):
    """The line of one module; `seen` is the effect that both people looked at."""

    module = models.ForeignKey(Module, models.PROTECT, related_name="cut_scores")
    value = models.DecimalField(max_digits=6, decimal_places=2)

    class Meta(Decision.Meta):
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["module"], condition=~Q(state="returned"), name="cut_score_one_live_per_module"
            ),
        ]


class PublicNotice(Decision):
    """The masked list of a stage's result, public from `opens_on` to `closes_on` (its last day) once approved."""

    stage = models.ForeignKey(Stage, models.PROTECT, related_name="notices")
    opens_on = models.DateField()
    closes_on = models.DateField()
    token = models.CharField(max_length=40, unique=True)
    rows = models.JSONField(default=list)

    class Meta(Decision.Meta):
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(fields=["stage"], condition=~Q(state="returned"), name="notice_one_live_per_stage"),
            models.CheckConstraint(condition=Q(closes_on__gte=F("opens_on")), name="notice_closes_after_it_opens"),
        ]
