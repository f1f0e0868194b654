"""What a school has to do with trainings: applications to decide, and teachers to name."""

import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.training import needs
from lms.training.models import Enrolment
from tests.factories import certs, people
from tests.factories import training as make
from tests.factories.people import AT

SCHOOL = "/training/school/"
State = Enrolment.State


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def officer(tree):
    return people.officer("school_officer", tree.school, "校管")


@pytest.fixture
def client_of(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def by_school(programme):
    return make.period(programme, 9, capacity=2, admission="school")


def nominate(period):
    return f"/training/periods/{period.pk}/nominate/"


def said(page):
    return re.sub(r"<[^>]+>|\s+", "", page.text)


def test_school_says_that_nothing_waits(client_of, officer):
    page = client_of(officer).get(SCHOOL)
    for words in ("没有待本校审核的报名", "目前没有需要推荐的期次", "本校尚无人报名或被推荐"):
        assert words in page.text


def test_school_lists_what_waits_the_oldest_first_and_where_it_may_send(client_of, officer, tree, by_school):
    for each in make.teachers(tree.school, 2):
        make.enrolled(each, by_school)
    page = client_of(officer).get(SCHOOL)
    assert [each.teacher.full_name for each in page.context["page"]] == ["候选1", "候选2"]
    assert "已报2人，已录取0人" in said(page)
    assert "剩余2个名额" in said(page)


def test_school_asks_as_often_for_many_as_for_one(client_of, officer, tree, by_school):
    first, *others = make.teachers(tree.school, 4)
    make.enrolled(first, by_school)
    client = client_of(officer)
    client.get(SCHOOL)
    with CaptureQueriesContext(connection) as one:
        client.get(SCHOOL)
    for each in others:
        make.enrolled(each, by_school)
    with CaptureQueriesContext(connection) as many:
        client.get(SCHOOL)
    assert len(many) == len(one)


def test_school_asks_as_often_for_three_periods_as_for_one(client_of, officer, tree, programme, by_school):
    make.enrolled(people.teacher("已报", school=tree.school), by_school)
    client = client_of(officer)
    client.get(SCHOOL)
    with CaptureQueriesContext(connection) as one:
        client.get(SCHOOL)
    for number, seats in ((10, 5), (11, None)):
        period = make.through_schools(make.programme(tree.county), number, capacity=seats)
        make.enrolled(people.teacher(f"已报{number}", school=tree.school), period)
    with CaptureQueriesContext(connection) as many:
        page = client.get(SCHOOL)
    assert len(many) == len(one)
    assert [(each.left, each.sent) for each in page.context["invitations"]] == [(2, 1), (5, 1), (None, 1)]


def test_school_is_there_for_school_officers_alone(client_of, tree, teacher, by_school):
    for user in (teacher.user, people.officer("bureau_officer", tree.county), people.officer("auditor", tree.county)):
        assert client_of(user).get(SCHOOL).status_code == 404
    assert client_of(teacher.user).get(nominate(by_school)).status_code == 404
    other = people.officer("school_officer", people.organisation("远山小学", parent=tree.neighbour))
    assert client_of(other).get(nominate(by_school)).status_code == 404


def test_named_teachers_have_their_seats_in_order(client_of, officer, tree, by_school):
    one, two, three = make.teachers(tree.school, 3)
    page = client_of(officer).post(nominate(by_school), {"teacher": [three.pk, one.pk, two.pk]}, follow=True)
    assert "已推荐 3 人，其中 2 人已录取" in page.text
    assert list(by_school.enrolments.order_by("place").values_list("teacher", "state")) == [
        (three.pk, State.CONFIRMED),
        (one.pk, State.CONFIRMED),
        (two.pk, State.WAITING),
    ]
    assert "没有可推荐的教师" in client_of(officer).get(nominate(by_school)).text


def test_names_are_refused_together_and_stay_ticked(client_of, officer, tree):
    period = make.period(make.programme(tree.county, posts=["homeroom_teacher"]), admission="school")
    fit = people.teacher("班主任", school=tree.school, post="homeroom_teacher")
    unfit = people.teacher("科任", school=tree.school)
    page = client_of(officer).post(nominate(period), {"teacher": [fit.pk, unfit.pk]})
    assert page.status_code == 409
    assert "本次未推荐任何人" in page.text
    assert f'value="{fit.pk}" id="teacher-{fit.pk}" checked' in page.text
    assert not period.enrolments.exists()
    assert client_of(officer).post(nominate(period), {}).status_code == 409


def test_only_those_are_listed_who_meet_the_rules(client_of, officer, tree):
    level = certs.level(tree.county)
    period = make.period(make.programme(tree.county, level=level, posts=["homeroom_teacher"]), admission="school")
    names = ("可以", "已在", "已持证")
    free, enrolled, holder = (people.teacher(each, school=tree.school, post="homeroom_teacher") for each in names)
    people.teacher("科任", school=tree.school)
    people.teacher("外校", school=people.organisation("第二小学", parent=tree.county), post="homeroom_teacher")
    make.enrolled(enrolled, period)
    certs.issued(level, certs.staff(tree.county), [holder], at=AT)
    page = client_of(officer).get(nominate(period))
    assert list(page.context["page"]) == [free]
    assert needs.by_school(needs.needing(period.programme, AT.date()), AT.date())[tree.school.path] == 2
    assert "没有符合条件" in client_of(officer).get(nominate(period), {"q": "外校"}).text


def test_a_bureau_names_teachers_of_all_its_schools(client_of, tree, by_school):
    other = people.organisation("第二小学", parent=tree.county)
    both = [people.teacher(f"教师{n}", school=school) for n, school in enumerate((tree.school, other))]
    client = client_of(people.officer("bureau_officer", tree.county))
    assert set(client.get(nominate(by_school)).context["page"]) == set(both)
    client.post(nominate(by_school), {"teacher": [each.pk for each in both]})
    assert by_school.enrolments.filter(state=State.CONFIRMED).count() == 2
