"""Which pages their readers were told of."""

from django.db import models
from wagtail.models import Page


class Told(models.Model):
    """A lesson or an announcement of which those who read it were told: once, however often it is published again. It
    stands beside the page, since a publication writes over all that stands in the page."""

    page = models.OneToOneField(Page, models.CASCADE, related_name="told")
    told_at = models.DateTimeField()
    people = models.PositiveIntegerField()
