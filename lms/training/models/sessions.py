"""The sessions of a period: what is held when and where, and by whom."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people import access
from lms.people.models import Appointment, User
from lms.training.models.enrolments import Enrolment
from lms.training.models.periods import Period, trained_by
from lms.training.models.programmes import PLANNERS

# Who takes attendance: the planners, and at the door clerks and trainers.
TAKERS = (*PLANNERS, Appointment.Office.CLERK, Appointment.Office.TRAINER)
# Whose attendance is noted: whoever holds a seat, or held one until the period ended.
ATTENDING = (*Enrolment.SEATED, Enrolment.State.NOT_COMPLETED)


class SessionQuerySet(models.QuerySet["Session"]):
    def standing(self) -> "SessionQuerySet":
        """Those that were not cancelled."""
        return self.filter(cancelled_at=None)

    def in_order(self) -> "SessionQuerySet":
        """As they are held."""
        return self.order_by("starts_at", "ends_at", "pk")

    def managed_by(self, user: User, at: dt.datetime) -> "SessionQuerySet":
        """Those that the user's planning offices cover."""
        return self.filter(access.under("period__programme__organisation__path", access.paths(user, at, *PLANNERS)))

    def taken_by(self, user: User, at: dt.datetime) -> "SessionQuerySet":
        """Those whose attendance the user may take: her offices cover the programme's unit, or she holds a trainer's
        office and gives the session herself or is named as a trainer of its period, which has begun."""
        covered = access.under("period__programme__organisation__path", access.paths(user, at, *TAKERS))
        if access.offices(user, at, Appointment.Office.TRAINER):
            covered |= Q(trainer=user) | Q(period__in=trained_by(user, at).values("pk"))
        return self.filter(covered)

    def attended_by(self, user: User) -> "SessionQuerySet":
        """Those of the periods in which the user holds a seat, under her record or one that was merged into it."""
        seats = Q(period__enrolments__state__in=ATTENDING)
        own = Q(period__enrolments__teacher__user=user) | Q(period__enrolments__teacher__merged_into__user=user)
        return self.filter(seats & own).distinct()


class Session(models.Model):
    """One meeting of a period. Sign-in opens `opens_minutes` before it begins and sign-out ends `closes_minutes` after
    its end; who comes more than `absent_after` minutes late counts as absent."""

    class Kind(models.TextChoices):
        LECTURE = "lecture", _("lecture")
        DEMONSTRATION = "demonstration", _("demonstration lesson")
        SHARING = "sharing", _("experience sharing")
        PRACTICE = "practice", pgettext_lazy("session", "practice")

    period = models.ForeignKey(Period, models.PROTECT, related_name="sessions")
    kind = models.CharField(pgettext_lazy("session", "kind"), max_length=16, choices=Kind, default=Kind.LECTURE)
    title = models.CharField(_("title"), max_length=120)
    starts_at = models.DateTimeField(pgettext_lazy("session", "begins"))
    ends_at = models.DateTimeField(pgettext_lazy("session", "ends"))
    room = models.CharField(pgettext_lazy("session", "room"), max_length=60, blank=True)
    trainer_name = models.CharField(_("trainer"), max_length=60, blank=True)
    trainer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="sessions_given"
    )
    absent_after = models.PositiveSmallIntegerField(_("minutes late that count as absent"), default=15)
    opens_minutes = models.PositiveSmallIntegerField(default=30)
    closes_minutes = models.PositiveSmallIntegerField(default=30)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)  # why it was cancelled

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start")]
        indexes = [models.Index(fields=["starts_at"], name="session_starts_at")]

    def __str__(self) -> str:
        return self.title

    @property
    def opens_at(self) -> dt.datetime:
        """From when one may sign in."""
        return self.starts_at - dt.timedelta(minutes=self.opens_minutes)

    @property
    def closes_at(self) -> dt.datetime:
        """Until when one may sign out, and a mark replaces another without a reason."""
        return self.ends_at + dt.timedelta(minutes=self.closes_minutes)

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60
