"""A candidate starts at the moment in which her time is granted, or in which the absent are noted."""

import datetime as dt
from functools import partial

import pytest

from exams import accommodating, admitting, invigilating, sitting, timing
from exams.models import Accommodation, Attempt, Sitting, Stage, StageEntry
from lms.journal.models import Line
from lms.lib import clock
from lms.people.models import Organisation, User
from tests.factories import papers, people
from tests.factories.people import AT
from tests.races.conftest import unlocked

HOURS = 2
HALF_AN_HOUR = dt.timedelta(minutes=30)  # 25 percent of two hours
STARTS = 'INSERT INTO "exams_attempt"'
NOTES = 'INSERT INTO "journal_line"'
ABSENT = 'UPDATE "exams_stageentry" SET "state"'
ENTRY_CLOSES = AT + HALF_AN_HOUR
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def entry(two_connections):
    """A candidate with a ticket in a stage that is under way, and its exam officer."""
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    school = people.organisation("松平市实验小学", parent=city)
    people.officer("exam_officer", city, "程秋霁", username="officer")
    exam = papers.sitting_exam(city, state="in_progress", minutes=HOURS * 60)
    return papers.ticketed(exam, school=school).pk


# The acts as requests would ask for them: everything read afresh on the connection.


def fresh(entry):
    related = ("candidate__teacher__user", "stage__exam__organisation")
    return StageEntry.objects.select_related(*related).get(pk=entry)


def officer():
    return User.objects.get(username="officer")


def start(entry, at=AT):
    found = fresh(entry)
    return sitting.start(found, by=found.candidate.teacher.user, at=at)


def grant(entry):
    teacher, day = fresh(entry).candidate.teacher, clock.local_date(AT)
    return accommodating.grant(teacher=teacher, extra_percent=25, reason="按规定", from_on=day, by=officer(), at=AT)


def give_time(entry):
    found = Sitting.objects.select_related("module__stage__exam__organisation").get(module__stage=fresh(entry).stage)
    return timing.give_time(sitting=found, entry=fresh(entry), minutes=30, reason="换机", by=officer(), at=AT)


def withdraw(accommodation):
    found = Accommodation.objects.select_related("teacher").get(pk=accommodation)
    accommodating.withdraw(accommodation=found, reason="到期", by=officer(), at=AT)


def mark_absent(entry):
    return invigilating.mark_absent(fresh(entry).stage, by=officer(), at=ENTRY_CLOSES + SECOND)


def take_back(entry):
    return admitting.take_back(entry=fresh(entry), by=officer(), at=AT).checked_in_at


def time_of_her_own():
    return Attempt.objects.get().deadline_at - Sitting.objects.get().ends_at


# Her time


@pytest.mark.parametrize("give", [grant, give_time])
def test_time_given_while_she_starts_is_hers(two_connections, entry, give):
    results = two_connections.race(partial(start, entry), partial(give, entry), before=STARTS)
    assert not [each for each in results if isinstance(each, Exception)]
    assert time_of_her_own() == HALF_AN_HOUR


@pytest.mark.parametrize("before", ['INSERT INTO "exams_accommodation"', NOTES])
def test_started_while_time_is_granted_it_is_hers(two_connections, entry, before):
    """Held before it stands, and again when it was seen that she is not in yet."""
    results = two_connections.race(partial(grant, entry), partial(start, entry), before=before)
    assert not [each for each in results if isinstance(each, Exception)]
    assert time_of_her_own() == HALF_AN_HOUR


@pytest.mark.parametrize(("give", "module"), [(grant, accommodating), (give_time, timing)])
def test_time_given_while_she_starts_is_lost_when_nothing_is_locked(two_connections, entry, monkeypatch, give, module):
    with unlocked(monkeypatch, (sitting, "start"), (module, give.__name__)):
        two_connections.race(partial(start, entry), partial(give, entry), before=STARTS)
    assert time_of_her_own() == dt.timedelta(0)


def test_withdrawn_while_she_starts_her_time_is_kept_or_never_was_hers(two_connections, entry):
    """Whichever is first: in the paper she keeps what she has, and what was withdrawn before she was in is not hers."""
    made = grant(entry)
    results = two_connections.race(partial(start, entry), partial(withdraw, made.pk), before=STARTS)
    assert isinstance(results[1], accommodating.InThePaper)
    assert time_of_her_own() == HALF_AN_HOUR


def test_withdrawn_while_she_starts_she_has_what_was_withdrawn_when_nothing_is_locked(
    two_connections, entry, monkeypatch
):
    made = grant(entry)
    with unlocked(monkeypatch, (sitting, "start"), (accommodating, "withdraw")):
        results = two_connections.race(partial(start, entry), partial(withdraw, made.pk), before=STARTS)
    assert results[1] is None
    assert time_of_her_own() == HALF_AN_HOUR


# Whether she came


def test_started_at_the_last_moment_she_is_not_absent(two_connections, entry):
    results = two_connections.race(partial(start, entry, ENTRY_CLOSES), partial(mark_absent, entry), before=STARTS)
    assert results == [Attempt.objects.get(), 0]
    assert fresh(entry).state == StageEntry.State.PRESENT


@pytest.mark.parametrize("before", [ABSENT, NOTES])
def test_marked_absent_first_she_does_not_start(two_connections, entry, before):
    results = two_connections.race(partial(mark_absent, entry), partial(start, entry, ENTRY_CLOSES), before=before)
    assert results[0] == 1
    assert isinstance(results[1], sitting.NotAdmitted)
    assert not Attempt.objects.exists()
    assert fresh(entry).state == StageEntry.State.ABSENT


def test_started_at_the_last_moment_she_is_absent_as_well_when_nothing_is_locked(two_connections, entry, monkeypatch):
    with unlocked(monkeypatch, (sitting, "start"), (invigilating, "mark_absent")):
        results = two_connections.race(partial(start, entry, ENTRY_CLOSES), partial(mark_absent, entry), before=STARTS)
    assert results == [Attempt.objects.get(), 1]


def test_check_in_taken_back_while_she_starts_stands(two_connections, entry):
    Sitting.objects.update(needs_check_in=True)
    admitting.check_in(entry=fresh(entry), by=officer(), at=AT)
    results = two_connections.race(partial(start, entry), partial(take_back, entry), before=STARTS)
    assert isinstance(results[1], admitting.BegunAlready)
    assert fresh(entry).checked_in_at == AT


def test_first_of_a_stage_starts_once_and_the_stage_with_her(two_connections, entry):
    Stage.objects.update(state=Stage.State.ARRANGED)
    results = two_connections.race(partial(start, entry), partial(start, entry), before=STARTS)
    assert results[0] == results[1] == Attempt.objects.get()
    assert Line.objects.filter(act="exams.attempt_started").count() == 1
    assert Stage.objects.get(kind="written").state == Stage.State.IN_PROGRESS
