"""The yearly statement of hours: what stands on it, and its PDF."""

import datetime as dt
from typing import Any

from django.utils import formats, translation

from lms.lib import printing
from lms.people.models import Teacher
from lms.records import wording
from lms.records.models import HourEntry
from lms.records.queries import Ledger

TEMPLATE = "records/statement"


def statement(teacher: Teacher, ledger: Ledger, day: dt.date) -> dict[str, Any]:
    """What a statement says, as plain data: who, with a covered identity number; which year by which rules; hours by
    category against what is demanded; exemptions; the cycle; and every entry that counts. As of `day`."""
    judged, year = ledger.judged, ledger.year
    school = teacher.last_school_on(day)
    cycle = judged.cycle
    return {
        "name": teacher.full_name,
        "id_number": teacher.masked_id_number,
        "school": school.name if school else "",
        "year": wording.name(year),
        "rules": year.rules.name if year.rules else "",
        "demands": year.demands,
        "sums": [
            _line(str(HourEntry.Category(each.category).label), each.hours, each.required, each.missing)
            for each in judged.lines
        ],
        "total": _line("", judged.hours, judged.required, judged.missing),
        "exemptions": [
            {
                "from": formats.date_format(each.from_on, "DATE_FORMAT"),
                "until": formats.date_format(each.until_on, "DATE_FORMAT"),
                "by": str(each.decided_by),
            }
            for each in ledger.exemptions
        ],
        "beyond": wording.plain(judged.beyond) if judged.beyond else "",
        "daily_cap": wording.plain(year.rules.daily_cap) if year.rules else "",
        "cycle": {
            "years": cycle.years,
            "from": formats.date_format(cycle.first, "DATE_FORMAT"),
            "until": formats.date_format(cycle.last, "DATE_FORMAT"),
            **_line("", cycle.hours, cycle.required, cycle.missing),
        }
        if cycle
        else None,
        "entries": [
            {
                "day": formats.date_format(each.row.earned_on, "DATE_FORMAT"),
                "title": each.row.title,
                "category": str(HourEntry.Category(each.row.category).label),
                "hours": wording.plain(each.row.hours),
                "counts": wording.plain(each.hours),
            }
            for each in reversed(ledger.entries)
            if not each.is_void
        ],
        "minutes": year.rules.minutes_per_hour if year.rules else 45,
        "printed_on": day.isoformat(),
    }


def pdf(teacher: Teacher, ledger: Ledger, day: dt.date) -> bytes:
    """The statement as A4 pages, in Chinese whatever the reader's language: it is an official paper."""
    with translation.override("zh-hans"):
        return printing.pdf(TEMPLATE, statement(teacher, ledger, day))


def _line(label: str, hours: Any, required: Any, missing: Any) -> dict[str, str]:
    return {
        "label": label,
        "hours": wording.plain(hours),
        "required": wording.plain(required),
        "missing": wording.plain(missing) if missing else "",
    }
