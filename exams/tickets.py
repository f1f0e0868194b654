"""The admission ticket: what stands on it, and its PDF."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from exams import needs, timing, wording
from exams.models import Sitting, StageEntry
from lms.lib import clock, printing

RULES = (
    _("Bring this ticket and your valid identity card; name and number must agree on both."),
    _("Nobody is let in later than {entry} minutes after the start."),
    _("Switch phones and other devices off and leave them at the place shown; none at the seat."),
    _("Sit at the seat with your number and put ticket and card on the upper left corner of the desk."),
    _("Answers are saved as you give them. If the connection fails, go on in your seat and raise your hand."),
)


def ticket(entry: StageEntry) -> dict[str, Any]:
    """What a ticket says, as plain data: who, with a covered identity number; which exam; when and where; the rules
    of the room. Dates and times are in the site's time zone. The entry has a seat and a published ticket."""
    candidate = entry.candidate
    sitting = Sitting.objects.select_related("module").get(module__stage=entry.stage)
    need = needs.at_sitting(sitting, [candidate.teacher_id]).get(candidate.teacher_id)
    own_end = timing.deadline(entry, sitting, paused_seconds=sitting.paused_seconds)
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
        "own_ends": wording.clock_time(own_end) if own_end != sitting.ends_at else "",
        "needs": needs.words(need, sitting.minutes) if need else [],
        "minutes": sitting.minutes,
        "entry_closes": wording.clock_time(sitting.entry_closes_at),
        "site": entry.room.site.name if entry.room.site else sitting.site,
        "room": f"{entry.room.number:03d}",
        "seat": f"{entry.seat:02d}",
        "published_on": clock.local_date(entry.ticketed_at).isoformat(),
        "rules": [str(rule).format(entry=sitting.entry_closes_minutes) for rule in RULES],
    }


def pdf(entry: StageEntry) -> bytes:
    """The ticket as one A4 page, in Chinese whatever the reader's language: it is an official paper."""
    with translation.override("zh-hans"):
        return printing.pdf("exams/ticket", ticket(entry))
