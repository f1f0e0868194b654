"""The statistical form as a workbook, and the journal's line that it left the site."""

import datetime as dt
from collections import Counter

from django.db import transaction
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from lms.journal import writing as journal
from lms.lib import sheets
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, User
from lms.records import statistics
from lms.records.models import HourClaim

OFFICES = Appointment.RECORD_OFFICES


class SpanReversed(Refusal):
    sentence = gettext_lazy("The first day lies after the last one. Correct one of the two.")
    field = "from_on"


@transaction.atomic
def statistical_form(*, unit: Organisation, from_on: dt.date, until_on: dt.date, by: User, at: dt.datetime) -> bytes:
    """The counts of those who were trained below a unit in these days, as a workbook: attendances on one page, persons
    on the other; that it was taken stands in the journal. Refuses: NotYourOffice, SpanReversed."""
    access.require(by, unit, at, *OFFICES)
    if from_on > until_on:
        raise SpanReversed()
    found = statistics.count(statistics.completed(unit, from_on, until_on))
    facts = {
        "from_on": from_on.isoformat(),
        "until_on": until_on.isoformat(),
        "attendances": sum(found.attendances[band, statistics.ALL] for band in _bands()),
        "persons": sum(found.persons[band, statistics.ALL] for band in _bands()),
    }
    journal.write("records.hours_exported", by=by, at=at, about=unit, facts=facts)
    above = [
        _("Teachers trained: {unit}").format(unit=unit.name),
        _("Trainings that ended from {first} to {last}, completed; as on record at {at}.").format(
            first=_day(from_on), last=_day(until_on), at=formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")
        ),
        _("Whole hours of 45 minutes. A person counts once for each level, in the band of all her hours there."),
    ]
    headings = [_("Hours"), *(_level_name(each) for each in statistics.LEVELS), _("All levels")]
    pages = [
        (pgettext("form", "Attendances"), headings, _table(found.attendances)),
        (pgettext("form", "Persons"), headings, _table(found.persons)),
    ]
    return sheets.write(pages, above=above)


def _bands() -> list[statistics.Band]:
    return [*statistics.BANDS, statistics.WITHOUT]


def _table(counts: Counter) -> list[list[object]]:
    columns = [*statistics.LEVELS, statistics.ALL]
    rows: list[list[object]] = [[_band_name(band), *(counts[band, each] for each in columns)] for band in _bands()]
    return [*rows, [_("Together"), *(sum(counts[band, each] for band in _bands()) for each in columns)]]


def _band_name(band: statistics.Band) -> str:
    if band is None:
        return _("hours not on record")
    first, last = band
    if last is None:
        return f"≥{first}"
    return f"≤{last}" if first == 1 else f"{first}–{last}"


def _level_name(level: str) -> str:
    return str(HourClaim.Level(level).label) if level else _("level not on record")


def _day(day: dt.date) -> str:
    return formats.date_format(day, "DATE_FORMAT")
