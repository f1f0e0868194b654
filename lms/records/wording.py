"""Training years and hours as a reader says them, and as an address does."""

from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext, pgettext

from lms.records.reckoning import Year


def key(year: Year) -> str:
    """What stands for a training year in an address: "2024" for a calendar year, otherwise its first day."""
    return str(year.first.year) if (year.first.month, year.first.day) == (1, 1) else year.first.isoformat()


def name(year: Year) -> str:
    """A training year in the reader's language: a whole calendar year by its number, otherwise by its months."""
    if (year.first.month, year.first.day, year.last.month, year.last.day) == (1, 1, 12, 31):
        return pgettext("year alone", "{year}").format(year=year.first.year)
    whole_months = year.first.day == 1
    look = "YEAR_MONTH_FORMAT" if whole_months else "DATE_FORMAT"
    return f"{formats.date_format(year.first, look)}–{formats.date_format(year.last, look)}"


def about(hours: Decimal | None, is_approximate: bool) -> str:
    """The hours of a training as they are known: "40", "about 40"; "" where they are not."""
    if hours is None:
        return ""
    return gettext("about {n}").format(n=plain(hours)) if is_approximate else plain(hours)


def plain(hours: Decimal | None) -> str:
    """Hours without needless noughts: "12.5", "12"."""
    return f"{(hours or Decimal(0)).normalize():f}"
