"""The admission ticket: what stands on it, and its PDF."""

import base64
import datetime as dt
import io
from collections.abc import Iterable
from typing import Any

from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from PIL import Image

from exams import needs, wording
from exams.models import Candidate, ExtraTime, Sitting, StageEntry
from lms.lib import clock, printing
from lms.people import photos

_PHOTO = (200, 280)  # as printed: 25 × 35 mm
RULES = (
    _("Bring this ticket and your valid identity card; name and number must agree on both."),
    _("Nobody is let in later than {entry} minutes after the start."),
    _("Switch phones and other devices off and leave them at the place shown; none at the seat."),
    _("Sit at the seat with your number and put ticket and card on the upper left corner of the desk."),
)
AT_A_DEVICE = _("Answers are saved as you give them. If the connection fails, go on in your seat and raise your hand.")
ON_PAPER = _("Answers count on the answer sheet alone; hand in the paper and the sheet before you leave the room.")


def ticket(entry: StageEntry) -> dict[str, Any]:
    """What a ticket says, as plain data: who, with a covered identity number; which exam; when and where; the rules
    of the room. Dates and times are in the site's time zone. The entry has a seat and a published ticket."""
    sitting = Sitting.objects.select_related("module").get(module__stage=entry.stage)
    (made,) = tickets(sitting, [entry])
    return made


def tickets(sitting: Sitting, entries: Iterable[StageEntry]) -> list[dict[str, Any]]:
    """The tickets of many entries, each with candidate, teacher, school, exam, authority, room and its site at hand, in
    two queries."""
    entries = list(entries)
    held = needs.at_sitting(sitting, [each.candidate.teacher_id for each in entries])
    rows = ExtraTime.objects.filter(sitting=sitting, entry__in=[each.pk for each in entries])
    given = dict(rows.values_list("entry").annotate(Sum("minutes")).order_by())
    made = []
    for each in entries:
        need = held.get(each.candidate.teacher_id)
        minutes = given.get(each.pk, 0) + (needs.in_minutes(sitting.minutes, need.extra_percent) if need else 0)
        made.append(
            _ticket(sitting, each)
            | {
                "needs": needs.words(need, sitting.minutes) if need else [],
                "own_ends": wording.clock_time(sitting.ends_at + dt.timedelta(minutes=minutes)) if minutes else "",
            }
        )
    return made


def _ticket(sitting: Sitting, entry: StageEntry) -> dict[str, Any]:
    candidate = entry.candidate
    last = ON_PAPER if sitting.on_paper else AT_A_DEVICE
    return {
        "exam": candidate.exam.name,
        "authority": candidate.exam.organisation.name,
        "admission_number": entry.admission_number,
        "name": candidate.teacher.full_name,
        "id_number": candidate.teacher.masked_id_number,
        "school": candidate.school.name,
        "module": sitting.module.name,
        "starts": wording.moment(sitting.starts_at),
        "ends": wording.clock_time(sitting.ends_at),
        "minutes": sitting.minutes,
        "entry_closes": wording.clock_time(sitting.entry_closes_at),
        "site": entry.room.site.name if entry.room.site else sitting.site,
        "room": f"{entry.room.number:03d}",
        "seat": f"{entry.seat:02d}",
        "photo": photo(candidate),
        "published_on": clock.local_date(entry.ticketed_at).isoformat(),
        "rules": [str(rule).format(entry=sitting.entry_closes_minutes) for rule in (*RULES, last)],
    }


def photo(candidate: Candidate) -> str | None:
    """A candidate's photo in the size in which it is printed, a JPEG in base64; None where there is none."""
    path = photos.path_of(candidate.photo)
    if not candidate.photo or not path.is_file():
        return None
    with Image.open(path) as picture:
        written = io.BytesIO()
        picture.draft("RGB", _PHOTO)  # decoded no larger than needed: half the time
        picture.convert("RGB").resize(_PHOTO).save(written, "JPEG", quality=78, optimize=True)
    return base64.b64encode(written.getvalue()).decode()


def pdf(entry: StageEntry) -> bytes:
    """The ticket as one A4 page, in Chinese whatever the reader's language: it is an official paper."""
    with translation.override("zh-hans"):
        return printing.pdf("exams/ticket", ticket(entry))
