"""Shares, gaps and what schools reported: how numbers become percentages, and when they do not."""

import datetime as dt
from decimal import Decimal

import pytest

from lms.audits import measures, queries
from lms.audits.measures import Share
from lms.audits.models import StaffingNorm
from lms.people.models import YearlyFigures
from tests.factories import district, people
from tests.factories.district import DAY, ON

pytestmark = pytest.mark.django_db


@pytest.fixture
def d(tree):
    return district.regulated(district.tree(tree.city))


@pytest.mark.parametrize(
    ("part", "of", "percent"),
    [(0, 0, None), (0, 7, "0.0"), (7, 7, "100.0"), (3060, 3144, "97.3"), (2999, 3000, "99.9"), (560, 1180, "47.5")],
)
def test_percent_is_of_somebody_and_full_only_where_nobody_is_missing(part, of, percent):
    assert Share(part, of).percent == (None if percent is None else Decimal(percent))


@pytest.mark.parametrize(
    ("part", "of", "goal", "gap", "persons"),
    [
        (9, 10, None, None, 0),
        (0, 0, Decimal(95), None, 0),
        (19, 20, Decimal(95), Decimal(0), 0),
        (18, 20, Decimal(95), Decimal("5.0"), 1),
        (9499, 10000, Decimal(95), Decimal("0.1"), 1),
        (1, 3, Decimal("33.33"), Decimal(0), 0),
        (0, 3, Decimal("33.34"), Decimal("33.3"), 2),
    ],
)
def test_gap_and_persons_are_counted_from_the_exact_share(part, of, goal, gap, persons):
    assert (Share(part, of).gap(goal), Share(part, of).persons_to(goal)) == (gap, persons)


def test_no_yardsticks_no_questions(d, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert measures.shares(d.county, ON, []) == {}
        assert measures.levels(d.county, ON, []) == []
        assert measures.held_by(1, ON, [], d.county) == {}


def test_everybody_below_is_counted_in_as_many_questions_at_one_unit_as_at_many(tree, django_assert_num_queries):
    counted = []
    for schools, clusters in ((1, 1), (12, 4)):
        made = (
            district.large(schools=schools, teachers=24, parent=tree.city, clusters=clusters) if not counted else None
        )
        made = made or _more_schools(counted[0], schools)
        stick = queries.yardsticks(made.county, ON)
        with django_assert_num_queries(1):
            measures.shares_by_school(made.county, ON, stick)
        with django_assert_num_queries(1):
            measures.shares_by_part(made.county, ON, stick)
        counted.append(made)


def _more_schools(d, count):
    for n in range(count):
        school = people.organisation(f"增设{n}小学", parent=d.clusters[0])
        district.person(f"增{n}", school, district.Post.CLASSROOM)
    return d


def test_a_person_of_two_schools_counts_in_both_and_once_above_them(d):
    one, other = d.schools[:2]
    twice = district.person("两校", one, district.Post.CLASSROOM, until=ON)
    people.teacher("别人", school=other)
    twice.postings.create(organisation=other, from_on=ON)
    stick = queries.yardsticks(d.county, ON)
    key = f"r{d.c_rule.pk}"
    schools = measures.shares_by_school(d.county, ON, stick)
    assert (schools[one.pk][key].of, schools[other.pk][key].of) == (1, 1)
    assert measures.shares_by_part(d.county, ON, stick)[d.clusters[0].path][key].of == 1
    assert measures.shares(d.county, ON, stick)[key].of == 1


def test_who_is_posted_at_the_bureau_itself_is_a_part_of_her_own(d):
    district.person("局机关", d.county, district.Post.CLASSROOM)
    parts = measures.shares_by_part(d.county, ON, queries.yardsticks(d.county, ON))
    assert parts[d.county.path][f"r{d.c_rule.pk}"].of == 1


def test_a_rule_for_one_stage_binds_that_stage(d):
    senior = district.rule(d, district.Post.CLASSROOM, d.b, stage="senior")
    one = district.person("高中", d.direct)
    district.post(one, d.direct, district.Post.CLASSROOM, stage="senior")
    district.person("小学", d.direct, district.Post.CLASSROOM)
    found = measures.shares(d.county, ON, queries.yardsticks(d.county, ON))
    assert (found[f"r{senior.pk}"].of, found[f"r{d.c_rule.pk}"].of) == (1, 2)


def test_a_target_for_training_counts_who_completed_one(d):
    target = district.target(d, district.Post.CLASSROOM, d.c, 100, measure="trained")
    done, only_there, none = (district.person(name, d.direct, district.Post.CLASSROOM) for name in "甲乙丙")
    district.trained(d.c, done, "第1期")
    district.trained(d.c, only_there, "第1期", completed=False)
    district.holds(d.c, none)
    share = measures.shares(d.county, ON, queries.yardsticks(d.county, ON))[f"t{target.pk}"]
    assert (share.part, share.of) == (1, 3)


def test_held_by_says_what_binds_one_person_and_what_she_fulfils(d):
    one = district.person("本人", d.direct, district.Post.CLASSROOM, district.Post.PART_TIME)
    district.person("别人", d.direct, district.Post.FULL_TIME)
    district.holds(d.c, one)
    found = measures.held_by(one.pk, ON, queries.yardsticks(d.direct, ON), d.direct)
    assert found[f"r{d.c_rule.pk}"] == Share(1, 1)
    assert found[f"r{d.b_rule.pk}"] == Share(0, 1)
    assert found[f"r{d.a_rule.pk}"] == Share(0, 0)


# What schools reported


def test_latest_figures_are_the_confirmed_ones_that_describe_the_day(d):
    school = d.direct
    district.figures(school, year=2022, as_of_on=dt.date(2022, 10, 1), pupils=800)
    replaced = district.figures(school, as_of_on=dt.date(2023, 10, 1), state="replaced", pupils=890)
    district.figures(school, as_of_on=dt.date(2024, 2, 1), pupils=900)
    district.figures(school, as_of_on=dt.date(2024, 3, 1), state="submitted", pupils=1)
    district.figures(school, as_of_on=dt.date(2024, 3, 1), state="returned", pupils=2)
    found = {
        on: measures.latest_figures(d.county, on).get(school.pk)
        for on in (dt.date(2022, 9, 1), dt.date(2023, 9, 30), dt.date(2023, 10, 1), ON)
    }
    assert [each and each.pupils for each in found.values()] == [None, 800, replaced.pupils, 900]


def test_a_correction_for_the_same_day_takes_the_place_of_what_it_corrects(d):
    district.figures(d.direct, state="replaced", pupils=890)
    right = district.figures(d.direct, pupils=900)
    YearlyFigures.objects.filter(pk=right.pk).update(decided_at=right.decided_at + DAY)
    assert measures.latest_figures(d.county, ON)[d.direct.pk].pupils == 900


def test_latest_figures_ask_once_whatever_lies_below(d, django_assert_num_queries):
    for school in d.schools:
        district.figures(school)
    with django_assert_num_queries(1):
        assert len(measures.latest_figures(d.county, ON)) == len(d.schools)


def facts(d, *, norm=None, **numbers):
    district.figures(d.schools[0], **numbers)
    return measures.school_facts(d.schools, measures.latest_figures(d.county, ON), norm)


def test_staffing_ratio_and_shortage_of_the_district_are_the_known_ones(d):
    norm = StaffingNorm(pupils_per_teacher=1000)
    found = facts(d, norm=norm, pupils=53_492, classes=1200, full_time_posts=15, part_time_posts=292)
    assert (found.pupils_per_teacher, found.needed, found.short) == (3566, 54, 39)
    assert (found.schools, found.reported, found.unreported) == (5, 1, 4)


def test_staffing_ratio_is_none_without_a_full_time_teacher_and_shortage_none_without_a_norm(d):
    found = facts(d, full_time_posts=0)
    assert (found.pupils_per_teacher, found.needed, found.short) == (None, None, None)


def test_a_norm_that_is_met_leaves_no_shortage(d):
    assert facts(d, norm=StaffingNorm(pupils_per_teacher=1000), pupils=900, full_time_posts=2).short == 0


def test_nothing_reported_sums_to_nothing(d):
    found = measures.school_facts(d.schools, {}, None)
    assert (found.reported, found.pupils, found.pupils_per_teacher) == (0, 0, None)
