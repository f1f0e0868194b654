"""The pages about another person's account: for the officer above her, with what follows named before it happens."""

import io
import re

import pypdf
import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.lib import clock
from lms.people.models import ActivationCode, Appointment, User
from tests.factories import people

OFFICE = Appointment.Office
PASSWORD, NEW = "a long and quiet river", "another calm evening"
PAGES = ("new_slip", "reset_second_factor", "close_account", "reopen_account")


@pytest.fixture
def teacher(tree):
    found = people.teacher("林知微", school=tree.school, name_pinyin="lin zhi wei")
    found.user.set_password(PASSWORD)
    found.user.activated_at = clock.now()
    found.user.save()
    return found


@pytest.fixture
def officer(client, tree):
    user = people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县")
    client.force_login(user)
    return user


@pytest.fixture
def below(tree):
    """An officer who is no teacher."""
    return people.officer(OFFICE.SCHOOL_OFFICER, tree.school, "校管", username="xiaoguan")


def address(name, user):
    return reverse(f"people:{name}", args=[user.pk])


def offered(page, user):
    return set(re.findall(rf'href="/people/accounts/{user.pk}/([a-z-]+)/"', page.text))


def record(teacher):
    return reverse("people:teacher", args=[teacher.pk])


def test_record_offers_each_officer_what_she_may_do_with_the_account(client, tree, teacher, officer):
    Authenticator.objects.create(user=teacher.user, type="totp", data={})
    for user, may in (
        (officer, {"slip", "second-factor", "close"}),
        (people.officer(OFFICE.SCHOOL_OFFICER, tree.school), {"slip"}),
        (people.officer(OFFICE.EXAM_OFFICER, tree.county), set()),
        (people.officer(OFFICE.AUDITOR, tree.county), set()),
        (teacher.user, set()),
    ):
        client.force_login(user)
        assert offered(client.get(record(teacher)), teacher.user) == may, user
    User.objects.filter(pk=teacher.user_id).update(is_active=False)
    client.force_login(officer)
    page = client.get(record(teacher))
    assert offered(page, teacher.user) == {"second-factor", "reopen"}
    assert "账号已停用" in page.text


def test_record_says_why_an_officer_beside_must_leave_it_to_one_above(client, tree, teacher, officer):
    people.appointment(teacher.user, OFFICE.JUDGE, tree.county)
    page = client.get(record(teacher))
    assert offered(page, teacher.user) == set()
    assert "只有其上级单位的管理人员才能办理" in page.text
    for name in ("new_slip", "close_account"):
        refused = client.post(address(name, teacher.user), {"old": "lost", "reason": "本人申请"})
        assert (refused.status_code, "上级单位" in refused.text) == (422, True)
    assert User.objects.get(pk=teacher.user_id).is_active
    assert not ActivationCode.objects.exists()


def test_record_of_who_never_came_in_offers_the_ordinary_slip_only(client, tree, officer):
    newcomer = people.teacher("何远", school=tree.school)
    page = client.get(record(newcomer))
    assert offered(page, newcomer.user) == {"close"}
    assert reverse("people:teacher_slip", args=[newcomer.pk]) in page.text
    refused = client.post(address("new_slip", newcomer.user), {"old": "lost"})
    assert (refused.status_code, "尚未激活" in refused.text) == (422, True)
    User.objects.filter(pk=newcomer.user_id).update(is_active=False)
    assert reverse("people:teacher_slip", args=[newcomer.pk]) not in client.get(record(newcomer)).text


def test_new_slip_is_printed_and_lets_her_back_in(client, tree, teacher, officer):
    page = client.get(address("new_slip", teacher.user))
    assert "林知微凭激活单重新设置密码" in page.text
    answer = client.post(address("new_slip", teacher.user), {"old": "lost"})
    assert answer["Content-Type"] == "application/pdf"
    words = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(b"".join(answer))).pages)
    code = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}", words)[0]
    client.logout()
    came = client.post(
        reverse("people:activate"),
        {"code": code, "id_last_four": teacher.id_number[-4:], "password1": NEW, "password2": NEW},
        follow=True,
    )
    assert came.context["user"] == teacher.user
    assert "新密码已设置" in came.text


def test_new_slip_is_no_second_factor(client, teacher, officer):
    Authenticator.objects.create(user=teacher.user, type="totp", data={})
    answer = client.post(address("new_slip", teacher.user), {"old": "lost"})
    words = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(b"".join(answer))).pages)
    code = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}", words)[0]
    client.logout()
    came = client.post(
        reverse("people:activate"),
        {"code": code, "id_last_four": teacher.id_number[-4:], "password1": NEW, "password2": NEW},
    )
    assert came["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session


def test_new_slip_ends_the_password_at_once_where_that_is_said(client, teacher, officer):
    assert client.post(address("new_slip", teacher.user), {"old": "wrong_hands"}).status_code == 200
    assert not User.objects.get(pk=teacher.user_id).has_usable_password()
    assert client.post(address("new_slip", teacher.user), {"old": "whatever"}).status_code == 422


def test_second_factor_is_taken_away_with_a_reason(client, below, officer):
    Authenticator.objects.create(user=below, type="totp", data={})
    Authenticator.objects.create(user=below, type="recovery_codes", data={})
    page = client.get(address("reset_second_factor", below))
    for words in ("验证器应用，以及全部恢复码", "所任职务须启用二次验证"):
        assert words in page.text
    refused = client.post(address("reset_second_factor", below), {"reason": ""})
    assert (refused.status_code, Authenticator.objects.count()) == (422, 2)
    answer = client.post(address("reset_second_factor", below), {"reason": "手机遗失"})
    assert answer["Location"] == address("account", below)
    assert not Authenticator.objects.exists()
    again = client.post(address("reset_second_factor", below), {"reason": "手机遗失"})
    assert (again.status_code, "没有设置二次验证" in again.text, 'value="手机' in again.text) == (422, True, False)
    assert "手机遗失</textarea>" in again.text


def test_account_is_closed_and_opened_again(client, tree, below, officer):
    page = client.get(address("close_account", below))
    for words in ("校管立即在所有设备上退出", f"在“{tree.school}”的学校管理员职务不起作用"):
        assert words in page.text
    assert client.post(address("close_account", below), {"reason": ""}).status_code == 422
    assert client.post(address("close_account", below), {"reason": "借调"})["Location"] == address("account", below)
    assert not User.objects.get(pk=below.pk).is_active
    page = client.get(address("account", below))
    assert offered(page, below) == {"reopen"}
    assert client.post(address("close_account", below), {"reason": "借调"}).status_code == 422
    assert "职务立即恢复作用" in client.get(address("reopen_account", below)).text
    client.post(address("reopen_account", below), {"reason": "借调期满"})
    assert User.objects.get(pk=below.pk).is_active


def test_account_of_who_is_no_teacher_has_a_page_and_a_teachers_is_her_record(client, tree, teacher, below, officer):
    page = client.get(address("account", below))
    for words in ("校管", "xiaoguan", "学校管理员", "未设置"):
        assert words in page.text
    assert offered(page, below) == {"close"}
    assert client.get(address("account", teacher.user))["Location"] == record(teacher)


def test_unit_leads_from_its_offices_to_the_accounts_in_ones_care(client, tree, teacher, below, officer):
    people.appointment(teacher.user, OFFICE.MARKER, tree.school)
    where = reverse("people:unit", args=[tree.school.pk])
    page = client.get(where).text
    assert address("account", below) in page
    assert page.count(record(teacher)) == 2  # among the offices and among the teachers
    client.force_login(people.officer(OFFICE.AUDITOR, tree.county))
    assert address("account", below) not in client.get(where).text


def test_accounts_are_nobody_elses(client, tree, teacher, below, officer):
    Authenticator.objects.create(user=teacher.user, type="totp", data={})
    for user in (
        people.officer(OFFICE.BUREAU_OFFICER, tree.neighbour),
        people.officer(OFFICE.SCHOOL_OFFICER, tree.other_school),
        people.officer(OFFICE.AUDITOR, tree.province),
        people.officer(OFFICE.EXAM_OFFICER, tree.city),
        teacher.user,
    ):
        client.force_login(user)
        for name in ("account", *PAGES):
            for whose in (teacher.user, below):
                assert client.get(address(name, whose)).status_code == 404, (user, name)
        for name in PAGES:
            assert client.post(address(name, teacher.user), {"old": "lost", "reason": "x"}).status_code == 404
    client.force_login(people.officer(OFFICE.SCHOOL_OFFICER, tree.school))
    for name in PAGES[1:]:  # a school hands out slips, no more
        assert client.post(address(name, teacher.user), {"reason": "x"}).status_code == 404
    assert (Authenticator.objects.count(), ActivationCode.objects.count()) == (1, 0)


def test_nobody_finds_her_own_account_here(client, tree, officer):
    people.appointment(officer, OFFICE.BUREAU_OFFICER, tree.city)
    for name in ("account", *PAGES):
        assert client.get(address(name, officer)).status_code == 404
    assert address("account", officer) not in client.get(reverse("people:unit", args=[tree.county.pk])).text


def test_pages_ask_as_often_for_many_as_for_one(client, tree, teacher, below, officer):
    costs = []
    for number in range(3):
        people.appointment(below, OFFICE.CLERK, people.organisation(f"某校{number}", parent=tree.county))
        people.appointment(teacher.user, OFFICE.MARKER, people.organisation(f"另校{number}", parent=tree.county))
        Authenticator.objects.create(user=below, type="webauthn", data={})
        people.officer(OFFICE.JUDGE, tree.school)
        asked = []
        for path in (record(teacher), address("account", below), reverse("people:unit", args=[tree.school.pk])):
            client.get(path)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            asked.append(len(captured))
        costs.append(asked)
    assert costs[0] == costs[2]
