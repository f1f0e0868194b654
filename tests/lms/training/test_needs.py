"""Who still needs a programme, by school, and in which period each is."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.people import merging
from lms.training import needs
from tests.factories import certs, people, records
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

TODAY = AT.date()


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def level(tree):
    return certs.level(tree.county)


def names(programme):
    return set(needs.needing(programme, TODAY).values_list("full_name", flat=True))


def test_needing_are_those_whom_a_rule_obliges_and_who_lack_the_level(tree, level):
    certs.rule(tree.county, level, post="homeroom_teacher")
    lacks, holds = (people.teacher(n, school=tree.school, post="homeroom_teacher") for n in ("缺证", "持证"))
    people.teacher("科任", school=tree.school)
    people.teacher("邻县", school=people.organisation("远山小学", parent=tree.neighbour), post="homeroom_teacher")
    certs.issued(level, certs.staff(tree.county), [holds])
    programme = make.programme(tree.county, level=level)
    assert names(programme) == {"缺证"}
    assert needs.by_school(needs.needing(programme, TODAY), TODAY) == {tree.school.path: 1}
    assert lacks.full_name == "缺证"


def test_needing_without_a_rule_are_the_audience_that_lacks_the_level(tree, level):
    people.teacher("班主任", school=tree.school, post="homeroom_teacher")
    people.teacher("科任", school=tree.school)
    assert names(make.programme(tree.county, level=level, posts=["homeroom_teacher"])) == {"班主任"}


def test_needing_of_what_leads_to_no_level_have_not_completed_its_track(tree):
    done, not_done = make.teachers(tree.school, 2)
    records.outcome(done, track="homeroom", at=AT)
    assert names(make.programme(tree.county, track="homeroom")) == {not_done.full_name}


def test_needing_counts_merged_records_once(tree):
    lesser, greater = make.teachers(tree.school, 2)
    merging.merge(lesser=lesser, greater=greater, reason="同一人", by=None, at=AT)
    programme = make.programme(tree.county)
    assert names(programme) == {greater.full_name}
    assert needs.by_school(needs.needing(programme, TODAY), TODAY) == {tree.school.path: 1}


def test_stages_of_school_or_post_decide(tree):
    school = people.organisation("第三初中", parent=tree.county, stages=["junior"])
    people.teacher("初中教师", school=school)
    people.teacher("小学教师", school=people.organisation("第四小学", parent=tree.county, stages=["primary"]))
    assert names(make.programme(tree.county, stages=["junior"])) == {"初中教师"}


def test_planned_names_the_period_that_is_not_over(tree, programme):
    teacher, other = make.teachers(tree.school, 2)
    past = make.period(programme, 1, starts_on=TODAY - 9 * DAY, ends_on=TODAY)
    make.enrolled(other, past)
    make.enrolled(teacher, make.period(programme, 2))
    found = needs.planned(programme, needs.needing(programme, TODAY), TODAY + DAY).order_by("pk")
    assert [(each.period_number, each.period_state) for each in found] == [(2, "confirmed"), (None, None)]


def test_page_counts_by_unit_and_finds_by_name_and_state(client, tree, programme):
    teacher, other = make.teachers(tree.school, 2)
    make.enrolled(teacher, make.period(programme, 2))
    client.force_login(people.officer("bureau_officer", tree.county))
    address = f"/training/programmes/{programme.pk}/needs/"
    shown = client.get(address)
    assert shown.context["units"] == [(tree.school, 2, 1)]
    assert list(client.get(address, {"state": "none"}).context["page"]) == [other]
    assert list(client.get(address, {"q": teacher.full_name}).context["page"]) == [teacher]
    assert "没有符合该姓名" in client.get(address, {"q": "无此人"}).text


def test_page_says_that_nobody_needs_it(client, tree, programme):
    client.force_login(people.officer("bureau_officer", tree.county))
    assert "没有待培训人员" in client.get(f"/training/programmes/{programme.pk}/needs/").text


def test_page_asks_as_often_for_many_as_for_one(client, tree, programme):
    make.teachers(tree.school, 1)
    client.force_login(people.officer("bureau_officer", tree.county))
    address = f"/training/programmes/{programme.pk}/needs/"
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    make.teachers(tree.school, 4, name="又一")
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(one)
