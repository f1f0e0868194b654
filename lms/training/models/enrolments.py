"""Who takes part in a period, and who waits."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people import access
from lms.people.models import Appointment, Organisation, Teacher, User
from lms.training.models.periods import Period
from lms.training.models.programmes import PLANNERS

# Who speaks for a school: its own officer, and the bureaus above.
SENDERS = (Appointment.Office.SCHOOL_OFFICER, *PLANNERS)


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

    def taking(self) -> "EnrolmentQuerySet":
        """Those that count against the seats of their period."""
        return self.filter(state__in=Enrolment.TAKING)

    def in_line(self) -> "EnrolmentQuerySet":
        """Those who wait for a seat, in the order in which they get one."""
        return self.filter(state=Enrolment.State.WAITING).order_by(F("advanced_at").asc(nulls_last=True), "place")

    def visible_to(self, user: User, at: dt.datetime) -> "EnrolmentQuerySet":
        """The user's own, and those of the teachers whose records her offices keep."""
        return self.filter(teacher__in=Teacher.objects.visible_to(user, at))

    def managed_by(self, user: User, at: dt.datetime) -> "EnrolmentQuerySet":
        """Those of the periods that the user's planning offices cover."""
        return self.filter(access.under("period__programme__organisation__path", access.paths(user, at, *PLANNERS)))

    def sent_by(self, user: User, at: dt.datetime) -> "EnrolmentQuerySet":
        """Those of the schools for which the user speaks."""
        return self.filter(access.under("school__path", access.paths(user, at, *SENDERS)))


class Enrolment(models.Model):
    """A teacher in a period. `place` is her number in the order, given when nothing but a seat is missing; it never
    changes. `school` is where she worked then: her seat counts against the shares of its units."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", pgettext_lazy("training", "waits for the school")
        RETURNED = "returned", pgettext_lazy("training", "returned")
        APPROVED = "school_approved", pgettext_lazy("training", "recommended by the school")
        WAITING = "waitlisted", _("on the waiting list")
        OFFERED = "offered", pgettext_lazy("training", "seat offered")
        CONFIRMED = "confirmed", _("enrolled")
        COMPLETED = "completed", _("completed")
        NOT_COMPLETED = "not_completed", pgettext_lazy("training", "not completed")
        WITHDRAWN = "withdrawn", pgettext_lazy("training", "withdrawn")
        CANCELLED = "cancelled", pgettext_lazy("training", "cancelled")
        DECLINED = "declined", pgettext_lazy("training", "seat declined")
        LAPSED = "lapsed", pgettext_lazy("training", "offer lapsed")
        REJECTED = "rejected", pgettext_lazy("training", "rejected")

    # From which something may still become of it in this period.
    PENDING = (State.SUBMITTED, State.RETURNED, State.APPROVED, State.WAITING, State.OFFERED, State.CONFIRMED)
    LIVE = (*PENDING, State.COMPLETED)
    SEATED = (State.CONFIRMED, State.COMPLETED)
    # Those that count against the seats.
    TAKING = (State.OFFERED, State.CONFIRMED, State.COMPLETED, State.NOT_COMPLETED)

    period = models.ForeignKey(Period, models.PROTECT, related_name="enrolments")
    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="enrolments")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="enrolments")
    state = models.CharField(_("state"), max_length=16, choices=State)
    place = models.PositiveIntegerField(_("place in the order"), null=True, blank=True)
    advanced_at = models.DateTimeField(null=True, blank=True)  # put before the others who wait, for a written reason
    applied_at = models.DateTimeField(_("applied at"))
    confirmed_at = models.DateTimeField(null=True, blank=True)
    offered_until_at = models.DateTimeField(_("to be accepted until"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    enrolled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "teacher"],
                condition=Q(
                    state__in=[
                        "submitted",
                        "returned",
                        "school_approved",
                        "waitlisted",
                        "offered",
                        "confirmed",
                        "completed",
                    ]
                ),
                name="enrolment_once_per_period",
            ),
            models.UniqueConstraint(fields=["period", "place"], name="enrolment_place_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["waitlisted", "offered", "confirmed", "completed"]) | Q(place__isnull=False),
                name="enrolment_seat_has_a_place",
            ),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offered_until_at__isnull=False), name="enrolment_offer_has_an_end"
            ),
        ]
        indexes = [models.Index(fields=["period", "state"], name="enrolment_period_state")]

    def __str__(self) -> str:
        return f"{self.teacher} · {self.period}"

    @property
    def person(self) -> Teacher:
        """Whose it is, if her records were merged."""
        return self.teacher.merged_into or self.teacher


class EnrolmentStep(models.Model):
    """One step of an enrolment: into which state, by whom (nobody: the rules by themselves), when and why. Rows are
    only added."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="steps")
    state = models.CharField(_("state"), max_length=16, choices=Enrolment.State)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        indexes = [models.Index(fields=["enrolment", "at"], name="enrolmentstep_in_order")]
