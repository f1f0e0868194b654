"""A teacher takes another name: the old one is kept, and she is still found by it."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib.masking import mask_name
from lms.lib.refusals import Refusal
from lms.people import correcting, keeping, names
from lms.people.models import Appointment, FormerName, Teacher, User

OFFICES = Appointment.BUREAU_OFFICES


class SameName(Refusal):
    sentence = _("That is her name already. Write the new one as on the identity card.")
    field = "full_name"


@transaction.atomic
def rename(
    *, teacher: Teacher, full_name: str, on: dt.date, reason: str, by: User | None, at: dt.datetime
) -> FormerName:
    """From a day on she bears another name; the old one stands as a former name until the day before. Certificates
    keep the name they were issued on. A name that was only misspelt is `correcting.correct`. Who: an officer whose
    bureau or exam office covers her school, or the installation itself.

    Refuses: RecordMerged, NotYourOffice, ReasonMissing, BadName, SameName, DayAhead.
    """
    teacher = keeping.locked(teacher)
    keeping.require(teacher, by, at, *OFFICES)
    reason = keeping.given(reason)
    full_name = names.normalise(full_name)
    if full_name == teacher.full_name:
        raise SameName()
    keeping.require_come(on, at)
    former = FormerName.objects.create(
        teacher=teacher,
        full_name=teacher.full_name,
        name_initials=teacher.name_initials,
        until_on=on - dt.timedelta(days=1),
    )
    correcting.set_name(teacher, full_name)
    facts = {"name_before": mask_name(former.full_name), "on": on.isoformat()}
    journal.write("people.teacher_renamed", by=by, at=at, about=teacher, reason=reason, facts=facts)
    keeping.tell(teacher, by, at, kind="people.record_changed", what="name", reason=reason)
    return former
