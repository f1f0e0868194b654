"""Pages: who must hold what; seen by record offices, set and ended by bureau officers."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from certs import requiring
from certs.models import DutyRule
from tests.factories import certs as make
from tests.factories import people

LIST, NEW = "/certificates/duties/", "/certificates/duties/new/"


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def level(tree):
    return make.level(tree.county)


@pytest.fixture
def officer(client, tree):
    user = people.officer("bureau_officer", tree.county, "沈县")
    client.force_login(user)
    return user


@pytest.fixture
def typed(tree, level):
    return {
        "authority": tree.county.pk,
        "post": "part_time_mental_health_teacher",
        "stage": "",
        "level": level.pk,
        "is_required": "yes",
        "from_on": "2024-03-01",
        "until_on": "",
        "source": "澜教〔2024〕3号",
    }


def test_duties_shows_those_in_force_to_come_and_ended_each_under_its_tab(client, tree, level, officer):
    for post, span in {
        "leader_in_charge": (dt.date(2020, 1, 1), None),
        "homeroom_teacher": (dt.date(2025, 1, 1), None),
        "support_staff": (dt.date(2020, 1, 1), dt.date(2024, 3, 4)),
    }.items():
        make.rule(tree.county, level, by=officer, post=post, from_on=span[0], until_on=span[1])
    shown = {name: client.get(f"{LIST}?when={name}").text for name in ("in_force", "to_come", "ended", "nonsense")}
    assert [name for name, text in shown.items() if "分管领导" in text] == ["in_force", "nonsense"]
    assert [name for name, text in shown.items() if ">班主任" in text] == ["to_come"]
    assert [name for name, text in shown.items() if "后勤" in text] == ["ended"]
    assert "沈县" in shown["in_force"]
    assert "终止要求" not in shown["ended"].split("<tbody>")[1]


def test_duties_shows_rules_of_authorities_above_without_a_way_to_end_them(client, tree, officer):
    own = make.rule(tree.county, make.level(tree.county), by=officer)
    above = make.rule(tree.province, make.level(tree.province), post="leader_in_charge")
    beside = make.rule(tree.neighbour, make.level(tree.neighbour))
    text = client.get(LIST).text
    assert "云省" in text
    assert "青屏县" not in text
    for rule, there in ((own, True), (above, False), (beside, False)):
        assert (reverse("certs:end_duty", args=[rule.pk]) in text) is there
    assert client.get(reverse("certs:end_duty", args=[above.pk])).status_code == 404


def test_duties_is_empty_with_a_word_of_what_that_means(client, officer):
    assert "没有正在执行的要求" in client.get(LIST).text


def test_duties_takes_as_many_queries_with_three_as_with_one(client, tree, level, officer):
    make.rule(tree.county, level, by=officer)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for post in ("leader_in_charge", "homeroom_teacher"):
        make.rule(tree.county, level, by=officer, post=post)
    with CaptureQueriesContext(connection) as three:
        client.get(LIST)
    assert len(three) == len(one) <= 15


def test_new_duty_sets_the_rule_and_shows_it(client, officer, typed):
    assert client.get(NEW).status_code == 200
    answer = client.post(NEW, {**typed, "is_required": "no", "from_on": "2025-01-01"}, follow=True)
    assert answer.redirect_chain[0][0] == f"{LIST}?when=to_come"
    rule = DutyRule.objects.get()
    assert (rule.is_required, rule.source, rule.set_by) == (False, "澜教〔2024〕3号", officer)
    assert "自2025年1月1日起" in answer.text


def test_new_duty_shows_a_refusal_and_keeps_what_was_typed(client, tree, level, officer, typed):
    make.rule(tree.county, level, by=officer)
    page = client.post(NEW, typed)
    assert page.status_code == 409
    assert "这段时间已有要求" in page.text
    assert 'value="澜教〔2024〕3号"' in page.text
    assert client.post(NEW, {**typed, "from_on": "昨天"}).status_code == 422


def test_new_duty_offers_no_level_and_no_authority_of_others(client, tree, officer, typed):
    foreign = make.level(tree.neighbour, name="青屏B证")
    assert "青屏" not in client.get(NEW).text
    assert client.post(NEW, {**typed, "level": foreign.pk}).status_code == 422
    assert client.post(NEW, {**typed, "authority": tree.neighbour.pk}).status_code == 422
    assert not DutyRule.objects.exists()


def test_end_duty_names_what_follows_and_ends_it(client, tree, level, officer):
    rule = make.rule(tree.county, level, by=officer)
    address = reverse("certs:end_duty", args=[rule.pk])
    assert "以往日期的统计不变" in client.get(address).text
    assert client.post(address, {"until_on": "2024-03-04"}).url == f"{LIST}?when=ended"
    rule.refresh_from_db()
    assert rule.until_on == dt.date(2024, 3, 4)


def test_end_duty_shows_a_refusal(client, tree, level, officer):
    rule = make.rule(tree.county, level, by=officer)
    page = client.post(reverse("certs:end_duty", args=[rule.pk]), {"until_on": "2019-12-31"})
    assert page.status_code == requiring.DatesReversed.status
    assert "2020年1月1日" in page.text
    assert 'value="2019-12-31"' in page.text


def test_take_back_duty_is_offered_for_a_rule_to_come_and_takes_it_back(client, tree, level, officer):
    rule = make.rule(tree.county, level, by=officer, from_on=dt.date(2024, 9, 1))
    back = reverse("certs:take_back_duty", args=[rule.pk])
    page = client.get(reverse("certs:end_duty", args=[rule.pk])).text
    assert back in page
    assert 'value="2024-09-01"' in page
    answer = client.post(back, follow=True)
    assert answer.redirect_chain[0][0] == f"{LIST}?when=to_come"
    assert "要求已撤回：" in answer.text
    assert "自2024年9月1日起" in answer.text
    assert not DutyRule.objects.exists()
    assert client.get(back).status_code == 405


def test_take_back_duty_is_refused_when_the_rule_has_begun(client, tree, level, officer):
    rule = make.rule(tree.county, level, by=officer)
    back = reverse("certs:take_back_duty", args=[rule.pk])
    assert back not in client.get(reverse("certs:end_duty", args=[rule.pk])).text
    page = client.post(back)
    assert page.status_code == requiring.HasBegun.status
    assert "不能撤回" in page.text
    assert DutyRule.objects.exists()


@pytest.mark.parametrize("office", ["exam_officer", "auditor", "school_officer"])
def test_other_record_offices_look_and_change_nothing(client, tree, level, office, typed):
    rule = make.rule(tree.county, level)
    client.force_login(people.officer(office, tree.school if office == "school_officer" else tree.county))
    text = client.get(LIST).text
    assert "专兼职" in text or "兼职心理" in text
    assert NEW not in text
    for address in (NEW, reverse("certs:end_duty", args=[rule.pk])):
        assert client.get(address).status_code == client.post(address, typed).status_code == 404
    assert client.post(reverse("certs:take_back_duty", args=[rule.pk])).status_code == 404


def test_nobody_else_finds_the_pages(client, tree, level):
    rule = make.rule(tree.county, level)
    for user in (people.teacher(school=tree.school).user, people.officer("signatory", tree.county)):
        client.force_login(user)
        for address in (LIST, NEW, reverse("certs:end_duty", args=[rule.pk])):
            assert client.get(address).status_code == 404
