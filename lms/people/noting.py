"""Who looked at a teacher's record: one line of the journal per reader, teacher and day."""

import datetime as dt

from django.db import transaction

from lms.journal import writing as journal
from lms.journal.models import Line
from lms.lib import clock
from lms.people.models import Teacher, User

READ = "people.record_read"


@transaction.atomic
def note_reading(*, teacher: Teacher, by: User, at: dt.datetime) -> Line | None:
    """Write down that somebody read another person's record, once a day; nobody is noted for reading her own."""
    own = (teacher.user_id, teacher.merged_into.user_id if teacher.merged_into else None)
    if by.pk in own or _noted(teacher, by, at):
        return None
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # two pages opened at once are one reading
    if _noted(teacher, by, at):
        return None
    return journal.write(READ, by=by, at=at, about=teacher)


def _noted(teacher: Teacher, by: User, at: dt.datetime) -> bool:
    day = clock.local_date(at)
    lines = Line.objects.about(teacher).filter(act=READ, actor=by, at__gte=clock.local_moment(day))
    return lines.filter(at__lt=clock.local_moment(day + dt.timedelta(days=1))).exists()
