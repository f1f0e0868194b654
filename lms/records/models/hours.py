"""The ledger of hours: what a teacher was credited with, entry by entry; a wrong one is reversed, never edited."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.people.models import Teacher, User


class HourEntryQuerySet(models.QuerySet["HourEntry"]):
    def held_by(self, user: User) -> "HourEntryQuerySet":
        """The user's own, with those of records that were merged into hers."""
        return self.filter(Q(teacher__user=user) | Q(teacher__merged_into__user=user))


class HourEntry(models.Model):
    """Hours of 45 minutes credited to a teacher in one category, for one reason. A reversal is an entry of its own
    with the same hours, negative, that names the entry it takes back. The database refuses to
    change or delete a row."""

    class Category(models.TextChoices):
        """What the yearly hours are divided into (公需, 专业, 个人选修)."""

        GENERAL = "general", _("general subjects")
        PROFESSIONAL = "professional", _("professional subjects")
        ELECTIVE = "elective", _("electives")

    teacher = models.ForeignKey(Teacher, models.PROTECT, related_name="hour_entries")
    category = models.CharField(_("category"), max_length=12, choices=Category)
    hours = models.DecimalField(_("hours of 45 minutes"), max_digits=6, decimal_places=1)
    title = models.CharField(_("for"), max_length=160)
    earned_on = models.DateField(_("earned on"))
    # The first of the days on which it was earned; None where nobody said, then as many days as it needs.
    begun_on = models.DateField(_("earned from"), null=True, blank=True)
    # Given for a deed as such (a paper, an award), not for time spent: no day is too short for it.
    is_converted = models.BooleanField(_("given for a deed"), default=False)
    # What it rests on (`training.enrolment:31`): for one source and category a teacher is credited once.
    source = models.CharField(max_length=60)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    reason = models.TextField(_("reason"), blank=True)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    posted_at = models.DateTimeField()

    objects = HourEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["teacher", "source", "category"],
                condition=Q(reverses=None),
                name="hourentry_once_per_source_and_category",
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, hours__gt=0) | Q(reverses__isnull=False, hours__lt=0),
                name="hourentry_positive_or_a_reversal",
            ),
            models.CheckConstraint(
                condition=Q(begun_on=None) | Q(earned_on__gte=F("begun_on")), name="hourentry_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} · {self.hours}"
