"""Pictures and sounds of a question bank: each content once, named by the texts of its questions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.people.models import Organisation


class QuestionMedia(models.Model):
    """A picture or a sound in an institution's bank. A text of a question shows it where it holds `media_id` in a mark
    (lms/questions/items.py); every version of every question of the bank may. `file` is its name in private storage,
    `digest` that of the content kept there."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    media_id = models.CharField(max_length=16)
    name = models.CharField(_("name"), max_length=100)
    content_type = models.CharField(max_length=20)
    file = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    collected_at = models.DateTimeField(_("collected at"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "media_id"], name="media_of_a_bank_once"),
        ]

    def __str__(self) -> str:
        return self.name
