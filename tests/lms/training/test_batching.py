"""Whoever needs a programme is spread evenly over batches; their periods are opened, and the plan is kept until she is
in one."""

import datetime as dt

import pytest

from lms.inbox import rendering
from lms.inbox.models import Message
from lms.journal.models import Line
from lms.people import access, merging
from lms.people.models import PostHeld
from lms.training import applicants, batching, needs, nominating, planning
from lms.training.batching import Dates, Plan
from lms.training.models import Enrolment, Period, PlannedPlace
from tests.factories import certs, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

TODAY = AT.date()
HOMEROOM = "homeroom_teacher"


@pytest.fixture
def homeroom(tree):
    return make.programme(tree.county, posts=[HOMEROOM], track="homeroom")


@pytest.fixture
def schools(places):
    """Four homeroom teachers in the east, three in the west, one in the school beside them."""
    for school, count in ((places.east, 4), (places.west, 3), (places.alone, 1)):
        for n in range(count):
            people.teacher(f"{school.name}{n}", school=school, post=HOMEROOM)
    return places


def dates(number):
    """So many batches of three days, a week apart, the first in a month."""
    starts = [TODAY + (30 + 7 * n) * DAY for n in range(number)]
    return [Dates(each, each + 2 * DAY) for each in starts]


def proposed(programme, number):
    return batching.propose(batching.candidates(programme, TODAY), number)


def names(batches):
    return [[each.teacher.full_name for each in batch] for batch in batches]


def opened(programme, by, number=2, *, seen=None, **more):
    given = {"batches": dates(number), "enrol_until_on": TODAY + 20 * DAY} | more
    seen = seen or batching.digest(proposed(programme, number))
    return batching.open_batches(programme=programme, plan=Plan(**given), seen=seen, by=by, at=AT)


# The proposal


def test_propose_spreads_every_school_evenly_and_the_batches_differ_by_one(homeroom, schools):
    batches = proposed(homeroom, 3)
    assert sorted(len(each) for each in batches) == [2, 3, 3]
    for school in (schools.east, schools.west, schools.alone):
        counts = [sum(each.school == school for each in batch) for batch in batches]
        assert max(counts) - min(counts) <= 1
    everybody = [each.teacher for batch in batches for each in batch]
    assert len(everybody) == len(set(everybody)) == 8
    assert names(proposed(homeroom, 3)) == names(batches)


def test_propose_puts_whoever_has_held_the_post_longest_first(tree, homeroom):
    fresh, old, middle = (people.teacher(each, school=tree.school, post=HOMEROOM) for each in ("新", "老", "中"))
    for teacher, year in ((fresh, 2023), (old, 2012), (middle, 2018)):
        PostHeld.objects.filter(teacher=teacher).update(from_on=dt.date(year, 9, 1))
    assert names(proposed(homeroom, 3)) == [["老"], ["中"], ["新"]]


def test_propose_leaves_out_who_is_in_has_done_it_or_cannot_join(tree):
    level = certs.level(tree.county)
    programme = make.programme(tree.county, posts=[HOMEROOM], track="homeroom", requires=level)
    texts = ("在期", "已结业", "无证", "待训")
    inside, done, lacking, free = (people.teacher(each, school=tree.school, post=HOMEROOM) for each in texts)
    people.teacher("科任", school=tree.school)
    certs.issued(level, certs.staff(tree.county), [inside, done, free], at=AT - DAY)
    make.enrolled(inside, make.period(programme, 1))
    row = make.enrolled(done, make.period(programme, 2))
    Enrolment.objects.filter(pk=row.pk).update(state=Enrolment.State.COMPLETED)
    assert names(proposed(programme, 1)) == [["待训"]]
    assert lacking in needs.needing(programme, TODAY)


def test_propose_is_refused_with_nobody_left_or_more_batches_than_people(tree, homeroom):
    with pytest.raises(batching.NobodyToPlan):
        proposed(homeroom, 1)
    people.teacher("独一", school=tree.school, post=HOMEROOM)
    for number in (0, 2, 13):
        with pytest.raises(batching.BatchesUnfit):
            proposed(homeroom, number)


# The periods


def test_open_batches_opens_a_period_each_with_seats_for_the_schools(officer, homeroom, schools):
    make.period(homeroom, 5)
    made = opened(homeroom, officer, 2, mode="blended", place="进修学校")
    assert [(each.number, each.capacity, each.admission, each.mode, each.place) for each in made] == [
        (6, 4, "school", "blended", "进修学校"),
        (7, 4, "school", "blended", "进修学校"),
    ]
    shares = [dict(each.shares.values_list("organisation", "seats")) for each in made]
    east, west, alone = schools.east.pk, schools.west.pk, schools.alone.pk
    assert {each[east] for each in shares} == {2}
    assert sorted(each[west] for each in shares) == [1, 2]
    assert sum(each.get(alone, 0) for each in shares) == 1
    assert [each.planned.count() for each in made] == [4, 4]
    line = Line.objects.get(act="training.batches_planned")
    assert (line.actor, line.facts) == (officer, {"batches": [[6, 4], [7, 4]]})
    with pytest.raises(batching.NobodyToPlan):
        proposed(homeroom, 1)


def test_open_batches_tells_the_schools(officer, sender, tree, homeroom):
    people.teacher("待训", school=tree.school, post=HOMEROOM)
    people.officer("school_officer", tree.other_school, "外校")
    opened(homeroom, officer, 1)
    message = Message.objects.get(kind="training.batches_planned")
    words = rendering.words(message)
    assert (message.recipient, message.address) == (sender, "/training/school/")
    assert homeroom.title in words.subject


@pytest.mark.parametrize(
    ("more", "refusal", "field"),
    [
        ({"batches": [Dates(TODAY + 30 * DAY, TODAY + 29 * DAY)] * 2}, batching.BatchDatesUnfit, "last_1"),
        ({"batches": [Dates(TODAY + 30 * DAY, TODAY + 31 * DAY)] * 2}, batching.BatchDatesUnfit, "last_2"),
        ({"enrol_until_on": TODAY - DAY}, batching.NamesTooLate, "enrol_until_on"),
        ({"enrol_until_on": TODAY + 30 * DAY}, batching.NamesTooLate, "enrol_until_on"),
        ({"seen": "x"}, batching.ProposalChanged, None),
        ({"mode": "telepathy"}, planning.ModeUnknown, "mode"),
    ],
)
def test_open_batches_is_refused_and_opens_nothing(officer, homeroom, schools, more, refusal, field):
    with pytest.raises(refusal) as refused:
        opened(homeroom, officer, 2, **more)
    assert refused.value.field == field
    assert not Period.objects.exists()
    assert not PlannedPlace.objects.exists()


def test_open_batches_is_refused_when_somebody_came_since_the_plan_was_looked_at(tree, officer, homeroom, schools):
    seen = batching.digest(proposed(homeroom, 2))
    people.teacher("新来", school=tree.school, post=HOMEROOM)
    with pytest.raises(batching.ProposalChanged):
        opened(homeroom, officer, 2, seen=seen)
    assert not Period.objects.exists()


def test_open_batches_is_refused_outside_ones_office(tree, sender, homeroom, schools):
    for by in (people.officer("bureau_officer", tree.neighbour), sender, people.officer("trainer", tree.county)):
        with pytest.raises(access.NotYourOffice):
            opened(homeroom, by)
    assert not Period.objects.exists()


# What the plan says until it is done


def test_a_person_stands_in_the_plan_until_she_is_named(tree, officer, sender, homeroom):
    one, two = (people.teacher(each, school=tree.school, post=HOMEROOM) for each in ("甲", "乙"))
    first, second = opened(homeroom, officer, 2)
    people_now = {
        each.full_name: each.batch_number for each in needs.planned(homeroom, needs.needing(homeroom, TODAY), TODAY)
    }
    assert set(people_now.values()) == {first.number, second.number}
    (meant,) = [each for each in applicants.may_name(first, sender, AT) if each.is_meant]
    (invitation, _other) = applicants.invitations(sender, AT)
    assert (invitation.period, invitation.meant, invitation.left) == (first, 1, 1)
    nominating.nominate(teachers=[meant], period=first, by=sender, at=AT)
    assert [(each.period, each.teacher) for each in PlannedPlace.objects.standing(TODAY)] == [
        (second, ({one, two} - {meant}).pop())
    ]
    assert needs.batches(homeroom, TODAY) == [(first, 1, 0), (second, 1, 1)]


def test_a_person_is_out_of_the_plan_of_a_period_that_is_over_or_that_she_left(tree, officer, sender, homeroom):
    teacher = people.teacher("甲", school=tree.school, post=HOMEROOM)
    (period,) = opened(homeroom, officer, 1)
    after = period.ends_on + DAY
    assert PlannedPlace.objects.standing(period.ends_on).exists()
    assert not PlannedPlace.objects.standing(after).exists()
    assert [each.teacher for each in batching.candidates(homeroom, after)] == [teacher]
    (row,) = nominating.nominate(teachers=[teacher], period=period, by=sender, at=AT)
    Enrolment.objects.filter(pk=row.pk).update(state=Enrolment.State.WITHDRAWN)
    assert not PlannedPlace.objects.standing(TODAY).exists()
    assert [each.teacher for each in batching.candidates(homeroom, TODAY)] == [teacher]


def test_two_records_of_one_person_are_merged_also_when_both_are_in_the_plan(tree, officer, sender, homeroom):
    one, two = (people.teacher(each, school=tree.school, post=HOMEROOM) for each in ("林知微", "林知薇"))
    (period,) = opened(homeroom, officer, 1)
    merging.merge(lesser=two, greater=one, reason="同一人", by=None, at=AT)
    assert [each.is_meant for each in applicants.may_name(period, sender, AT)] == [True]
    nominating.nominate(teachers=[one], period=period, by=sender, at=AT)
    assert not PlannedPlace.objects.standing(TODAY).exists()
