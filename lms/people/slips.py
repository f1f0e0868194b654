"""The printed slips that carry one-time codes to teachers."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from lms.lib import clock, printing
from lms.people.activating import VALID_FOR
from lms.people.models import Posting, Teacher

_BATCH = 500


def slips(codes: Mapping[int, str], at: dt.datetime) -> dict[str, Any]:
    """What the slips for these codes (account's id → code) say, as plain data, by school and name; the last day of a
    code is in the site's time zone."""
    address = f"{settings.SITE_URL}/people/activate/"
    found = sorted(_teachers(list(codes), at), key=lambda each: (_school(each), each.name_pinyin, each.pk))
    return {
        "address": address,
        "qr": printing.qr_path(address),
        "qr_size": len(printing.qr_rows(address)),
        "last_day": clock.local_date(at + VALID_FOR - dt.timedelta(days=1)).isoformat(),
        "printed_on": clock.local_date(at).isoformat(),
        "slips": [
            {
                "name": each.full_name,
                "school": _school(each),
                "username": each.user.username,
                "code": codes[each.user_id],
            }
            for each in found
        ],
    }


def pdf(codes: Mapping[int, str], at: dt.datetime) -> bytes:
    """The slips on A4 sheets, eight to a sheet, to be cut."""
    return printing.pdf("people/slips", slips(codes, at))


def _school(teacher: Teacher) -> str:
    return next((posting.organisation.name for posting in teacher.current_postings), "")


def _teachers(accounts: list[int], at: dt.datetime) -> list[Teacher]:
    posted = Posting.objects.held_on(clock.local_date(at)).select_related("organisation")
    found = []
    for first in range(0, len(accounts), _BATCH):
        some = Teacher.objects.filter(user__in=accounts[first : first + _BATCH]).select_related("user")
        found += some.prefetch_related(Prefetch("postings", posted, to_attr="current_postings"))
    return found
