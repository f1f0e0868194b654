"""The papers of a sitting's rooms in one go: door lists, sign-in sheets with photos, seat labels and tickets."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Prefetch
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from exams import needs, tickets, wording
from exams.models import ExtraTime, Room, Sitting, StageEntry
from lms.lib import clock, crypto, printing
from lms.lib.refusals import Refusal

PARTS = ("doors", "sheets", "labels", "tickets")
# What a seat takes of the processor, its photo included (measured); what a document set at once may take, so that who
# waits for it waits about a second; and a piece of a longer one, which a machine ten times slower still sets in time.
MILLISECONDS = {"doors": 1, "sheets": 5, "labels": 1, "tickets": 7}
AT_ONCE = 1000
A_PIECE = 500


class TooManySeats(Refusal):
    sentence = _("The papers of {seats} seats take a while. Have them prepared; the document is then fetched here.")


class NoRoomsYet(Refusal):
    sentence = _("No seats are drawn yet, so there is nothing to print.")


def pdf(
    sitting: Sitting, *, parts: Sequence[str] = PARTS, rooms: Sequence[int] | None = None, at: dt.datetime
) -> bytes:
    """The papers of all rooms, or of those with these numbers, as one PDF in Chinese: kind by kind, and room by room
    in each; tickets of those to whom they are published. A reading: nothing is written. Refuses: NoRoomsYet."""
    with translation.override("zh-hans"):
        return printing.pdf("exams/room_papers", content(sitting, parts=parts, rooms=rooms, at=at))


def pdf_at_once(sitting: Sitting, *, parts: Sequence[str], room: int | None, at: dt.datetime) -> bytes:
    """The same for somebody who waits for it: of one room, or of all that are few enough. Refuses: NoRoomsYet,
    TooManySeats."""
    seats = dict(seats_by_room(sitting))
    if room is None and is_long(sum(seats.values()), parts):
        raise TooManySeats(seats=sum(seats.values()))
    return pdf(sitting, parts=parts, rooms=None if room is None else [room], at=at)


def is_long(seats: int, parts: Sequence[str]) -> bool:
    """Whether the papers of so many seats are for the queue."""
    return _milliseconds(seats, parts) > AT_ONCE


def _milliseconds(seats: int, parts: Sequence[str]) -> int:
    return seats * sum(MILLISECONDS[part] for part in parts)


def seats_by_room(sitting: Sitting) -> list[tuple[int, int]]:
    """The numbers of the rooms and how many sit in each, in order."""
    rooms = Room.objects.filter(sitting=sitting).order_by("number")
    return list(rooms.values_list("number", Count("entries")))


def batches(sitting: Sitting, parts: Sequence[str]) -> list[tuple[str, list[int], int]]:
    """The whole as pieces that are each set at once, in their order: kind of paper, rooms, seats. A room is never
    divided."""
    found: list[tuple[str, list[int], int]] = []
    rooms = seats_by_room(sitting)
    for part in parts:
        here: list[int] = []
        seats = 0
        for number, count in rooms:
            if here and _milliseconds(seats + count, [part]) > A_PIECE:
                found.append((part, here, seats))
                here, seats = [], 0
            here, seats = [*here, number], seats + count
        if here:
            found.append((part, here, seats))
    return found


def basis(sitting: Sitting) -> str:
    """A digest of who sits where, who withdrew and who has a ticket, of names, photos, needs and given time: the same
    as long as the papers still hold. Three queries."""
    rows = StageEntry.objects.filter(room__sitting=sitting).order_by("pk")
    names = ("candidate__teacher", "candidate__teacher__full_name", "candidate__photo", "admission_number")
    seen = list(rows.values_list(*names, "room__number", "seat", "state", "ticketed_at"))
    gone = StageEntry.State.WITHDRAWN
    held = needs.at_sitting(sitting, [teacher for teacher, *_rest in seen])
    given = ExtraTime.objects.filter(sitting=sitting).order_by("pk").values_list("entry", "minutes")
    return crypto.digest(
        {
            "seats": [[*row, state == gone, out is not None] for *row, state, out in seen],
            "needs": sorted([teacher, needs.words(need, sitting.minutes)] for teacher, need in held.items()),
            "given": [list(each) for each in given],
        }
    )


def content(sitting: Sitting, *, parts: Sequence[str], rooms: Sequence[int] | None, at: dt.datetime) -> dict[str, Any]:
    """What the papers say, as plain data, in a fixed number of queries. Refuses: NoRoomsYet."""
    stage = sitting.module.stage
    found = list(_rooms(sitting) if rooms is None else _rooms(sitting).filter(number__in=rooms))
    if not found:
        raise NoRoomsYet()
    entries = [entry for each in found for entry in each.entries.all()]
    needs.mark(sitting, entries)
    for each in found:
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
        "rooms": [_room(sitting, each, parts, made) for each in found],
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
        "photo": tickets.photo(candidate) if with_photo else None,
    }
