"""The one clock. Doorways ask it once and pass the answer on; nothing below a doorway reads the time."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

_HELD = "clock.held"
_HELD_AT_MOST = 15 * 60


def now() -> dt.datetime:
    """The present moment, aware, in UTC.

    In development, tests and rehearsals the file that LMS_CLOCK_FILE names may hold a number of seconds; they are
    added, so all processes of one rehearsal agree on the date. Production refuses to start with that setting.
    Sessions and tokens keep real time.
    """
    present = dt.datetime.now(dt.UTC)
    if settings.CLOCK_FILE:
        present += dt.timedelta(seconds=_offset())
    return present


def real() -> dt.datetime:
    """The moment by the machine's own clock, for what lasts as long whatever the site's clock says: a session."""
    return timezone.now()


def _offset() -> float:
    try:
        return float(Path(settings.CLOCK_FILE).read_text().strip() or 0)
    except FileNotFoundError:
        return 0.0


def local_date(at: dt.datetime) -> dt.date:
    """The calendar day of a moment in the site's time zone."""
    return timezone.localdate(at)


def local_moment(day: dt.date, time: dt.time = dt.time(0)) -> dt.datetime:
    """A wall-clock time of the site's time zone as an aware moment; midnight, the day's first moment, by default."""
    return timezone.make_aware(dt.datetime.combine(day, time), timezone.get_default_timezone())


@contextmanager
def held() -> Iterator[None]:
    """While this lasts, in every process, the clock decides nothing by itself. Acts that play out a day of the past
    are otherwise overtaken by today's jobs, for which that day is long over. Should this process die, the hold ends
    after a quarter of an hour."""
    cache.set(_HELD, True, _HELD_AT_MOST)
    try:
        yield
    finally:
        cache.delete(_HELD)


def is_held() -> bool:
    """Whether a job that decides in the clock's name has to leave it until later."""
    return bool(cache.get(_HELD))
