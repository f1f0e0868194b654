"""Trainings on teachers' records, made by the acts themselves. All invented."""

import datetime as dt
import itertools

from lms.records import outcomes
from tests.factories.people import AT

_count = itertools.count(1)


def training(teacher, **more):
    given = {
        "track": "homeroom",
        "title": f"班主任专题培训{next(_count)}",
        "ended_on": dt.date(2023, 7, 14),
        "is_completed": True,
    }
    return outcomes.Training(teacher=teacher, **(given | more))


def outcome(teacher, *, by=None, at=AT, source="test:1", **more):
    return outcomes.record(training=training(teacher, **more), source=source, by=by, at=at)
