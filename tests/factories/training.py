"""Lessons, programmes, periods and who takes part, made by the acts themselves. All invented."""

import datetime as dt
import itertools
import uuid
from decimal import Decimal

from lms.lib import clock
from lms.records import learning, ledger
from lms.training import enrolling, planning
from lms.training.models import PlannedPlace
from tests.factories import people
from tests.factories.people import AT

_count = itertools.count(1)
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


def lesson(title="倾听的三个层次", *, minutes=1, asks=False, key=None, version="v1"):
    """A lesson as its author published it; one minute is enough unless a test says otherwise."""
    return learning.Lesson(
        key=key or uuid.uuid4(),
        title=title,
        course=uuid.UUID(int=7),
        course_title="心理健康教育基础",
        minutes=minutes,
        asks=asks,
        version=version,
    )


def learnt(teacher, lesson, *, at=AT):
    """Finish a lesson by spending its least minutes on it, the last of them at `at`."""
    begun = at - lesson.minutes * 60 * SECOND
    token = learning.open_lesson(teacher=teacher, lesson=lesson, at=begun)
    reports = range(1, lesson.minutes * 2 + 1)
    for number in reports:
        then = begun + 30 * number * SECOND
        learning.report(teacher=teacher, lesson=lesson, token=token, number=number, places={}, at=then)
    if lesson.asks:
        learning.pass_questions(teacher=teacher, lesson=lesson, at=at)
    return learning.finish(teacher=teacher, lesson=lesson, at=at)


def hours(teacher, amount="12", *, category="professional", source=None, earned_on=None, at=AT, **more):
    """One posted entry of the ledger of hours."""
    (entry,) = ledger.post(
        teacher=teacher,
        hours={category: Decimal(amount)},
        title=more.get("title", "心理C证培训，第1期"),
        source=source or f"test:{next(_count)}",
        earned_on=earned_on or clock.local_date(at),
        by=None,
        at=at,
    )
    return entry


def programme(organisation, *, lessons=(), **more):
    """A programme that demands these lessons."""
    n = next(_count)
    given = {"code": f"course-{n}", "title": f"心理健康教育培训{n}", "track": "mental"}
    given["hours"] = {"professional": Decimal(12)}
    made = planning.found(organisation=organisation, plan=planning.Plan(**(given | more)), by=None, at=AT)
    for each in lessons:
        demand(made, each)
    return made


def demand(programme, lesson, *, at=AT):
    return planning.demand_lesson(
        programme=programme, key=lesson.key, title=lesson.title, minutes=lesson.minutes, by=None, at=at
    )


def period(programme, number=1, *, at=AT, **more):
    """An announced period: enrolment opened yesterday for ten days, or until the period's last day is over; training
    began a day ago and lasts a month."""
    today = clock.local_date(at)
    given = {"starts_on": today - DAY, "ends_on": today + 30 * DAY, "enrol_from_at": at - DAY} | more
    last = clock.local_moment(given["ends_on"] + DAY)
    given.setdefault("enrol_until_at", min(at + 10 * DAY, last))
    return planning.open_period(programme=programme, number=number, by=None, at=at, **given)


def enrolled(teacher, period, *, at=AT):
    return enrolling.enrol(teacher=teacher, period=period, by=teacher.user, at=at)


def teachers(school, count, *, name="候选"):
    return [people.teacher(f"{name}{n}", school=school) for n in range(1, count + 1)]


def through_schools(programme, number=1, **more):
    """A period that one enters through the school."""
    return period(programme, number, admission="school", **more)


def meant(teacher, period, school, *, place=1, at=AT):
    """Somebody whom the plan of batches has in mind for a period."""
    return PlannedPlace.objects.create(period=period, teacher=teacher, school=school, place=place, planned_at=at)


def steps(enrolment):
    """What became of an enrolment, step by step: the state, by whom, and why."""
    return list(enrolment.steps.order_by("pk").values_list("state", "by", "reason"))


def states(period):
    """Who has which place, in their order, and the state of each."""
    return list(period.enrolments.order_by("place", "pk").values_list("place", "state"))


def told(teacher):
    """The kinds of the messages that a person was sent, in their order."""
    return list(teacher.user.messages.order_by("pk").values_list("kind", flat=True))
