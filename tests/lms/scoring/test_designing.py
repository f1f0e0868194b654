"""A rubric sums to its full mark, has bands without gaps, and stands once it was used."""

import datetime as dt
from decimal import Decimal

import pytest

from lms.journal.models import Line
from lms.people.access import NotYourOffice
from lms.people.models import Appointment
from lms.scoring import designing, judging
from lms.scoring.models import Assessment, Rubric
from tests.factories import people

CRITERIA = [
    {"code": "material", "name": "教材分析", "hint": "目标具体", "points": 20},
    {"code": "method", "name": "教法", "hint": "", "points": 50},
    {"code": "process", "name": "教学过程", "points": "30"},
]


@pytest.fixture
def officer(tree):
    return people.officer(Appointment.Office.EXAM_OFFICER, tree.city, "考试科长")


def draft(officer, at, criteria=CRITERIA, **more):
    return designing.draft_rubric(**{"name": "说课评分表", "criteria": criteria, "by": officer, "at": at, **more})


def test_draft_rubric_keeps_criteria_in_order_with_bands(officer, at):
    rubric = draft(officer, at)
    first = rubric.criteria.first()
    assert [each.code for each in rubric.criteria.all()] == ["material", "method", "process"]
    assert first.bands == [
        {"name": "优", "from": 18, "to": 20},
        {"name": "良", "from": 15, "to": 17},
        {"name": "中", "from": 12, "to": 14},
        {"name": "差", "from": 0, "to": 11},
    ]
    assert Line.objects.get(act="scoring.rubric_drafted").facts["criteria"]["method"] == 50


def test_bands_cover_every_whole_point_once():
    for points in range(1, 101):
        covered = [n for band in designing.bands_of(points) for n in range(band["from"], band["to"] + 1)]
        assert sorted(covered) == list(range(points + 1))


def test_bands_of_the_sheets_in_use():
    ranges = {n: [(band["from"], band["to"]) for band in designing.bands_of(n)] for n in (10, 15, 30)}
    assert ranges[15] == [(14, 15), (12, 13), (9, 11), (0, 8)]
    assert ranges[10] == [(9, 10), (8, 8), (6, 7), (0, 5)]
    assert ranges[30] == [(27, 30), (23, 26), (18, 22), (0, 17)]


def test_draft_rubric_takes_another_full_mark(officer, at):
    assert draft(officer, at, CRITERIA[:1], full_marks=Decimal(20)).criteria.count() == 1


def test_draft_rubric_refuses_points_that_do_not_sum(officer, at):
    with pytest.raises(designing.PointsDoNotSum) as refused:
        draft(officer, at, CRITERIA[:2])
    assert "70" in str(refused.value) and "100" in str(refused.value)
    assert not Rubric.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"code": ""}, {"name": " "}, {"points": "20.5"}, {"points": 0}, {"points": "zwanzig"}, {"points": "NaN"}],
)
def test_draft_rubric_refuses_a_faulty_criterion(officer, at, wrong):
    with pytest.raises(designing.CriterionFaulty):
        draft(officer, at, [{**CRITERIA[0], **wrong}, *CRITERIA[1:]])


def test_draft_rubric_refuses_a_code_given_twice(officer, at):
    with pytest.raises(designing.CriterionFaulty):
        draft(officer, at, [CRITERIA[0], CRITERIA[0]])


@pytest.mark.parametrize("more", [{"criteria": []}, {"name": "  "}])
def test_draft_rubric_refuses_an_empty_one(officer, at, more):
    with pytest.raises(designing.NoCriteria):
        draft(officer, at, **more)


def test_draft_rubric_is_refused_without_the_office(personas, at):
    with pytest.raises(NotYourOffice):
        draft(personas.county_officer, at)


def test_redraft_rubric_replaces_the_criteria_before_use(officer, at):
    rubric = draft(officer, at)
    one = [{"code": "all", "name": "总评", "points": 100}]
    designing.redraft_rubric(rubric=rubric, name="新表", criteria=one, by=officer, at=at)
    assert [each.code for each in rubric.criteria.all()] == ["all"]
    assert Line.objects.filter(act="scoring.rubric_redrafted").exists()


def test_rubric_freezes_at_first_use_and_is_not_changed_later(officer, at):
    rubric = draft(officer, at)
    first = Assessment.objects.create(rubric=rubric, judges=1)
    judging.open_sheets(assessment=first, judges=[people.user("评委")], at=at)
    second = Assessment.objects.create(rubric=rubric, judges=1)
    judging.open_sheets(assessment=second, judges=[people.user("评委")], at=at + dt.timedelta(days=1))
    rubric.refresh_from_db()
    assert rubric.frozen_at == at
    with pytest.raises(designing.RubricFrozen):
        designing.redraft_rubric(rubric=rubric, name="新表", criteria=CRITERIA, by=officer, at=at)
    assert rubric.criteria.count() == 3
