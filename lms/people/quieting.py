"""Spans in which the database is needed quiet, such as a sitting: kept and moved by whoever needs them."""

import datetime as dt

from lms.people.models import QuietTime


def keep_quiet(*, source: str, why: str, from_at: dt.datetime, until_at: dt.datetime) -> QuietTime:
    """Within the transaction of another act, which is the one in the journal: from one moment to another no large
    import runs. `source` is the need's own name (`exams.sitting:12`); kept again, its span moves. `why` is what is
    going on, by its name."""
    span = {"why": why[:200], "from_at": from_at, "until_at": until_at}
    quiet, _made = QuietTime.objects.update_or_create(source=source, defaults=span)
    return quiet
