"""The demo's districts as plain data: the figures of the reports to the person, whatever the day and the seed."""

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest

from lms.demo.district import lanxi, yonglan
from lms.demo.district.blueprint import CLASSROOM, FULL_TIME, HOMEROOM, LEADER, PART_TIME, share
from lms.people import identity
from lms.training.models import Programme as Training

DAYS = [dt.date(2026, 11, 26), dt.date(2028, 2, 29)]


@pytest.fixture(params=DAYS, ids=str, scope="module")
def plan(request):
    return lanxi.Lanxi(request.param, seed=f"seed {request.param}")


def holding(people, *levels):
    return sum(any(each.completed(level) for level in levels) for each in people)


def test_the_schools_are_those_of_the_report(plan):
    kinds = Counter(each.stages[0] if len(each.stages) == 1 else "senior" for each in plan.schools)

    assert len(plan.schools) == len({each.code for each in plan.schools}) == 39
    assert (kinds["primary"], kinds["junior"], kinds["senior"] + kinds["vocational"], kinds["special"]) == (26, 7, 5, 1)
    assert sum(each.pupils for each in plan.schools) == 53_492
    assert sum(each.has_course for each in plan.schools) == 32


def test_attendances_and_persons_are_those_of_the_report(plan):
    for level, attendances, persons in (("C", 3_200, 3_140), ("B", 910, 894), ("A", 150, 150)):
        rows = [training for each in plan.people for training in each.trainings if training[0] == level]
        assert len(rows) == attendances
        assert len(plan.certified(level)) == persons
    periods = {level: {n for each in plan.people for kind, n, _ in each.trainings if kind == level} for level in "CB"}
    assert periods == {"C": set(range(1, 13)), "B": set(range(1, 5))}


def test_trainings_beside_the_certificates_are_those_of_the_report(plan):
    homeroom, crisis, activity = (plan.attending(code) for code in ("homeroom", "crisis", "activity"))
    batches = [[each for each, _completed in people] for people in homeroom.values()]

    assert list(map(len, batches)) == [204, 204, 204]
    assert all(HOMEROOM in each.posts for people in batches for each in people)
    assert len({each.id_number for people in batches for each in people}) == 612
    topics = [each.id_number for found in (crisis, activity) for each, _completed in found[1]]
    assert len(set(topics)) == len(topics) == 300


def test_no_two_trainings_of_the_district_are_at_the_same_time(plan):
    days = {each.code: each.days for each in plan.programmes}
    spans = sorted(
        (last - dt.timedelta(days=days[code] - 1), last)
        for code in days
        for last in (plan.closed_on(code, number) for number in plan.attending(code))
    )

    assert len(spans) == 12 + 4 + 3 + 2
    assert all(before[1] < after[0] for before, after in pairwise(spans))


def test_the_trainings_are_embedded_in_all_nine_tracks():
    for plan in (lanxi.Lanxi, yonglan.Yonglan):
        assert {tag for each in plan.programmes for tag in each.tags} == set(Training.Tag.values)


def test_programmes_of_a_level_have_its_name_and_hours():
    for plan in (lanxi.Lanxi, yonglan.Yonglan):
        levels = {each.code: (each.training, each.hours) for each in plan.levels if not each.is_external}
        given = {each.code: (each.title, each.hours) for each in plan.programmes}
        assert levels.items() <= given.items()


def test_who_must_hold_what_today_and_does(plan):
    posts = {post: plan.in_post(post, plan.today) for post in (CLASSROOM, PART_TIME, HOMEROOM, FULL_TIME, LEADER)}

    assert (len(posts[CLASSROOM]), holding(posts[CLASSROOM], "C", "B", "A")) == (3_144, 3_060)
    assert (len(posts[PART_TIME]), holding(posts[PART_TIME], "B", "A")) == (292, 280)
    assert (len(posts[HOMEROOM]), holding(posts[HOMEROOM], "B", "A")) == (1_180, 560)
    assert (len(posts[FULL_TIME]), holding(posts[FULL_TIME], "A")) == (15, 14)
    assert (len(posts[LEADER]), holding(posts[LEADER], "A")) == (39, 36)


def test_everyone_in_post_held_c_on_the_day_the_last_period_closed(plan):
    closed = plan.closed_on("C", 12)
    there = plan.in_post(CLASSROOM, closed)

    assert len(there) == 3_104
    assert all(plan.closed_on("C", each.completed("C")) <= closed for each in there)


def test_nobody_was_trained_before_she_came_or_after_she_left(plan):
    for each in plan.people:
        for level, period, _completed in each.trainings:
            assert each.is_there_on(plan.closed_on(level, period))


def test_every_person_is_one_and_has_a_number_that_can_be_right(plan):
    numbers = [each.id_number for each in plan.people]

    assert len(set(numbers)) == len(numbers) == 3_278
    assert all(identity.check(number) == number for number in numbers)
    assert len({each.phone for each in plan.people}) == len(numbers)


def test_the_same_day_and_seed_give_the_same_people():
    one, same, other = (lanxi.Lanxi(DAYS[0], seed) for seed in ("a", "a", "b"))

    assert one.people == same.people
    assert [each.full_name for each in one.people] != [each.full_name for each in other.people]


def test_the_city_of_counsellors():
    plan = yonglan.Yonglan(DAYS[0])
    teachers = plan.in_post(CLASSROOM, plan.today)

    assert len(teachers) == 1_840
    assert len(plan.in_post(PART_TIME, plan.today)) == holding(teachers, "Q") == 176
    assert len(plan.certified("Q")) == 158
    assert (holding(teachers, "T"), plan.certified("T")) == (1_692, [])
    attended = {code: sum(map(len, plan.attending(code).values())) for code in ("T", "Q")}
    assert attended == {"T": 1_692, "Q": 176}


@pytest.mark.parametrize(("weights", "total"), [([1, 1, 1], 10), ([5, 3, 2], 7), ([1, 100], 3), ([7], 7)])
def test_share_divides_a_total_and_leaves_nobody_out(weights, total):
    shares = share(weights, total)

    assert sum(shares) == total
    assert min(shares) >= 1
