"""Trainings on teachers' records, made by the acts themselves. All invented."""

import datetime as dt
import itertools
from decimal import Decimal

from lms.records import claiming, exempting, honouring, outcomes, recognising, ruling
from tests.factories import certs
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


GUANGDONG = {
    "yearly": Decimal(90),
    "general": Decimal(30),
    "professional": Decimal(42),
    "elective": Decimal(18),
}
CREDITS = (
    ruling.Credit("paper", "professional", yearly_cap=Decimal(28)),
    ruling.Credit("award", "elective", hours_each=Decimal(18)),
    ruling.Credit("outside_training", "professional"),
)


def rules(authority, *, by=None, at=AT, from_on=dt.date(2021, 1, 1), credits=CREDITS, until_on=None, **more):
    """The hours that an authority demands: 90 a year, of which 30, 42 and 18, unless a test says otherwise."""
    given = {"name": "继续教育学时规定", "source": "文件〔2021〕1号"}
    given |= {key: more.pop(key) for key in ("name", "source") if key in more}
    demand = ruling.Demand(**(GUANGDONG | more))
    return ruling.lay_down(
        authority=authority, demand=demand, credits=credits, from_on=from_on, until_on=until_on, by=by, at=at, **given
    )


def deed(**more):
    given = {
        "kind": "paper",
        "title": f"课堂倾听的三个层次（之{next(_count)}）",
        "organiser": "《云省教育》",
        "level": "province",
        "begun_on": dt.date(2024, 1, 8),
        "done_on": dt.date(2024, 1, 12),
        "hours": Decimal(20),
    }
    return claiming.Deed(**(given | more))


def scan():
    """A picture unlike any other."""
    n = next(_count)
    return certs.picture("white", (40 + n % 100, 40 + n // 100))


def drafted(teacher, *, proof=True, at=AT, **more):
    claim = claiming.draft(teacher=teacher, deed=deed(**more), by=teacher.user, at=at)
    if proof:
        claiming.add_proof(claim=claim, scan=scan(), by=teacher.user, at=at)
    return claim


def submitted(teacher, *, at=AT, **more):
    return claiming.submit(claim=drafted(teacher, at=at, **more), by=teacher.user, at=at)


def verified(teacher, by, *, at=AT, **more):
    return recognising.verify(claim=submitted(teacher, at=at, **more), by=by, at=at)


def recognised(teacher, school_officer, bureau_officer, *, at=AT, **more):
    return recognising.recognise(claim=verified(teacher, school_officer, at=at, **more), by=bureau_officer, at=at)


def proposed(teacher, by, *, at=AT, **more):
    """An exemption that waits for the bureau: the first five months of 2024, unless a test says otherwise."""
    given = {
        "ground": "maternity_leave",
        "from_on": dt.date(2024, 1, 1),
        "until_on": dt.date(2024, 5, 31),
        "reason": "产假批复〔2024〕3号",
    }
    return exempting.propose(teacher=teacher, **(given | more), by=by, at=at)


def exempted(teacher, by, decided_by, *, at=AT, **more):
    return exempting.grant(exemption=proposed(teacher, by, at=at, **more), by=decided_by, at=at)


def given(**more):
    """An honour as its paper says it."""
    said = {"title": "县教学能手", "level": "county", "giver": "澜溪县教育局", "given_on": "2013年9月"}
    return honouring.Given(**(said | more))


def entered(teacher, by, *, scan=None, at=AT, **more):
    return honouring.enter(teacher=teacher, given=given(**more), scan=scan, by=by, at=at)


def honoured(teacher, by, decided_by, *, at=AT, **more):
    return honouring.confirm(honour=entered(teacher, by, at=at, **more), by=decided_by, at=at)
