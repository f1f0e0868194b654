"""Who was at a session, every mark that says so, and the word of who sees it otherwise."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people.models import User
from lms.training.models.enrolments import Enrolment
from lms.training.models.sessions import Session


class Attendance(models.Model):
    """One person at one session, as it counts: the latest of her marks. `marked_at` is when that mark was made, which
    may be earlier than when it arrived."""

    class State(models.TextChoices):
        PRESENT = "present", pgettext_lazy("attendance", "present")
        LATE = "late", pgettext_lazy("attendance", "late")
        LEFT_EARLY = "left_early", pgettext_lazy("attendance", "left early")
        EXCUSED = "excused", pgettext_lazy("attendance", "excused")
        ABSENT = "absent", pgettext_lazy("attendance", "absent")

    class Source(models.TextChoices):
        QR = "qr", pgettext_lazy("attendance", "scanned code")
        LIST = "list", pgettext_lazy("attendance", "clerk's list")
        SHEET = "sheet", pgettext_lazy("attendance", "printed sheet")
        CORRECTION = "correction", pgettext_lazy("attendance", "correction")

    HERE = (State.PRESENT, State.LATE, State.LEFT_EARLY)

    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="attendances")
    state = models.CharField(_("state"), max_length=12, choices=State)
    source = models.CharField(max_length=12, choices=Source)
    in_at = models.DateTimeField(null=True, blank=True)
    out_at = models.DateTimeField(null=True, blank=True)
    marked_at = models.DateTimeField()
    reason = models.TextField(_("reason"), blank=True)
    proof = models.CharField(_("proof"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "enrolment"], name="attendance_once_per_session"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.teacher} · {self.session}"


class AttendanceMark(models.Model):
    """One statement about somebody's attendance; rows are only added. `key` is given where it was made, so that one
    which arrives twice is taken once; `counted` is whether it was the latest when it arrived."""

    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="marks")
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    before = models.CharField(max_length=12, choices=Attendance.State, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=Attendance.State)
    source = models.CharField(max_length=12, choices=Attendance.Source)
    marked_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"), blank=True)
    counted = models.BooleanField(default=True)
    # A scan of what was shown as proof, kept privately: for her and those who take the attendance.
    file = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, blank=True)


class AppealQuerySet(models.QuerySet["AttendanceAppeal"]):
    def taken_by(self, user: User, at: dt.datetime) -> "AppealQuerySet":
        """Those about sessions whose attendance the user may take."""
        return self.filter(session__in=Session.objects.taken_by(user, at))


class AttendanceAppeal(models.Model):
    """A teacher's word against what is noted about her at a session; whoever takes attendance decides."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("appeal", "to be decided")
        GRANTED = "granted", pgettext_lazy("appeal", "granted")
        REFUSED = "refused", pgettext_lazy("appeal", "turned down")

    session = models.ForeignKey(Session, models.PROTECT, related_name="appeals")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="appeals")
    words = models.TextField(_("what she says"))
    made_at = models.DateTimeField()
    # A scan that she adds, kept privately: for her and those who decide.
    file = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "enrolment"], condition=Q(state="open"), name="attendance_appeal_once_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.teacher} · {self.session}"
