"""Who takes part in a period, and who waits."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people.models import Teacher, User
from lms.training.models.periods import Period


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def live(self) -> "EnrolmentQuerySet":
        """Those that hold or want a seat, or have made use of it."""
        return self.filter(state__in=Enrolment.LIVE)

    def seated(self) -> "EnrolmentQuerySet":
        """Those that hold a seat, or have made use of it: who may learn."""
        return self.filter(state__in=Enrolment.SEATED)

    def binding(self, day: dt.date) -> "EnrolmentQuerySet":
        """Those that keep a person from another period of the programme on a day: completed, or in one not over."""
        return self.live().filter(Q(state=Enrolment.State.COMPLETED) | Q(period__ends_on__gte=day))

    def of(self, teacher: Teacher) -> "EnrolmentQuerySet":
        """A person's, under this record or one that was merged into it."""
        return self.filter(Q(teacher=teacher) | Q(teacher__merged_into=teacher))

    def held_by(self, user: User) -> "EnrolmentQuerySet":
        """The user's own, with those of records that were merged into hers."""
        return self.filter(Q(teacher__user=user) | Q(teacher__merged_into__user=user))

    def visible_to(self, user: User, at: dt.datetime) -> "EnrolmentQuerySet":
        """The user's own, and those of the teachers whose records her offices keep."""
        return self.filter(teacher__in=Teacher.objects.visible_to(user, at))


class Enrolment(models.Model):
    """A teacher in a period. `place` is her number in the order of applications; it never changes."""

    class State(models.TextChoices):
        CONFIRMED = "confirmed", _("enrolled")
        WAITING = "waitlisted", _("on the waiting list")
        WITHDRAWN = "withdrawn", pgettext_lazy("training", "withdrawn")
        COMPLETED = "completed", _("completed")

    LIVE = (State.CONFIRMED, State.WAITING, State.COMPLETED)
    SEATED = (State.CONFIRMED, State.COMPLETED)

    period = models.ForeignKey(Period, models.PROTECT, related_name="enrolments")
    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="enrolments")
    state = models.CharField(_("state"), max_length=12, choices=State)
    place = models.PositiveIntegerField(_("place in the order"))
    applied_at = models.DateTimeField(_("applied at"))
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    enrolled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "teacher"],
                condition=Q(state__in=["confirmed", "waitlisted", "completed"]),
                name="enrolment_once_per_period",
            ),
            models.UniqueConstraint(fields=["period", "place"], name="enrolment_place_once"),
        ]

    def __str__(self) -> str:
        return f"{self.teacher} · {self.period}"

    @property
    def person(self) -> Teacher:
        """Whose it is, if her records were merged."""
        return self.teacher.merged_into or self.teacher
