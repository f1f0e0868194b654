"""Lists that await a signature, the certificates on them, what changes their standing, and who looked at them."""

import datetime as dt

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certs.models.schemes import Level
from lms.people import access
from lms.people.models import Appointment, Teacher


class BatchQuerySet(models.QuerySet["Batch"]):
    def visible_to(self, user, at: dt.datetime) -> "BatchQuerySet":
        """The lists of the authorities that the user's certifying offices cover."""
        paths = access.paths(user, at, *Batch.OFFICES)
        return self.filter(access.under("level__scheme__authority__path", paths))

    def untold(self) -> "BatchQuerySet":
        """Those issued whose holders do not know yet."""
        return self.filter(state=Batch.State.ISSUED, told_at=None)


class Batch(models.Model):
    """A list of people proposed for one level, signed and issued by another person, or returned with a reason."""

    OFFICES = (Appointment.Office.EXAM_OFFICER, Appointment.Office.SIGNATORY, Appointment.Office.AUDITOR)

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for signature")
        RETURNED = "returned", _("returned")
        ISSUED = "issued", _("issued")

    class Origin(models.TextChoices):
        AWARD = "award", _("earned here")
        HISTORICAL = "historical", _("paper certificates taken in")

    level = models.ForeignKey(Level, models.PROTECT, related_name="batches")
    # Historical certificates keep the numbers and dates of the paper; none is drawn.
    origin = models.CharField(_("origin"), max_length=10, choices=Origin, default=Origin.AWARD)
    title = models.CharField(_("title"), max_length=200)
    basis = models.CharField(_("basis"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    issue_on = models.DateField(_("date of issue"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    signed_digest = models.CharField(max_length=64, blank=True)
    told_at = models.DateTimeField(_("holders told at"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="batch_decided_by_another"
            ),
            # A returned list may be proposed again; any other stands alone on its basis.
            models.UniqueConstraint(fields=["basis"], condition=~Q(state="returned"), name="batch_once_per_basis"),
        ]

    def __str__(self) -> str:
        return self.title


class CredentialQuerySet(models.QuerySet["Credential"]):
    def visible_to(self, user, at: dt.datetime) -> "CredentialQuerySet":
        """The user's own, those of the teachers below her record offices, and those her authority issues."""
        teachers = Teacher.objects.visible_to(user, at)
        issued = access.under("level__scheme__authority__path", access.paths(user, at, *Batch.OFFICES))
        return self.filter(Q(teacher__in=teachers) | issued)

    def issued(self) -> "CredentialQuerySet":
        return self.exclude(state__in=Credential.NEVER_ISSUED)

    def managed_by(self, user, at: dt.datetime) -> "CredentialQuerySet":
        """Those whose standing the user's certifying offices may look into and change."""
        return self.filter(access.under("level__scheme__authority__path", access.paths(user, at, *Batch.OFFICES)))

    def held_by(self, user) -> "CredentialQuerySet":
        """The issued certificates of the user herself, with those of records that were merged into hers, the newest
        first."""
        own = Q(teacher__user=user) | Q(teacher__merged_into__user=user)
        return self.issued().filter(own).order_by("-issued_on", "-pk")

    def not_drawn(self) -> "CredentialQuerySet":
        """Issued here, and without a file yet; a paper certificate taken in is its own document."""
        return self.issued().filter(file="").exclude(batch__origin=Batch.Origin.HISTORICAL)


class Credential(models.Model):
    """One certificate. From issue on its number, its token and the facts printed on it never change; validity is
    computed from dates and state, not stored by a nightly job."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for signature")
        ISSUED = "issued", _("valid")
        SUSPENDED = "suspended", _("suspended")
        CANCELLED = "cancelled", _("cancelled")
        REVOKED = "revoked", _("revoked")
        SUPERSEDED = "superseded", _("superseded")
        RETURNED = "returned", _("returned")

    NEVER_ISSUED = (State.PROPOSED, State.RETURNED)
    WITHDRAWN = (State.SUSPENDED, State.CANCELLED, State.REVOKED)

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="credentials")
    level = models.ForeignKey(Level, models.PROTECT, related_name="credentials")
    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="credentials")
    place = models.PositiveIntegerField(_("place on the list"), default=0)
    basis = models.CharField(_("basis"), max_length=120)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PROPOSED)
    facts = models.JSONField(_("facts on the certificate"), default=dict, encoder=DjangoJSONEncoder)
    number = models.CharField(_("number"), max_length=40, unique=True, null=True)
    token = models.CharField(max_length=40, unique=True, null=True)
    issued_on = models.DateField(_("issued on"), null=True)
    expires_on = models.DateField(_("valid until"), null=True)
    state_reason = models.TextField(_("reason"), blank=True)
    state_changed_at = models.DateTimeField(null=True)
    file = models.CharField(max_length=120, blank=True)
    file_digest = models.CharField(max_length=64, blank=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["level", "teacher", "basis"], condition=~Q(state="returned"), name="credential_once_per_basis"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "returned"], number=None, token=None, issued_on=None)
                | (~Q(state__in=["proposed", "returned"]) & ~Q(number=None) & ~Q(token=None) & ~Q(issued_on=None)),
                name="credential_numbered_when_issued",
            ),
        ]
        indexes = [
            models.Index(fields=["file"], condition=Q(file="", number__isnull=False), name="credential_not_drawn")
        ]

    def __str__(self) -> str:
        return self.number or f"{self.level} · {self.teacher}"

    @property
    def is_paper(self) -> bool:
        """Whether it is a paper certificate taken into the register; needs the batch."""
        return self.batch.origin == Batch.Origin.HISTORICAL

    @property
    def is_handed_out(self) -> bool:
        """Whether there is a document to hand out: drawn here, and in force as far as no one ended it."""
        return self.state not in self.WITHDRAWN and not self.is_paper

    @property
    def precision(self) -> str:
        """How much of the day of issue is known: "day", or "month" or "year" for a paper certificate."""
        return self.facts.get("precision", "day")

    def standing_on(self, day: dt.date) -> str:
        """What the certificate is worth on a day: its state, or "expired" where only time has ended it; the last day
        of validity still counts."""
        if self.state == self.State.ISSUED and self.expires_on and day > self.expires_on:
            return "expired"
        return self.state


class StateChangeQuerySet(models.QuerySet["StateChange"]):
    def managed_by(self, user, at: dt.datetime) -> "StateChangeQuerySet":
        """Those of the certificates that the user's certifying offices cover."""
        return self.filter(credential__in=Credential.objects.managed_by(user, at))


class StateChange(models.Model):
    """A change of a credential's standing (revoke, suspend, cancel) proposed by one person, decided by another."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("waiting for a second person")
        APPROVED = "approved", _("approved")
        RETURNED = "returned", _("returned")

    credential = models.ForeignKey(Credential, models.PROTECT, related_name="changes")
    to_state = models.CharField(max_length=12, choices=Credential.State)
    from_state = models.CharField(max_length=12, choices=Credential.State)
    reason = models.TextField(_("reason"))
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(_("reason"), blank=True)

    objects = StateChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="change_decided_by_another"
            ),
            models.UniqueConstraint(
                fields=["credential"], condition=Q(state="proposed"), name="change_one_open_per_credential"
            ),
        ]


class Verification(models.Model):
    """Somebody looked at a certificate's public page and found it: when, never who or from where."""

    class Way(models.TextChoices):
        TOKEN = "token", _("by the code on it")
        NUMBER = "number", _("by number and name")

    credential = models.ForeignKey(Credential, models.PROTECT, related_name="verifications")
    at = models.DateTimeField(_("at"))
    way = models.CharField(max_length=6, choices=Way)

    class Meta:
        indexes = [models.Index(fields=["credential", "-at"])]
