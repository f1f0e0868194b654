"""Certificates that teachers hold from elsewhere."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certs.models.regulated import ExternalType
from lms.people import access
from lms.people.models import Appointment, Posting, Teacher


class ExternalCredentialQuerySet(models.QuerySet["ExternalCredential"]):
    def visible_to(self, user, at: dt.datetime) -> "ExternalCredentialQuerySet":
        """The user's own, and those of the teachers now posted below an office that looks at them."""
        paths = access.paths(user, at, *ExternalCredential.OFFICES)
        return self.held_by(user) | self.filter(teacher__in=_posted(paths))

    def held_by(self, user) -> "ExternalCredentialQuerySet":
        """Those of the user herself, with those of records that were merged into hers."""
        return self.filter(Q(teacher__user=user) | Q(teacher__merged_into__user=user))

    def managed_by(self, user, at: dt.datetime) -> "ExternalCredentialQuerySet":
        """Those of the teachers now posted below the user's bureau offices."""
        return self.filter(teacher__in=_posted(access.paths(user, at, Appointment.Office.BUREAU_OFFICER)))

    def waiting(self) -> "ExternalCredentialQuerySet":
        """Those that nobody has decided yet."""
        return self.filter(state=ExternalCredential.State.TO_BE_VERIFIED)


def _posted(paths: list[str]) -> models.QuerySet:
    """The teachers now posted below these paths."""
    return Posting.objects.filter(access.under("organisation__path", paths), until_on=None).values("teacher")


class ExternalCredential(models.Model):
    """A certificate that a teacher holds from elsewhere: its scan looked at by an officer, then verified or not."""

    class State(models.TextChoices):
        TO_BE_VERIFIED = "to_be_verified", _("waiting for verification")
        VERIFIED = "verified", _("verified")
        REJECTED = "rejected", _("not verified")

    # Who sees those of her teachers; a bureau officer decides.
    OFFICES = (Appointment.Office.BUREAU_OFFICER, Appointment.Office.SCHOOL_OFFICER, Appointment.Office.AUDITOR)

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="external_credentials")
    type = models.ForeignKey(ExternalType, models.PROTECT, related_name="credentials")
    number = models.CharField(_("number"), max_length=60)
    issued_on = models.DateField(_("issued on"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    scan = models.CharField(max_length=120, blank=True)  # the file's name below PRIVATE_ROOT/scans
    scan_digest = models.CharField(max_length=64, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.TO_BE_VERIFIED)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    objects = ExternalCredentialQuerySet.as_manager()

    class Meta:
        constraints = [
            # The same paper is taken in once, unless it was turned down.
            models.UniqueConstraint(
                fields=["type", "number"], condition=~Q(state="rejected"), name="externalcredential_number_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("submitted_by")),
                name="externalcredential_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} · {self.teacher}"
