"""One row an answer."""

from django.conf import settings
from django.db import models


class Answer(models.Model):
    """The newest answer of one person to one question."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    item = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    response = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        app_label = "limit"
        constraints = [models.UniqueConstraint(fields=["user", "item"], name="limit_answer_once")]
