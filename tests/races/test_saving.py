"""Two pages of one candidate save the same question at once: the newer answer stands, whichever writes last."""

import threading

import pytest

from exams import sitting
from exams.models import Answer, Attempt, Paper
from lms.lib import crypto
from lms.people.models import Organisation
from tests.factories import papers, people
from tests.factories.people import AT

WRITES = ("WITH kept AS (INSERT INTO exams_answer ", "INSERT INTO exams_answer ", 'UPDATE "exams_answer" ')


@pytest.fixture
def attempt(two_connections):
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    return papers.attempt(papers.ticketed(papers.sitting_exam(city)), answers={"1": "B"})


def guarded(attempt, version):
    me = attempt.entry.candidate.teacher.user
    return sitting.save_answers(attempt, [_save(version)], by=me, at=AT)


def unlocked(attempt, version):
    """The twin: it compares versions, but lets go of the row between looking and writing."""
    if Answer.objects.get(attempt=attempt, item="1").version < version:
        unguarded(attempt, version)


def unguarded(attempt, version):
    """The other twin: whoever writes last stands."""
    save = _save(version)
    Answer.objects.filter(attempt=attempt, item="1").update(version=version, response=save["response"])


def _save(version):
    return {"item": "1", "version": version, "response": "ABCD"[version]}


def race(two_connections, attempt, save, held, free):
    """`held` looks first and is stopped before it writes; `free` begins then, and may finish if nothing stops it."""
    looked, finished = threading.Event(), threading.Event()

    def first():
        with two_connections.held_before(WRITES, looked, finished):
            return save(attempt, held)

    def second():
        assert looked.wait(30)
        try:
            return save(attempt, free)
        finally:
            finished.set()

    return two_connections.run(first, second)


@pytest.mark.parametrize(("held", "free"), [(2, 3), (3, 2)])
def test_the_newer_answer_stands_whoever_writes_last(two_connections, attempt, held, free):
    results = race(two_connections, attempt, guarded, held, free)
    assert Answer.objects.values_list("version", "response").get() == (3, "D")
    acknowledged = [each.saved for each in results if isinstance(each, sitting.Kept)]
    refused = [each for each in results if isinstance(each, sitting.StaleVersion)]
    assert len(acknowledged) + len(refused) == 2
    assert [{"item": "1", "version": 3}] in acknowledged


@pytest.mark.parametrize("twin", [unlocked, unguarded])
def test_the_newer_answer_is_lost_without_the_guard(two_connections, attempt, twin):
    race(two_connections, attempt, twin, held=2, free=3)
    assert Answer.objects.values_list("version", "response").get() == (2, "C")


def test_the_receipt_names_what_stands_when_a_save_and_the_hand_in_meet(two_connections, attempt):
    me = attempt.entry.candidate.teacher.user
    writing, done = threading.Event(), threading.Event()

    def save():
        with two_connections.held_before(WRITES, writing, done):
            return sitting.save_answers(attempt, [_save(2)], by=me, at=AT)

    def hand_in():
        assert writing.wait(30)
        try:
            return sitting.hand_in(attempt, by=me, at=AT)
        finally:
            done.set()

    saved, handed_in = two_connections.run(save, hand_in)
    assert saved.saved == [{"item": "1", "version": 2}]
    expected = {"paper": Paper.objects.get().digest, "answers": [["1", 2, "C"]]}
    assert handed_in.receipt == crypto.digest(expected)


def test_start_makes_one_attempt_when_two_pages_start_at_once(two_connections):
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    entry = papers.ticketed(papers.sitting_exam(city))
    me = entry.candidate.teacher.user
    both = two_connections.run(*[lambda: sitting.start(entry, by=me, at=AT)] * 2)
    assert both[0] == both[1] == Attempt.objects.get()
