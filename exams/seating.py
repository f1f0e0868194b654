"""Rooms, seats and admission numbers of a written stage, and the publication of tickets."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import seat_order, stages
from exams.models import Candidate, Exam, Room, Sitting, Stage, StageEntry
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib.crypto import digest
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

OFFICER = Appointment.Office.EXAM_OFFICER
MOST_ROOMS = 999  # the room has three digits in the admission number


class NothingToArrange(Refusal):
    sentence = _("Seats are arranged for a written stage only; those of a performance come from the hearing days.")


class NoSitting(Refusal):
    sentence = _("The written paper has no place and time yet. Schedule the sitting first.")


class ReviewUnfinished(Refusal):
    sentence = _("Registrations that still wait for review: {count}. Decide them before arranging seats.")


class NobodyApproved(Refusal):
    sentence = _("Nobody has been approved for this exam, so there is nobody to seat.")


class SeedMissing(Refusal):
    sentence = _("Enter the seed of the draw: any words or figures, agreed beforehand and kept with the result.")
    field = "seed"


class TooManyRooms(Refusal):
    sentence = _("{rooms} rooms would be needed, but admission numbers count only to 999. Enlarge the rooms.")


class NoTicketsToPublish(Refusal):
    sentence = _("Every ticket of this stage is published already.")


@transaction.atomic
def arrange(*, stage: Stage, seed: str, by: User, at: dt.datetime) -> list[StageEntry]:
    """Seat the approved candidates of a written stage in rooms of the sitting's size, in the order that the seed
    draws (exams/seat_order.py), colleagues of one school apart where it can be done. The admission number is text:
    the authority's area code (6), the exam's code (3), room (3), seat (2). The arrangement keeps seed, algorithm and
    the digest of who sits where.

    Refuses: NotYourOffice, NothingToArrange, SeedMissing, NotAtThisStep, NoSitting, ReviewUnfinished, NobodyApproved,
    TooManyRooms.
    """
    access.require(by, stage.exam.organisation, at, OFFICER)
    seed = seed.strip()
    if stage.kind != Stage.Kind.WRITTEN:
        raise NothingToArrange()
    if not seed:
        raise SeedMissing()
    exam = Exam.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=stage.exam_id)
    stages.advance(stage, Stage.State.ARRANGED, at)
    sitting = Sitting.objects.filter(module__stage=stage).first()
    if sitting is None:
        raise NoSitting()
    order = seat_order.arrange(_people(exam), seed, sitting.room_size)
    entries = _seat(exam, stage, sitting, order)
    seats = [[person.number, entry.admission_number] for person, entry in zip(order, entries, strict=True)]
    stage.arrangement = {
        "seed": seed,
        "algorithm": seat_order.ALGORITHM,
        "digest": digest(seats),
        "candidates": len(entries),
        "rooms": rooms_needed(len(entries), sitting.room_size),
        "room_size": sitting.room_size,
        "neighbours": seat_order.neighbours(order, sitting.room_size),
        "by": str(by),
        "at": at.isoformat(),
    }
    stage.save(update_fields=["arrangement"])
    facts = {name: stage.arrangement[name] for name in ("seed", "algorithm", "digest", "candidates", "rooms")}
    journal.write("exams.seats_arranged", by=by, at=at, about=stage, facts=facts)
    return entries


def _people(exam: Exam) -> list[seat_order.Person]:
    waiting = exam.candidates.filter(state=Candidate.State.SUBMITTED).count()
    if waiting:
        raise ReviewUnfinished(count=waiting)
    approved = exam.candidates.filter(state=Candidate.State.APPROVED)
    people = [seat_order.Person(*pair) for pair in approved.values_list("number", "school_id")]
    if not people:
        raise NobodyApproved()
    return people


def _seat(exam: Exam, stage: Stage, sitting: Sitting, order: list[seat_order.Person]) -> list[StageEntry]:
    count = rooms_needed(len(order), sitting.room_size)
    rooms = Room.objects.bulk_create(
        [Room(sitting=sitting, number=number, capacity=sitting.room_size) for number in range(1, count + 1)]
    )
    ids = dict(exam.candidates.values_list("number", "pk"))
    entries = []
    for place, person in enumerate(order):
        room, seat = divmod(place, sitting.room_size)
        entries.append(
            StageEntry(
                candidate_id=ids[person.number],
                stage=stage,
                room=rooms[room],
                seat=seat + 1,
                admission_number=f"{exam.organisation.code[:6]}{exam.code}{room + 1:03d}{seat + 1:02d}",
            )
        )
    return StageEntry.objects.bulk_create(entries)


def rooms_needed(candidates: int, room_size: int) -> int:
    """How many rooms seat so many candidates. Refuses: TooManyRooms."""
    count = -(-candidates // room_size)
    if count > MOST_ROOMS:
        raise TooManyRooms(rooms=count)
    return count


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
