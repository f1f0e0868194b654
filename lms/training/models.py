"""Programmes, what finishing one demands, the periods in which they are given, and who takes part."""

import datetime as dt
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from certs.models import Level
from lms.people import access
from lms.people.models import Appointment, Organisation, Teacher, User
from lms.records.models import HourEntry

PLANNERS = (Appointment.Office.BUREAU_OFFICER, Appointment.Office.EXAM_OFFICER)


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: User, at: dt.datetime) -> "ProgrammeQuerySet":
        """The programmes of the units that the user's offices cover, and of those above her offices and schools."""
        return self.filter(access.under("organisation__path", access.paths(user, at)) | Q(organisation__in=above(user)))

    def managed_by(self, user: User, at: dt.datetime) -> "ProgrammeQuerySet":
        """Those that the user's planning offices cover."""
        return self.filter(access.under("organisation__path", access.paths(user, at, *PLANNERS)))


def above(user: User) -> list[int]:
    """The units where the user works or holds an office or ever did, and all above them: whose programmes concern
    her."""
    postings = Organisation.objects.filter(postings__teacher__user=user)
    offices = Organisation.objects.filter(appointments__user=user)
    paths = {*postings.values_list("path", flat=True), *offices.values_list("path", flat=True)}
    return sorted({int(step) for path in paths for step in path.split("/") if step})


class Programme(models.Model):
    """What is trained, and for whom: one track of a certificate level (A, B, C), of homeroom teaching or of the tiered
    courses. An empty list of posts or stages leaves nobody out."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="programmes")
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    summary = models.TextField(_("what it is about"), blank=True)
    # What its completions are recorded under: a level's track, or a plain word (`records.Outcome.track`).
    track = models.CharField(_("track"), max_length=60)
    level = models.ForeignKey(Level, models.PROTECT, null=True, blank=True, related_name="programmes")
    requires = models.ForeignKey(Level, models.PROTECT, null=True, blank=True, related_name="opens")
    posts = models.JSONField(_("for these posts"), default=list, blank=True)
    stages = models.JSONField(_("for these school stages"), default=list, blank=True)
    ended_on = models.DateField(_("offered until"), null=True, blank=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "code"], name="programme_code_once_per_unit")]

    def __str__(self) -> str:
        return self.title

    @property
    def name(self) -> str:
        """The title in the reader's language, where it has one."""
        return (self.title_en if (get_language() or "").startswith("en") else "") or self.title


class ProgrammeHours(models.Model):
    """How many hours of 45 minutes in one category the completion of a programme is worth."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="hours")
    category = models.CharField(_("category"), max_length=12, choices=HourEntry.Category)
    hours = models.DecimalField(max_digits=5, decimal_places=1, validators=[MinValueValidator(Decimal("0.1"))])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "category"], name="programmehours_once_per_category"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="programmehours_positive"),
        ]


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def standing(self) -> "RequirementQuerySet":
        """Those that are demanded now."""
        return self.filter(retired_at=None)


class Requirement(models.Model):
    """One thing that finishing a programme demands. A lesson stands here by its key, title and least minutes, written
    when it is published and retired when it is withdrawn; whoever finished it keeps that."""

    class Kind(models.TextChoices):
        LESSON = "lesson", _("lesson")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="requirements")
    kind = models.CharField(pgettext_lazy("requirement", "kind"), max_length=12, choices=Kind)
    key = models.UUIDField()
    title = models.CharField(_("title"), max_length=255)
    minutes = models.PositiveSmallIntegerField(_("least minutes"), default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = RequirementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "kind", "key"], name="requirement_once_per_programme")
        ]

    def __str__(self) -> str:
        return self.title


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
    """One run of a programme (第12期). Seats are given in the order of application; no capacity means seats for all."""

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

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="periods")
    number = models.PositiveSmallIntegerField(pgettext_lazy("training period", "number"))
    mode = models.CharField(_("mode"), max_length=16, choices=Mode, default=Mode.SELF_STUDY)
    place = models.CharField(_("place"), max_length=120, blank=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    enrol_from_at = models.DateTimeField(_("enrolment opens"))
    enrol_until_at = models.DateTimeField(_("enrolment closes"))
    capacity = models.PositiveIntegerField(_("seats"), null=True, blank=True)
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
