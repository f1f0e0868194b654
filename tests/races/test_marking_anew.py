"""An answer is ordered to be marked anew, or marked, at the moment in which the scores are checked: what stands in a
result is all that was acknowledged, and nothing comes upon a result that stands."""

from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from types import SimpleNamespace

import pytest

from exams import marking, remarking, settling, stages
from exams.models import Answer, Mark, Module, ModuleResult, Remarking, Stage
from lms.people.models import Appointment, Organisation, User
from tests.factories import exams as make
from tests.factories import marking as scripts
from tests.factories import people
from tests.factories.people import AT
from tests.races.conftest import unlocked

ORDERS = 'INSERT INTO "exams_remarking"'
SETTLES = 'INSERT INTO "exams_moduleresult"'
MARKS = 'UPDATE "exams_mark" SET "points"'
CALLS_THIRD = 'INSERT INTO "exams_mark"'


@pytest.fixture
def module(two_connections):
    """One script with one written answer, on which its two markers agree at 3 points; two others may mark it anew."""
    city = people.organisation("松平市", level=Organisation.Level.CITY, code="990600")
    exam = scripts.exam_in_marking(city)
    Module.objects.filter(pk=make.module(exam).pk).update(difference_limit=2)
    for name in ("officer", "other"):
        people.officer(Appointment.Office.EXAM_OFFICER, city, username=name)
    for name in ("first", "second", "third", "fourth"):
        people.officer(Appointment.Office.MARKER, city, username=name)
    attempt = scripts.script(exam, answers={"5": "先处理情绪，再讲方法。"})
    marking.mark_by_key(attempt.pk, AT)
    scripts.marks(attempt, "5", "3", "3", [user("first"), user("second")], pool=[user("third")])
    return make.module(exam).pk


def user(name):
    return User.objects.get(username=name)


def stage():
    return Stage.objects.select_related("exam__organisation").get(kind="written")


def order():
    return remarking.order(Answer.objects.get(), user("third"), user("fourth"), "漏判", by=user("officer"), at=AT)


def settle():
    return settling.settle_written(stage(), by=user("other"), at=AT)


def mark(role, points):
    mine = Mark.objects.standing().get(role=role)
    return marking.mark(mine, Decimal(points), by=mine.marker, at=AT)


@contextmanager
def without_locks(monkeypatch):
    """The twin, which also moves the stage outside a transaction."""
    with unlocked(monkeypatch, (remarking, "order"), (settling, "settle_written")), monkeypatch.context() as patch:
        patch.setattr(stages, "connection", SimpleNamespace(in_atomic_block=True))
        yield


def test_settled_while_an_answer_is_ordered_anew_it_waits_for_the_new_marks(two_connections, module):
    results = two_connections.race(order, settle, before=ORDERS)
    assert isinstance(results[0], Remarking)
    assert isinstance(results[1], settling.MarksMissing)
    assert not ModuleResult.objects.exists()
    assert stage().state == Stage.State.MARKING


def test_ordered_anew_while_it_is_settled_no_mark_is_superseded(two_connections, module):
    results = two_connections.race(settle, order, before=SETTLES)
    assert results[0] == 1
    assert isinstance(results[1], stages.NotAtThisStep)
    assert ModuleResult.objects.get().score == 3
    assert not Mark.objects.exclude(superseded_by=None).exists()


@pytest.mark.parametrize("is_ordered_first", [True, False])
def test_ordered_anew_upon_a_result_that_stands_when_nothing_is_locked(
    two_connections, module, monkeypatch, is_ordered_first
):
    acts = (order, settle) if is_ordered_first else (settle, order)
    with without_locks(monkeypatch):
        two_connections.race(*acts, before=ORDERS if is_ordered_first else SETTLES)
    assert stage().state == Stage.State.SCORES_CHECKED
    assert Mark.objects.standing().waiting().count() == 2


@pytest.mark.parametrize("before", [MARKS, CALLS_THIRD])
def test_settled_while_the_last_mark_is_given_its_points_count_or_it_waits(two_connections, module, before):
    """The second marker gives 0 where the first gave 3: a third must decide, whoever looks in the meantime."""
    Mark.objects.filter(role="second").update(points=None)
    results = two_connections.race(partial(mark, "second", "0"), settle, before=before)
    assert results[0].points == 0
    assert isinstance(results[1], settling.MarksMissing)
    assert mark("third", "1").points == 1
    assert settle() == 1
    assert ModuleResult.objects.get().score == Decimal("0.5")


def test_changed_while_it_is_settled_a_mark_stands_as_it_was_counted(two_connections, module):
    results = two_connections.race(settle, partial(mark, "first", "5"), before=SETTLES)
    assert results[0] == 1
    assert isinstance(results[1], stages.NotAtThisStep | marking.MarkStands)
    assert ModuleResult.objects.get().score == 3
    assert Mark.objects.get(role="first").points == 3


def test_ordered_anew_twice_at_once_it_is_ordered_once(two_connections, module):
    results = two_connections.race(order, order, before=ORDERS)
    assert isinstance(results[0], Remarking)
    assert isinstance(results[1], remarking.NotMarkedYet)
    assert Remarking.objects.count() == 1


def test_changed_while_it_is_ordered_anew_a_mark_stays_as_it_was(two_connections, module):
    results = two_connections.race(order, partial(mark, "first", "5"), before=ORDERS)
    assert isinstance(results[0], Remarking)
    assert isinstance(results[1], marking.MarkReplaced)
    assert Mark.objects.get(marker=user("first")).points == 3
