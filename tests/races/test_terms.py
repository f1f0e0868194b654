"""What a period is worth is raised in the moment in which somebody completes it: either all have more, or it stays."""

import threading
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db.models import QuerySet

from lms.journal import writing as journal
from lms.people.models import Organisation, Teacher, User
from lms.records.models import HourEntry
from lms.training import completing, tailoring
from lms.training.models import Period
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT


@pytest.fixture
def at_work(two_connections):
    """A period worth 12 hours, a teacher in it who has just finished its one lesson, and its officer."""
    county = people.organisation("澜溪县", level=Organisation.Level.COUNTY, code="990608")
    officer = people.officer("bureau_officer", county)
    teacher = people.teacher("林知微", school=people.organisation("澜溪县实验小学", parent=county))
    lesson = make.lesson()
    period = make.period(make.programme(county, lessons=[lesson]))
    make.enrolled(teacher, period)
    make.learnt(teacher, lesson)
    return teacher.pk, lesson.key, period.pk, officer.pk


def race(two_connections, at_work):
    """She is about to be credited when the hours are raised."""
    teacher, lesson, period, officer = at_work
    looked, done = threading.Event(), threading.Event()

    def completes():
        with two_connections.held_before('SELECT "records_hourentry"', looked, done):
            completing.reconsider(teacher=Teacher.objects.get(pk=teacher), lesson=lesson, at=AT)

    def raises():
        looked.wait(5)
        try:
            terms = tailoring.Terms(hours={"professional": Decimal(20)})
            by = User.objects.get(pk=officer)
            tailoring.tailor(period=Period.objects.get(pk=period), terms=terms, by=by, at=AT)
        finally:
            done.set()

    return two_connections.run(completes, raises)


@contextmanager
def unlocked(monkeypatch):
    """The twin: the same acts, without a transaction around them and without a row that is held."""
    with monkeypatch.context() as patch:
        for module, name in ((completing, "reconsider"), (tailoring, "tailor")):
            patch.setattr(module, name, getattr(module, name).__wrapped__)
        patch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows)
        patch.setattr(completing.ledger, "post_all", completing.ledger.post_all.__wrapped__)
        for name in ("write", "write_all"):  # which insist on a transaction
            patch.setattr(journal, name, lambda *_what, **_how: None)
        yield


def credited_and_promised(at_work):
    return HourEntry.objects.get().hours, Period.objects.get(pk=at_work[2]).worth[0].hours


def test_hours_are_not_raised_while_somebody_is_credited_with_them(two_connections, at_work):
    results = race(two_connections, at_work)
    assert results[0] is None
    assert isinstance(results[1], tailoring.HoursCredited)
    assert credited_and_promised(at_work) == (12, 12)


def test_hours_differ_from_what_was_credited_when_nothing_is_locked(two_connections, at_work, monkeypatch):
    with unlocked(monkeypatch):
        assert race(two_connections, at_work) == [None, None]
    assert credited_and_promised(at_work) == (12, 20)
