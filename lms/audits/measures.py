"""What is counted: one function per measure, each in a fixed number of grouped queries for all units below one."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Expression,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Substr

from certs import queries as certs
from certs.models import DutyRule, Level
from lms.audits.models import StaffingNorm, Target
from lms.people.models import Organisation, PostHeld, Posting, YearlyFigures
from lms.records import queries as records

# A person, however many records of hers were merged.
_WHO = Coalesce("teacher__merged_into", "teacher", output_field=BigIntegerField())
_STEP = 9  # eight digits and a slash: one unit's part of a path
TOTAL, DIRECT = "total", "direct"


@dataclass(frozen=True)
class Yardstick:
    """What a share is taken of: those who hold a post (of a stage, where it names one), and whether they hold a level
    or one above, or were trained for it. `goal` is the percent to be reached by `due_on`, where a target says so.
    Required of each of them (a duty rule), or only aimed at (`is_required` False)."""

    key: str
    post: str
    stage: str
    level: Level
    is_required: bool
    measure: str = Target.Measure.CERTIFIED
    goal: Decimal | None = None
    due_on: dt.date | None = None
    rule: DutyRule | None = None
    target: Target | None = None


@dataclass(frozen=True)
class Share:
    """Some of a number of persons; of nobody there is no percentage."""

    part: int = 0
    of: int = 0

    @property
    def lacking(self) -> int:
        return self.of - self.part

    @property
    def percent(self) -> Decimal | None:
        """With one decimal; 100.0 only where nobody is missing. None of nobody."""
        if not self.of:
            return None
        exact = (Decimal(100 * self.part) / self.of).quantize(Decimal("0.1"), ROUND_HALF_UP)
        return min(exact, Decimal("99.9")) if self.lacking else exact

    def gap(self, goal: Decimal | None) -> Decimal | None:
        """Percentage points short of a goal, from the exact share; 0 where it is reached, None without goal or of
        nobody."""
        if goal is None or not self.of:
            return None
        short = Decimal(goal) - Decimal(100 * self.part) / self.of
        return max(Decimal("0.1"), short.quantize(Decimal("0.1"), ROUND_HALF_UP)) if short > 0 else Decimal(0)

    def persons_to(self, goal: Decimal | None) -> int:
        """How many more persons reach the goal."""
        if goal is None or not self.of:
            return 0
        return max(0, int((Decimal(goal) * self.of / 100).to_integral_value(ROUND_CEILING)) - self.part)


def shares(unit: Organisation, on: dt.date, yardsticks: Sequence[Yardstick]) -> dict[str, Share]:
    """The share of each yardstick in the whole of a unit on a day, by its key. One query."""
    if not yardsticks:
        return {}
    return _shares(_posted(unit, on).aggregate(**_counts(yardsticks, on)), yardsticks)


def shares_by_school(unit: Organisation, on: dt.date, yardsticks: Sequence[Yardstick]) -> dict[int, dict[str, Share]]:
    """The same for every school below a unit, by the school's id; a school where nobody is posted is not among them.
    One query."""
    return _grouped(unit, on, yardsticks, F("organisation_id"))


def shares_by_part(unit: Organisation, on: dt.date, yardsticks: Sequence[Yardstick]) -> dict[str, dict[str, Share]]:
    """The same for every part of a unit, by the path of the unit directly below; the schools directly below it are one
    part together (DIRECT), and whoever is posted at the unit itself another (its own path). One query."""
    below = Substr("organisation__path", 1, len(unit.path) + _STEP)
    schools = When(organisation__parent=unit.pk, organisation__level__gte=Organisation.Level.SCHOOL, then=Value(DIRECT))
    return _grouped(unit, on, yardsticks, Case(schools, default=below, output_field=CharField()))


def held_by(teacher_id: int, on: dt.date, yardsticks: Sequence[Yardstick], unit: Organisation) -> dict[str, Share]:
    """Whether yardsticks bind one person of a unit (`of`), and whether she fulfils them (`part`): noughts and ones. One
    query."""
    if not yardsticks:
        return {}
    mine = _posted(unit, on).filter(who=teacher_id)
    return _shares(mine.aggregate(**_counts(yardsticks, on)), yardsticks)


def _posted(unit: Organisation, on: dt.date) -> QuerySet[Posting]:
    """Who is posted below a unit on a day; a person may have several rows, so she is always counted distinct."""
    return Posting.objects.held_on(on).filter(organisation__path__startswith=unit.path).annotate(who=_WHO).order_by()


def _counts(yardsticks: Iterable[Yardstick], on: dt.date) -> dict[str, Count]:
    counts = {}
    for each in yardsticks:
        bound = Q(who__in=_in_post(each, on))
        counts[f"{each.key}_of"] = Count("who", distinct=True, filter=bound)
        counts[f"{each.key}_part"] = Count("who", distinct=True, filter=bound & Q(who__in=_fulfilling(each, on)))
    return counts


def _in_post(yardstick: Yardstick, on: dt.date) -> QuerySet:
    posts = PostHeld.objects.held_on(on).filter(post=yardstick.post)
    if yardstick.stage:
        posts = posts.filter(stage=yardstick.stage)
    return posts.values(holder=_WHO)


def _fulfilling(yardstick: Yardstick, on: dt.date) -> QuerySet:
    if yardstick.measure == Target.Measure.TRAINED:
        return records.trained(yardstick.level.track, on).values("pk")
    return certs.holders(yardstick.level, on).values("pk")


def _grouped(unit: Organisation, on: dt.date, yardsticks: Sequence[Yardstick], key: Expression | F) -> dict:
    rows = _posted(unit, on).values(group=key).annotate(**_counts(yardsticks, on))
    return {row["group"]: _shares(row, yardsticks) for row in rows}


def _shares(row: dict[str, int], yardsticks: Iterable[Yardstick]) -> dict[str, Share]:
    return {each.key: Share(row[f"{each.key}_part"], row[f"{each.key}_of"]) for each in yardsticks}


# --- Trainings and certificates, level by level ----------------------------------------------------------------------


@dataclass(frozen=True)
class LevelCounts:
    """Four numbers that are never one: attendances are rows of trainings, the other three are persons."""

    level: Level
    attendances: int
    trained: int
    holders: int
    valid: int


def levels(unit: Organisation, on: dt.date, of: Sequence[Level]) -> list[LevelCounts]:
    """For each level: attendances (人次) of its trainings that had ended by a day, and the persons (人数) who completed
    one, of whoever is or was posted below the unit; then, of those posted below it on that day, the persons to whom
    the level or one above had been issued by then, and those of them with whom one was valid. Two queries."""
    if not of:
        return []
    tracks = {each.track: each for each in of}
    done = records.attended(list(tracks), on).filter(records.ever_at(unit)).values("track").order_by()
    rows = done.annotate(rows=Count("pk"), persons=Count(_WHO, distinct=True, filter=Q(is_completed=True)))
    trainings = {row["track"]: row for row in rows}
    counts = {}
    for each in of:
        for name, valid in (("issued", False), ("valid", True)):
            holders = certs.holders(each, on, valid=valid).values("pk")
            counts[f"{name}_{each.pk}"] = Count("who", distinct=True, filter=Q(who__in=holders))
    held = _posted(unit, on).aggregate(**counts)
    nothing = {"rows": 0, "persons": 0}
    return [
        LevelCounts(
            each,
            trainings.get(each.track, nothing)["rows"],
            trainings.get(each.track, nothing)["persons"],
            held[f"issued_{each.pk}"],
            held[f"valid_{each.pk}"],
        )
        for each in of
    ]


# --- What schools reported -------------------------------------------------------------------------------------------


def latest_figures(unit: Organisation, on: dt.date) -> dict[int, YearlyFigures]:
    """The latest confirmed figures of every school below a unit that describe a day or one before it, by the school's
    id. Figures that were replaced still describe the days before those that replaced them. One query."""
    state = YearlyFigures.State
    confirmed = YearlyFigures.objects.filter(
        organisation=OuterRef("pk"), as_of_on__lte=on, state__in=(state.CONFIRMED, state.REPLACED)
    )
    newest = confirmed.order_by("-as_of_on", "-decided_at", "-pk").values("pk")[:1]
    schools = Organisation.objects.under(unit.path).annotate(newest=Subquery(newest)).exclude(newest=None)
    rows = YearlyFigures.objects.filter(pk__in=schools.values("newest"))
    return {each.organisation_id: each for each in rows}


@dataclass(frozen=True)
class SchoolFacts:
    """What the schools below a unit reported together. `reported` of `schools` have confirmed figures."""

    schools: int
    reported: int
    pupils: int
    classes: int
    full_time: int
    part_time: int
    rooms: int
    courses: int
    norm: StaffingNorm | None = None

    @property
    def unreported(self) -> int:
        return self.schools - self.reported

    @property
    def pupils_per_teacher(self) -> int | None:
        """Pupils to one full-time mental-health teacher, whole; None where there is no such teacher."""
        if not self.full_time:
            return None
        return int((Decimal(self.pupils) / self.full_time).quantize(Decimal(1), ROUND_HALF_UP))

    @property
    def needed(self) -> int | None:
        """Full-time teachers that the norm asks for these pupils, rounded up; None without a norm."""
        return -(-self.pupils // self.norm.pupils_per_teacher) if self.norm else None

    @property
    def short(self) -> int | None:
        return None if self.needed is None else max(0, self.needed - self.full_time)


def school_facts(
    schools: Iterable[Organisation], figures: dict[int, YearlyFigures], norm: StaffingNorm | None
) -> SchoolFacts:
    """The facts of these schools, summed. No query."""
    schools = list(schools)
    found = [figures[each.pk] for each in schools if each.pk in figures]
    return SchoolFacts(
        schools=len(schools),
        reported=len(found),
        pupils=sum(each.pupils for each in found),
        classes=sum(each.classes for each in found),
        full_time=sum(each.full_time_posts for each in found),
        part_time=sum(each.part_time_posts for each in found),
        rooms=sum(each.has_counselling_room for each in found),
        courses=sum(each.has_timetabled_course for each in found),
        norm=norm,
    )
