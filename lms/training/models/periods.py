"""The periods in which a programme is given."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people import access
from lms.people.models import User
from lms.training.models.programmes import PLANNERS, Programme


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
    were shared."""

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
        ]

    def __str__(self) -> str:
        return str(_("{programme}, period {number}")).format(programme=self.programme, number=self.number)
