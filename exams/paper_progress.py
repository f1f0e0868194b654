"""How far the scores of a sitting on paper are: who was present, whose were entered once, twice, and where they differ.
Counts and names only, never a number that was entered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, OuterRef, QuerySet, Subquery

from exams import dividing, queries
from exams.models import PaperScore, PaperTurn, Stage, StageEntry
from lms.people.models import User

_Turn = PaperTurn.Turn
_WITH_SCRIPT = [state for state in queries.SAT if state != StageEntry.State.VIOLATED]


@dataclass(frozen=True)
class Script:
    """One candidate's script: her entry, and who has entered it; `differs`: the two entries are not the same."""

    entry: StageEntry
    differs: bool

    @property
    def people(self) -> list[int]:
        """Who has entered or decided it, in the order of the turns."""
        found = (self.entry.first_by, self.entry.second_by, self.entry.third_by)
        return [each for each in found if each]

    @property
    def is_once(self) -> bool:
        return self.entry.first_by is not None and self.entry.second_by is None

    @property
    def is_twice(self) -> bool:
        return self.entry.second_by is not None

    @property
    def is_open(self) -> bool:
        """Whether it waits for a third person."""
        return self.differs and self.entry.third_by is None

    @property
    def is_done(self) -> bool:
        return self.is_twice and not self.is_open


@dataclass(frozen=True)
class Tally:
    """Of `present` scripts: entered by nobody, by one, by two, waiting for a third person, and done."""

    present: int
    never: int
    once: int
    twice: int
    open: int
    done: int

    @property
    def is_complete(self) -> bool:
        return self.done == self.present


def scripts(stage: Stage) -> list[Script]:
    """The scripts of a stage by room and seat. Two queries."""
    present = StageEntry.objects.filter(stage=stage, state__in=_WITH_SCRIPT)
    entries = (
        present.annotate(first_by=_by(_Turn.FIRST), second_by=_by(_Turn.SECOND), third_by=_by(_Turn.THIRD))
        .select_related("candidate__teacher", "room")
        .order_by("room__number", "seat", "pk")
    )
    apart = set(differing(stage).values_list("turn__entry", flat=True))
    return [Script(entry, entry.pk in apart) for entry in entries]


def differing(stage: Stage) -> QuerySet[PaperScore]:
    """The numbers of first entries that the second does not share."""
    second = PaperScore.objects.filter(
        turn__entry=OuterRef("turn__entry"), turn__turn=_Turn.SECOND, line=OuterRef("line")
    )
    first = PaperScore.objects.filter(turn__entry__stage=stage, turn__turn=_Turn.FIRST)
    other = Subquery(second.values("points")[:1])
    return first.annotate(other=other).filter(other__isnull=False).exclude(points=F("other"))


def tally(found: Iterable[Script]) -> Tally:
    found = list(found)
    return Tally(
        present=len(found),
        never=sum(not each.people for each in found),
        once=sum(each.is_once for each in found),
        twice=sum(each.is_twice for each in found),
        open=sum(each.is_open for each in found),
        done=sum(each.is_done for each in found),
    )


def by_room(found: Iterable[Script]) -> dict[int, list[Script]]:
    """The scripts of each room, by its number; 0 for those without a room."""
    rooms: dict[int, list[Script]] = defaultdict(list)
    for each in found:
        rooms[each.entry.room.number if each.entry.room else 0].append(each)
    return dict(rooms)


def allowed(found: Iterable[Script], user: User) -> list[Script]:
    """Those whose scores the user may enter or decide: neither her own nor of a school of hers, now or before."""
    barred = dividing.Barred([user])
    return [each for each in found if not _bars(barred, user, each.entry)]


def to_enter(found: Iterable[Script], user: User) -> list[Script]:
    """Those among them that still want an entry of the user."""
    return [each for each in found if not each.is_twice and user.pk not in each.people]


def to_decide(found: Iterable[Script], user: User) -> list[Script]:
    """Those among them that wait for a third person, which the user can be."""
    return [each for each in found if each.is_open and user.pk not in each.people]


def _bars(barred: dividing.Barred, user: User, entry: StageEntry) -> bool:
    return barred.bars_from(user, entry.candidate.school_id, entry.candidate.teacher.user_id)


def _by(turn: str) -> Subquery:
    return Subquery(PaperTurn.objects.filter(entry=OuterRef("pk"), turn=turn).values("entered_by")[:1])
