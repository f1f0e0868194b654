"""Trial marking: prepared answers with agreed points that a marker marks before she is given any candidate's."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.paper import Paper


class TrialScript(models.Model):
    """A prepared answer to an item, nobody's of this exam, with the points agreed on. Kept apart from the candidates'
    answers, so that no mark of it can ever count for one."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="trial_scripts")
    item = models.CharField(max_length=8)
    number = models.PositiveSmallIntegerField()
    text = models.TextField(_("answer"))
    points = models.DecimalField(_("agreed points"), max_digits=5, decimal_places=1)
    reason = models.TextField(_("reason"))
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "item", "number"], name="trial_script_once"),
            models.CheckConstraint(condition=Q(points__gte=0) & ~Q(text="") & ~Q(reason=""), name="trial_script_whole"),
        ]


class TrialRule(models.Model):
    """Who marks this item first marks `count` trial scripts, none of them further than `limit` points off."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="trial_rules")
    item = models.CharField(max_length=8)
    count = models.PositiveSmallIntegerField(_("how many"))
    limit = models.DecimalField(_("limit in points"), max_digits=5, decimal_places=1)
    required_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    required_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "item"], name="trial_rule_once"),
            models.CheckConstraint(condition=Q(count__gt=0, limit__gte=0), name="trial_rule_asks_something"),
        ]


class TrialMark(models.Model):
    """What a marker gave to a trial script; it stands. `criteria` as of a Mark."""

    script = models.ForeignKey(TrialScript, models.PROTECT, related_name="marks")
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    points = models.DecimalField(max_digits=5, decimal_places=1)
    criteria = models.JSONField(default=list, blank=True)
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["script", "marker"], name="trial_mark_once"),
            models.CheckConstraint(condition=Q(points__gte=0), name="trial_mark_not_negative"),
        ]


class TrialDecision(models.Model):
    """What the exam officer decided about a marker who had marked what she was asked to: she goes on, or `more`."""

    class Kind(models.TextChoices):
        GO_ON = "go_on", _("may go on")
        MORE = "more", _("more trial scripts")

    rule = models.ForeignKey(TrialRule, models.PROTECT, related_name="decisions")
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind)
    count = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(_("reason"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason="") & (Q(kind="go_on", count=0) | Q(kind="more", count__gt=0)),
                name="trial_decision_whole",
            ),
            models.CheckConstraint(condition=~Q(marker=models.F("decided_by")), name="trial_decided_by_another"),
        ]
