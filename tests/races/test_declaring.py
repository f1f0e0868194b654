"""The first candidate opens the paper or is checked in while the exam goes on paper or a breach of hers is decided."""

from functools import partial

import pytest

from exams import admitting, declaring, sanctioning, sitting
from exams.models import Attempt, Sitting, StageEntry, Violation
from lms.people.models import Organisation, User
from tests.factories import papers, people
from tests.factories.people import AT

OPENS_STAGE = 'SELECT "exams_stage"."id"'  # she holds her entry and has not asked for the stage
DECLARES = 'UPDATE "exams_sitting"'
NOTES = 'INSERT INTO "journal_line"'


@pytest.fixture
def entry(two_connections):
    """A candidate with a ticket in a stage that nobody has opened, its exam officer and a clerk."""
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    for office in ("exam_officer", "clerk"):
        people.officer(office, city, office, username=office)
    return papers.ticketed(papers.sitting_exam(city)).pk


def fresh(entry):
    return StageEntry.objects.select_related("candidate__teacher__user", "stage__exam__organisation").get(pk=entry)


def by(office):
    return User.objects.get(username=office)


def start(entry):
    found = fresh(entry)
    return sitting.start(found, by=found.candidate.teacher.user, at=AT)


def declare(entry):
    found = Sitting.objects.select_related("module__stage__exam__organisation").get()
    return declaring.declare(sitting=found, on_paper="section", by=by("exam_officer"), at=AT).on_paper


def check_in(entry):
    return admitting.check_in(entry=fresh(entry), by=by("clerk"), at=AT).checked_in_at


def report(entry):
    return sanctioning.report(entry=fresh(entry), tier="general", what="夹带资料", by=by("clerk"), at=AT).state


def confirm(entry):
    found = Violation.objects.select_related("entry__stage__exam__organisation").get()
    seen = found.seen_digest
    return sanctioning.confirm(violation=found, seen_digest=seen, by=by("exam_officer"), at=AT).state


def test_opened_first_the_stage_stays_online_and_neither_waits_in_a_ring(two_connections, entry):
    results = two_connections.race(partial(start, entry), partial(declare, entry), before=OPENS_STAGE)
    assert results[0] == Attempt.objects.get()
    assert isinstance(results[1], declaring.StartedOnline)
    assert Sitting.objects.get().on_paper == ""


def test_declared_first_nobody_opens_it(two_connections, entry):
    results = two_connections.race(partial(declare, entry), partial(start, entry), before=DECLARES)
    assert results[0] == "section"
    assert isinstance(results[1], sitting.SatOnPaper)


def test_checked_in_while_it_goes_on_paper_she_is_present(two_connections, entry):
    assert two_connections.race(partial(declare, entry), partial(check_in, entry), before=DECLARES) == ["section", AT]
    assert fresh(entry).state == "present"


def test_declared_while_she_is_checked_in_she_is_present(two_connections, entry):
    assert two_connections.race(partial(check_in, entry), partial(declare, entry), before=NOTES) == [AT, "section"]
    assert fresh(entry).state == "present"


def test_a_breach_is_reported_while_she_opens_the_stage(two_connections, entry):
    results = two_connections.race(partial(start, entry), partial(report, entry), before=OPENS_STAGE)
    assert results == [Attempt.objects.get(), "proposed"]


def test_a_breach_is_decided_while_she_opens_the_stage(two_connections, entry):
    report(entry)
    results = two_connections.race(partial(start, entry), partial(confirm, entry), before=OPENS_STAGE)
    assert results == [Attempt.objects.get(), "approved"]
    assert fresh(entry).state == "violated"
