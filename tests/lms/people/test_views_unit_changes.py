"""The pages that change a unit: a newcomer registered, moved, renamed, closed; each for the office it belongs to."""

import pytest
from django.urls import reverse

from lms.lib import clock
from lms.people.models import Appointment, Organisation, Teacher
from tests.factories import exams, people

OFFICE = Appointment.Office


@pytest.fixture
def officer(client, tree):
    user = people.officer(OFFICE.BUREAU_OFFICER, tree.city, "程市")
    client.force_login(user)
    return user


@pytest.fixture
def today():
    return clock.local_date(clock.now()).isoformat()


def address(name, unit):
    return reverse(f"people:{name}", args=[unit.pk])


def newcomer(today, **more):
    given = {"full_name": "单雪梅", "id_number": people.id_number(), "post": "classroom_teacher", "from_on": today}
    return {**given, "stage": "primary", "phone": "139 8760 0001", **more}


def test_register_makes_a_teacher_of_the_school(client, tree, today):
    client.force_login(people.officer(OFFICE.SCHOOL_OFFICER, tree.school))
    where = address("register", tree.school)
    assert where in client.get(reverse("people:unit", args=[tree.school.pk])).text
    assert client.get(where).status_code == 200
    response = client.post(where, newcomer(today))
    made = Teacher.objects.get()
    assert response["Location"] == reverse("people:teacher", args=[made.pk])
    assert (made.full_name, made.user.phone, made.posts.get().stage) == ("单雪梅", "13987600001", "primary")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id_number": "990608198503120000"}, "id_number"),
        ({"full_name": "\ue000"}, "full_name"),
        ({"phone": "12345"}, "phone"),
        ({"post": "wizard"}, "post"),
        ({"from_on": "1066-10-14"}, "from_on"),
    ],
)
def test_register_shows_what_is_wrong_at_its_field_and_keeps_the_rest(client, tree, officer, today, wrong, field):
    response = client.post(address("register", tree.school), newcomer(today, **wrong))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert 'value="990608' in response.text
    assert not Teacher.objects.exists()


def test_register_is_there_for_open_schools_only_and_for_those_who_keep_them(client, tree, officer, today):
    assert client.get(address("register", tree.county)).status_code == 404
    for user in (
        people.officer(OFFICE.AUDITOR, tree.county),
        people.officer(OFFICE.SCHOOL_OFFICER, people.organisation("第二小学", parent=tree.county)),
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
    ):
        client.force_login(user)
        assert client.post(address("register", tree.school), newcomer(today)).status_code == 404
    client.force_login(officer)
    tree.school.closed_on = clock.local_date(clock.now())
    tree.school.save()
    assert client.get(address("register", tree.school)).status_code == 404
    assert not Teacher.objects.exists()


def new_unit(**more):
    return {"name": "澜溪县第三小学", "code": "9906080033", "level": "50", "stages": ["primary", "junior"], **more}


def test_found_makes_a_unit_below_and_leads_there(client, tree, officer):
    where = address("found_unit", tree.county)
    assert where in client.get(reverse("people:unit", args=[tree.county.pk])).text
    page = client.get(where).text
    assert 'value="50" selected' in page
    assert 'value="30"' not in page  # a county stands below no county
    response = client.post(where, new_unit())
    made = Organisation.objects.get(code="9906080033")
    assert response["Location"] == reverse("people:unit", args=[made.pk])
    assert (made.name, made.level, made.parent, made.stages) == (
        "澜溪县第三小学",
        50,
        tree.county,
        ["primary", "junior"],
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "9906080001"}, "code"),
        ({"code": "12 34"}, "code"),
        ({"name": "澜溪县实验小学"}, "name"),
        ({"level": "30"}, "level"),
        ({"level": "40"}, "stages"),
        ({"name": ""}, "name"),
    ],
)
def test_found_shows_what_is_wrong_at_its_field_and_keeps_the_rest(client, tree, officer, wrong, field):
    response = client.post(address("found_unit", tree.county), new_unit(**wrong))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert response.text.count(" checked") == 2
    assert not Organisation.objects.filter(code="9906080033").exists()


def test_found_is_there_below_open_units_of_ones_own_only(client, tree, officer):
    assert client.get(address("found_unit", tree.school)).status_code == 404
    for user in (
        people.officer(OFFICE.AUDITOR, tree.city),
        people.officer(OFFICE.SCHOOL_OFFICER, tree.school),
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
    ):
        client.force_login(user)
        assert client.get(address("found_unit", tree.county)).status_code == 404
        assert client.post(address("found_unit", tree.county), new_unit()).status_code == 404
    client.force_login(officer)
    Organisation.objects.filter(pk=tree.county.pk).update(closed_on="2024-01-31")
    assert client.post(address("found_unit", tree.county), new_unit()).status_code == 404
    assert not Organisation.objects.filter(code="9906080033").exists()


def test_reopen_opens_a_closed_unit_from_above(client, tree, officer):
    where, unit = address("reopen_unit", tree.school), reverse("people:unit", args=[tree.school.pk])
    assert client.get(where).status_code == 404
    assert where not in client.get(unit).text
    Organisation.objects.filter(pk=tree.school.pk).update(closed_on="2024-01-31")
    assert where in client.get(unit).text
    assert "2024年1月31日" in client.get(unit).text
    assert client.post(where, {"reason": ""}).status_code == 422
    assert client.post(where, {"reason": "生源回升"})["Location"] == unit
    tree.school.refresh_from_db()
    assert tree.school.closed_on is None


def test_reopen_is_not_there_for_a_unit_that_was_merged_nor_for_others(client, tree, officer):
    closed = Organisation.objects.filter(pk=tree.school.pk)
    closed.update(closed_on="2024-01-31", successor=tree.city_school)
    page = client.get(reverse("people:unit", args=[tree.school.pk])).text
    assert f"并入{tree.city_school.name}" in page
    assert client.post(address("reopen_unit", tree.school), {"reason": "生源回升"}).status_code == 404
    closed.update(successor=None)
    for office, unit in ((OFFICE.BUREAU_OFFICER, tree.school), (OFFICE.AUDITOR, tree.city)):
        client.force_login(people.officer(office, unit))
        assert client.post(address("reopen_unit", tree.school), {"reason": "生源回升"}).status_code == 404


def test_move_takes_a_unit_by_name(client, tree, officer):
    where = address("move_unit", tree.school)
    page = client.get(where).text
    assert f'<option value="{tree.neighbour.name}">' in page
    assert f'<option value="{tree.county.name}">' not in page
    client.post(where, {"parent": tree.neighbour.name})
    tree.school.refresh_from_db()
    assert tree.school.parent == tree.neighbour


def test_move_does_not_offer_what_is_below_and_keeps_what_was_typed(client, tree, officer):
    cluster = people.organisation("东片学区", level=40, parent=tree.county, stages=())
    response = client.post(address("move_unit", tree.county), {"parent": cluster.name})
    assert response.status_code == 422
    assert f'value="{cluster.name}"' in response.text


def test_rename_and_close(client, tree, officer, today):
    client.post(address("rename_unit", tree.school), {"name": "澜溪县第一小学"})
    tree.school.refresh_from_db()
    assert tree.school.name == "澜溪县第一小学"
    teacher = people.teacher("林知微", school=tree.school)
    refused = client.post(address("close_unit", tree.school), {"on": today, "reason": "撤并"})
    assert (refused.status_code, "林知微" in refused.text) == (422, True)
    teacher.postings.update(until_on="2020-01-31")
    assert client.post(address("close_unit", tree.school), {"on": today, "reason": "撤并"}).status_code == 302
    assert client.get(address("rename_unit", tree.school)).status_code == 404


def test_merge_names_what_follows_and_does_it(client, tree, officer, today):
    other = people.organisation("澜溪县第二小学", parent=tree.county)
    for name in ("林知微", "何远"):
        people.teacher(name, school=other)
    people.officer(OFFICE.SCHOOL_OFFICER, other)
    where = address("merge_unit", other)
    assert where in client.get(reverse("people:unit", args=[other.pk])).text
    page = client.get(where).text
    for words in ("2名教师自合并之日起转入", "1项职务在接收单位继续担任", f'<option value="{tree.school.name}">'):
        assert words in page
    assert f'<option value="{tree.county.name}">' not in page
    assert f'<option value="{other.name}">' not in page
    typed = {"greater": tree.school.name, "on": today, "reason": ""}
    refused = client.post(where, typed)
    assert (refused.status_code, f'value="{tree.school.name}"' in refused.text) == (422, True)
    done = client.post(where, {**typed, "reason": "布局调整"})
    assert done["Location"] == reverse("people:unit", args=[tree.school.pk])
    other.refresh_from_db()
    assert other.successor == tree.school
    assert client.get(where).status_code == 404


def test_merge_shows_a_refusal_and_offers_nothing_out_of_scope(client, tree, officer, today):
    candidate = exams.candidate(exams.exam(tree.city), "考生", state="submitted", school=tree.school)
    typed = {"greater": tree.other_school.code, "on": today, "reason": "布局调整"}
    refused = client.post(address("merge_unit", tree.school), typed)
    assert (refused.status_code, str(candidate) in refused.text) == (422, True)
    client.force_login(people.officer(OFFICE.BUREAU_OFFICER, tree.county))
    refused = client.post(address("merge_unit", tree.school), typed)
    assert list(refused.context["form"].errors) == ["greater"]
    tree.school.refresh_from_db()
    assert tree.school.closed_on is None


def test_units_are_changed_only_from_above(client, tree):
    for office, unit in (
        (OFFICE.SCHOOL_OFFICER, tree.school),
        (OFFICE.BUREAU_OFFICER, tree.school),
        (OFFICE.AUDITOR, tree.city),
        (OFFICE.BUREAU_OFFICER, tree.neighbour),
    ):
        client.force_login(people.officer(office, unit))
        for name in ("move_unit", "rename_unit", "merge_unit", "close_unit"):
            assert client.get(address(name, tree.school)).status_code == 404
            assert client.post(address(name, tree.school), {"name": "新名"}).status_code == 404


def test_unit_filters_its_teachers(client, tree, officer):
    people.teacher("单雪梅", school=tree.school, name_pinyin="shan xue mei", name_initials="sxm")
    people.teacher("何远", school=tree.school, name_pinyin="he yuan", name_initials="hy")
    where = reverse("people:unit", args=[tree.school.pk])
    for asked, names in (("", {"单雪梅", "何远"}), ("雪", {"单雪梅"}), ("hy", {"何远"}), ("无此人", set())):
        assert {each.full_name for each in client.get(where, {"q": asked}).context["page"]} == names
