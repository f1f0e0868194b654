"""What the search looks through: one row for each page or document that can be found."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Page

from cms.models.pages import CoursePage, PolicyDocument


class GramsField(models.TextField):
    """Words with a space on both sides; on PostgreSQL a column of its kind for words to be found by an index, which
    is written and never read."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "tsvector" if connection.vendor == "postgresql" else super().db_type(connection)

    def get_db_prep_value(self, value: str, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        if connection.vendor == "postgresql" and isinstance(value, str):
            return " ".join(f"'{word}'" for word in value.replace("'", "").replace("\\", "").split())
        return value


class SearchEntry(models.Model):
    """What is live, as text without its markup. `folded` is the title, a line's end and the text in one way of
    writing (`cms.words`), in which words are looked for; `grams` is the same cut into pairs of neighbouring
    characters, so that PostgreSQL finds a word of two characters by an index (migration 0008)."""

    class Kind(models.TextChoices):
        LESSON = "lesson", pgettext_lazy("found", "lesson")
        COURSE = "course", _("course")
        ANNOUNCEMENT = "announcement", _("announcement")
        DOCUMENT = "document", _("policy document")

    page = models.OneToOneField(Page, models.CASCADE, null=True, related_name="search_entry")
    document = models.OneToOneField(PolicyDocument, models.CASCADE, null=True, related_name="search_entry")
    # Of a lesson and of the course itself: who may read the course may find both.
    course = models.ForeignKey(CoursePage, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    title = models.CharField(max_length=255)
    text = models.TextField()
    folded = models.TextField()
    folded_title = models.CharField(max_length=255)
    grams = GramsField()
    # Of two that fit alike, the newer comes first.
    dated_at = models.DateTimeField()
    # The publication that it was made from: another one makes it stale.
    made_from_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(page=None, document__isnull=False) | Q(page__isnull=False, document=None),
                name="searchentry_page_or_document",
            )
        ]

    def __str__(self) -> str:
        return self.title
