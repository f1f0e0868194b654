"""Pages about people: activation, units in one's care, one record, slips; strangers see nothing of them."""

import io
import re

import pypdf
import pytest
from django.urls import reverse

from lms.lib import clock
from lms.people import activating, codes, queries, slips
from lms.people.models import ActivationCode, Appointment, User
from tests.factories import people

OFFICE = Appointment.Office
PASSWORD = "a long and quiet river"


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")


@pytest.fixture
def teacher(tree):
    return people.teacher("林知微", school=tree.school, post="homeroom_teacher", name_pinyin="lin zhi wei")


def text_of(pdf):
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def typed(teacher, code, **more):
    given = {
        "code": code,
        "id_last_four": teacher.id_number[-4:],
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return {**given, **more}


def test_activate_signs_the_teacher_in_and_tells_her_user_name(client, teacher):
    code = activating.issue_code(user=teacher.user, by=None, at=clock.now())
    assert client.get("/people/activate/").status_code == 200
    response = client.post("/people/activate/", typed(teacher, code))
    assert (response.status_code, response["Location"]) == (302, reverse("people:phone"))
    assert client.session["_auth_user_id"] == str(teacher.user_id)
    assert teacher.user.username in next(str(each) for each in response.wsgi_request._messages)
    client.logout()
    assert client.login(username=teacher.user.username, password=PASSWORD)


def test_activate_shows_a_refusal_and_keeps_what_was_typed_except_passwords(client, teacher):
    response = client.post("/people/activate/", typed(teacher, "ABCDE-FGHJK"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "ABCDE-FGHJK" in page
    assert teacher.id_number[-4:] in page
    assert PASSWORD not in page
    assert str(activating.CodeNotAccepted()) in page
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"password2": "another"}, "password2"), ({"password1": "short", "password2": "short"}, "password1")],
)
def test_activate_shows_what_is_wrong_with_the_password_at_its_field(client, teacher, wrong, field):
    code = activating.issue_code(user=teacher.user, by=None, at=clock.now())
    response = client.post("/people/activate/", typed(teacher, code, **wrong))
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {field}
    assert not User.objects.get(pk=teacher.user_id).has_usable_password()


def test_activate_is_refused_after_too_many_wrong_tries(client, teacher):
    for _each in range(8):
        client.post("/people/activate/", typed(teacher, "ABCDE-FGHJK"))
    response = client.post("/people/activate/", typed(teacher, "ABCDE-FGHJK"))
    assert response.status_code == 429
    assert "ABCDE-FGHJK" in response.content.decode()


def test_units_lists_only_the_officer_s_own_subtree(client, tree, officer, teacher):
    client.force_login(officer)
    page = client.get(reverse("people:units")).content.decode()
    assert tree.county.name in page
    assert tree.school.name in page
    assert officer.full_name in page
    for hidden in (tree.neighbour, tree.other_school, tree.city_school, tree.province):
        assert hidden.name not in page
    found = client.get(reverse("people:units"), {"q": "实验"}).context["rows"]
    assert [(unit.name, count) for unit, _offices, count in found] == [(tree.school.name, 1)]


def test_units_counts_the_teachers_of_the_whole_subtree(tree, teacher, at):
    people.teacher("何远", school=tree.other_school)
    gone = people.teacher("已调走", school=tree.school)
    gone.postings.update(until_on=at.date().replace(day=1))
    counts = queries.teacher_counts([tree.city, tree.county, tree.school, tree.city_school], at)
    assert [counts[each.pk] for each in (tree.city, tree.county, tree.school, tree.city_school)] == [2, 1, 1, 0]


def test_pages_of_units_ask_as_much_for_three_rows_as_for_one(
    client, tree, officer, teacher, django_assert_max_num_queries
):
    client.force_login(officer)
    client.get(reverse("people:units"))
    addresses = [reverse("people:units"), reverse("people:unit", args=[tree.school.pk])]

    def queries_of(address):
        with django_assert_max_num_queries(30) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    before = [queries_of(address) for address in addresses]
    for n in range(3):
        school = people.organisation(f"澜溪县第{n}小学", parent=tree.county)
        people.officer(OFFICE.CLERK, school)
        people.teacher(f"老师{n}", school=tree.school, post="homeroom_teacher")
    assert [queries_of(address) for address in addresses] == before


def test_unit_and_teacher_are_not_found_by_strangers(client, tree, teacher):
    addresses = [reverse("people:unit", args=[tree.school.pk]), reverse("people:teacher", args=[teacher.pk])]
    posts = [reverse("people:unit_slips", args=[tree.school.pk]), reverse("people:teacher_slip", args=[teacher.pk])]
    for address in addresses:
        assert client.get(address).status_code == 302
    strangers = (
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.JUDGE, tree.county),
        people.teacher("何远", school=tree.school).user,
    )
    for stranger in strangers:
        client.force_login(stranger)
        assert {client.get(address).status_code for address in addresses} == {404}
        assert {client.post(address, {"whom": "all"}).status_code for address in posts} == {404}
    assert not ActivationCode.objects.exists()


def test_unit_shows_offices_posts_and_who_is_not_activated(client, tree, officer, teacher):
    client.force_login(officer)
    response = client.get(reverse("people:unit", args=[tree.school.pk]))
    assert "林知微" in response.content.decode()
    assert response.context["waiting"] == 1


def test_teacher_shows_her_record_with_the_number_covered(client, tree, officer, teacher):
    client.force_login(officer)
    page = client.get(reverse("people:teacher", args=[teacher.pk])).content.decode()
    assert teacher.masked_id_number in page
    assert teacher.id_number not in page
    assert tree.school.name in page
    client.force_login(teacher.user)
    own = client.get(reverse("people:teacher", args=[teacher.pk]))
    assert own.status_code == 200
    assert not own.context["may_issue"]


def test_unit_slips_are_printed_for_those_who_never_came_in(client, tree, officer, teacher):
    active = people.teacher("已激活", school=tree.school)
    User.objects.filter(pk=active.user_id).update(activated_at=clock.now())
    client.force_login(officer)
    response = client.post(reverse("people:unit_slips", args=[tree.school.pk]), {"whom": "new"})
    assert response["Content-Type"] == "application/pdf"
    text = text_of(b"".join(response.streaming_content))
    assert "林知微" in text
    assert "已激活" not in text
    assert ActivationCode.objects.get().user == teacher.user


def test_unit_slips_leave_out_who_has_one_that_works_unless_asked(client, tree, officer, teacher):
    client.force_login(officer)
    address = reverse("people:unit_slips", args=[tree.school.pk])
    client.post(address, {"whom": "new"})
    response = client.post(address, {"whom": "new"})
    assert response.status_code == 302
    assert ActivationCode.objects.count() == 1
    client.post(address, {"whom": "all"})
    assert ActivationCode.objects.count() == 2


def test_teacher_slip_is_refused_to_an_auditor_who_may_only_look(client, tree, teacher):
    client.force_login(people.officer(OFFICE.AUDITOR, tree.county))
    assert client.get(reverse("people:teacher", args=[teacher.pk])).status_code == 200
    response = client.post(reverse("people:teacher_slip", args=[teacher.pk]))
    assert response.status_code == 403
    assert not ActivationCode.objects.exists()


def test_teacher_slip_carries_a_code_that_works(client, tree, officer, teacher):
    client.force_login(officer)
    response = client.post(reverse("people:teacher_slip", args=[teacher.pk]))
    text = text_of(b"".join(response.streaming_content)).replace(" ", "")
    code = re.search(f"[{codes.ALPHABET}]{{5}}-[{codes.ALPHABET}]{{5}}", text)[0]
    assert teacher.user.username in text
    client.logout()
    assert client.post("/people/activate/", typed(teacher, code))["Location"] == reverse("people:phone")


def test_slips_say_no_more_than_a_slip_needs(tree, teacher, at):
    said = slips.slips({teacher.user_id: "ABCDE-FGHJK"}, at)
    assert said["last_day"] == "2024-03-18"
    assert said["slips"] == [
        {
            "name": "林知微",
            "school": tree.school.name,
            "username": teacher.user.username,
            "code": "ABCDE-FGHJK",
        }
    ]
    assert teacher.id_number[-4:] not in str(said["slips"][0])


# Codes by short message


def test_unit_slips_sends_to_those_with_a_telephone_and_names_the_others(client, tree, officer, teacher):
    other = people.teacher("何远", school=tree.school)
    User.objects.filter(pk=other.user_id).update(phone="13987600001")
    client.force_login(officer)
    answer = client.post(
        reverse("people:unit_slips", args=[tree.school.pk]), {"whom": "all", "how": "send"}, follow=True
    )
    page = answer.content.decode()
    assert "正在向1位教师发送激活码" in page
    assert "1人没有登记手机号" in page
    assert ActivationCode.objects.get().user == other.user


def test_teacher_slip_is_sent_or_refused_in_plain_words(client, tree, officer, teacher):
    client.force_login(officer)
    address = reverse("people:teacher_slip", args=[teacher.pk])
    answer = client.post(address, {"how": "send"})
    assert answer.status_code == 409
    assert "没有登记手机号" in answer.content.decode()
    User.objects.filter(pk=teacher.user_id).update(phone="13987600001")
    assert client.post(address, {"how": "send"})["Location"] == reverse("people:teacher", args=[teacher.pk])
