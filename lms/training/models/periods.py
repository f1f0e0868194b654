"""The periods in which a programme is given."""

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certs.models import Level
from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, PostHeld, SchoolStage, User
from lms.records.models import HourEntry
from lms.training.models.programmes import PLANNERS, Programme, ProgrammeHours


class PeriodQuerySet(models.QuerySet["Period"]):
    def visible_to(self, user: User, at: dt.datetime) -> "PeriodQuerySet":
        """The announced periods of programmes that concern the user, and drafts where her planning offices cover
        them."""
        concerned = Q(programme__in=Programme.objects.visible_to(user, at)) & ~Q(state=Period.State.DRAFT)
        planned = access.under("programme__organisation__path", access.paths(user, at, *PLANNERS))
        return self.filter(concerned | planned)

    def managed_by(self, user: User, at: dt.datetime) -> "PeriodQuerySet":
        """Those that the user's planning offices cover."""
        return self.filter(access.under("programme__organisation__path", access.paths(user, at, *PLANNERS)))


class Period(models.Model):
    """One run of a programme (第12期); no capacity means seats for all. Where one enrols through the school, its word
    comes before a number in the order. Until `shares_until_on` has passed, seats are kept for the units to which they
    were shared.

    It is for whom its programme is, and worth the programme's hours, unless it says so itself: ask `posts`, `stages`,
    `requires` and `worth`, which know both."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", _("announced")
        CLOSED = "closed", _("closed")

    class Mode(models.TextChoices):
        FACE_TO_FACE = "face_to_face", _("face to face")
        ONLINE = "online", _("online")
        BLENDED = "blended", _("blended")
        SHADOWING = "shadowing", _("shadowing")
        AWAY = "away_study", _("away study")
        EXPERT = "visiting_expert", _("visiting expert")
        SCHOOL_BASED = "school_based", _("school-based")
        SELF_STUDY = "self_study", _("self-study")

    class Admission(models.TextChoices):
        OPEN = "open", pgettext_lazy("admission", "each teacher by herself")
        SCHOOL = "school", pgettext_lazy("admission", "through the school")

    class Selection(models.TextChoices):
        BY_ORDER = "order", _("by order: the first come have the seats, the others wait")
        BY_CHOICE = "choice", _("by choice: the organiser picks among those who applied")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="periods")
    number = models.PositiveSmallIntegerField(pgettext_lazy("training period", "number"))
    mode = models.CharField(_("mode"), max_length=16, choices=Mode, default=Mode.SELF_STUDY)
    place = models.CharField(_("place"), max_length=120, blank=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    enrol_from_at = models.DateTimeField(_("enrolment opens"))
    enrol_until_at = models.DateTimeField(_("enrolment closes"))
    capacity = models.PositiveIntegerField(_("seats"), null=True, blank=True)
    admission = models.CharField(_("enrolment"), max_length=8, choices=Admission, default=Admission.OPEN)
    selection = models.CharField(_("seats go"), max_length=8, choices=Selection, default=Selection.BY_ORDER)
    # How long who moves up from the waiting list has to accept her seat; none, and she has it at once.
    offer_hours = models.PositiveSmallIntegerField(_("hours to accept a seat"), null=True, blank=True)
    shares_until_on = models.DateField(_("seats are kept until"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    # Whether the posts, stages and certificate here stand in place of the programme's.
    has_own_audience = models.BooleanField(default=False)
    own_posts = models.JSONField(default=list, blank=True)
    own_stages = models.JSONField(default=list, blank=True)
    own_requires = models.ForeignKey(Level, models.PROTECT, null=True, blank=True, related_name="+")
    # The next number in the order of applications, given under the lock of this row.
    next_place = models.PositiveIntegerField(default=1)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="period_number_once_in_a_programme"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="period_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(enrol_until_at__gt=F("enrol_from_at")), name="period_enrolment_ends_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(has_own_audience=True) | Q(own_requires=None), name="period_own_certificate_of_own_audience"
            ),
        ]

    def __str__(self) -> str:
        return str(_("{programme}, period {number}")).format(programme=self.programme, number=self.number)

    @property
    def posts(self) -> list[str]:
        """For which posts it is; an empty list leaves nobody out."""
        return self.own_posts if self.has_own_audience else self.programme.posts

    @property
    def stages(self) -> list[str]:
        """For which school stages it is; an empty list leaves nobody out."""
        return self.own_stages if self.has_own_audience else self.programme.stages

    @property
    def requires(self) -> Level | None:
        """The certificate that one must hold to join."""
        return self.own_requires if self.has_own_audience else self.programme.requires

    @property
    def worth(self) -> "list[PeriodHours] | list[ProgrammeHours]":
        """The hours that completing it is worth, by category: its own, or the programme's where it has none."""
        return list(self.own_hours.all()) or list(self.programme.hours.all())

    @property
    def post_names(self) -> str:
        """The posts for which it is, in words; empty where it leaves nobody out."""
        return str(_(", ")).join(str(PostHeld.Post(each).label) for each in self.posts)

    @property
    def stage_names(self) -> str:
        """The school stages for which it is, in words; empty where it leaves nobody out."""
        return str(_(", ")).join(str(SchoolStage(each).label) for each in self.stages)


def trained_by(user: User, at: dt.datetime) -> models.QuerySet[Period]:
    """The periods that have begun and name the user as a trainer, as long as she holds a trainer's office."""
    if not access.offices(user, at, Appointment.Office.TRAINER):
        return Period.objects.none()
    return Period.objects.filter(trainers__user=user, starts_on__lte=clock.local_date(at))


class PeriodHours(models.Model):
    """How many hours of 45 minutes in one category the completion of a period is worth, in place of all those of its
    programme."""

    period = models.ForeignKey(Period, models.CASCADE, related_name="own_hours")
    category = models.CharField(_("category"), max_length=12, choices=HourEntry.Category)
    hours = models.DecimalField(max_digits=5, decimal_places=1, validators=[MinValueValidator(Decimal("0.1"))])

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["period", "category"], name="periodhours_once_per_category"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="periodhours_positive"),
        ]


class PeriodTrainer(models.Model):
    """Somebody who trains in a period: an account, or a name alone. From the period's first day an account with a
    trainer's office takes its attendance, sets its work and grades it."""

    period = models.ForeignKey(Period, models.CASCADE, related_name="trainers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="periods_trained"
    )
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["period", "user"], name="periodtrainer_once_per_account"),
            models.UniqueConstraint(
                fields=["period", "name"], condition=Q(user=None), name="periodtrainer_once_per_name"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="periodtrainer_named"),
        ]

    def __str__(self) -> str:
        return self.name
