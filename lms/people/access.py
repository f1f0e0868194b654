"""May this user do this here? Every question of scope: an office covers its own subtree, nothing above or beside it."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.lib import clock
from lms.lib.refusals import Refusal

if TYPE_CHECKING:
    from lms.people.models import Appointment, Organisation, User


class NotYourOffice(Refusal):
    sentence = _("Your offices do not cover this. Ask the office in charge, or have the office given to you.")
    status = 403


def offices(user: "User", at: dt.datetime, *kinds: str) -> "list[Appointment]":
    """The offices a user holds on the day of `at` (of these kinds, if any are named), each with its organisation."""
    if not user.is_authenticated or not user.is_active:
        return []
    held = user.appointments_on(clock.local_date(at))
    return [each for each in held if not kinds or each.office in kinds]


def paths(user: "User", at: dt.datetime, *kinds: str) -> list[str]:
    """The tree paths of the subtrees that a user's offices of these kinds cover on that day."""
    return [each.organisation.path for each in offices(user, at, *kinds)]


def covers(user: "User", unit: "Organisation", at: dt.datetime, *kinds: str) -> bool:
    """Whether one of the user's offices of these kinds covers this unit: the unit itself or one above it."""
    return any(unit.path.startswith(path) for path in paths(user, at, *kinds))


def require(user: "User", unit: "Organisation", at: dt.datetime, *kinds: str) -> None:
    """Refuse (NotYourOffice) unless `covers`."""
    if not covers(user, unit, at, *kinds):
        raise NotYourOffice()


def under(field: str, prefixes: Iterable[str]) -> Q:
    """A filter for rows whose unit's path, found through `field`, lies in one of these subtrees; none, no rows."""
    condition = Q(pk__in=[])
    for prefix in prefixes:
        condition |= Q(**{f"{field}__startswith": prefix})
    return condition
