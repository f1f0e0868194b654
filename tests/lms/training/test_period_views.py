"""One period as its organiser sees it, and an application as those who decide on it do."""

import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certs.models import Batch
from lms.journal.models import Line
from lms.training import completing, deciding
from lms.training.models import Enrolment, Period, QuotaShare
from tests.factories import certs, people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

State = Enrolment.State
MINUTE = DAY / (24 * 60)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def officer(tree):
    return people.officer("bureau_officer", tree.county, "沈县")


@pytest.fixture
def as_user(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def at(period, what=""):
    return f"/training/periods/{period.pk}/{what}"


def of(enrolment, what=""):
    return f"/training/enrolments/{enrolment.pk}/{what}"


def said(page):
    return re.sub(r"<[^>]+>|\s+", "", page.text)


@pytest.fixture
def choosing(programme):
    return make.period(programme, 9, capacity=1, selection="choice")


@pytest.fixture
def by_school(programme):
    return make.period(programme, 9, capacity=1, admission="school")


# The page


def test_page_says_that_nobody_has_applied_yet(as_user, officer, period):
    page = as_user(officer).get(at(period))
    assert page.status_code == 200
    assert "尚无人报名" in page.text
    assert "不限名额" in page.text


def test_page_counts_and_lists_who_applied_in_their_order(as_user, officer, tree, programme):
    period = make.period(programme, 9, capacity=1)
    for each in make.teachers(tree.school, 3):
        make.enrolled(each, period)
    page = as_user(officer).get(at(period))
    assert [each.place for each in page.context["page"]] == [1, 2, 3]
    assert "已占名额1共1个名额候补2报名3" in said(page)


def test_page_finds_by_name_school_and_state(as_user, officer, tree, programme):
    period = make.period(programme, 9, capacity=1)
    for each in make.teachers(tree.school, 2):
        make.enrolled(each, period)
    client = as_user(officer)
    found = client.get(at(period), {"q": "候选2", "state": "waitlisted"}).context["page"]
    assert [each.teacher.full_name for each in found] == ["候选2"]
    assert "没有符合该姓名" in client.get(at(period), {"q": "无此人"}).text


def test_page_asks_as_often_for_many_as_for_one(as_user, officer, tree, programme):
    period = make.period(programme, 9, capacity=2)
    first, *others = make.teachers(tree.school, 4)
    make.enrolled(first, period)
    client = as_user(officer)
    client.get(at(period))
    with CaptureQueriesContext(connection) as one:
        client.get(at(period))
    for each in others:
        make.enrolled(each, period)
    with CaptureQueriesContext(connection) as many:
        client.get(at(period))
    assert len(many) == len(one)


@pytest.mark.parametrize("what", ["", "seats/", "shares/", "award/"])
def test_pages_of_a_period_are_there_for_its_planning_offices_alone(as_user, tree, teacher, period, what):
    for user in (
        teacher.user,
        *(people.officer(each, tree.county) for each in ("auditor", "school_officer", "trainer")),
        people.officer("bureau_officer", tree.neighbour),
    ):
        assert as_user(user).get(at(period, what)).status_code == 404


# Picks


def test_picks_give_the_ticked_their_seats(as_user, officer, teacher, choosing):
    chosen = make.enrolled(teacher, choosing)
    page = as_user(officer).post(at(choosing, "picks/"), {"enrolment": chosen.pk, "act": "pick"}, follow=True)
    chosen.refresh_from_db()
    assert chosen.state == State.CONFIRMED
    assert "1 人已录取" in page.text


def test_picks_put_the_ticked_in_line(as_user, officer, tree, choosing):
    first, second = (make.enrolled(each, choosing) for each in make.teachers(tree.school, 2))
    as_user(officer).post(at(choosing, "picks/"), {"enrolment": [second.pk, first.pk], "act": "wait"})
    assert list(choosing.enrolments.order_by("place").values_list("pk", "state")) == [
        (second.pk, State.CONFIRMED),
        (first.pk, State.WAITING),
    ]


def test_picks_beyond_the_seats_are_refused_and_stay_ticked(as_user, officer, tree, choosing):
    chosen = [make.enrolled(each, choosing) for each in make.teachers(tree.school, 2)]
    page = as_user(officer).post(at(choosing, "picks/"), {"enrolment": [each.pk for each in chosen], "act": "pick"})
    assert page.status_code == 409
    assert "候选2没有名额" in page.text
    assert page.text.count(" checked") == 2
    assert not choosing.enrolments.filter(state=State.CONFIRMED).exists()


def test_picks_of_nobody_are_refused(as_user, officer, choosing):
    page = as_user(officer).post(at(choosing, "picks/"), {"enrolment": "x", "act": "pick"})
    assert (page.status_code, "请至少勾选一人" in page.text) == (409, True)


# Seats and shares


def test_seats_are_changed_and_who_waits_has_one(as_user, officer, tree, programme):
    period = make.period(programme, 9, capacity=1)
    for each in make.teachers(tree.school, 2):
        make.enrolled(each, period)
    as_user(officer).post(at(period, "seats/"), {"capacity": "2"})
    assert period.enrolments.filter(state=State.CONFIRMED).count() == 2


def test_seats_below_those_taken_are_refused_beside_what_was_typed(as_user, officer, tree, programme):
    period = make.period(programme, 9, capacity=2)
    for each in make.teachers(tree.school, 2):
        make.enrolled(each, period)
    page = as_user(officer).post(at(period, "seats/"), {"capacity": "1"})
    assert (page.status_code, "已录取 2 人" in page.text, 'value="1"' in page.text) == (409, True, True)


def test_shares_propose_by_need_and_keep_what_is_typed(as_user, officer, tree, programme):
    period = make.period(programme, 9, capacity=3)
    make.teachers(tree.school, 4)
    other = people.organisation("澜溪县第二小学", parent=tree.county)
    make.teachers(other, 2, name="二小")
    client = as_user(officer)
    page = client.get(at(period, "shares/") + "?fair=1")
    proposed = {row[0].name: (row[1], row[2], row[4].value()) for row in page.context["rows"]}
    assert proposed[tree.school.name] == (4, 2, 2)
    assert proposed[other.name] == (2, 1, 1)
    client.post(at(period, "shares/"), {f"unit-{tree.school.pk}": "2", f"unit-{other.pk}": "1", "until_on": ""})
    assert dict(QuotaShare.objects.values_list("organisation", "seats")) == {tree.school.pk: 2, other.pk: 1}
    assert Line.objects.filter(act="training.seats_shared").count() == 1
    page = client.get(at(period))
    assert f"{other.name}0/1" in said(page)


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ({"seats": "4"}, 409, "却向下分配了 4 个"),
        ({"seats": "-1"}, 422, ""),
        ({"seats": "1", "day": "2099-12-31"}, 409, "报名截止日"),
    ],
)
def test_shares_that_do_not_fit_are_refused_beside_what_was_typed(
    as_user, officer, tree, programme, typed, status, words
):
    period = make.period(programme, 9, capacity=3)
    given = {f"unit-{tree.school.pk}": typed["seats"], "until_on": typed.get("day", "")}
    page = as_user(officer).post(at(period, "shares/"), given)
    assert page.status_code == status
    assert words in page.text
    assert f'value="{typed["seats"]}"' in page.text
    assert not QuotaShare.objects.exists()


def test_shares_go_one_step_further_down(as_user, officer, tree):
    period = make.period(make.programme(tree.city), 1, capacity=9)
    client = as_user(people.officer("bureau_officer", tree.city))
    client.post(at(period, "shares/"), {f"unit-{tree.county.pk}": "5"})
    page = client.post(at(period, f"shares/?unit={tree.county.pk}"), {f"unit-{tree.school.pk}": "3"})
    assert page.status_code == 302
    assert dict(QuotaShare.objects.values_list("organisation", "seats")) == {tree.county.pk: 5, tree.school.pk: 3}
    assert client.get(at(period, f"shares/?unit={tree.neighbour.pk + 999}")).status_code == 404


# One application


def test_application_is_recommended_by_the_school(as_user, tree, teacher, by_school):
    waits = make.enrolled(teacher, by_school)
    client = as_user(people.officer("school_officer", tree.school))
    assert "推荐" in client.get(of(waits)).text
    page = client.post(of(waits, "decide/"), {"act": "approve"}, follow=True)
    waits.refresh_from_db()
    assert waits.state == State.CONFIRMED
    assert "待学校审核" in page.text  # among the steps


@pytest.mark.parametrize("act", ["return", "reject"])
def test_decision_without_a_reason_is_refused_in_its_form(as_user, tree, teacher, by_school, act):
    waits = make.enrolled(teacher, by_school)
    page = as_user(people.officer("school_officer", tree.school)).post(of(waits, "decide/"), {"act": act})
    assert page.status_code == 409
    assert "请写明理由" in page.text
    waits.refresh_from_db()
    assert waits.state == State.SUBMITTED


def test_decision_that_comes_too_late_is_refused_with_what_was_typed(as_user, tree, teacher, by_school):
    waits = make.enrolled(teacher, by_school)
    user = people.officer("school_officer", tree.school)
    deciding.reject(enrolment=waits, reason="名额另有安排", by=user, at=AT)
    page = as_user(user).post(of(waits, "decide/"), {"act": "return", "reason": "请补充岗位"})
    assert (page.status_code, "不能再作此处理" in page.text) == (409, True)
    assert as_user(user).post(of(waits, "decide/"), {"act": "dance"}).status_code == 422


def test_returned_application_is_handed_in_again_by_its_teacher(as_user, tree, teacher, by_school):
    waits = make.enrolled(teacher, by_school)
    officer = people.officer("school_officer", tree.school)
    deciding.send_back(enrolment=waits, reason="请补充岗位", by=officer, at=AT)
    client = as_user(teacher.user)
    assert "学校已退回：请补充岗位" in client.get("/training/").text
    client.post(of(waits, "again/"))
    waits.refresh_from_db()
    assert waits.state == State.SUBMITTED


def test_offered_seat_is_accepted_or_left_to_the_next(as_user, tree, programme, officer):
    period = make.period(programme, 9, capacity=1, offer_hours=24)
    one, two, three = make.teachers(tree.school, 3)
    seated, *_waiting = (make.enrolled(each, period) for each in (one, two, three))
    as_user(officer).post(of(seated, "decide/"), {"act": "withdraw", "reason": "调离"})
    offered = period.enrolments.get(state=State.OFFERED)
    assert offered.teacher == two
    client = as_user(two.user)
    assert "有名额待您确认" in client.get("/training/").text
    client.post(of(offered, "decline/"))
    assert period.enrolments.get(state=State.OFFERED).teacher == three
    as_user(three.user).post(of(period.enrolments.get(teacher=three), "accept/"))
    assert list(period.enrolments.filter(state=State.CONFIRMED).values_list("teacher", flat=True)) == [three.pk]


def test_anothers_offer_is_not_there(as_user, tree, programme, teacher):
    other = make.enrolled(teacher, make.period(programme, 9))
    client = as_user(make.teachers(tree.school, 1)[0].user)
    for what in ("", "accept/", "decline/", "again/", "decide/"):
        assert client.post(of(other, what)).status_code in (404, 405)
    assert client.get(of(other)).status_code == 404


# Closing and certificates


def test_certificates_are_proposed_for_who_completed_and_lacks_them(as_user, tree, lessons, teacher):
    level = certs.level(tree.county)
    period = make.period(make.programme(tree.county, lessons=lessons, level=level))
    make.enrolled(teacher, period)
    for minutes, each in enumerate(lessons):
        make.learnt(teacher, each, at=AT - 5 * (9 - minutes) * MINUTE)
    completing.sweep(at=AT)
    user = people.officer("exam_officer", tree.county)
    client = as_user(user)
    assert "1 人已结业，尚未持证" in client.get(at(period)).text
    page = client.post(at(period, "award/"), {"issue_on": "2024-03-05"})
    batch = Batch.objects.get()
    assert page["Location"] == f"/certificates/lists/{batch.pk}/" or str(batch.pk) in page["Location"]
    assert [each.teacher for each in batch.credentials.all()] == [teacher]
    again = client.post(at(period, "award/"), {"issue_on": "2024-03-05"})
    assert again.status_code == 409
    assert "没有可提交的人员" in again.text


def test_period_that_is_over_is_closed(as_user, officer, teacher, programme, lessons):
    period = make.period(programme, 9, starts_on=AT.date() - 20 * DAY, ends_on=AT.date())
    make.enrolled(teacher, period)
    client = as_user(officer)
    assert "办结本期" not in client.get(at(period)).text
    with time_machine.travel(AT + 2 * DAY, tick=False):
        client = as_user(officer)
        assert "办结本期" in client.get(at(period)).text
        client.post(at(period, "close/"))
    period.refresh_from_db()
    ended = period.enrolments.get()
    assert (period.state, ended.state) == (Period.State.CLOSED, State.NOT_COMPLETED)
    assert ended.reason == "尚缺 2 项：认识情绪、倾听"
