"""A person who signs types her password again."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from lms.lib.refusals import Refusal
from lms.people.attempts import Counter, TooManyTries
from lms.people.models import User

__all__ = ["TooManyTries", "WrongPassword", "confirm"]

_WRONG = Counter("sign", limit=5, seconds=300)


class WrongPassword(Refusal):
    sentence = _("That is not your password. Nothing was changed; type it again.")
    field = "password"
    status = 422


def confirm(user: User, password: str, at: dt.datetime) -> None:
    """Go on only if this is the user's password. Refuses: WrongPassword, and TooManyTries after five wrong ones in
    five minutes, the right one included."""
    _WRONG.require_free(str(user.pk), at)
    if not user.check_password(password):
        _WRONG.count(str(user.pk), at)
        raise WrongPassword()
