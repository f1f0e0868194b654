"""Nobody conducts an exam for herself."""

from django.utils.translation import gettext_lazy as _

from exams.models import StageEntry
from lms.lib.refusals import Refusal
from lms.people.models import User


class ForOneself(Refusal):
    sentence = _("This is about yourself as a candidate. Another officer has to do it.")
    status = 403


def require_another(entry: StageEntry | None, by: User) -> None:
    """Refuse (ForOneself) where the candidate of an entry is the officer herself; about everybody (None) it is not."""
    if entry is not None and entry.candidate.teacher.user_id == by.pk:
        raise ForOneself()
