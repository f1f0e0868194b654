"""The units below side by side: places, order, filters, and the table of gaps."""

from decimal import Decimal

import pytest

from lms.audits import queries, ranking
from lms.people.models import Organisation
from tests.factories import district, people
from tests.factories.district import DAY, ON

pytestmark = pytest.mark.django_db
Post = district.Post


@pytest.fixture
def d(tree):
    """Five schools with 2 of 2, 1 of 2, 1 of 2, 0 of 2 and nobody."""
    made = district.regulated(district.tree(tree.city))
    for school, certified in zip(made.schools, (2, 1, 1, 0), strict=False):
        for n in range(2):
            who = district.person(f"教师{n}", school, Post.CLASSROOM)
            if n < certified:
                district.holds(made.c, who)
    return made


@pytest.fixture
def rows(d):
    def one(grouping=ranking.SCHOOLS, goal=None):
        if goal:
            district.target(d, Post.CLASSROOM, d.c, goal)
        found = queries.report(d.county, ON)
        return ranking.rows(found, found.yardsticks[0], grouping)

    return one


def names(rows):
    return [each.name for each in rows]


def test_equal_shares_have_equal_places_and_nobody_has_none(rows):
    assert [each.place for each in rows()] == [1, 2, 2, 4, None]


def test_lowest_comes_first_and_who_has_nobody_last(rows, d):
    first, second, third, fourth, nobody = (each.name for each in d.schools)
    assert names(ranking.ordered(rows(), "lowest")) == [fourth, second, third, first, nobody]
    assert names(ranking.ordered(rows(), "highest")) == [first, second, third, fourth, nobody]
    assert names(ranking.ordered(rows(), "lacking"))[::4] == [fourth, nobody]
    assert names(ranking.ordered(rows(), "name"))[0].startswith("北岭")


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"words": "城中"}, 2),
        ({"words": "CZXQ"}, 2),
        ({"words": "lxqsyxx"}, 1),
        ({"words": "没有"}, 0),
        ({"stage": "primary"}, 5),
        ({"stage": "senior"}, 0),
        ({"short": True}, 3),
    ],
)
def test_filters_keep_what_fits(rows, asked, count):
    assert len(ranking.chosen(rows(), **asked)) == count


def test_within_keeps_the_schools_of_a_cluster(rows, d):
    found = ranking.chosen(rows(), within=d.clusters[1])
    assert [each.unit for each in found] == d.schools[2:4]


def test_short_is_measured_by_the_target(rows, d):
    found = rows(goal=50)
    assert [each.to_goal for each in found] == [0, 0, 0, 1, 0]
    assert found[0].goal == Decimal(1)


def test_parts_are_clusters_and_the_schools_directly_below(rows, d):
    district.person("直属", d.direct, Post.CLASSROOM)
    district.person("机关", d.county, Post.CLASSROOM)
    found = rows(ranking.PARTS)
    assert names(found) == ["城中学区", "北岭学区", "直属学校", "澜溪区本级"]
    assert [(each.share.part, each.share.of) for each in found] == [(3, 4), (1, 4), (0, 1), (0, 1)]


def test_a_closed_school_is_ranked_only_while_somebody_is_posted_there(rows, d):
    Organisation.objects.filter(pk__in=[d.schools[0].pk, d.direct.pk]).update(closed_on=ON - DAY)
    assert names(rows()) == names_of(d.schools[:4])


def names_of(units):
    return [each.name for each in units]


def test_gaps_measure_each_part_against_target_or_everybody(d):
    district.target(d, Post.HOMEROOM, d.b, 80)
    found = ranking.gaps(queries.report(d.county, ON))
    assert [name for name, _unit, _cells in found] == ["城中学区", "北岭学区", "澜溪区"]
    cells = {name: cells for name, _unit, cells in found}
    assert [(each.short, each.look) for each in cells["城中学区"]][:2] == [(Decimal("25.0"), "g3"), (None, "na")]
    assert cells["澜溪区"][0].short == Decimal("50.0")


@pytest.mark.parametrize(("short", "look"), [(None, "na"), (0, "g0"), (5, "g1"), (15, "g2"), ("15.1", "g3")])
def test_a_gap_looks_as_large_as_it_is(short, look):
    assert ranking.Gap(None, None if short is None else Decimal(short)).look == look


def test_gaps_are_not_drawn_where_only_schools_lie_below(d):
    assert ranking.gaps(queries.report(d.clusters[0], ON)) == []


def test_a_neighbours_school_is_never_a_row(rows, tree):
    district.person("邻区", tree.other_school, Post.CLASSROOM)
    assert tree.other_school.name not in names(rows())
    assert people.organisation("邻区新校", parent=tree.neighbour).name not in names(rows(ranking.PARTS))
