"""Runs the trainings of a district through the acts of those days: announced, entered, attended, closed."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lms.demo.district.blueprint import LEAST_ATTENDANCE, OWN, PICKED, Blueprint, Programme, School, Someone
from lms.lib import clock
from lms.training import attending, completing, deciding, enrolling, nominating, planning, scheduling

_DAY, _MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
_LATE = 29  # one in so many comes late to the first session


@dataclass(frozen=True)
class Place:
    """Where trainings are run: the blueprint, its authority and the officer who runs them, the levels by code, everyone
    by identity number, and who speaks for each school by its code."""

    plan: Blueprint
    authority: Any
    officer: Any
    levels: dict[str, Any]
    teachers: dict[str, Any]
    speakers: dict[str, Any]


def run(place: Place, given: Programme) -> int:
    """Everything of a programme, period by period; how many attended. Each is closed the day after its last,
    and whoever missed too much of its sessions has not completed it."""
    attended = place.plan.attending(given.code)
    begins = place.plan.closed_on(given.code, min(attended)) - 120 * _DAY
    programme = _found(place, given, _at(begins))
    for number, people in attended.items():
        _run_period(place, given, programme, number, people)
    return sum(map(len, attended.values()))


def _found(place: Place, given: Programme, at: dt.datetime) -> Any:
    level = place.levels.get(given.code)
    plan = planning.Plan(
        code=f"mh-{given.code.lower()}",
        title=given.title,
        title_en=given.title_en,
        track=level.track if level else given.code,
        # Where nobody is certified, nobody is to be proposed either.
        level=level if place.plan.certified(given.code) else None,
        posts=given.posts,
        hours={"professional": Decimal(given.hours)},
        tags=given.tags,
    )
    programme = planning.found(organisation=place.authority, plan=plan, by=place.officer, at=at)
    planning.demand_attendance(programme=programme, percent=LEAST_ATTENDANCE, by=place.officer, at=at)
    return programme


def _run_period(
    place: Place, given: Programme, programme: Any, number: int, people: Sequence[tuple[Someone, bool]]
) -> None:
    last = place.plan.closed_on(given.code, number)
    first = last - (given.days - 1) * _DAY
    picked, own = given.entry == PICKED, given.entry == OWN
    period = planning.open_period(
        programme=programme,
        number=number,
        starts_on=first,
        ends_on=last,
        enrol_from_at=_at(first - 60 * _DAY, 0),
        enrol_until_at=_at(first - 20 * _DAY, 0),
        capacity=-(-len(people) // 10) * 10 if picked or own else None,
        mode="face_to_face",
        place=given.place,
        admission="open" if own else "school",
        selection="choice" if picked else "order",
        by=place.officer,
        at=_at(first - 70 * _DAY),
    )
    everyone = [each for each, _completed in people]
    came_in = _enrol(place, period, everyone, first) if own else _name(place, period, everyone, first)
    if picked:
        deciding.pick(period=period, enrolments=came_in, by=place.officer, at=_at(first - 15 * _DAY))
    stayed = {place.teachers[each.id_number].pk for each, completed in people if completed}
    broke_off = [each.teacher_id not in stayed for each in came_in]
    _hold(place, given, period, came_in, broke_off)
    completing.close(period=period, by=place.officer, at=_at(last + _DAY))


def _enrol(place: Place, period: Any, people: Sequence[Someone], first: dt.date) -> list[Any]:
    """Each enrols herself, one after another on one day."""
    begin, teachers = _at(first - 30 * _DAY), [place.teachers[each.id_number] for each in people]
    return [
        enrolling.enrol(teacher=each, period=period, by=each.user, at=begin + minute * _MINUTE)
        for minute, each in enumerate(teachers)
    ]


def _name(place: Place, period: Any, people: Sequence[Someone], first: dt.date) -> list[Any]:
    """Each school names its teachers, one school after another on one day."""
    begin = _at(first - 30 * _DAY)
    by_school: dict[School, list[Any]] = {}
    for each in people:
        by_school.setdefault(each.school, []).append(place.teachers[each.id_number])
    named: list[Any] = []
    for minute, (school, teachers) in enumerate(by_school.items()):
        by, at = place.speakers.get(school.code, place.officer), begin + minute * _MINUTE
        named += nominating.nominate(teachers=teachers, period=period, by=by, at=at)
    return named


def _hold(place: Place, given: Programme, period: Any, seats: Sequence[Any], broke_off: Sequence[bool]) -> None:
    """The sessions, each with its list: who broke off came to the first alone."""
    days = [period.starts_on, period.ends_on]
    for part, (day, (title, kind)) in enumerate(zip(days, given.sessions, strict=True)):
        plan = scheduling.Plan(
            title=title, kind=kind, starts_at=_at(day), ends_at=_at(day, 12), room="报告厅", trainer_name="外请专家"
        )
        held = scheduling.schedule(period=period, plan=plan, by=place.officer, at=_at(period.starts_on - 10 * _DAY))
        noted_at = held.starts_at + 10 * _MINUTE
        marks = [
            attending.Mark(uuid.uuid4(), seat.pk, _state(part, number, gone), noted_at)
            for number, (seat, gone) in enumerate(zip(seats, broke_off, strict=True))
        ]
        taken = attending.take(session=held, marks=marks, source="list", by=place.officer, at=noted_at + 5 * _MINUTE)
        if taken.refused:
            raise ValueError(f"{period}: {taken.refused[0][1]}")


def _state(part: int, number: int, gone: bool) -> str:
    if part and gone:
        return "absent"
    return "late" if not part and number % _LATE == _LATE - 1 else "present"


def _at(day: dt.date, hour: int = 9) -> dt.datetime:
    return clock.local_moment(day, dt.time(hour))
