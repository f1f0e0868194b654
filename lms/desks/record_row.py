"""One line of a teacher's record, the kinds there are, and dates as far as they are known."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

WORK, TRAINING, HOURS, EXAM, CERTIFICATE = "work", "training", "hours", "exam", "certificate"
HONOUR = "honour"
KINDS: dict[str, str | Promise] = {
    WORK: gettext_lazy("Schools and posts"),
    TRAINING: pgettext_lazy("record", "Trainings"),
    HOURS: gettext_lazy("Hours"),
    EXAM: gettext_lazy("Exams"),
    CERTIFICATE: gettext_lazy("Certificates"),
    HONOUR: gettext_lazy("Honours"),
}


@dataclass(frozen=True)
class Row:
    """One line of the timeline. `day` is where it stands; `when` says the date as far as it is known. `state` is the
    code word of its chip and `word` what the chip says. `facts` are the same as plain data, for a machine."""

    kind: str
    day: dt.date
    when: str
    title: str
    lines: tuple[str, ...] = ()
    state: str = ""
    word: str = ""
    address: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def span(first: dt.date, last: dt.date | None) -> str:
    """From the first day to the last, or to today."""
    until = date_format(last, "DATE_FORMAT") if last else pgettext("span", "today")
    return f"{date_format(first, 'DATE_FORMAT')} – {until}"


def known(day: dt.date, precision: str) -> str:
    """A date for a machine, as far as it is known: 2013-09-14, 2013-09, 2013."""
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[precision]]
