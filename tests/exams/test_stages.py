"""The one table of a stage's steps."""

import itertools

import pytest
from django.db import transaction

from exams import stages
from exams.models import Stage
from tests.factories import exams as make

S = Stage.State
WRITTEN = [
    S.PLANNING,
    S.REGISTRATION_OPEN,
    S.REGISTRATION_CLOSED,
    S.ARRANGED,
    S.IN_PROGRESS,
    S.MARKING,
    S.SCORES_CHECKED,
    S.LINE_SET,
    S.PUBLICISED,
    S.FINALISED,
]


def allowed(stage):
    return {to for to in S.values if stages.may_move(stage, to)}


@pytest.mark.parametrize(("here", "there"), list(itertools.pairwise(WRITTEN)))
def test_advance_allows_only_the_next_step_when_the_stage_is_the_first(here, there):
    assert allowed(Stage(number=1, kind="written", state=here)) == {there}


def test_advance_allows_nothing_when_the_stage_is_final():
    assert allowed(Stage(number=1, kind="written", state=S.FINALISED)) == set()


def test_advance_skips_registration_when_the_stage_is_a_later_one():
    assert allowed(Stage(number=2, kind="performance", state=S.PLANNING)) == {S.ARRANGED}


def test_advance_allows_publicity_without_a_line_when_the_stage_is_a_performance():
    assert allowed(Stage(number=2, kind="performance", state=S.SCORES_CHECKED)) == {S.LINE_SET, S.PUBLICISED}


def test_advance_keeps_the_moment_when_it_moves(tree, at):
    stage = make.stage(make.exam(tree.city))
    with transaction.atomic():
        stages.advance(stage, S.REGISTRATION_OPEN, at)
    stage.refresh_from_db()
    assert stage.state == S.REGISTRATION_OPEN
    assert stage.reached == {"registration_open": at.isoformat()}


def test_advance_refuses_and_names_the_step_when_the_move_is_not_the_next(tree, at):
    stage = make.stage(make.exam(tree.city, written="marking"))
    with pytest.raises(stages.NotAtThisStep) as refused, transaction.atomic():
        stages.advance(stage, S.ARRANGED, at)
    assert refused.value.facts["step"] == stage.get_state_display()
    stage.refresh_from_db()
    assert stage.state == S.MARKING


def test_advance_refuses_when_another_moved_it_meanwhile(tree, at):
    stage = make.stage(make.exam(tree.city))
    stale = Stage.objects.get(pk=stage.pk)
    with transaction.atomic():
        stages.advance(stage, S.REGISTRATION_OPEN, at)
    with pytest.raises(stages.NotAtThisStep), transaction.atomic():
        stages.advance(stale, S.REGISTRATION_OPEN, at)


@pytest.mark.django_db(transaction=True)
def test_advance_refuses_when_there_is_no_transaction(at):
    with pytest.raises(transaction.TransactionManagementError):
        stages.advance(Stage(number=1, state=S.PLANNING), S.REGISTRATION_OPEN, at)


def test_reach_moves_once_when_called_twice(tree, at):
    stage = make.stage(make.exam(tree.city, written="arranged"))
    assert stages.reach(stage, S.IN_PROGRESS, at)
    assert not stages.reach(stage, S.IN_PROGRESS, at)
    assert stage.state == S.IN_PROGRESS


def test_reach_refuses_when_a_step_between_is_missing(tree, at):
    stage = make.stage(make.exam(tree.city, written="registration_open"))
    with pytest.raises(stages.NotAtThisStep):
        stages.reach(stage, S.IN_PROGRESS, at)


def test_require_refuses_when_the_stage_stands_elsewhere(tree):
    stage = make.stage(make.exam(tree.city, written="arranged"))
    stages.require(stage, S.ARRANGED, S.IN_PROGRESS)
    with pytest.raises(stages.NotAtThisStep):
        stages.require(stage, S.MARKING)


def test_factory_makes_candidates_and_entries_that_the_database_accepts(tree):
    exam = make.exam(tree.city, written="in_progress")
    first = make.entry(make.candidate(exam, "甲"), state="present")
    second = make.entry(make.candidate(exam, "乙"))
    hearing = make.entry(first.candidate, make.stage(exam, 2))
    assert (first.seat, second.seat, hearing.seat) == (1, 2, None)
