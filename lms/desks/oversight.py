"""What the desk of an office that looks after records shows of coverage: the rates of its unit, and who is missing."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from lms.audits import queries, wording
from lms.lib import clock
from lms.people import figures, reporting
from lms.people.models import Organisation, Teacher, User

_AT_MOST = 4
_NAMES = 6


@dataclass(frozen=True)
class Missing:
    """Who lacks what a rule requires at a school: the first few by name, and how many in all."""

    figure: dict[str, Any]
    teachers: list[Teacher]


@dataclass(frozen=True)
class Overview:
    """The rates of the unit one acts for, today; at a school, also who is missing and its figures of the year."""

    unit: Organisation
    on: dt.date
    figures: list[dict[str, Any]]
    missing: list[Missing] = field(default_factory=list)
    year_due: figures.Due | None = None
    year_name: str = ""


def overview(user: User, at: dt.datetime) -> Overview | None:
    """The overview of the unit of the first office that looks after records; None without one. Required rates come
    first, what is only aimed at fills the places that are left."""
    unit = queries.own_unit(user, at)
    if unit is None:
        return None
    on = clock.local_date(at)
    lines = queries.headline(unit, on)[:_AT_MOST]
    shown = [wording.shown(each, unit, on) for each in lines]
    if unit.level != Organisation.Level.SCHOOL:
        return Overview(unit, on, shown)
    year = reporting.school_year(on)
    return Overview(
        unit=unit,
        on=on,
        figures=shown,
        missing=[_missing(each, unit, on) for each in shown if _is_missed(each)],
        year_due=figures.dues([unit], year)[0],
        year_name=f"{year}–{year + 1}",
    )


def _is_missed(figure: dict[str, Any]) -> bool:
    return bool(figure["yardstick"].is_required and figure["share"].lacking)


def _missing(figure: dict[str, Any], unit: Organisation, on: dt.date) -> Missing:
    teachers = queries.lacking(figure["yardstick"].rule, unit, on)[:_NAMES]
    return Missing(figure, list(teachers))
