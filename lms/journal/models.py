"""A line of the journal: one official act, in words of its moment, later sealed into a chain of hashes."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class LineQuerySet(models.QuerySet["Line"]):
    def under(self, *paths: str) -> "LineQuerySet":
        """The lines whose actor acted for a unit in one of these subtrees."""
        condition = models.Q(pk__in=[])
        for path in paths:
            condition |= models.Q(unit_path__startswith=path)
        return self.filter(condition)

    def about(self, subject: models.Model) -> "LineQuerySet":
        """The lines about one row."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))

    def delete(self):
        raise TypeError("the journal forgets nothing")


class Line(models.Model):
    """One act: who (name and unit as they were then), what (`app.past_tense`), about which row, when, with which
    facts. `place`, `previous_hash` and `hash` are given later, once, by sealing."""

    at = models.DateTimeField(_("at"))
    act = models.CharField(_("act"), max_length=60, db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(_("who"), max_length=60, blank=True)
    unit_name = models.CharField(_("unit"), max_length=120, blank=True)
    unit_path = models.CharField(max_length=120, blank=True, db_index=True)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    subject_name = models.CharField(_("about"), max_length=200)
    reason = models.TextField(_("reason"), blank=True)
    facts = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    # The newest transaction that had begun when the line was written: sealing waits until all up to it are over.
    written_before = models.BigIntegerField(default=0)
    place = models.PositiveBigIntegerField(_("place in the chain"), null=True, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.act}"

    def save(self, *args, **kwargs):
        if self.pk:
            raise TypeError("a line of the journal is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("the journal forgets nothing")
