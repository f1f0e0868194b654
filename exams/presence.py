"""What an invigilator sees of a sitting: who is in, when her last answer was saved, who has handed in."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from exams.models import Attempt, Room, Sitting, StageEntry


@dataclass(frozen=True)
class Tally:
    """How many of a sitting's candidates stand where; `expected` are all with a ticket."""

    expected: int
    inside: int
    handed_in: int
    absent: int


def tally(sitting: Sitting) -> Tally:
    """The counts of the whole sitting, in one query."""
    state = StageEntry.State
    counts = StageEntry.objects.filter(stage=sitting.module.stage_id).aggregate(
        expected=Count("pk", filter=~Q(state=state.SEATED)),
        inside=Count("pk", filter=Q(attempt__state=Attempt.State.OPEN)),
        handed_in=Count("pk", filter=Q(attempt__state=Attempt.State.HANDED_IN)),
        absent=Count("pk", filter=Q(state=state.ABSENT)),
    )
    return Tally(**counts)


def rooms(sitting: Sitting) -> QuerySet[Room]:
    """The rooms of a sitting, each with how many are inside and have handed in."""
    return sitting.rooms.annotate(
        seated=Count("entries"),
        inside=Count("entries", filter=Q(entries__attempt__state=Attempt.State.OPEN)),
        handed_in=Count("entries", filter=Q(entries__attempt__state=Attempt.State.HANDED_IN)),
    )


def seats(room: Room) -> QuerySet[StageEntry]:
    """The entries of one room by seat, each with her attempt and `last_save`, the moment of her newest answer."""
    return (
        room.entries.select_related("candidate__teacher", "attempt")
        .annotate(last_save=Max("attempt__answers__saved_at"), answered=Count("attempt__answers"))
        .order_by("seat")
    )
