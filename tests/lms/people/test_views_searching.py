"""Search by name, former name, sound and school, never beyond what one may see; two records compared and merged."""

import datetime as dt

import pytest
from django.urls import reverse

from lms.people.models import Appointment, FormerName
from tests.factories import people

OFFICE = Appointment.Office


@pytest.fixture
def teacher(tree):
    found = people.teacher(
        "单雪梅", school=tree.school, post="homeroom_teacher", name_pinyin="shan xue mei", name_initials="sxm"
    )
    FormerName.objects.create(teacher=found, full_name="单小梅", name_initials="sxm", until_on=dt.date(2020, 1, 31))
    return found


@pytest.fixture
def officer(client, tree):
    user = people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")
    client.force_login(user)
    return user


def found(client, asked, name="people:search", *args):
    response = client.get(reverse(name, args=args), {"q": asked})
    assert response.status_code == 200
    return [each.full_name for each in response.context["page"]]


@pytest.mark.parametrize(
    "asked", ["单雪梅", "雪梅", "单 梅", "小梅", "shanxue", "Shan Xuemei", "sxm", "实验小学", "雪梅 实验", "ｓｘｍ"]
)
def test_search_finds_by_name_former_name_sound_and_school(client, teacher, officer, asked):
    people.teacher("别人", school=people.organisation("另一小学", parent=teacher.postings.get().organisation.parent))
    assert found(client, asked) == ["单雪梅"]


@pytest.mark.parametrize("asked", ["王", "xm", "雪梅 中学", "", "\x00", "%", "_"])
def test_search_finds_nobody_who_does_not_fit(client, teacher, officer, asked):
    assert found(client, asked) == []


def test_search_shows_nobody_of_another_county_or_school(client, tree, teacher):
    far = people.teacher("单雪兰", school=tree.other_school)
    for office, unit, names in (
        (OFFICE.BUREAU_OFFICER, tree.county, ["单雪梅"]),
        (OFFICE.BUREAU_OFFICER, tree.neighbour, ["单雪兰"]),
        (OFFICE.SCHOOL_OFFICER, tree.school, ["单雪梅"]),
        (OFFICE.SCHOOL_OFFICER, people.organisation("第二小学", parent=tree.county), []),
        (OFFICE.AUDITOR, tree.city, ["单雪兰", "单雪梅"]),
    ):
        client.force_login(people.officer(office, unit))
        assert sorted(found(client, "单雪")) == sorted(names)
    for user in (far.user, people.officer(OFFICE.JUDGE, tree.city)):
        client.force_login(user)
        assert client.get(reverse("people:search"), {"q": "单"}).status_code == 404


def test_search_finds_who_stays_by_the_name_of_a_merged_record(client, tree, teacher, officer):
    people.teacher("善雪媒", school=tree.school, merged_into=teacher)
    assert found(client, "善雪媒") == ["单雪梅"]


def test_search_still_finds_who_retired(client, teacher, officer):
    teacher.postings.update(until_on=dt.date(2020, 1, 31), ending="retired")
    assert found(client, "单雪梅 实验") == ["单雪梅"]


def test_search_is_paged_and_asks_as_much_for_many_as_for_one(
    client, tree, teacher, officer, django_assert_num_queries, django_assert_max_num_queries
):
    client.get(reverse("people:search"), {"q": "单"})
    with django_assert_max_num_queries(20) as first:
        client.get(reverse("people:search"), {"q": "单"})
    for n in range(31):
        other = people.teacher(f"单某{n}", school=tree.school, post="homeroom_teacher")
        FormerName.objects.create(teacher=other, full_name="曾名", until_on=dt.date(2020, 1, 31))
    with django_assert_num_queries(len(first)):
        page = client.get(reverse("people:search"), {"q": "单"}).context["page"]
    assert (len(page), page.paginator.num_pages) == (30, 2)


def test_merge_offers_records_of_the_same_name_and_whoever_is_looked_for(client, tree, teacher, officer):
    double = people.teacher("单雪梅", school=tree.school)
    other = people.teacher("善雪媒", school=tree.school)
    people.teacher("单雪梅", school=tree.other_school)
    address = reverse("people:merge", args=[teacher.pk])
    page = client.get(address)
    assert [each.pk for each in page.context["page"]] == [double.pk]
    assert reverse("people:merge_with", args=[teacher.pk, double.pk]) in page.text
    assert [each.pk for each in client.get(address, {"q": "善"}).context["page"]] == [other.pk]


@pytest.mark.parametrize("stays", [0, 1])
def test_merge_with_joins_to_the_record_that_was_chosen(client, tree, teacher, officer, stays):
    double = people.teacher("单雪梅", school=tree.school)
    two = (teacher, double)
    address = reverse("people:merge_with", args=[teacher.pk, double.pk])
    page = client.get(address).text
    for each in two:
        assert each.masked_id_number in page
        assert each.id_number not in page
    response = client.post(address, {"greater": two[stays].pk, "reason": "重复建档"})
    assert response["Location"] == reverse("people:teacher", args=[two[stays].pk])
    two[1 - stays].refresh_from_db()
    assert two[1 - stays].merged_into == two[stays]


def test_merge_with_shows_a_refusal_with_what_was_typed(client, tree, teacher, officer):
    double = people.teacher("单雪梅", school=tree.school)
    address = reverse("people:merge_with", args=[teacher.pk, double.pk])
    people.appointment(double.user, OFFICE.MARKER, tree.county)
    response = client.post(address, {"greater": teacher.pk, "reason": "重复建档"})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"greater"}
    assert "重复建档" in response.text
    stranger = people.teacher("外人", school=tree.school)
    assert client.post(address, {"greater": stranger.pk, "reason": "重复建档"}).status_code == 422
    client.force_login(people.officer(OFFICE.SCHOOL_OFFICER, tree.school))
    for each in (address, reverse("people:merge", args=[teacher.pk])):
        assert client.get(each).status_code == 404


def test_merge_with_is_not_there_for_a_record_elsewhere(client, tree, teacher, officer):
    far = people.teacher("单雪梅", school=tree.other_school)
    for pair in ([teacher.pk, far.pk], [far.pk, teacher.pk]):
        assert client.get(reverse("people:merge_with", args=pair)).status_code == 404
