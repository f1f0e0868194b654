"""How far the scores of a sitting on paper are: who was present, whose were entered once, twice, and where they differ.
Counts and names only, never a number that was entered."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from exams import dividing, queries
from exams.models import PaperScore, PaperTurn, Stage, StageEntry
from lms.people.models import User

_Turn = PaperTurn.Turn
_WITH_SCRIPT = [state for state in queries.SAT if state != StageEntry.State.VIOLATED]


@dataclass(frozen=True)
class Script:
    """One candidate's script: her entry, and who has entered it; `differs`: whether the two entries are not the same,
    None where it was not asked."""

    entry: StageEntry
    differs: bool | None = None

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
        return bool(self.differs) and self.entry.third_by is None

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
    """The scripts of a stage by room and seat, and whether their two entries differ. Two queries."""
    apart = set(differing().filter(turn__entry__stage=stage).values_list("turn__entry", flat=True))
    return [Script(entry, entry.pk in apart) for entry in _with_turns(StageEntry.objects.filter(stage=stage))]


def beside(entry: StageEntry) -> list[Script]:
    """The scripts of the room of an entry, by seat. One query: whether they differ is not asked."""
    room = StageEntry.objects.filter(stage=entry.stage_id, room=entry.room_id)
    return [Script(each) for each in _with_turns(room)]


def _with_turns(entries: QuerySet[StageEntry]) -> QuerySet[StageEntry]:
    """Those with a script, each with who entered and who decided it."""
    return (
        entries.filter(state__in=_WITH_SCRIPT)
        .annotate(first_by=_by(_Turn.FIRST), second_by=_by(_Turn.SECOND), third_by=_by(_Turn.THIRD))
        .select_related("candidate__teacher", "room")
        .order_by("room__number", "seat", "pk")
    )


def differing() -> QuerySet[PaperScore]:
    """The numbers of first entries that the second does not share, joined once and not asked number by number."""
    other = "turn__entry__paper_turns__scores"
    return PaperScore.objects.filter(
        Q(points__lt=F(f"{other}__points")) | Q(points__gt=F(f"{other}__points")),
        turn__turn=_Turn.FIRST,
        turn__entry__paper_turns__turn=_Turn.SECOND,
        **{f"{other}__line": F("line")},
    )


@dataclass(frozen=True)
class Waiting:
    """How many scripts of a stage want an entry, and how many a decision, of one person."""

    to_enter: int
    to_decide: int


def waiting(stages: Iterable[Stage], user: User) -> dict[int, Waiting]:
    """What waits for the user in each of these stages, by its id; the same as `to_enter` and `to_decide` of what is
    `allowed`, counted by the database in three queries."""
    schools = dividing.Barred([user]).schools_of(user)
    own = Q(candidate__school__in=schools) | Q(candidate__teacher__user=user)
    entries = StageEntry.objects.filter(stage__in=list(stages), state__in=_WITH_SCRIPT).exclude(own)
    turns = PaperTurn.objects.filter(entry=OuterRef("pk"))
    to_enter = entries.exclude(Exists(turns.filter(Q(turn=_Turn.SECOND) | Q(entered_by=user))))
    undecided = entries.filter(Exists(turns.filter(turn=_Turn.SECOND)))
    undecided = undecided.exclude(Exists(turns.filter(Q(turn=_Turn.THIRD) | Q(entered_by=user))))
    to_decide = undecided.filter(Exists(differing().filter(turn__entry=OuterRef("pk"))))
    entering, deciding = _by_stage(to_enter), _by_stage(to_decide)
    return {
        stage: Waiting(entering.get(stage, 0), deciding.get(stage, 0)) for stage in entering.keys() | deciding.keys()
    }


def _by_stage(entries: QuerySet[StageEntry]) -> dict[int, int]:
    return dict(entries.order_by().values_list("stage").annotate(Count("pk")))


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


def is_for(entry: StageEntry, user: User) -> bool:
    """Whether there is a script of the entry, and the user may enter or decide it. One query."""
    return entry.state in _WITH_SCRIPT and not _bars(dividing.Barred([user]), user, entry)


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
