"""A teacher's tries at the questions of a lesson."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.people.models import Teacher


class Try(models.Model):
    """One try: the questions as they were drawn for it, with their keys, and what she answered. The next try draws
    afresh. `lesson` is the lesson's key, so a try outlives the page."""

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="+")
    lesson = models.UUIDField()
    number = models.PositiveSmallIntegerField(_("number"))
    asked = models.JSONField()  # [{id, kind, stem, body, key, explanation}], in the order shown
    answers = models.JSONField(default=dict)  # id of the question → response
    share = models.DecimalField(_("share of points"), max_digits=4, decimal_places=3, null=True)  # 0 to 1
    is_passed = models.BooleanField(_("passed"), default=False)
    drawn_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    both_may_stay = True  # where two records of one person are merged: she tried under either

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["teacher", "lesson", "number"], name="try_number_once"),
            models.UniqueConstraint(
                fields=["teacher", "lesson"], condition=Q(answered_at=None), name="try_one_open_per_lesson"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.teacher} {self.number}"
