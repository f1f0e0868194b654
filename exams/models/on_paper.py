"""A sitting on paper: who entered a candidate's scores at which turn, and the number entered for each line."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.candidate import StageEntry


class PaperTurn(models.Model):
    """One person's turn at the scores of one candidate: the first and the second enter all of them, unseen by one
    another; the third decides those that differ. No two turns are the same person's.

    `changes` is what she corrected while she might: [{"at": moment, "lines": {line: [before, after]}}], as text.
    """

    class Turn(models.TextChoices):
        FIRST = "first", _("first entry")
        SECOND = "second", _("second entry")
        THIRD = "third", _("third, who decides")

    entry = models.ForeignKey(StageEntry, models.PROTECT, related_name="paper_turns")
    turn = models.CharField(max_length=6, choices=Turn)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    changes = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "turn"], name="paper_turn_once"),
            models.UniqueConstraint(fields=["entry", "entered_by"], name="paper_turn_by_different_people"),
        ]


class PaperScore(models.Model):
    """The points of one line ("12", "61.2", "s2" for the second section, "total"). `reason`: why the third person
    decided for a number that neither of the two had entered."""

    turn = models.ForeignKey(PaperTurn, models.PROTECT, related_name="scores")
    line = models.CharField(max_length=8)
    points = models.DecimalField(max_digits=6, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["turn", "line"], name="paper_score_once_per_line"),
            models.CheckConstraint(condition=Q(points__gte=0), name="paper_score_not_negative"),
        ]
