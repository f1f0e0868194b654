"""Moments as people write them, and deadlines: midnight belongs to the day that ends with it."""

import datetime as dt

from django.utils import formats, timezone


def moment(at: dt.datetime) -> str:
    """A moment in the site's time zone and the reader's language."""
    return formats.date_format(timezone.localtime(at), "DATETIME_FORMAT")


def deadline(at: dt.datetime) -> str:
    """The same for a deadline: 9月20日24:00, not 9月21日00:00."""
    local = timezone.localtime(at)
    if local.time() == dt.time(0):
        return formats.date_format(local - dt.timedelta(days=1), "DATE_FORMAT") + " 24:00"
    return formats.date_format(local, "DATETIME_FORMAT")
