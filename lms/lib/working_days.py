"""Working days, as plain arithmetic on the exceptions it is given: days off, and weekend days that are worked."""

import datetime as dt
from collections.abc import Mapping


def is_working(day: dt.date, exceptions: Mapping[dt.date, bool]) -> bool:
    """Whether a day is worked: Monday to Friday, unless `exceptions` says otherwise (True worked, False off)."""
    return exceptions.get(day, day.weekday() < 5)


def last_working_day(first: dt.date, count: int, exceptions: Mapping[dt.date, bool]) -> dt.date:
    """The day on which `count` working days are full, counting from `first` on, `first` included if it is worked."""
    if count < 1:
        raise ValueError("a period takes at least one working day")
    day = first
    while True:
        count -= is_working(day, exceptions)
        if count == 0:
            return day
        day += dt.timedelta(days=1)
