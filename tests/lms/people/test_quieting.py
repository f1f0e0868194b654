"""A span of quiet is kept under the name of its need, and moves when it is kept again."""

import datetime as dt

import pytest
from django.db import IntegrityError

from lms.people import quieting
from lms.people.models import QuietTime

HOUR = dt.timedelta(hours=1)


def test_keep_quiet_moves_the_span_of_the_same_need_and_leaves_others(db, at):
    quieting.keep_quiet(source="a:1", why="笔试", from_at=at, until_at=at + HOUR)
    quieting.keep_quiet(source="a:2", why="笔试", from_at=at, until_at=at + HOUR)
    quieting.keep_quiet(source="a:1", why="补考", from_at=at + HOUR, until_at=at + 2 * HOUR)
    assert list(QuietTime.objects.order_by("source").values_list("source", "why", "from_at")) == [
        ("a:1", "补考", at + HOUR),
        ("a:2", "笔试", at),
    ]


def test_keep_quiet_does_not_take_a_span_that_ends_before_it_begins(db, at):
    with pytest.raises(IntegrityError):
        quieting.keep_quiet(source="a:1", why="笔试", from_at=at, until_at=at)
