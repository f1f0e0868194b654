"""The demo world: a city with its schools and officers, and a practice exam at each step that can be tried now."""

import copy
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from exams import whole_exam
from lms.demo import documents, hours, inputs, steps, teaching
from lms.demo.by_acts import ByActs
from lms.demo.course import Counts, Course
from lms.demo.district import building
from lms.demo.inputs import Input
from lms.demo.people import PASSWORD, STAFF, TEACHERS
from lms.demo.steps import founding, performance, practice, registration, written
from lms.lib import clock
from lms.people import activating, queries

FOLDER = Path(settings.BASE_DIR) / "tests" / "data" / "jilin"
FINISHED_WEEKS_AGO = 3
_DAY = dt.timedelta(days=1)
_SECTIONS = (
    ("single", 10, "4"),
    ("multiple", 4, "5"),
    ("true_false", 4, "3"),
    ("fill_in", 2, "4"),
    ("short_answer", 1, "10"),
    ("case", 1, "10"),
)


@dataclass(frozen=True)
class Practice:
    """A practice exam that stands at one step today: its written exam was, is or will be on the day `bell` (counted
    from today), it has taken its steps up to and with `until`, and `then` half of the next one. `hearing` and `opens`
    are the days of the hearing and of the written list's publicity."""

    code: str
    name: str
    bell: int
    until: Callable[[Course], Counts]
    then: Callable[[Course, dt.datetime], None] | None = None
    hearing: int = 40
    opens: int | None = None


PRACTICES = (
    Practice("901", "练习考试一：正在报名", 40, practice.register_some),
    Practice("902", "练习考试二：今天笔试", 0, registration.set_paper),
    Practice("903", "练习考试三：正在评卷", -2, written.sit, practice.mark_some),
    Practice("904", "练习考试四：等待批准划线", -9, written.mark, practice.propose_line),
    Practice("905", "练习考试五：公示期满", -24, written.set_line, practice.publicity_opened, opens=-8),
    Practice("906", "练习考试六：今天口试与说课", -60, written.publish_written, practice.call_for_today, hearing=0),
    Practice(
        "907", "练习考试七：名单等待签发", -90, performance.publish_performance, practice.propose_list, hearing=-30
    ),
    Practice("908", "练习考试八：公示中", -20, written.set_line, practice.publicity_opened, opens=0),
)


def build(at: dt.datetime) -> Iterator[str]:
    """Build the small world as of `at`, act by act, saying what stands. The database must hold no units yet."""
    base = inputs.read(FOLDER)
    first = _course(base)
    long_ago = at - 400 * _DAY
    founding.found_units(first, long_ago)
    founding.found_staff(first, long_ago)
    founding.found_level(first, long_ago + _DAY)
    for code in STAFF:
        activating.give_password(user=first.staff[code], password=PASSWORD, at=long_ago + _DAY)
    teachers = practice.teachers(first, TEACHERS, long_ago + 2 * _DAY)
    yield f"{len(first.units)} units, {len(first.staff)} people with offices, {len(teachers)} teachers"
    yield documents.build(long_ago)
    yield from teaching.build(first.units, first.staff["O01"], teachers, at)
    yield from hours.build(first.units, teachers, at)
    for each in PRACTICES:
        course = _course(_given(base, each, clock.local_date(at)), first)
        course.teachers = teachers
        for _name, _counts in practice.run(course, each.until):
            pass
        if each.then:
            each.then(course, at)
        yield each.name
    for teacher in teachers:  # who takes her paper over to another device types it
        activating.give_password(user=teacher.user, password=PASSWORD, at=at)


def build_finished(at: dt.datetime) -> Iterator[str]:
    """Play the whole exam of the input folder by acts, as if it had ended three weeks before `at`."""
    base = inputs.read(FOLDER)
    ended = base.plan["certificate"]["issued_on"]
    weeks = (clock.local_date(at) - ended).days // 7 - FINISHED_WEEKS_AGO
    given = base.shifted(weeks)
    exam = given.plan["exam"]
    written, held = (str(plan["written"]["starts_at"].year) for plan in (base.plan, given.plan))
    exam["name"] = exam["name"].replace(written, held)
    course = _course(given)
    course.units = queries.units_by_code(unit["code"] for unit in given.plan["organisations"])
    holders = {str(each.user): each.user for each in queries.offices_at(course.units.values(), at)}
    course.staff = {person["code"]: holders[person["name"]] for person in given.plan["staff"]}
    course.level = whole_exam.level_of(course.units[given.plan["exam"]["authority"]])
    for name, counts in steps.run(course):
        yield f"{name}: {', '.join(f'{key} {value}' for key, value in counts.items())}"


def build_districts(at: dt.datetime) -> Iterator[str]:
    """Build the districts as of `at`."""
    for plan in building.ALL:
        yield from building.build(plan(clock.local_date(at)), at)


def _course(given: Input, first: Course | None = None) -> Course:
    course = Course(given=given, candidates=ByActs(), seed="demo")
    if first:
        course.units, course.staff, course.level = first.units, first.staff, first.level
    return course


def _given(base: Input, each: Practice, today: dt.date) -> Input:
    """The plan of a practice exam: the base's units, people, rules and topics, a short paper, one panel, its days."""
    plan: dict[str, Any] = copy.deepcopy(base.plan)
    bell = today + each.bell * _DAY
    plan["exam"] |= {"name": each.name, "code": each.code}
    plan["registration"] = {
        "opens_at": _midnight(bell - 60 * _DAY),
        "closes_at": _midnight(bell - 30 * _DAY),
        "review_at": _midnight(bell - 30 * _DAY),
        "arrange_at": _midnight(bell - 20 * _DAY),
        "tickets_at": _midnight(bell - 10 * _DAY),
    }
    # The practice sitting lasts the whole day, so that a visitor finds it open whenever she comes.
    plan["written"] |= {"starts_at": _midnight(bell), "minutes": 24 * 60 - 1, "entry_closes_minutes": 24 * 60 - 2}
    plan["written"]["sections"] = _sections(base)
    hearing = today + each.hearing * _DAY
    plan["performance"]["days"] = [{"on": hearing, "starts": "08:30"}]
    only = plan["performance"]["panels"][0]
    stages = [stage for panel in plan["performance"]["panels"] for stage in panel["stages"]]
    plan["performance"]["panels"] = [{**only, "stages": stages}]
    plan["publicity"] = {
        **plan["publicity"],
        "days_off": [],
        "written_opens_on": today + each.opens * _DAY if each.opens is not None else bell + 10 * _DAY,
        "opens_on": hearing + 3 * _DAY,
    }
    plan["certificate"]["issued_on"] = today
    return Input(base.folder, plan, [])


def _sections(base: Input) -> list[dict[str, Any]]:
    by_kind = {section["kind"]: section["questions"] for section in base.plan["written"]["sections"]}
    return [{"kind": kind, "points": points, "questions": by_kind[kind][:count]} for kind, count, points in _SECTIONS]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(0))
