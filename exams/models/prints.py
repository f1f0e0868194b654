"""Papers of rooms that the queue sets: what was asked for, how far it has come, and where the document lies."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.exam import Exam, Sitting


class PrintRunQuerySet(models.QuerySet["PrintRun"]):
    def visible_to(self, user, at: dt.datetime) -> "PrintRunQuerySet":
        """Those a user may print herself: of the exams she watches, and those with tickets only of her own office's."""
        watched = self.filter(sitting__module__stage__exam__in=Exam.objects.watched_by(user, at))
        return watched.filter(
            Q(with_tickets=False) | Q(sitting__module__stage__exam__in=Exam.objects.managed_by(user, at))
        )


class PrintRun(models.Model):
    """Papers of the rooms of a sitting, asked for once and set by the queue. `done` of `total` counts seats, each once
    for every kind of paper; `basis` tells which seats it was set from; `stored` is the document's name below
    PRIVATE_ROOT/prints until it is cleared away."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being prepared")
        READY = "ready", _("ready")
        FAILED = "failed", _("not finished")
        CLEARED = "cleared", _("cleared away")

    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="print_runs")
    parts = models.CharField(max_length=40)  # kinds of paper, in their order, with commas between
    with_tickets = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    basis = models.CharField(max_length=64, blank=True)
    stored = models.CharField(max_length=40, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # the last sign of life of the work on it

    objects = PrintRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitting", "parts"], condition=Q(state="waiting"), name="print_run_one_waiting_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return str(self.sitting)
