"""Pages of training: a teacher's own enrolments, the ways in and out, and what an office plans."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.training import enrolling
from lms.training.models import Enrolment, Period
from tests.factories import people
from tests.factories import training as make
from tests.factories.people import AT
from tests.factories.training import DAY

MINE, PROGRAMMES = "/training/", "/training/programmes/"


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


def enrol_address(period):
    return f"/training/periods/{period.pk}/enrol/"


def withdraw_address(enrolment):
    return f"/training/enrolments/{enrolment.pk}/withdraw/"


def open_address(programme):
    return f"{PROGRAMMES}{programme.pk}/open/"


def said(page):
    return re.sub(r"<[^>]+>|\s+", "", page.text)


# Mine


def test_mine_leads_to_the_programmes_when_she_is_in_no_training(as_user, teacher):
    text = as_user(teacher.user).get(MINE).text
    assert "您目前没有参加培训" in text
    assert 'href="/courses/"' in text


def test_mine_shows_how_far_she_is_what_is_missing_and_what_it_is_worth(as_user, teacher, lessons, period):
    make.enrolled(teacher, period)
    make.learnt(teacher, lessons[0])
    page = as_user(teacher.user).get(MINE)
    text = said(page)
    assert period.programme.title in text
    assert "已录取" in text
    assert "2024年3月4日–2024年4月4日" in text
    assert "已完成1项，共2项" in text
    assert "还有1项未完成" in text
    assert ("倾听" in text, "认识情绪" in text) == (True, False)
    assert "结业后登记学时：专业科目12" in text


def test_mine_says_when_lessons_open_and_how_many_wait_before_her(as_user, tree, teacher):
    later = {"starts_on": AT.date() + 5 * DAY, "ends_on": AT.date() + 30 * DAY}
    make.enrolled(teacher, make.period(make.programme(tree.county), **later))
    full = make.period(make.programme(tree.county), capacity=1)
    for each in make.teachers(tree.school, 3):
        make.enrolled(each, full)
    make.enrolled(teacher, full)
    text = said(as_user(teacher.user).get(MINE))
    assert "课程将于2024年3月10日开放" in text
    assert "您前面还有2人候补" in text
    assert "退出候补" in text


def test_mine_shows_the_past_with_what_became_of_it(as_user, tree, teacher, lessons, programme, period):
    enrolling.withdraw(enrolment=make.enrolled(teacher, period), reason="临时出差，无法参加", by=teacher.user, at=AT)
    done = make.enrolled(teacher, make.period(make.programme(tree.county)))
    Enrolment.objects.filter(pk=done.pk).update(state="completed", ended_at=AT)
    missed = make.period(make.programme(tree.county, lessons=lessons), enrol_until_at=AT + DAY)
    make.enrolled(teacher, missed)
    Period.objects.filter(pk=missed.pk).update(ends_on=AT.date() - DAY)
    text = said(as_user(teacher.user).get(MINE))
    assert "以往培训" in text
    for words in ("已退出", "临时出差，无法参加", "已结业", "2024年3月5日结业", "未结业"):
        assert words in text, words
    assert "退出培训" not in text


def test_mine_shows_nobody_elses(as_user, teacher, tree, period):
    make.enrolled(teacher, period)
    other = people.teacher("同校", school=tree.school)
    assert period.programme.title not in as_user(other.user).get(MINE).text


def test_mine_takes_as_many_queries_with_three_as_with_one(as_user, tree, teacher):
    def another(title):
        period = make.period(make.programme(tree.county, lessons=[make.lesson(title)]))
        make.enrolled(teacher, period)

    client = as_user(teacher.user)
    another("一")
    client.get(MINE)
    with CaptureQueriesContext(connection) as one:
        client.get(MINE)
    for title in ("二", "三"):
        another(title)
    with CaptureQueriesContext(connection) as three:
        client.get(MINE)
    assert len(three) == len(one) <= 16


# Coming in


def test_enrol_gives_a_seat_and_says_whether_lessons_are_open(as_user, tree, teacher, period):
    client = as_user(teacher.user)
    page = client.post(enrol_address(period), follow=True)
    assert page.redirect_chain == [(MINE, 302)]
    assert "报名成功，课程已开放" in page.text
    later = make.period(make.programme(tree.county), starts_on=AT.date() + DAY)
    assert "报名成功，课程自培训第一天起开放" in client.post(enrol_address(later), follow=True).text


def test_enrol_says_that_she_waits_when_all_seats_are_taken(as_user, tree, teacher, programme):
    full = make.period(programme, 2, capacity=1)
    make.enrolled(people.teacher("何远", school=tree.school), full)
    assert "您已进入候补" in as_user(teacher.user).post(enrol_address(full), follow=True).text
    assert Enrolment.objects.get(teacher=teacher).state == Enrolment.State.WAITING


def test_enrol_is_refused_on_the_page_it_came_from(as_user, teacher, tree):
    wants = make.period(make.programme(tree.county, posts=["support_staff"]))
    client = as_user(teacher.user)
    back = client.post(enrol_address(wants), headers={"referer": f"http://testserver{MINE}"}, follow=True)
    assert back.redirect_chain == [(f"http://testserver{MINE}", 302)]
    assert "暂不能报名：本培训面向" in back.text
    alone = client.post(enrol_address(wants))
    assert (alone.status_code, "暂不能报名：本培训面向" in alone.text) == (409, True)
    assert not Enrolment.objects.exists()


def test_enrol_twice_is_told_and_enrols_once(as_user, teacher, period):
    client = as_user(teacher.user)
    client.post(enrol_address(period))
    again = client.post(enrol_address(period), headers={"referer": f"http://testserver{MINE}"}, follow=True)
    assert "您已报名本期，无需重复报名" in again.text
    assert Enrolment.objects.count() == 1


def test_enrol_is_not_there_for_strangers_drafts_and_people_who_are_no_teachers(
    as_user, tree, teacher, officer, period
):
    for user in (people.teacher("何远", school=tree.other_school).user, officer):
        assert as_user(user).post(enrol_address(period)).status_code == 404
    Period.objects.update(state=Period.State.DRAFT)
    assert as_user(teacher.user).post(enrol_address(period)).status_code == 404
    assert as_user(teacher.user).post("/training/periods/999999/enrol/").status_code == 404
    assert as_user(teacher.user).get(enrol_address(period)).status_code == 405


# Going


def test_withdraw_names_the_consequence_and_gives_the_seat_back(as_user, tree, teacher, programme):
    period = make.period(programme, 2, capacity=1)
    enrolment = make.enrolled(teacher, period)
    next_one = make.enrolled(people.teacher("何远", school=tree.school), period)
    client = as_user(teacher.user)
    assert "您的名额将由候补第一位递补" in client.get(withdraw_address(enrolment)).text
    assert Enrolment.objects.get(pk=enrolment.pk).state == "confirmed"
    page = client.post(withdraw_address(enrolment), {"reason": "临时出差"}, follow=True)
    assert "您已退出" in page.text
    assert Enrolment.objects.get(pk=enrolment.pk).state == "withdrawn"
    assert Enrolment.objects.get(pk=next_one.pk).state == "confirmed"


def test_withdraw_says_what_leaving_the_waiting_list_means(as_user, tree, teacher, programme):
    period = make.period(programme, 2, capacity=1)
    make.enrolled(people.teacher("何远", school=tree.school), period)
    enrolment = make.enrolled(teacher, period)
    assert "您将放弃候补资格" in as_user(teacher.user).get(withdraw_address(enrolment)).text


def test_withdraw_is_shown_again_without_a_reason_and_refused_a_second_time(as_user, teacher, period):
    enrolment = make.enrolled(teacher, period)
    client = as_user(teacher.user)
    page = client.post(withdraw_address(enrolment), {"reason": "  "})
    assert (page.status_code, "请写明退出原因" in page.text) == (422, True)
    client.post(withdraw_address(enrolment), {"reason": "出差"})
    page = client.post(withdraw_address(enrolment), {"reason": "又出差"})
    assert (page.status_code, "没有可退出的报名" in page.text, "又出差" in page.text) == (409, True, True)


def test_withdraw_is_there_for_herself_alone(as_user, tree, teacher, officer, period):
    enrolment = make.enrolled(teacher, period)
    for user in (people.teacher("同校", school=tree.school).user, officer):
        client = as_user(user)
        assert client.get(withdraw_address(enrolment)).status_code == 404
        assert client.post(withdraw_address(enrolment), {"reason": "替她退"}).status_code == 404
    assert Enrolment.objects.get().state == "confirmed"


# Planning


def test_programmes_show_seats_waiting_and_completed_of_every_period(as_user, tree, officer, programme):
    full = make.period(programme, 2, capacity=2)
    for each in make.teachers(tree.school, 3):
        make.enrolled(each, full)
    make.period(programme, 1, enrol_until_at=AT + DAY)
    make.programme(tree.neighbour, title="邻县的项目")
    text = said(as_user(officer).get(PROGRAMMES))
    assert "第2期报名中" in text
    assert "2/2" in text
    assert "0/不限" in text
    assert "邻县的项目" not in text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"enrol_from_at": AT + DAY}, "即将报名"),
        ({}, "报名中"),
        ({"enrol_until_at": AT, "starts_on": AT.date() + DAY}, "报名截止"),
        ({"enrol_until_at": AT}, "培训中"),
        ({"enrol_until_at": AT - DAY / 2, "ends_on": AT.date() - DAY}, "已结束"),
    ],
)
def test_programmes_say_where_a_period_stands(as_user, officer, programme, more, words):
    make.period(programme, **more)
    assert words in as_user(officer).get(PROGRAMMES).text


def test_programmes_are_shown_with_their_tags_and_found_by_one(as_user, tree, officer):
    make.programme(tree.county, title="新教师培训", tags=["newcomers", "ethics"])
    make.programme(tree.county, title="活动课培训", tags=["curriculum"])
    client = as_user(officer)
    assert "融入以下培训：新教师、师德" in said(client.get(PROGRAMMES))
    found = client.get(PROGRAMMES, {"tag": "ethics"}).context["programmes"]
    assert [each.title for each in found] == ["新教师培训"]
    assert len(client.get(PROGRAMMES, {"tag": "gardening"}).context["programmes"]) == 2
    assert "没有带此标签的培训项目" in client.get(PROGRAMMES, {"tag": "heads"}).text


def test_programmes_take_as_many_queries_with_three_as_with_one(as_user, tree, officer, period):
    client = as_user(officer)
    client.get(PROGRAMMES)
    with CaptureQueriesContext(connection) as one:
        client.get(PROGRAMMES)
    for _ in range(2):
        make.period(make.programme(tree.county))
    with CaptureQueriesContext(connection) as three:
        client.get(PROGRAMMES)
    assert len(three) == len(one)


def test_programmes_are_there_for_planning_offices_alone(as_user, tree, teacher, programme):
    others = ("auditor", "school_officer", "trainer", "judge")
    for user in (teacher.user, *(people.officer(each, tree.county) for each in others)):
        client = as_user(user)
        assert client.get(PROGRAMMES).status_code == 404
        assert client.get(open_address(programme)).status_code == 404
        assert client.post(open_address(programme), typed()).status_code == 404
    neighbour = as_user(people.officer("bureau_officer", tree.neighbour))
    assert "尚无培训项目" in neighbour.get(PROGRAMMES).text
    assert neighbour.get(open_address(programme)).status_code == 404
    assert not Period.objects.exists()


def typed(**more):
    given = {
        "number": "2",
        "mode": "blended",
        "place": "县教师进修学校",
        "enrol_from_on": "2024-03-06",
        "enrol_until_on": "2024-03-20",
        "starts_on": "2024-03-25",
        "ends_on": "2024-05-31",
        "capacity": "60",
        "admission": "school",
        "selection": "choice",
        "offer_hours": "48",
    }
    return given | more


def test_open_period_begins_with_the_next_number_and_what_the_last_one_had(as_user, officer, programme):
    client = as_user(officer)
    assert 'name="number" value="1"' in client.get(open_address(programme)).text
    make.period(programme, 7, capacity=45, mode="away_study", place="省教育学院")
    text = client.get(open_address(programme)).text
    assert 'name="number" value="8"' in text
    assert 'value="45"' in text
    assert 'value="省教育学院"' in text
    assert '<option value="away_study" selected>' in text
    assert 'name="enrol_from_on" value="2024-03-05"' in text


def test_open_period_announces_it_from_midnight_to_midnight(as_user, officer, programme):
    page = as_user(officer).post(open_address(programme), typed(), follow=True)
    assert page.redirect_chain == [(PROGRAMMES, 302)]
    assert "第2期已公布" in page.text
    made = Period.objects.get()
    assert (made.number, made.capacity, made.mode, made.place) == (2, 60, "blended", "县教师进修学校")
    assert (made.admission, made.selection, made.offer_hours) == ("school", "choice", 48)
    assert made.enrol_from_at == dt.datetime(2024, 3, 5, 16, tzinfo=dt.UTC)
    assert made.enrol_until_at == dt.datetime(2024, 3, 20, 16, tzinfo=dt.UTC)


def test_open_period_gives_seats_to_all_when_none_are_written(as_user, officer, programme):
    as_user(officer).post(open_address(programme), typed(capacity=""))
    assert Period.objects.get().capacity is None


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"ends_on": "2024-03-24"}, 409, "结束日期不得早于开始日期"),
        ({"enrol_until_on": "2024-03-05"}, 409, "报名截止须晚于报名开始"),
        ({"enrol_until_on": "2024-06-01"}, 409, "不得晚于本期最后一天"),
        ({"capacity": "0"}, 409, "名额须在1至100000之间"),
        ({"capacity": "9" * 30}, 409, "名额须在1至100000之间"),
        ({"number": "0"}, 409, "期次须在1至9999之间"),
        ({"number": "1"}, 409, "第1期已经存在"),
        ({"starts_on": ""}, 422, "请选择日期"),
        ({"starts_on": "三月"}, 422, "2024-03-05"),
        ({"ends_on": "9999-12-31"}, 422, "2000年至2099年之间"),
        ({"enrol_from_on": "0001-01-01"}, 422, "2000年至2099年之间"),
        ({"mode": "telepathy"}, 422, "telepathy"),
        ({"offer_hours": "721"}, 409, "1 至 720 小时"),
        ({"admission": "door"}, 422, "door"),
        ({"number": ""}, 422, ""),
    ],
)
def test_open_period_is_refused_beside_what_was_typed(as_user, officer, programme, wrong, status, words):
    make.period(programme, 1)
    page = as_user(officer).post(open_address(programme), typed(**wrong))
    assert page.status_code == status
    assert words in page.text
    assert 'value="县教师进修学校"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert Period.objects.count() == 1
