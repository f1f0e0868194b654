"""Judges set the standard of the paper in two rounds: each rates what she expects, and they come to the line."""

import datetime as dt
from decimal import Decimal
from typing import Any

from exams import facilities, rating
from lms.demo import ability
from lms.demo.course import Course

# How many per cent each judge lies off the panel: they balance, and move closer after they have talked.
_FIRST = (-6, -3, 0, 3, 6)
_SECOND = (-3, -1, 0, 1, 3)


def judges(course: Course) -> list[Any]:
    """The five who rate."""
    holders = [each["code"] for each in course.plan["staff"] if "judge" in each["offices"]]
    return [course.staff[code] for code in holders[: len(_FIRST)]]


def begin(course: Course, at: dt.datetime) -> Any:
    """The judges are named and the first round is open."""
    named = rating.name_judges(module=course.paper_module, judges=judges(course), by=course.officer, at=at)
    return rating.open_round(setting=named, by=course.officer, at=at)


def set_standard(course: Course, at: dt.datetime) -> Any:
    """Both rounds, an hour each with an hour between them; returns the frozen standard."""
    hour = dt.timedelta(hours=1)
    setting = begin(course, at)
    sign(course, setting, 1, at)
    rating.close_round(setting=setting, by=course.officer, at=at + hour)
    setting = rating.open_round(setting=setting, show_facility=True, by=course.officer, at=at + 2 * hour)
    sign(course, setting, 2, at + 2 * hour)
    return rating.close_round(setting=setting, by=course.officer, at=at + 3 * hour)


def sign(course: Course, setting: Any, number: int, at: dt.datetime, *, how_many: int | None = None) -> None:
    """The judges of a round, or the first few, rate every question and sign."""
    points = facilities.points(course.paper)
    line = Decimal(course.plan["written"]["pass_mark"])
    offsets = {who.pk: off for who, off in zip(judges(course), _FIRST if number == 1 else _SECOND, strict=True)}
    sheets = setting.sheets.filter(round=number).select_related("judge").order_by("pk")
    for sheet in sheets[: how_many or len(offsets)]:
        percents = ability.expected(f"{course.seed} {number}", str(sheet.judge), points, line, offsets[sheet.judge_id])
        rating.sign(sheet=sheet, ratings=percents, by=sheet.judge, at=at)
