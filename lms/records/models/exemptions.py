"""Teachers of whom no hours are demanded for a time: on leave, near retirement, studying for a degree."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people.models import Appointment, Dated, DatedQuerySet, Teacher


class ExemptionQuerySet(DatedQuerySet):
    def standing(self) -> "ExemptionQuerySet":
        """Those that were granted: only these change what is demanded."""
        return self.filter(state=Exemption.State.GRANTED)

    def of(self, teacher: Teacher) -> "ExemptionQuerySet":
        """A person's, with those of records that were merged into hers."""
        return self.filter(Q(teacher=teacher) | Q(teacher__merged_into=teacher))

    def visible_to(self, user, at: dt.datetime) -> "ExemptionQuerySet":
        """The user's own, and those of the teachers whom her offices look after: a leave is private, so
        fewer see it than see a record."""
        own = Q(teacher__user=user) | Q(teacher__merged_into__user=user)
        return self.filter(own) | self._kept_by(user, at, *Exemption.OFFICES)

    def managed_by(self, user, at: dt.datetime) -> "ExemptionQuerySet":
        """Those about which the user's bureau offices decide."""
        return self._kept_by(user, at, Exemption.GRANTS)

    def _kept_by(self, user, at: dt.datetime, *offices: str) -> "ExemptionQuerySet":
        mine = Teacher.objects.managed_by(user, at, *offices).values("pk")
        return self.filter(Q(teacher__in=mine) | Q(teacher__merged_into__in=mine))


class Exemption(Dated):
    """No hours are demanded of a teacher from a day to a last day, for a reason that a paper proves. Her school or her
    bureau proposes it; another officer of the bureau looks at it and grants it, or not. One that was wrong is
    withdrawn, and stays to be seen."""

    class Ground(models.TextChoices):
        NEAR_RETIREMENT = "near_retirement", _("near retirement, applied for in writing")
        MATERNITY = "maternity_leave", _("maternity leave")
        SICK = "sick_leave", _("sick leave")
        STUDY = "degree_study", _("studies for a degree")
        OTHER = "other", pgettext_lazy("exemption", "another reason")

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("exemption", "proposed")
        GRANTED = "granted", pgettext_lazy("exemption", "granted")
        REJECTED = "rejected", pgettext_lazy("exemption", "not granted")
        WITHDRAWN = "withdrawn", pgettext_lazy("exemption", "withdrawn")

    OFFICES = (Appointment.Office.SCHOOL_OFFICER, Appointment.Office.BUREAU_OFFICER, Appointment.Office.AUDITOR)
    PROPOSES = (Appointment.Office.SCHOOL_OFFICER, Appointment.Office.BUREAU_OFFICER)
    GRANTS = Appointment.Office.BUREAU_OFFICER

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="exemptions")
    ground = models.CharField(_("ground"), max_length=20, choices=Ground)
    reason = models.TextField(_("reason"))
    file = models.CharField(max_length=120, blank=True)  # the application's scan, by its name below PRIVATE_ROOT
    digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    # Why it was not granted, or withdrawn.
    decision = models.TextField(_("reason of the decision"), blank=True)

    objects = ExemptionQuerySet.as_manager()

    class Meta(Dated.Meta):
        verbose_name = _("exemption from hours")
        indexes = [models.Index(fields=["state", "proposed_at"])]
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(condition=Q(until_on__isnull=False), name="exemption_has_a_last_day"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")) | Q(state="withdrawn"),
                name="exemption_granted_by_another",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None, state="proposed") | (Q(decided_by__isnull=False) & ~Q(state="proposed")),
                name="exemption_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.get_ground_display()

    @property
    def person(self) -> Teacher:
        """Whose it is, if her records were merged."""
        return self.teacher.merged_into or self.teacher
