"""Rooms, seats and admission numbers of a written stage, and the publication of tickets."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import housing, needs, seat_order, stages
from exams.models import Candidate, Exam, Room, Sitting, Stage, StageEntry
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.crypto import digest
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

OFFICER = Appointment.Office.EXAM_OFFICER


class NothingToArrange(Refusal):
    sentence = _("Seats are arranged for a written stage only; those of a performance come from the hearing days.")


class NoSitting(Refusal):
    sentence = _("The written paper has no place and time yet. Schedule the sitting first.")


class ReviewUnfinished(Refusal):
    sentence = _("Registrations that still wait for review: {count}. Decide them before arranging seats.")


class NobodyApproved(Refusal):
    sentence = _("Nobody has been approved for this exam, so there is nobody to seat.")


class PhotosMissing(Refusal):
    sentence = _("Approved candidates without a photo: {count}, among them {names}. Have them add one first.")


class SeedMissing(Refusal):
    sentence = _("Enter the seed of the draw: any words or figures, agreed beforehand and kept with the result.")
    field = "seed"


class NoTicketsToPublish(Refusal):
    sentence = _("Every ticket of this stage is published already.")


@transaction.atomic
def arrange(*, stage: Stage, seed: str, by: User, at: dt.datetime) -> list[StageEntry]:
    """Seat the approved candidates of a written stage in the rooms of its sites, in the order that the seed draws
    (exams/seat_order.py), colleagues of one school apart where it can be done. Who was granted a room of her own sits
    in one kept for that, behind all others. The admission number is text: the authority's area code (6), the exam's
    code (3), room (3), seat (2). The arrangement keeps seed, algorithm, rooms and the digest of who sits where.

    Refuses: NotYourOffice, NothingToArrange, SeedMissing, NotAtThisStep, NoSitting, ReviewUnfinished, NobodyApproved,
    PhotosMissing, SeatsShort, TooManyRooms.
    """
    access.require(by, stage.exam.organisation, at, OFFICER)
    seed = seed.strip()
    if stage.kind != Stage.Kind.WRITTEN:
        raise NothingToArrange()
    if not seed:
        raise SeedMissing()
    exam = Exam.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=stage.exam_id)
    stages.advance(stage, Stage.State.ARRANGED, at)
    sitting = Sitting.objects.of_stage(stage.pk)
    if sitting is None:
        raise NoSitting()
    ordinary, separate = _people(exam, sitting)
    halls = housing.halls(sitting, len(ordinary), len(separate))
    orders = [
        seat_order.arrange(people, seed, [hall.capacity for hall in rooms], sitting.seats_across)
        for people, rooms in zip((ordinary, separate), halls, strict=True)
    ]
    entries = _seat(exam, stage, sitting, orders, halls)
    order = [*orders[0], *orders[1]]
    seats = [[person.number, entry.admission_number] for person, entry in zip(order, entries, strict=True)]
    rooms = [*halls[0], *halls[1]]
    stage.arrangement = {
        "seed": seed,
        "algorithm": seat_order.ALGORITHM,
        "digest": digest(seats),
        "candidates": len(entries),
        "rooms": len(rooms),
        "room_size": sitting.room_size,
        "sizes": [hall.capacity for hall in rooms],
        "across": sitting.seats_across,
        "separate": [person.number for person in orders[1]],
        "neighbours": sum(
            seat_order.neighbours(people, [hall.capacity for hall in kept], sitting.seats_across)
            for people, kept in zip(orders, halls, strict=True)
        ),
        "by": str(by),
        "at": at.isoformat(),
    }
    stage.save(update_fields=["arrangement"])
    facts = {name: stage.arrangement[name] for name in ("seed", "algorithm", "digest", "candidates", "rooms")}
    journal.write("exams.seats_arranged", by=by, at=at, about=stage, facts=facts)
    return entries


def _people(exam: Exam, sitting: Sitting) -> tuple[list[seat_order.Person], list[seat_order.Person]]:
    """Whom to seat: those who sit with the others, and those who were granted a room of their own."""
    waiting = exam.candidates.filter(state=Candidate.State.SUBMITTED).count()
    if waiting:
        raise ReviewUnfinished(count=waiting)
    approved = exam.candidates.filter(state=Candidate.State.APPROVED).values_list("number", "school_id", "teacher_id")
    if not approved:
        raise NobodyApproved()
    if exam.asks_photo:
        lacking = exam.candidates.filter(state=Candidate.State.APPROVED, photo="").order_by("number")
        if count := lacking.count():
            names = ", ".join(lacking.values_list("teacher__full_name", flat=True)[:3])
            raise PhotosMissing(count=count, names=names)
    held = needs.at_sitting(sitting, [teacher for *_person, teacher in approved])
    groups: tuple[list[seat_order.Person], list[seat_order.Person]] = ([], [])
    for number, school, teacher in approved:
        apart = teacher in held and held[teacher].separate_room
        groups[apart].append(seat_order.Person(number, school))
    return groups


def _seat(
    exam: Exam,
    stage: Stage,
    sitting: Sitting,
    orders: list[list[seat_order.Person]],
    halls: tuple[list[housing.Hall], list[housing.Hall]],
) -> list[StageEntry]:
    rooms = Room.objects.bulk_create(
        Room(sitting=sitting, number=number, capacity=hall.capacity, site=hall.site, is_separate=hall.is_separate)
        for number, hall in enumerate([*halls[0], *halls[1]], 1)
    )
    ids = dict(exam.candidates.values_list("number", "pk"))
    entries = []
    before = 0
    for order, kept in zip(orders, halls, strict=True):
        places = seat_order.seats(len(order), [hall.capacity for hall in kept])
        for person, (room, seat) in zip(order, places, strict=True):
            entries.append(entry_at(stage, ids[person.number], rooms[before + room], seat + 1))
        before += len(kept)
    return StageEntry.objects.bulk_create(entries)


def entry_at(stage: Stage, candidate: int, room: Room, seat: int) -> StageEntry:
    """An entry, not yet written, at a seat and with the number that the seat gives."""
    return StageEntry(
        candidate_id=candidate,
        stage=stage,
        room=room,
        seat=seat,
        admission_number=f"{stage.exam.organisation.code[:6]}{stage.exam.code}{room.number:03d}{seat:02d}",
    )


@transaction.atomic
def publish_tickets(*, stage: Stage, by: User, at: dt.datetime) -> int:
    """Let every seated candidate have her ticket, and tell her; returns how many. Refuses: NotYourOffice,
    NotAtThisStep, NoTicketsToPublish."""
    access.require(by, stage.exam.organisation, at, OFFICER)
    stages.lock(stage)
    stages.require(stage, Stage.State.ARRANGED)
    seated = StageEntry.objects.filter(stage=stage, state=StageEntry.State.SEATED)
    owners = User.objects.filter(teacher__candidacies__entries__in=seated).order_by("pk")
    told = list(owners)
    count = seated.update(state=StageEntry.State.TICKETED, ticketed_at=at)
    if not count:
        raise NoTicketsToPublish()
    journal.write("exams.tickets_published", by=by, at=at, about=stage, facts={"count": count})
    facts = {"exam": stage.exam.name}
    inbox.send_all(kind="exams.ticket_ready", to=told, at=at, address="/exams/mine/", facts_of=lambda _: facts)
    return count
