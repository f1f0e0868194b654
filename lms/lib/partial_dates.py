"""Dates of which perhaps only the month or the year is known: read as typed, kept with how much is known. Pure."""

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

DAY, MONTH, YEAR = "day", "month", "year"
_SHAPE = re.compile(
    r"(?P<year>(?:19|20)\d\d)"
    r"(?:年|(?:[-./](?P<month>\d{1,2})(?:[-./](?P<day>\d{1,2}))?)"
    r"|年(?P<month2>\d{1,2})月(?:(?P<day2>\d{1,2})[日号])?"
    r"|(?P<month3>\d\d)(?P<day3>\d\d)?)?"
)


@dataclass(frozen=True)
class PartialDate:
    """The first and the last day that a date may be, and how much of it is known: "day", "month" or "year"."""

    first: dt.date
    last: dt.date
    precision: str


def read(text: str) -> PartialDate | None:
    """A date however it was typed: 2012-9-1, 2012.09.01, 2012年9月1日, 20120901, 2012年9月, 201209, 2012; with a time
    behind it, without. None where it is no date from 1950 on."""
    plain = "".join(unicodedata.normalize("NFKC", text.strip().partition(" ")[0].partition("T")[0]).split())
    found = _SHAPE.fullmatch(plain)
    if not found or int(found["year"]) < 1950:
        return None
    year = int(found["year"])
    month, day = (_given(found, name) for name in ("month", "day"))
    try:
        if day is not None and month is not None:
            exact = dt.date(year, month, day)
            return PartialDate(exact, exact, DAY)
        if month is not None:
            last = calendar.monthrange(year, month)[1]
            return PartialDate(dt.date(year, month, 1), dt.date(year, month, last), MONTH)
    except ValueError:  # calendar.IllegalMonthError is one
        return None
    return PartialDate(dt.date(year, 1, 1), dt.date(year, 12, 31), YEAR)


def _given(found: re.Match, name: str) -> int | None:
    text = next((each for each in (found[name], found[f"{name}2"], found[f"{name}3"]) if each), None)
    return int(text) if text else None
