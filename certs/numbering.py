"""Gives the next numbers of a level and year: in order, none twice, none left out."""

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from certs import numbers
from certs.models import Level, NumberSeries
from lms.lib.refusals import Refusal


class SeriesExhausted(Refusal):
    sentence = _(
        "The year {year} has numbers for {left} more certificates of this level; the list needs {count}. "
        "Ask the authority to add a level with another code."
    )


def take(*, level: Level, year: int, count: int) -> list[str]:
    """The next `count` numbers. The caller's transaction holds the series until it ends, so numbers follow each other
    without a gap, and those of an act that fails are given again. Refuses: SeriesExhausted, and outside a
    transaction TransactionManagementError."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("numbers are taken inside the transaction that issues")
    series = _locked(level, year)
    left = numbers.LAST_SERIAL - series.last
    if count > left:
        raise SeriesExhausted(year=year, left=left, count=count)
    first = series.last + 1
    series.last += count
    series.save(update_fields=["last"])
    return [_number(level, year, serial) for serial in range(first, first + count)]


def _number(level: Level, year: int, serial: int) -> str:
    authority = numbers.area(level.scheme.authority.code)
    return numbers.compose(authority=authority, mark=level.scheme.mark + level.code, year=year, serial=serial)


def _locked(level: Level, year: int) -> NumberSeries:
    """The series, locked; made at its first use. Two who make it at once: one makes it, the other finds it."""
    rows = NumberSeries.objects.select_for_update().filter(level=level, year=year)
    found = rows.first()
    if found is None:
        try:
            with transaction.atomic():
                NumberSeries.objects.create(level=level, year=year)
        except IntegrityError:
            pass
        found = rows.get()
    return found
