"""What every change of a teacher's record asks for: the record locked, an office that keeps it, a reason, a day."""

import datetime as dt

from django.utils import formats
from django.utils.translation import gettext_lazy as _

from lms.inbox import writing as inbox
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Teacher, User


class ReasonMissing(Refusal):
    sentence = _("Write the reason: it is kept in the journal.")
    field = "reason"


class NothingChanged(Refusal):
    sentence = _("Nothing is different from what stands in the record. Change something, or go back.")


class DayAhead(Refusal):
    sentence = _("This day lies ahead. Enter the change on the day itself or later.")
    field = "on"


class RecordMerged(Refusal):
    sentence = _("This record of {name} was merged into another. Open the other one and make the change there.")


def locked(teacher: Teacher) -> Teacher:
    """The record with its account, locked. Refuses: RecordMerged."""
    found = Teacher.objects.select_for_update(of=("self",)).select_related("user").get(pk=teacher.pk)
    if found.merged_into_id:
        raise RecordMerged(name=found.full_name)
    return found


def require(teacher: Teacher, by: User | None, at: dt.datetime, *offices: str) -> None:
    """Go on only for an office of these kinds that covers the school where she is or last was, or for the
    installation itself. Refuses: NotYourOffice."""
    if by is None:
        return
    school = teacher.last_school_on(clock.local_date(at))
    if school is None:
        raise access.NotYourOffice()
    access.require(by, school, at, *offices)


def given(reason: str) -> str:
    """A reason as it is kept. Refuses: ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing()
    return reason.strip()


def require_come(day: dt.date, at: dt.datetime) -> None:
    """Refuses (DayAhead) a day that has not come."""
    if day > clock.local_date(at):
        raise DayAhead()


def shown(day: dt.date) -> str:
    """A day in the words of the reader's language, for a refusal."""
    return formats.date_format(day, "DATE_FORMAT")


def tell(teacher: Teacher, by: User | None, at: dt.datetime, *, kind: str, **facts: object) -> None:
    """Tell the person herself what somebody else changed in her record."""
    if teacher.user and teacher.user.is_active and by != teacher.user:
        inbox.send(kind=kind, to=teacher.user, at=at, address="/people/me/", **facts)
