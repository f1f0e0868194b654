"""The sign-in sheet on paper, for a room without a screen or a network."""

import datetime as dt
from typing import Any

from django.utils import timezone

from lms.lib import clock, printing
from lms.training import roll
from lms.training.models import Session


def content(session: Session, at: dt.datetime) -> dict[str, Any]:
    """What the sheet says, as plain data: everybody with a seat, by name, with a line to sign on."""
    starts, ends = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return {
        "programme": session.period.programme.title,
        "period": session.period.number,
        "title": session.title,
        "kind": session.get_kind_display(),
        "day": starts.date().isoformat(),
        "from": starts.strftime("%H:%M"),
        "until": ends.strftime("%H:%M"),
        "room": session.room,
        "trainer": session.trainer_name,
        "printed_on": clock.local_date(at).isoformat(),
        "people": [{"name": each.name, "school": each.school} for each in roll.people(session, at)],
    }


def pdf(session: Session, at: dt.datetime) -> bytes:
    """The sheet on A4, with a heading on every page."""
    return printing.pdf("training/sign_in_sheet", content(session, at))
