"""What stands beside the marks: criteria of an item, scripts that check the markers, and answers marked anew."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams.models.attempt import Answer
from exams.models.paper import Paper


class ItemCriterion(models.Model):
    """One line of what earns points in an item that people mark; the points of all lines come to the item's."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="criteria")
    item = models.CharField(max_length=8)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=200)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=1)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "item", "number"], name="item_criterion_once"),
            models.CheckConstraint(condition=Q(points__gt=0), name="item_criterion_earns_something"),
        ]

    def __str__(self) -> str:
        return self.name


class CheckScript(models.Model):
    """A marked answer with points agreed on, mixed into the piles of others to see how each marks it."""

    answer = models.OneToOneField(Answer, models.PROTECT, related_name="check_script")
    points = models.DecimalField(max_digits=6, decimal_places=3)
    reason = models.TextField(_("reason"))
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(points__gte=0), name="check_script_not_negative")]


class Remarking(models.Model):
    """An exam officer had an answer marked anew: why. The marks given before point here and count no more."""

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="remarkings")
    reason = models.TextField(_("reason"))
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="remarking_for_a_reason")]
