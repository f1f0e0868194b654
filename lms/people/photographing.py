"""A teacher's photo: set from a phone, or taken out again."""

import datetime as dt
from typing import IO

from django.db import transaction

from lms.journal import writing as journal
from lms.people import keeping, photos
from lms.people.models import Appointment, Teacher, User

OFFICES = Appointment.RECORD_KEEPERS


def set_photo(*, teacher: Teacher, file: IO[bytes], by: User | None, at: dt.datetime) -> Teacher:
    """Make a picture the teacher's photo; the one before is forgotten. Who: she herself; a bureau, exam or school
    officer whose office covers her school; or the installation itself.

    Refuses: RecordMerged, NotYourOffice, BadPicture.
    """
    _require(teacher, by, at)
    name = photos.store(photos.prepare(file))
    try:
        return _write(teacher, name, "people.photo_set", by, at)
    except BaseException:
        photos.remove(name)  # nobody will ever ask for it
        raise


def remove_photo(*, teacher: Teacher, by: User | None, at: dt.datetime) -> Teacher:
    """Take the photo out; its file is forgotten. Who: as `set_photo`. Refuses: RecordMerged, NotYourOffice."""
    return _write(teacher, "", "people.photo_removed", by, at)


@transaction.atomic
def _write(teacher: Teacher, name: str, act: str, by: User | None, at: dt.datetime) -> Teacher:
    teacher = keeping.locked(teacher)
    _require(teacher, by, at)
    before, teacher.photo = teacher.photo, name
    teacher.save(update_fields=["photo"])
    journal.write(act, by=by, at=at, about=teacher)
    transaction.on_commit(lambda: photos.remove(before))
    return teacher


def _require(teacher: Teacher, by: User | None, at: dt.datetime) -> None:
    if by is None or teacher.user_id != by.pk:
        keeping.require(teacher, by, at, *OFFICES)
