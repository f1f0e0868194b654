"""What an invigilator sees of a sitting: who is in, when she last saved or was heard of, who has handed in."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from exams.models import Answer, Attempt, Room, Sitting, StageEntry, Violation

# A page asks every half minute; after three rounds of silence its candidate has lost contact.
SILENCE = dt.timedelta(seconds=90)


@dataclass(frozen=True)
class Tally:
    """How many of a sitting's candidates stand where; `expected` are all with a ticket, `silent` those in the paper who
    were not heard of for `SILENCE`."""

    expected: int
    inside: int
    silent: int
    handed_in: int
    absent: int


def _last_contact() -> Coalesce:
    """The moment when a candidate in the paper was last heard of: a save, a question without one, or her start."""
    saved = Max("attempt__answers__saved_at")
    asked = Coalesce("attempt__asked_at", "attempt__started_at")
    return Coalesce(Greatest(saved, asked), asked)


def tally(sitting: Sitting, at: dt.datetime) -> Tally:
    """The counts of the whole sitting, in two queries."""
    state = StageEntry.State
    entries = StageEntry.objects.filter(stage=sitting.module.stage_id)
    counts = entries.aggregate(
        expected=Count("pk", filter=~Q(state=state.SEATED)),
        inside=Count("pk", filter=Q(attempt__state=Attempt.State.OPEN)),
        handed_in=Count("pk", filter=Q(attempt__state=Attempt.State.HANDED_IN)),
        absent=Count("pk", filter=Q(state=state.ABSENT)),
    )
    return Tally(silent=_silent(entries, at).count(), **counts)


def _silent(entries: QuerySet[StageEntry], at: dt.datetime) -> QuerySet[StageEntry]:
    since = at - SILENCE
    recent = Answer.objects.filter(attempt=OuterRef("attempt"), saved_at__gt=since)
    asked = Q(attempt__asked_at__gt=since) | Q(attempt__asked_at=None, attempt__started_at__gt=since)
    inside = entries.filter(attempt__state=Attempt.State.OPEN, attempt__paused_at=None)
    return inside.exclude(asked).exclude(Exists(recent))


def rooms(sitting: Sitting) -> QuerySet[Room]:
    """The rooms of a sitting, each with how many are inside and have handed in."""
    return sitting.rooms.annotate(
        seated=Count("entries"),
        inside=Count("entries", filter=Q(entries__attempt__state=Attempt.State.OPEN)),
        handed_in=Count("entries", filter=Q(entries__attempt__state=Attempt.State.HANDED_IN)),
    )


def seats(room: Room, at: dt.datetime) -> list[StageEntry]:
    """The entries of one room by seat, each with her attempt, `last_save`, the moment of her newest answer, `answered`,
    how many there are, `is_silent` and `is_reported`, whether a report of a violation waits."""
    reported = Violation.objects.filter(entry=OuterRef("pk"), state=Violation.State.PROPOSED)
    found: Iterable[StageEntry] = (
        room.entries.select_related("candidate__teacher", "attempt")
        .annotate(
            last_save=Max("attempt__answers__saved_at"),
            answered=Count("attempt__answers"),
            last_contact=_last_contact(),
            is_reported=Exists(reported),
        )
        .order_by("seat")
    )
    return [_with_silence(each, at) for each in found]


def _with_silence(entry: StageEntry, at: dt.datetime) -> StageEntry:
    attempt = getattr(entry, "attempt", None)
    inside = attempt is not None and attempt.state == Attempt.State.OPEN and attempt.paused_at is None
    entry.is_silent = inside and at - entry.last_contact > SILENCE
    return entry
