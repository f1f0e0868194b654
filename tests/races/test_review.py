"""Two officers decide on one registration at once: one decision stands, and the other officer is told."""

import threading

import pytest
from django.db import transaction

from exams import applying
from exams.models import Candidate
from lms.journal.models import Line
from lms.people.models import Organisation, User
from tests.factories import exams as make
from tests.factories import people
from tests.factories.people import AT

S = Candidate.State


@pytest.fixture
def candidate(two_connections):
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    people.officer("exam_officer", city, "程秋霁", username="one")
    people.officer("exam_officer", city, "段慎之", username="two")
    exam = make.exam(city, written="registration_open")
    return make.candidate(exam, "林知微", state="submitted")


def approve(pk):
    applying.approve(candidate=_candidate(pk), by=User.objects.get(username="one"), at=AT)


def reject(pk):
    by = User.objects.get(username="two")
    applying.reject(candidate=_candidate(pk), rule="other", reason="材料不实", by=by, at=AT)


def unlocked(state):
    """The twin: it looks whether the registration waits, and writes without having held the row in between."""

    def decide(pk):
        if _candidate(pk).state == S.SUBMITTED:
            with transaction.atomic():
                Candidate.objects.filter(pk=pk).update(state=state)
                return state
        return None

    return decide


def _candidate(pk):
    return Candidate.objects.select_related("teacher__user", "exam").get(pk=pk)


def race(two_connections, candidate, first, second):
    """`first` looks, and is held before it writes; `second` begins then and may finish if nothing stops it."""
    looked, done = threading.Event(), threading.Event()

    def held():
        with two_connections.held_before('UPDATE "exams_candidate" ', looked, done):
            return first(candidate.pk)

    def free():
        looked.wait(5)
        try:
            return second(candidate.pk)
        finally:
            done.set()

    return two_connections.run(held, free)


def test_one_decision_stands_when_two_officers_decide_at_once(two_connections, candidate):
    results = race(two_connections, candidate, approve, reject)
    assert results[0] is None
    assert isinstance(results[1], applying.NotWaitingForReview)
    candidate.refresh_from_db()
    assert candidate.state == S.APPROVED
    assert list(Line.objects.values_list("act", flat=True)) == ["exams.candidate_approved"]


def test_both_decisions_write_when_nothing_is_locked(two_connections, candidate):
    results = race(two_connections, candidate, unlocked(S.APPROVED), unlocked(S.REJECTED))
    assert results == [S.APPROVED, S.REJECTED]
