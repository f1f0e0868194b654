"""Hearing days, panels of judges, topics, and each candidate's hearing."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import StageEntry
from exams.models.exam import Module, Stage
from lms.people import access
from lms.people.models import Appointment
from lms.scoring.models import Assessment

BOARD_OFFICES = (Appointment.Office.CLERK, Appointment.Office.EXAM_OFFICER)


class HearingDayQuerySet(models.QuerySet["HearingDay"]):
    def watched_by(self, user, at: dt.datetime) -> "HearingDayQuerySet":
        """The days that clerks and exam officers of the authority look after; never one whose panels the user sits
        on: who judges by number must not read names."""
        paths = access.paths(user, at, *BOARD_OFFICES)
        covered = self.filter(access.under("stage__exam__organisation__path", paths))
        return covered.exclude(stage__panels__members__judge=user)


class HearingDay(models.Model):
    """One day of hearings at one site."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ORDER_DRAWN = "order_drawn", _("order drawn")
        IN_PROGRESS = "in_progress", _("in progress")
        CLOSED = "closed", _("closed")

    stage = models.ForeignKey(Stage, models.PROTECT, related_name="days")
    starts_at = models.DateTimeField()
    site = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    slot_minutes = models.PositiveSmallIntegerField(default=10)
    prepare_minutes = models.PositiveSmallIntegerField(default=30)
    present_minutes = models.PositiveSmallIntegerField(default=15)
    defend_minutes = models.PositiveSmallIntegerField(default=5)

    objects = HearingDayQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.UniqueConstraint(fields=["stage", "starts_at"], name="hearing_day_once")]


class Panel(models.Model):
    """A hearing room with its judges, for the school stages (学段) in `stages`."""

    stage = models.ForeignKey(Stage, models.PROTECT, related_name="panels")
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    group = models.CharField(max_length=40)
    stages = models.JSONField(default=list)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["stage", "code"], name="panel_code_once_in_a_stage")]

    def __str__(self) -> str:
        return self.name


class PanelMember(models.Model):
    """A judge on a panel; a reserve steps in where a member may not judge."""

    panel = models.ForeignKey(Panel, models.PROTECT, related_name="members")
    # Not "panels": the editor reads an attribute of that name on a user as its own.
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="panel_seats")
    number = models.PositiveSmallIntegerField()
    is_reserve = models.BooleanField(default=False)

    class Meta:
        ordering = ["is_reserve", "number"]
        constraints = [models.UniqueConstraint(fields=["panel", "judge"], name="judge_once_on_a_panel")]


class Topic(models.Model):
    """A topic that a candidate of one group may draw."""

    stage = models.ForeignKey(Stage, models.PROTECT, related_name="topics")
    group = models.CharField(max_length=40)
    code = models.CharField(max_length=20)
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stage", "code"], name="topic_code_once_in_a_stage")]

    def __str__(self) -> str:
        return self.code


class HearingQuerySet(models.QuerySet["Hearing"]):
    def watched_by(self, user, at: dt.datetime) -> "HearingQuerySet":
        """The hearings of the days that the user watches over."""
        return self.filter(day__in=HearingDay.objects.watched_by(user, at))


class Hearing(models.Model):
    """One candidate's way through the rooms. Judges know only the drawn number."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("to sign in")
        SIGNED_IN = "signed_in", _("signed in")
        LOT_DRAWN = "lot_drawn", _("number drawn")
        TOPIC_DRAWN = "topic_drawn", _("topic drawn")
        PREPARING = "preparing", _("preparing")
        PRESENTING = "presenting", _("presenting")
        DEFENDING = "defending", _("answering questions")
        SCORING = "scoring", _("being scored")
        SCORED = "scored", _("scored")
        ACKNOWLEDGED = "acknowledged", _("signed for")
        FORFEITED = "forfeited", _("forfeited")
        DISQUALIFIED = "disqualified", _("disqualified")

    entry = models.OneToOneField(StageEntry, models.PROTECT, related_name="hearing")
    day = models.ForeignKey(HearingDay, models.PROTECT, related_name="hearings")
    panel = models.ForeignKey(Panel, models.PROTECT, related_name="hearings")
    state = models.CharField(max_length=14, choices=State, default=State.SCHEDULED)
    number = models.PositiveSmallIntegerField(_("drawn number"), null=True, blank=True)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="hearings")
    is_late = models.BooleanField(default=False)
    changed_at = models.DateTimeField(null=True, blank=True)
    # Where the last step came from, and when that state had begun: one step may be taken back.
    previous_state = models.CharField(max_length=14, blank=True)
    previous_at = models.DateTimeField(null=True, blank=True)

    objects = HearingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "number"], condition=Q(number__isnull=False), name="hearing_number_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return str(self.entry)


class Performance(models.Model):
    """One module of one hearing, judged by the panel: the bridge to the assessment that holds the sheets."""

    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="performances")
    module = models.ForeignKey(Module, models.PROTECT, related_name="performances")
    assessment = models.OneToOneField(Assessment, models.PROTECT, related_name="performance")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hearing", "module"], name="performance_once_per_module")]


class Recusal(models.Model):
    """A judge who may not judge one candidate, why, and who stepped in."""

    class Ground(models.TextChoices):
        SCHOOL = "school", _("works or worked at the candidate's school")
        RELATION = "relation", _("kin or mentor of the candidate")
        DECLARED = "declared", _("declared by the judge")

    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="recusals")
    judge = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ground = models.CharField(max_length=10, choices=Ground)
    reason = models.TextField(blank=True)
    replaced_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hearing", "judge"], name="recusal_once_per_hearing")]
