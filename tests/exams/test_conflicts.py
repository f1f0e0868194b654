"""Kin and mentors never judge: declared from either side, before the call or after it, and while it lasts."""

import datetime as dt

import pytest

from exams import conflicts, empanelling, hearing, recusing
from exams.models import Hearing, Recusal
from lms.people import relating
from lms.people.models import Relation
from tests.factories import hearing as factory
from tests.factories import people
from tests.factories.hearing import STARTS

DAY = dt.timedelta(days=1)


@pytest.fixture
def world(tree):
    return factory.stage(tree.city)


@pytest.fixture
def candidate(world):
    return world.candidates[0]


@pytest.fixture
def judge(world):
    return world.judges[0]


def relate(teacher, other, at, kind="kin", **more):
    given = {"from_on": at.date() - DAY, "until_on": None, "declared_by": other, "declared_at": at}
    return Relation.objects.create(teacher=teacher, other=other, kind=kind, **{**given, **more})


def call(world, at):
    empanelling.call_candidates(stage=world.stage, by=world.officer, at=at)


def judged_by(candidate):
    one = Hearing.objects.get(entry__candidate=candidate)
    return {sheet.judge for each in factory.performances(one) for sheet in factory.sheets(each)}


@pytest.mark.parametrize("kind", ["kin", "mentor"])
@pytest.mark.parametrize("declared_by_judge", [False, True])
def test_call_recuses_whom_either_side_declared(world, candidate, judge, at, kind, declared_by_judge):
    if declared_by_judge:
        relate(people.teacher(str(judge), user=judge), candidate.teacher.user, at, kind)
    else:
        relate(candidate.teacher, judge, at, kind)
    call(world, at)
    assert judge not in judged_by(candidate)
    assert judge in judged_by(world.candidates[1])
    recusal = Recusal.objects.get()
    assert (recusal.judge, recusal.ground, recusal.replaced_by) == (judge, "relation", world.reserves[0])


def test_call_passes_over_a_reserve_who_is_kin(tree, at):
    world = factory.stage(tree.city, reserves=2)
    candidate = world.candidates[0]
    for each in (world.judges[0], world.reserves[0]):
        relate(candidate.teacher, each, at)
    call(world, at)
    assert Recusal.objects.get().replaced_by == world.reserves[1]


def test_a_relation_counts_only_while_it_is_in_force(candidate, judge, at):
    relation = relate(candidate.teacher, judge, at, from_on=at.date(), until_on=at.date() + DAY)
    found = [conflicts.ground(judge, candidate, at.date() + n * DAY) for n in (-1, 0, 1, 2)]
    assert found == [None, "relation", "relation", None]
    assert relation.until_on


def test_a_relation_counts_for_every_record_of_the_person(tree, world, candidate, judge, at):
    """Declared on a record that was merged into the judge's, about an account of one merged into the candidate's."""
    kept = people.teacher(str(judge), user=judge)
    older = people.teacher(str(judge), account=False, merged_into=kept)
    double = people.teacher(candidate.teacher.full_name, merged_into=candidate.teacher)
    relate(older, double.user, at)
    assert conflicts.ground(judge, candidate, at.date()) == "relation"
    assert conflicts.ground(world.judges[1], candidate, at.date()) is None


def test_a_judge_never_judges_another_record_of_herself(candidate, judge, at):
    double = people.teacher(str(judge), user=judge)
    candidate.teacher.merged_into = double
    candidate.teacher.save()
    assert conflicts.ground(judge, candidate, at.date()) == "school"


def test_what_others_declared_bars_nobody_else(tree, world, candidate, judge, at):
    relate(people.teacher("何远", school=tree.other_school), judge, at)
    relate(candidate.teacher, people.user("旁人"), at)
    assert conflicts.grounds([each.pk for each in world.judges], world.candidates, at.date()) == {}


def test_grounds_asks_as_much_for_many_as_for_one(world, at, django_assert_num_queries):
    judges = [each.pk for each in (*world.judges, *world.reserves)]
    for some in (world.candidates[:1], world.candidates):
        with django_assert_num_queries(4):
            conflicts.grounds(judges, some, at.date())


def test_scores_are_refused_when_the_relation_is_declared_after_the_call(tree):
    world = factory.called(tree.city)
    performance = factory.performances(factory.at_step(world, "presenting"))[0]
    candidate = performance.hearing.entry.candidate
    judge, other = world.judges[:2]
    relating.declare(teacher=candidate.teacher, other=judge, kind="kin", by=candidate.teacher.user, at=STARTS)
    with pytest.raises(hearing.Recused):
        hearing.save(performance=performance, points={}, by=judge, at=STARTS)
    assert hearing.save(performance=performance, points={}, by=other, at=STARTS)
    recusal = recusing.recuse(
        hearing=performance.hearing, judge=judge, reason="兄妹", by=world.officer, at=STARTS + DAY
    )
    assert recusal.ground == "relation"
