"""Who may act on another person's account: an officer above everything that person answers for.

An account opens all that its holder may do. So where she holds a staff office, today or from a day to come, only an
officer of a unit above that office's unit may act on it, never one who stands beside her or below; and nobody on her
own.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.keeping import RecordMerged
from lms.people.models import Appointment, Organisation, User


class NotForOneself(Refusal):
    sentence = _("Nobody does this to her own account. Ask an officer whose office lies above yours.")
    status = 403


class AnswersElsewhere(Refusal):
    sentence = _("{name} holds an office at {unit}. Only an officer of a unit above it may do this.")
    status = 403


class AccountClosed(Refusal):
    sentence = _("The account of {name} is closed. Open it again first.")


def locked(user: User) -> User:
    """The account, locked. Refuses: RecordMerged (it was the account of a second record)."""
    found = User.objects.select_for_update(of=("self",)).select_related("teacher").get(pk=user.pk)
    teacher = getattr(found, "teacher", None)
    if teacher and teacher.merged_into_id:
        raise RecordMerged(name=teacher.full_name)
    return found


@dataclass(frozen=True)
class Standing:
    """What a person answers for: the unit where the account belongs, and the staff offices she holds."""

    user: User
    home: Organisation | None
    held: list[Appointment]

    def refusal(self, by: User, at: dt.datetime, *offices: str) -> Refusal | None:
        """Why this officer may not act on the account with offices of these kinds; None where she may. Asks the
        database nothing that the officer's request has not asked."""
        if by.pk == self.user.pk:
            return NotForOneself()
        paths = access.paths(by, at, *offices)
        if self.home is None or not any(self.home.path.startswith(path) for path in paths):
            return access.NotYourOffice()
        for each in self.held:
            unit = each.organisation
            if not any(unit.path != path and unit.path.startswith(path) for path in paths):
                return AnswersElsewhere(name=str(self.user), unit=unit.name)
        return None


def standing(user: User, at: dt.datetime) -> Standing:
    """The staff offices that a person holds, today or from a day to come, and where her account belongs: the school
    where she is or last was; of who has no record, the unit of an office."""
    mine = user.appointments.select_related("organisation")
    not_over = Q(until_on=None) | Q(until_on__gte=clock.local_date(at))
    held = list(mine.filter(not_over).exclude(office__in=Appointment.HONORARY).order_by("from_on", "pk"))
    if teacher := getattr(user, "teacher", None):
        return Standing(user, teacher.last_school_on(clock.local_date(at)), held)
    last = held[0] if held else mine.order_by("-from_on", "-pk").first()
    return Standing(user, last.organisation if last else None, held)


def require(user: User, by: User | None, at: dt.datetime, *offices: str) -> None:
    """Go on only for an officer, with an office of these kinds, above everything the person answers for, or for the
    installation itself. Refuses: NotForOneself, NotYourOffice, AnswersElsewhere."""
    if by is None:
        return
    if refusal := standing(user, at).refusal(by, at, *offices):
        raise refusal
