"""What an authority wants to reach by when, and how many pupils it allots to one full-time teacher."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from lms.people.models import Dated, Organisation, PostHeld


class Target(models.Model):
    """A share of those in a post (or of all classroom teachers) below an authority who are to be trained for a level,
    or hold it, by a day. Percent, two places."""

    class Measure(models.TextChoices):
        TRAINED = "trained", _("trained")
        CERTIFIED = "certified", _("holding it, valid")

    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="targets")
    level = models.ForeignKey(Level, models.PROTECT, related_name="targets")
    post = models.CharField(_("post"), max_length=40, choices=PostHeld.Post)
    measure = models.CharField(_("measure"), max_length=10, choices=Measure, default=Measure.CERTIFIED)
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    due_on = models.DateField(_("by"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["authority", "level", "post", "measure", "due_on"], name="target_once"),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="target_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.get_post_display()} → {self.level}"


class StaffingNorm(Dated):
    """How many pupils below an authority there should be at most for one full-time mental-health teacher, from a day
    to a last day, and which document says so. Authorities differ (1 : 1000, 1 : 1200), so none is built in."""

    authority = models.ForeignKey(Organisation, models.PROTECT, related_name="staffing_norms")
    pupils_per_teacher = models.PositiveIntegerField(_("pupils to one full-time teacher"))
    source = models.CharField(_("source"), max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta(Dated.Meta):
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["authority"], condition=Q(until_on=None), name="staffingnorm_once_without_end"
            ),
            models.CheckConstraint(condition=Q(pupils_per_teacher__gt=0), name="staffingnorm_is_a_number_of_pupils"),
        ]

    def __str__(self) -> str:
        return f"1 : {self.pupils_per_teacher}"
