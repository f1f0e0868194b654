"""The pages of the plan of batches: proposed and opened by the officer, ticked for the school, told by name."""

import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.training.models import Period, PlannedPlace
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT

HOMEROOM = "homeroom_teacher"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def homeroom(tree):
    return make.programme(tree.county, posts=[HOMEROOM], track="homeroom")


@pytest.fixture
def teachers(tree):
    return [people.teacher(each, school=tree.school, post=HOMEROOM) for each in ("甲老师", "乙老师", "丙老师")]


def address(programme, more=""):
    return f"/training/programmes/{programme.pk}/batches/{more}"


def typed(page, **more):
    given = {
        **{"seen": page.context["form"]["seen"].value(), "enrol_until_on": "2024-03-20", "mode": "face_to_face"},
        **{"place": "县教师进修学校", "first_1": "2024-07-08", "last_1": "2024-07-12"},
        **{"first_2": "2024-08-05", "last_2": "2024-08-09"},
    }
    return given | more


def said(answer):
    return re.sub(r"<[^>]+>|\s+", "", answer.text)


@pytest.mark.parametrize("asked", ["?number=2", "?size=2"])
def test_batches_are_proposed_by_number_or_size_with_the_rule_and_the_names(
    as_user, officer, homeroom, teachers, asked
):
    page = as_user(officer).get(address(homeroom, asked))
    assert [(number, n) for number, n, *_rest in page.context["rows"]] == [(1, 2), (2, 1)]
    for words in ("任职时间最长的教师优先", "甲老师", "乙老师", "丙老师"):
        assert words in page.text


def test_batches_say_nothing_until_asked_and_that_nobody_is_left(as_user, officer, homeroom, tree):
    client = as_user(officer)
    assert "没有待安排的教师" in client.get(address(homeroom)).text
    people.teacher("甲老师", school=tree.school, post=HOMEROOM)
    page = client.get(address(homeroom))
    assert "rows" not in page.context
    assert "甲老师" not in page.text
    refused = client.get(address(homeroom, "?number=3"))
    assert (refused.status_code, "每批至少1人" in refused.text) == (409, True)
    assert client.get(address(homeroom, "?number=13")).context["asked"].errors


def test_batches_are_opened_and_ticked_on_the_schools_page(as_user, officer, sender, homeroom, teachers, tree):
    free = people.teacher("旁人", school=tree.school)
    client = as_user(officer)
    page = client.get(address(homeroom, "?number=2"))
    done = client.post(address(homeroom, "?number=2"), typed(page), follow=True)
    assert "已开设2批" in done.text
    first, second = Period.objects.order_by("number")
    assert (first.place, str(first.starts_on), str(second.ends_on)) == ("县教师进修学校", "2024-07-08", "2024-08-09")
    assert said(done).count("已安排") >= 3
    school = as_user(sender)
    assert "本批已安排2人待推荐" in said(school.get("/training/school/"))
    named = school.get(f"/training/periods/{first.pk}/nominate/")
    meant = set(first.planned.values_list("teacher", flat=True))
    assert (named.context["ticked"], len(meant)) == (meant, 2)
    assert len(re.findall(r'name="teacher"[^>]* checked', named.text)) == 2
    assert "已安排到第2期" in named.text
    assert free.full_name not in named.text
    school.post(f"/training/periods/{first.pk}/nominate/", {"teacher": sorted(meant)})
    assert PlannedPlace.objects.standing(AT.date()).count() == 1


def test_batches_are_refused_beside_what_was_typed(as_user, officer, homeroom, teachers, tree):
    client = as_user(officer)
    page = client.get(address(homeroom, "?number=2"))
    wrong = client.post(address(homeroom, "?number=2"), typed(page, last_2="2024-08-01"))
    assert (wrong.status_code, "第2批" in wrong.text, 'value="2024-07-08"' in wrong.text) == (409, True, True)
    empty = client.post(address(homeroom, "?number=2"), typed(page, first_1=""))
    assert empty.status_code == 422
    people.teacher("新来", school=tree.school, post=HOMEROOM)
    changed = client.post(address(homeroom, "?number=2"), typed(page))
    assert (changed.status_code, "安排已有变化" in changed.text) == (409, True)
    assert not Period.objects.exists()
    # What the page shows now can be confirmed.
    again = client.post(address(homeroom, "?number=2"), typed(changed))
    assert again.status_code == 302


def test_the_plan_stands_on_the_page_of_needs(as_user, officer, homeroom, teachers):
    client = as_user(officer)
    page = client.get(address(homeroom, "?number=2"))
    client.post(address(homeroom, "?number=2"), typed(page))
    needs = f"/training/programmes/{homeroom.pk}/needs/"
    shown = client.get(needs)
    assert [(meant, left) for _period, meant, left in shown.context["batches"]] == [(2, 2), (1, 1)]
    assert len(client.get(needs, {"state": "meant"}).context["page"]) == 3
    assert "没有待安排的教师" in client.get(address(homeroom)).text


def test_batches_ask_as_often_for_many_as_for_one(as_user, officer, homeroom, tree):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(address(homeroom, "?number=1"))
        return len(captured)

    client = as_user(officer)
    people.teacher("首位", school=tree.school, post=HOMEROOM)
    queries()
    one = queries()
    for n in range(4):
        school = people.organisation(f"新校{n}", parent=tree.county)
        people.teacher(f"新师{n}", school=school, post=HOMEROOM)
    assert queries() == one


def test_opening_batches_takes_as_many_queries_for_many_people_as_for_few(as_user, officer, homeroom, tree):
    client = as_user(officer)

    def opened(number):
        for n in range(number):
            people.teacher(f"新师{number}{n}", school=tree.school, post=HOMEROOM)
        page = client.get(address(homeroom, "?number=1"))
        with CaptureQueriesContext(connection) as captured:
            assert client.post(address(homeroom, "?number=1"), typed(page)).status_code == 302
        return len(captured)

    opened(2)
    assert opened(2) == opened(9)


def test_batches_are_there_for_those_alone_who_plan(as_user, tree, sender, homeroom, teachers):
    for user in (sender, teachers[0].user, people.officer("bureau_officer", tree.neighbour)):
        assert as_user(user).get(address(homeroom, "?number=1")).status_code == 404
        assert as_user(user).post(address(homeroom, "?number=1"), {}).status_code == 404
    assert not Period.objects.exists()
