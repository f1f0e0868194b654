"""What a district of the demo is made of, as plain data; nothing here touches the database."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from lms.demo.district import names

CLASSROOM, HOMEROOM = "classroom_teacher", "homeroom_teacher"
PART_TIME, FULL_TIME = "part_time_mental_health_teacher", "full_time_mental_health_teacher"
LEADER = "leader_in_charge"
# How one comes into a period: the school names her and the bureau picks, the school names her, or she enrols herself.
PICKED, NAMED, OWN = "picked", "named", "own"
LEAST_ATTENDANCE = 80  # percent


@dataclass(frozen=True)
class Unit:
    """A unit above the schools, or beside them: its level by the word of lms.people.vocabulary."""

    name: str
    code: str
    level: str
    parent: str = ""


@dataclass(frozen=True)
class School:
    """One school: its unit above, its stages, and the figures it reports."""

    name: str
    code: str
    parent: str
    stages: tuple[str, ...]
    pupils: int
    classes: int
    has_course: bool


@dataclass
class Someone:
    """One person: her school, posts and days; the trainings she attended."""

    full_name: str
    id_number: str
    phone: str
    school: School
    stage: str
    posts: list[str]
    from_on: dt.date
    until_on: dt.date | None = None
    is_retired: bool = True
    # (code of a level or a programme, period, completed)
    trainings: list[tuple[str, int, bool]] = field(default_factory=list)

    def completed(self, code: str) -> int | None:
        """The period in which she completed the training for a level, or a programme."""
        return next((period for each, period, done in self.trainings if each == code and done), None)

    def is_there_on(self, day: dt.date) -> bool:
        return self.from_on <= day and (self.until_on is None or self.until_on >= day)


@dataclass(frozen=True)
class Officer:
    """Somebody with an office: a user name, or none for a teacher of the district who is looked for by her post."""

    username: str
    full_name: str
    office: str
    unit: str
    role: str = ""


@dataclass(frozen=True)
class Level:
    """A level of the scheme; `is_external` where somebody else certifies it. `hours` of its training."""

    code: str
    rank: int
    name: str
    training: str
    hours: Decimal
    is_external: bool = False


@dataclass(frozen=True)
class Programme:
    """A training that the authority gives itself, period by period: `code` is that of a level, or another word where
    it leads to none. `entry` is how one comes in, `days` how long a period lasts; of its `sessions` (title, kind) the
    first is held on the first day, the last on the last. `tags` as lms.training has them."""

    code: str
    title: str
    title_en: str
    hours: Decimal
    posts: tuple[str, ...]
    sessions: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    place: str
    days: int = 12
    entry: str = PICKED


@dataclass(frozen=True)
class Rule:
    """Which level a post must hold, or is meant to."""

    post: str
    level: str
    is_required: bool = True


@dataclass(frozen=True)
class Goal:
    """A share of a post to be trained or certified by a day so many days ahead."""

    post: str
    level: str
    measure: str
    percent: Decimal
    days_ahead: int


class Blueprint:
    """A district, deterministically from a day and a seed. `certified` says who gets a certificate of those who
    completed a training."""

    authority: str
    scheme: tuple[str, str, str]  # code, letters in the number, name
    units: Sequence[Unit]
    levels: Sequence[Level]
    programmes: Sequence[Programme]
    rules: Sequence[Rule]
    goals: Sequence[Goal]
    officers: Sequence[Officer]

    def __init__(self, today: dt.date, seed: str, area: str, first_phone: int) -> None:
        self.today = today
        self.draw = random.Random(f"{seed}:plan")
        self._names, self._numbers = names.full_names(seed), names.id_numbers(seed, area)
        self._phones = names.phones(first_phone)
        self.schools = self.list_schools()
        self.people: list[Someone] = []

    @classmethod
    def list_schools(cls) -> list[School]:
        """The schools, which are the same on every day and from every seed."""
        raise NotImplementedError

    def closed_on(self, code: str, period: int) -> dt.date:
        """The last day of a period of training, which is the date of its certificates."""
        raise NotImplementedError

    def attending(self, code: str) -> dict[int, list[tuple[Someone, bool]]]:
        """Period → who attended it, and whether she completed it."""
        found: dict[int, list[tuple[Someone, bool]]] = {}
        for each in self.people:
            for one, period, completed in each.trainings:
                if one == code:
                    found.setdefault(period, []).append((each, completed))
        return dict(sorted(found.items()))

    def certified(self, level: str) -> list[Someone]:
        """Who holds a certificate of a level, in the order of the list."""
        return [each for each in self.people if each.completed(level)]

    def in_post(self, post: str, on: dt.date) -> list[Someone]:
        """Who holds a post on a day."""
        return [each for each in self.people if post in each.posts and each.is_there_on(on)]

    def hire(self, school: School, post: str, from_on: dt.date) -> Someone:
        """One more person at a school."""
        stage = self.draw.choice(school.stages)
        made = Someone(next(self._names), next(self._numbers), next(self._phones), school, stage, [post], from_on)
        self.people.append(made)
        return made

    def long_ago(self) -> dt.date:
        """A day before any training."""
        return self.today - dt.timedelta(weeks=self.draw.randrange(300, 1_500))


def schools(listed: Sequence[tuple[str, str, tuple[str, ...], int]], pupils: int, without_course: int) -> list[School]:
    """Schools from name, unit above, stages and weight: pupils and classes by size; the smallest have no course. A
    school's code is that of the unit above, filled to eight digits, and a running number."""
    shares = share([weight for *_rest, weight in listed], pupils)
    smallest = set(sorted(range(len(listed)), key=lambda place: shares[place])[:without_course])
    numbers: dict[str, int] = {}
    made = []
    for place, (name, parent, stages, _weight) in enumerate(listed):
        numbers[parent] = numbers.get(parent, 0) + 1
        code = f"{parent.ljust(8, '0')}{numbers[parent]:02d}"
        classes = max(6, round(shares[place] / 44))
        made.append(School(name, code, parent, stages, shares[place], classes, place not in smallest))
    return made


def share(weights: Sequence[int], total: int) -> list[int]:
    """A total divided by weights, each share at least one and their sum exact (largest remainders)."""
    exact = [total * weight / sum(weights) for weight in weights]
    shares = [max(1, int(each)) for each in exact]
    order = sorted(range(len(shares)), key=lambda place: int(exact[place]) - exact[place])
    for place in _round_and_round(order):
        if sum(shares) == total:
            break
        if sum(shares) < total:
            shares[place] += 1
        elif shares[place] > 1:
            shares[place] -= 1
    return shares


def _round_and_round(order: list[int]) -> Iterator[int]:
    while True:
        yield from order
