"""The papers of a sitting's rooms in one go: door lists, sign-in sheets with photos, seat labels and tickets."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from exams import needs, tickets, wording
from exams.models import Room, Sitting, StageEntry
from lms.lib import clock, printing
from lms.lib.refusals import Refusal

PARTS = ("doors", "sheets", "labels", "tickets")
MOST_SEATS = 400  # in one document: what the printer sets within its limit of time


class TooManySeats(Refusal):
    sentence = _("{seats} seats are more than one document holds ({most}). Print room by room, or one kind of paper.")


class NoRoomsYet(Refusal):
    sentence = _("No seats are drawn yet, so there is nothing to print.")


def pdf(sitting: Sitting, *, parts: Sequence[str] = PARTS, room: int | None = None, at: dt.datetime) -> bytes:
    """The papers of all rooms, or of one (its number), as one PDF in Chinese: kind by kind, and room by room in each;
    tickets of those to whom they are published. A reading: nothing is written. Refuses: NoRoomsYet, TooManySeats."""
    with translation.override("zh-hans"):
        return printing.pdf("exams/room_papers", content(sitting, parts=parts, room=room, at=at))


def content(sitting: Sitting, *, parts: Sequence[str], room: int | None, at: dt.datetime) -> dict[str, Any]:
    """What the papers say, as plain data, in a fixed number of queries."""
    stage = sitting.module.stage
    rooms = list(_rooms(sitting) if room is None else _rooms(sitting).filter(number=room))
    if not rooms:
        raise NoRoomsYet()
    entries = [entry for each in rooms for entry in each.entries.all()]
    if len(entries) * len(parts) > MOST_SEATS * len(PARTS):
        raise TooManySeats(seats=len(entries), most=MOST_SEATS)
    needs.mark(sitting, entries)
    for each in rooms:
        for entry in each.entries.all():
            entry.room = each
    published = [each for each in entries if each.ticketed_at and each.state != StageEntry.State.WITHDRAWN]
    printed = tickets.tickets(sitting, published) if "tickets" in parts else []
    made = {each["admission_number"]: each for each in printed}
    return {
        "exam": stage.exam.name,
        "authority": stage.exam.organisation.name,
        "module": sitting.module.name,
        "starts": wording.moment(sitting.starts_at),
        "ends": wording.clock_time(sitting.ends_at),
        "minutes": sitting.minutes,
        "entry_closes": wording.clock_time(sitting.entry_closes_at),
        "printed_on": clock.local_date(at).isoformat(),
        "parts": [part for part in PARTS if part in parts],
        "rooms": [_room(sitting, each, parts, made) for each in rooms],
    }


def _rooms(sitting: Sitting):
    seats = StageEntry.objects.select_related(
        "candidate__teacher", "candidate__school", "candidate__exam__organisation"
    )
    rows = Room.objects.filter(sitting=sitting).select_related("site")
    return rows.prefetch_related(Prefetch("entries", seats.order_by("seat"))).order_by("number")


def _room(sitting: Sitting, room: Room, parts: Sequence[str], made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    entries = list(room.entries.all())
    here = [each for each in entries if each.state != StageEntry.State.WITHDRAWN]
    return {
        "number": f"{room.number:03d}",
        "site": room.site.name if room.site else sitting.site,
        "separate": room.is_separate,
        "expected": len(here),
        "people": [_person(each, with_photo="sheets" in parts) for each in entries],
        "tickets": [made[each.admission_number] for each in here if each.admission_number in made],
    }


def _person(entry: StageEntry, *, with_photo: bool) -> dict[str, Any]:
    candidate = entry.candidate
    return {
        "seat": f"{entry.seat:02d}",
        "admission_number": entry.admission_number,
        "name": candidate.teacher.full_name,
        "id_number": candidate.teacher.masked_id_number,
        "school": candidate.school.name,
        "needs": entry.needs,
        "withdrawn": entry.state == StageEntry.State.WITHDRAWN,
        "photo": tickets.photo_bytes(candidate) if with_photo else None,
    }
