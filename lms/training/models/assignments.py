"""What those in a period are set to write or make, and what each handed in."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.lib import clock, scans
from lms.people import access
from lms.people.models import Appointment, User
from lms.training.models.enrolments import Enrolment
from lms.training.models.periods import Period, trained_by
from lms.training.models.programmes import PLANNERS
from lms.training.models.sessions import ATTENDING, Session

# Who sets work and grades it: the planners, and trainers.
GRADERS = (*PLANNERS, Appointment.Office.TRAINER)


def taught_by(user: User, at: dt.datetime) -> models.QuerySet[Period]:
    """The periods whose work the user may set and grade: her offices cover the programme's unit, or she holds a
    trainer's office and gives one of the sessions that stand, or is named as a trainer of a period that has begun."""
    covered = access.under("programme__organisation__path", access.paths(user, at, *GRADERS))
    if access.offices(user, at, Appointment.Office.TRAINER):
        covered |= Q(pk__in=Session.objects.standing().filter(trainer=user).values("period"))
        covered |= Q(pk__in=trained_by(user, at).values("pk"))
    return Period.objects.filter(covered)


def last_day(due_at: dt.datetime) -> dt.date:
    """The last day on which one may hand in what is due at this moment."""
    return clock.local_date(due_at - dt.timedelta(microseconds=1))


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def standing(self) -> "AssignmentQuerySet":
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at=None)

    def required(self) -> "AssignmentQuerySet":
        """Those without which nobody completes their period."""
        return self.standing().filter(is_required=True)

    def graded_by(self, user: User, at: dt.datetime) -> "AssignmentQuerySet":
        """Those of the periods whose work the user may set and grade."""
        return self.filter(period__in=taught_by(user, at))

    def open_to(self, user: User) -> "AssignmentQuerySet":
        """Those that stand in the periods in which the user holds a seat or held one to the end, under her record or
        one that was merged into it."""
        seats = Enrolment.objects.held_by(user).filter(state__in=ATTENDING)
        return self.standing().filter(period__in=seats.values("period"))


class Assignment(models.Model):
    """Work that everybody in a period is set: a task, until when, and whether it takes words, a file or either. What is
    required must be passed for completion."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="assignments")
    title = models.CharField(_("title"), max_length=120)
    task = models.TextField(pgettext_lazy("assignment", "task"))
    due_at = models.DateTimeField(pgettext_lazy("assignment", "due"))
    takes_text = models.BooleanField(default=True)
    takes_file = models.BooleanField(default=True)
    is_required = models.BooleanField(default=True)
    revising_days = models.PositiveSmallIntegerField(_("days for revising"), default=7)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)  # why it was withdrawn

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(takes_text=True) | Q(takes_file=True), name="assignment_takes_something"
            ),
            models.CheckConstraint(
                condition=Q(revising_days__gte=1, revising_days__lte=60), name="assignment_days_for_revising"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def due_on(self) -> dt.date:
        """The last day on which one may hand in."""
        return last_day(self.due_at)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def graded_by(self, user: User, at: dt.datetime) -> "SubmissionQuerySet":
        """Those of the periods whose work the user may set and grade."""
        return self.filter(assignment__period__in=taught_by(user, at))

    def passed(self) -> "SubmissionQuerySet":
        return self.filter(state=Submission.State.PASSED)


class Submission(models.Model):
    """What one person handed in for an assignment, as it stands. `due_at` is until when she may hand in again, once it
    was returned; it is returned once at most."""

    class State(models.TextChoices):
        HANDED_IN = "handed_in", pgettext_lazy("submission", "to be read")
        RETURNED = "returned", pgettext_lazy("submission", "returned for revision")
        PASSED = "passed", pgettext_lazy("submission", "passed")
        NOT_PASSED = "not_passed", pgettext_lazy("submission", "not passed")

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="submissions")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="submissions")
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.HANDED_IN)
    handed_in_at = models.DateTimeField()
    returned_once = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True, blank=True)
    feedback = models.TextField(_("feedback"), blank=True)
    graded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    graded_at = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "enrolment"], name="submission_once_per_assignment"),
            models.CheckConstraint(
                condition=~Q(state="returned") | Q(returned_once=True, due_at__isnull=False),
                name="submission_returned_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment.teacher} · {self.assignment}"

    @property
    def look(self) -> str:
        """The state that its chip shows: what was handed in waits, for whoever reads it."""
        return "waiting" if self.state == self.State.HANDED_IN else self.state


class SubmissionVersion(models.Model):
    """What was handed in at one time: words, a file kept privately, or both. Rows are only added; `reason` is why this
    one was returned."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    file = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    handed_in_at = models.DateTimeField()
    reason = models.TextField(_("reason"), blank=True)

    @property
    def is_picture(self) -> bool:
        """Whether its file can be looked at in the page."""
        return self.file.endswith(scans.JPEG)

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="submissionversion_number_once"),
            models.CheckConstraint(condition=~Q(text="") | ~Q(file=""), name="submissionversion_not_empty"),
        ]
