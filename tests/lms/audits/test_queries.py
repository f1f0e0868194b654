"""Which yardsticks hold at a unit, which days can be asked for, who is named as lacking something."""

import datetime as dt
from decimal import Decimal

import pytest

from lms.audits import exporting, queries
from lms.audits.models import StaffingNorm
from lms.people.models import Appointment
from tests.factories import certs, district, people
from tests.factories.district import DAY, ON

pytestmark = pytest.mark.django_db
Post = district.Post


@pytest.fixture
def d(tree):
    return district.regulated(district.tree(tree.city))


def by_key(d, unit=None, on=ON):
    return {each.key: each for each in queries.yardsticks(unit or d.county, on)}


def test_yardsticks_are_the_rules_of_the_unit_and_above_required_first(d, tree):
    d_city = district.rule(d, Post.LEADER, certs.level(tree.city, mark="S"), authority=tree.city)
    district.rule(d, Post.LEADER, d.a, authority=tree.neighbour)
    found = queries.yardsticks(d.direct, ON)
    assert {each.rule for each in found} == {d.c_rule, d.b_rule, d.a_rule, d.aim, d_city}
    assert [each.is_required for each in found] == [True, True, True, True, False]


def test_yardsticks_of_another_day_are_the_rules_in_force_then(d):
    old = district.rule(d, Post.LEADER, d.c, from_on=dt.date(2015, 1, 1), until_on=dt.date(2016, 12, 31))
    assert [each.rule for each in queries.yardsticks(d.county, dt.date(2016, 12, 31))] == [old]
    assert queries.yardsticks(d.county, dt.date(2017, 1, 1)) == []


def test_a_target_stands_on_the_rule_for_the_same_post_and_level(d):
    district.target(d, Post.CLASSROOM, d.c, 95)
    stick = by_key(d)[f"r{d.c_rule.pk}"]
    assert (stick.goal, stick.due_on) == (Decimal(95), dt.date(2024, 8, 31))
    assert by_key(d)[f"r{d.b_rule.pk}"].goal is None


def test_a_target_without_a_rule_is_a_yardstick_that_nobody_breaks(d):
    target = district.target(d, Post.LEADER, d.a, 10)
    stick = by_key(d)[f"t{target.pk}"]
    assert (stick.is_required, stick.rule, stick.goal) == (False, None, Decimal(10))


@pytest.mark.parametrize(
    ("on", "goal"), [(dt.date(2024, 1, 1), 90), (dt.date(2024, 7, 1), 95), (dt.date(2026, 1, 1), 95)]
)
def test_the_target_that_counts_is_the_next_one_due_or_the_last(d, on, goal):
    district.target(d, Post.CLASSROOM, d.c, 90, due_on=dt.date(2024, 6, 30))
    district.target(d, Post.CLASSROOM, d.c, 95, due_on=dt.date(2025, 6, 30))
    assert by_key(d, on=on)[f"r{d.c_rule.pk}"].goal == goal


def test_the_nearest_authoritys_target_and_norm_count(d, tree):
    for unit, percent in ((tree.city, 80), (d.county, 95), (tree.neighbour, 20)):
        district.target(d, Post.CLASSROOM, d.c, percent, authority=unit)
        StaffingNorm.objects.create(
            authority=unit,
            pupils_per_teacher=percent * 10,
            source="文件",
            from_on=dt.date(2020, 1, 1),
            set_by=d.setter,
            set_at=people.AT,
        )
    assert by_key(d, d.direct)[f"r{d.c_rule.pk}"].goal == 95
    assert queries.norm(d.direct, ON).pupils_per_teacher == 950
    assert queries.norm(tree.city, ON).pupils_per_teacher == 800
    assert queries.norm(d.county, dt.date(2019, 12, 31)) is None


def test_yardsticks_ask_twice_whatever_stands(d, django_assert_num_queries):
    with django_assert_num_queries(2):
        queries.yardsticks(d.county, ON)
    for post in (Post.CLASSROOM, Post.PART_TIME, Post.LEADER):
        district.target(d, post, d.c, 50)
    with django_assert_num_queries(2):
        queries.yardsticks(d.county, ON)


# Days


def test_a_day_is_refused_when_it_lies_ahead(d):
    district.person("在职", d.direct)
    with pytest.raises(queries.DayAhead) as refused:
        queries.require_recorded(d.county, ON + DAY, ON)
    assert "2024-03-05" in str(refused.value)


def test_a_day_is_refused_when_the_records_begin_later(d, tree):
    district.person("在职", d.direct, since=dt.date(2012, 9, 1))
    district.person("邻区", tree.other_school, since=dt.date(2001, 9, 1))
    with pytest.raises(queries.BeforeTheRecords) as refused:
        queries.require_recorded(d.county, dt.date(2012, 8, 31), ON)
    assert "2012-09-01" in str(refused.value)
    queries.require_recorded(d.county, dt.date(2012, 9, 1), ON)


def test_a_unit_without_records_may_be_asked_for_any_day(d):
    queries.require_recorded(d.county, dt.date(1999, 1, 1), ON)


# The report


def test_report_asks_the_same_number_of_questions_at_one_unit_and_at_forty(tree, django_assert_num_queries):
    one = district.large(schools=1, teachers=5, parent=tree.city, clusters=1)
    with django_assert_num_queries(9):
        queries.report(one.county, ON)
    for n in range(40):
        school = people.organisation(f"增设{n}小学", parent=one.clusters[0])
        district.person(f"增{n}", school, Post.CLASSROOM)
        district.figures(school)
    with django_assert_num_queries(9):
        found = queries.report(one.county, ON)
    assert found.facts.reported >= 41


def test_report_leaves_closed_schools_out_of_the_schools_but_not_out_of_their_days(d):
    district.figures(d.direct)
    d.direct.closed_on = ON - DAY
    d.direct.save()
    assert queries.report(d.county, ON).facts.schools == 4
    assert queries.report(d.county, ON - DAY).facts.schools == 5


# Persons


def test_rows_say_school_since_when_and_what_is_held(d):
    who = district.person("陈晚", d.direct, Post.CLASSROOM, since=dt.date(2015, 9, 1))
    district.holds(d.c, who, expires_on=dt.date(2023, 6, 1))
    district.holds(d.c, who, changes=[(dt.date(2023, 9, 1), "suspended"), (ON + DAY, "revoked")])
    district.holds_elsewhere(d, d.a, who, state="to_be_verified")
    row = queries.rows_of(queries.lacking(d.c_rule, d.county, ON), d.c_rule, d.county, ON)[0]
    assert (row.teacher, row.school, row.since) == (who, d.direct, dt.date(2015, 9, 1))
    assert exporting.held_words(row) == (
        "心理健康教育C证（2023年6月1日到期）；心理健康教育C证（已暂停）；省级A证（待核验）"
    )


def test_rows_of_a_merged_person_gather_what_both_records_say(d):
    kept = district.person("合并", d.direct)
    lesser = district.person("合并", d.schools[0], Post.PART_TIME, account=False, merged_into=kept)
    district.holds(d.c, lesser)
    rows = queries.rows_of(queries.lacking(d.b_rule, d.county, ON), d.b_rule, d.county, ON)
    assert [each.teacher for each in rows] == [kept]
    assert (rows[0].since, exporting.held_words(rows[0])) == (dt.date(2012, 9, 1), "心理健康教育C证（有效）")


def test_rows_ask_the_same_for_one_person_and_for_three(d, django_assert_num_queries):
    for n in (1, 2):
        for _each in range(n):
            district.holds(d.c, district.person("无B证", d.direct, Post.PART_TIME))
        with django_assert_num_queries(5):
            queries.rows_of(queries.lacking(d.b_rule, d.county, ON), d.b_rule, d.county, ON)


# Who may look


@pytest.mark.parametrize("office", Appointment.RECORD_OFFICES)
def test_units_are_those_of_record_offices(d, tree, office, at):
    user = people.officer(office, d.county)
    assert set(queries.units(user, at)) == {d.county, *d.clusters, *d.schools}
    assert queries.own_unit(user, at) == d.county


@pytest.mark.parametrize("office", ["marker", "judge", "clerk", "signatory", "centre", "accountable_head"])
def test_units_are_none_for_other_offices(d, office, at):
    user = people.officer(office, d.county)
    assert list(queries.units(user, at)) == []
    assert queries.own_unit(user, at) is None
