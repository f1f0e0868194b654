"""What a trial asks is changed at the moment of its first trial mark: either the mark is given to what stands, or
nothing is changed under it."""

from decimal import Decimal
from functools import partial

import pytest

from exams import criteria, qualifying
from exams.models import ItemCriterion, Paper, TrialMark, TrialRule
from lms.people.models import Appointment, Organisation, User
from tests.factories import exams as make
from tests.factories import marking as scripts
from tests.factories import people
from tests.factories.people import AT
from tests.races.conftest import unlocked

MARKS = 'INSERT INTO "exams_trialmark"'
REQUIRES = 'UPDATE "exams_trialrule"'


@pytest.fixture
def paper(two_connections):
    """Question 5 asks for two trial scripts, at most half a point off."""
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    exam = scripts.exam_in_marking(city)
    for office, name in ((Appointment.Office.EXAM_OFFICER, "officer"), (Appointment.Office.MARKER, "marker")):
        people.officer(office, city, username=name)
    made = make.module(exam).sitting.paper
    for text in ("备卷一", "备卷二"):
        qualifying.prepare(made, "5", text, Decimal(3), "三人研讨", by=user("officer"), at=AT)
    qualifying.require(made, "5", 2, Decimal("0.5"), by=user("officer"), at=AT)


def user(name):
    return User.objects.get(username=name)


def found():
    return Paper.objects.select_related("module__stage__exam__organisation").get()


def mark():
    script = qualifying.upcoming(TrialRule.objects.get(), user("marker"))
    return qualifying.mark(script, Decimal(3), by=user("marker"), at=AT)


def require(count):
    return qualifying.require(found(), "5", count, Decimal(2), by=user("officer"), at=AT)


def set_criteria():
    return criteria.set_criteria(found(), "5", [("说清做法", Decimal(5))], by=user("officer"), at=AT)


@pytest.mark.parametrize("count", [0, 1])
def test_required_anew_while_the_first_trial_mark_is_given_what_it_asked_stands(two_connections, paper, count):
    results = two_connections.race(mark, partial(require, count), before=MARKS)
    assert isinstance(results[0], TrialMark)
    assert isinstance(results[1], qualifying.TrialBegun)
    assert (TrialRule.objects.get().count, TrialRule.objects.get().limit) == (2, Decimal("0.5"))


def test_marked_while_it_is_required_anew_the_new_limit_stands(two_connections, paper):
    results = two_connections.race(partial(require, 1), mark, before=REQUIRES)
    assert isinstance(results[0], TrialRule)
    assert isinstance(results[1], TrialMark)
    assert TrialRule.objects.get().limit == 2


def test_criteria_set_while_the_first_trial_mark_is_given_are_refused(two_connections, paper):
    results = two_connections.race(mark, set_criteria, before=MARKS)
    assert isinstance(results[0], TrialMark)
    assert isinstance(results[1], criteria.CriteriaInUse)
    assert not ItemCriterion.objects.exists()


def test_required_anew_under_a_trial_mark_when_nothing_is_locked(two_connections, paper, monkeypatch):
    with unlocked(monkeypatch, (qualifying, "require"), (qualifying, "mark")), monkeypatch.context() as patch:
        patch.setattr("exams.stages.lock", lambda stage: None)
        two_connections.race(mark, partial(require, 1), before=MARKS)
    assert (TrialMark.objects.count(), TrialRule.objects.get().limit) == (1, 2)
