"""The pages of offices: a person is looked for within one's scope, offices are given and withdrawn, and one's own."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.lib import clock
from lms.people import appointing
from lms.people.models import Appointment
from tests.factories import people

pytestmark = pytest.mark.django_db
OFFICE = Appointment.Office
DAY = dt.timedelta(days=1)


@pytest.fixture
def today():
    return clock.local_date(clock.now())


@pytest.fixture
def officer(client, tree):
    user = people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")
    client.force_login(user)
    return user


@pytest.fixture
def teacher(tree):
    return people.teacher("单知微", school=tree.school, name_pinyin="shan zhi wei", name_initials="szw")


def give_address(unit):
    return reverse("people:give_office", args=[unit.pk])


def text(response):
    return response.content.decode()


def give(client, unit, person, today, **typed):
    given = {"person": person.pk, "office": OFFICE.MARKER, "from_on": today.isoformat(), **typed}
    return client.post(give_address(unit), given)


@pytest.mark.parametrize("asked", ["单知", "zhiwei", "szw", "实验小学", "知微 澜溪"])
def test_a_person_is_found_by_name_sound_initials_and_school(client, officer, tree, teacher, asked):
    page = text(client.get(give_address(tree.school), {"q": asked}))
    assert f"?person={teacher.user_id}" in page
    assert "澜溪县实验小学" in page


def test_only_people_within_the_scope_are_found(client, officer, tree, teacher):
    people.teacher("单知远", school=tree.other_school)
    people.officer(OFFICE.MARKER, tree.neighbour, "单邻")
    people.officer(OFFICE.MARKER, tree.school, "单内")
    page = text(client.get(give_address(tree.school), {"q": "单"}))
    assert "单知微" in page
    assert "单内" in page
    assert "单知远" not in page
    assert "单邻" not in page
    assert "?person=" not in text(client.get(give_address(tree.school), {"q": "沈县"}))  # she herself


def test_an_account_that_was_just_opened_is_found_by_its_whole_user_name(client, officer, tree):
    people.user("新来者", username="xinlai")
    assert "新来者" in text(client.get(give_address(tree.county), {"q": "xinlai"}))
    assert "新来者" not in text(client.get(give_address(tree.county), {"q": "xinl"}))


@pytest.mark.parametrize("asked", ["", " ", "\x00", "x" * 300, "%", "没有这人"])
def test_nobody_is_found_where_nobody_is_meant(client, officer, tree, teacher, asked):
    page = client.get(give_address(tree.school), {"q": asked})
    assert page.status_code == 200
    assert "?person=" not in text(page)


def test_an_office_is_given_and_stands_on_the_units_page(client, officer, tree, teacher, today):
    page = text(client.get(give_address(tree.school), {"person": teacher.user_id}))
    assert "单知微" in page
    assert 'value="bureau_officer"' in page
    answer = give(client, tree.school, teacher.user, today, office=OFFICE.LEADING_GROUP, role="leader")
    assert answer["Location"] == reverse("people:unit", args=[tree.school.pk])
    page = text(client.get(answer["Location"]))
    for words in ("领导小组", "组长", "单知微", "第一责任人"):
        assert words in page


def test_a_county_officer_is_not_offered_her_own_office_at_her_own_unit(client, officer, tree, teacher, today):
    page = text(client.get(give_address(tree.county), {"person": teacher.user_id}))
    assert 'value="bureau_officer"' not in page
    assert give(client, tree.county, teacher.user, today, office=OFFICE.BUREAU_OFFICER).status_code == 422
    assert not teacher.user.appointments.exists()


def test_a_school_officer_is_offered_at_schools_only(client, officer, tree, teacher, today):
    assert 'value="school_officer"' in text(client.get(give_address(tree.school), {"person": teacher.user_id}))
    assert 'value="school_officer"' not in text(client.get(give_address(tree.county), {"person": teacher.user_id}))
    assert give(client, tree.county, teacher.user, today, office=OFFICE.SCHOOL_OFFICER).status_code == 422
    assert not teacher.user.appointments.exists()


def test_no_office_is_offered_at_a_closed_unit(client, officer, tree, teacher, today):
    tree.school.closed_on = today
    tree.school.save()
    assert give_address(tree.school) not in text(client.get(reverse("people:unit", args=[tree.school.pk])))
    assert give(client, tree.school, teacher.user, today).status_code == 404


def test_a_refusal_keeps_what_was_typed(client, officer, tree, teacher, today):
    answer = give(client, tree.school, teacher.user, today, until_on=(today - DAY).isoformat())
    assert answer.status_code == 422
    assert f'value="{(today - DAY).isoformat()}"' in text(answer)
    assert '<option value="marker" selected' in text(answer)
    assert str(appointing.EndsBeforeItStarts.sentence) in text(answer)
    assert give(client, tree.school, teacher.user, today, office=OFFICE.CENTRE).status_code == 422


def test_a_deputy_is_named_for_somebody_who_holds_an_office_here(client, officer, tree, teacher, today):
    held = people.officer(OFFICE.SCHOOL_OFFICER, tree.school, "校管").appointments.get()
    page = text(client.get(give_address(tree.school), {"person": teacher.user_id}))
    assert f'value="deputy-{held.pk}"' in page
    typed = {"office": f"deputy-{held.pk}"}
    assert give(client, tree.school, teacher.user, today, **typed).status_code == 422  # no last day
    give(client, tree.school, teacher.user, today, until_on=(today + DAY).isoformat(), **typed)
    assert teacher.user.appointments.get().deputises_for == held
    assert "代校管" in text(client.get(reverse("people:unit", args=[tree.school.pk])))


def test_strangers_and_those_who_give_nothing_find_no_such_page(client, tree, teacher, today):
    held = people.officer(OFFICE.MARKER, tree.school, "阅甲").appointments.get()
    for user in (
        teacher.user,
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.AUDITOR, tree.province),
        people.officer(OFFICE.MARKER, tree.city),
        people.officer(OFFICE.SCHOOL_OFFICER, tree.city_school),
    ):
        client.force_login(user)
        assert client.get(give_address(tree.school)).status_code == 404
        assert give(client, tree.school, teacher.user, today).status_code == 404
        assert client.get(reverse("people:withdraw_office", args=[held.pk])).status_code == 404
        assert client.post(reverse("people:withdraw_office", args=[held.pk])).status_code == 404
    assert not teacher.user.appointments.exists()


@pytest.mark.parametrize("wrong", ["x", "²", "-1", "9" * 30, "987654321"])
def test_a_person_who_is_not_there_is_not_found(client, officer, tree, wrong):
    assert client.get(give_address(tree.school), {"person": wrong}).status_code == 404


def test_somebody_out_of_scope_cannot_be_given_an_office(client, officer, tree, today):
    stranger = people.teacher("何远", school=tree.other_school)
    assert give(client, tree.school, stranger.user, today).status_code == 404
    assert give(client, tree.school, officer, today).status_code == 404  # nor she herself


def test_withdrawing_names_what_follows_and_does_it(client, officer, tree, teacher, today):
    held = people.officer(OFFICE.SCHOOL_OFFICER, tree.school, "校管").appointments.get()
    appointing.deputise(
        user=teacher.user, appointment=held, from_on=today, until_on=today + 9 * DAY, by=None, at=clock.now()
    )
    address = reverse("people:withdraw_office", args=[held.pk])
    page = text(client.get(address))
    for words in ("校管不再担任", "单知微代理此职务至", "立即在所有设备上退出"):
        assert words in page
    answer = client.post(address, {"until_on": (held.from_on - DAY).isoformat()})
    assert answer.status_code == 422
    answer = client.post(address, {"until_on": today.isoformat()})
    assert answer["Location"] == reverse("people:unit", args=[tree.school.pk])
    held.refresh_from_db()
    assert held.until_on == today


def test_withdrawing_an_honorary_office_says_so(client, officer, tree, teacher):
    held = people.appointment(teacher.user, OFFICE.ACCOUNTABLE_HEAD, tree.school)
    page = text(client.get(reverse("people:withdraw_office", args=[held.pk])))
    assert "单位页面不再列出单知微" in page
    assert "退出，重新登录" not in page


def test_an_office_that_is_over_cannot_be_withdrawn(client, officer, tree, today):
    held = people.officer(OFFICE.MARKER, tree.school).appointments.get()
    Appointment.objects.filter(pk=held.pk).update(until_on=today - DAY)
    assert client.get(reverse("people:withdraw_office", args=[held.pk])).status_code == 404


def test_my_offices_shows_todays_those_to_come_and_those_over(client, officer, tree, today):
    page = text(client.get(reverse("people:my_offices")))
    assert "澜溪县" in page
    assert reverse("people:act_for") not in page.split("<main")[1]  # one office: nothing to choose
    people.appointment(officer, OFFICE.MARKER, tree.city, from_on=today + DAY)
    people.appointment(officer, OFFICE.JUDGE, tree.city, from_on=today - 9 * DAY, until_on=today - DAY)
    people.appointment(officer, OFFICE.CLERK, tree.city)
    page = text(client.get(reverse("people:my_offices")))
    for words in ("将任", "已结束", "以此身份办理"):
        assert words in page
    client.force_login(people.user("无职"))
    assert "您今天没有担任职务" in text(client.get(reverse("people:my_offices")))


def test_pages_ask_as_often_for_many_as_for_one(client, officer, tree, today):
    pages = {
        "person": give_address(tree.school) + "?q=单",
        "mine": reverse("people:my_offices"),
        "unit": reverse("people:unit", args=[tree.county.pk]),
    }
    costs = {name: [] for name in pages}
    for number in range(3):
        teacher = people.teacher(f"单{number}", school=tree.school)
        held = people.appointment(teacher.user, OFFICE.JUDGE, tree.county)
        mine = people.appointment(officer, OFFICE.MARKER, people.organisation(f"某校{number}", parent=tree.county))
        for each in (held, mine):
            last = today + DAY
            appointing.deputise(
                user=people.user(), appointment=each, from_on=today, until_on=last, by=None, at=clock.now()
            )
        if number == 1:
            continue
        for name, address in pages.items():
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            costs[name].append(len(asked))
    assert {name: one - three for name, (one, three) in costs.items()} == dict.fromkeys(pages, 0)
