"""The pages of the way in: a code, a telephone, a new password by telephone, an e-mail address."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from lms.lib import clock
from lms.people import activating
from lms.people.models import PhoneCode, User
from tests.factories import people, texts

pytestmark = pytest.mark.django_db
PHONE, OTHER = "13987600001", "13987600002"
PASSWORD, NEW = "a long and quiet river", "another long river 7"
PAGE, CODE = reverse("people:phone"), reverse("people:phone_code")
RESET, RESET_CODE = reverse("account_reset_by_phone"), reverse("account_reset_by_phone_code")


@pytest.fixture
def teacher(tree):
    texts.SENT.clear()
    found = people.teacher("林知微", school=tree.school)
    found.user.phone = PHONE
    found.user.set_password(PASSWORD)
    found.user.save()
    return found


def confirm(user):
    User.objects.filter(pk=user.pk).update(phone=PHONE, phone_confirmed_at=clock.now())


def text(response):
    return response.content.decode()


def test_activation_leads_to_the_telephone_and_later_to_work(client, teacher, queue):
    code = activating.issue_code(user=teacher.user, by=None, at=clock.now())
    typed = {"code": code, "id_last_four": teacher.id_number[-4:], "password1": NEW, "password2": NEW}
    assert client.post(reverse("people:activate"), typed)["Location"] == PAGE
    page = text(client.get(PAGE))
    assert "139****0001" in page
    assert PHONE not in page
    assert reverse("desks:home") in page  # she may do it later
    with queue.committing():
        assert client.post(PAGE, {"on_record": "1"})["Location"] == CODE
    queue.drain()
    assert "139****0001" in text(client.get(CODE))
    assert client.post(CODE, {"code": texts.last_code()})["Location"] == reverse("desks:home")
    assert User.objects.get(pk=teacher.user_id).phone_confirmed_at
    assert "已验证" in text(client.get(PAGE))


def test_activation_leads_to_work_where_no_message_can_be_sent(client, teacher, settings):
    settings.SMS_BACKEND = ""
    code = activating.issue_code(user=teacher.user, by=None, at=clock.now())
    typed = {"code": code, "id_last_four": teacher.id_number[-4:], "password1": NEW, "password2": NEW}
    assert client.post(reverse("people:activate"), typed)["Location"] == reverse("desks:home")
    page = text(client.get(PAGE))
    assert "未开通短信" in page
    assert "<form" not in page.split("<main")[1].split("</main>")[0]


def test_another_number_keeps_what_was_typed_and_never_the_password(client, teacher):
    client.force_login(teacher.user)
    answer = client.post(PAGE, {"phone": OTHER, "password": "wrong-password"})
    assert answer.status_code == 422
    assert f'value="{OTHER}"' in text(answer)
    assert "wrong-password" not in text(answer)
    assert "密码不正确" in text(answer)
    answer = client.post(PAGE, {"phone": "123", "password": PASSWORD})
    assert "11位" in text(answer)
    assert client.post(PAGE, {"phone": OTHER, "password": PASSWORD})["Location"] == CODE


def test_a_wrong_code_is_said_on_the_page_and_too_many_hold_it(client, teacher):
    client.force_login(teacher.user)
    client.post(PAGE, {"on_record": "1"})
    for _each in range(5):
        answer = client.post(CODE, {"code": "000000"})
        assert answer.status_code == 422
    assert client.post(CODE, {"code": "000000"}).status_code == 429


def test_the_page_of_digits_leads_back_where_none_are_awaited(client, teacher):
    client.force_login(teacher.user)
    assert client.get(CODE)["Location"] == PAGE
    assert Client().get(PAGE)["Location"].startswith(reverse("account_login"))


def test_no_number_on_record_is_said_plainly(client):
    client.force_login(people.user("何远"))
    answer = client.post(PAGE, {"on_record": "1"})
    assert answer.status_code == 422
    assert "11位" in text(answer)


# A new password by telephone


def test_a_new_password_by_telephone(client, teacher, queue):
    confirm(teacher.user)
    with queue.committing():
        assert client.post(RESET, {"phone": "139 8760 0001"})["Location"] == RESET_CODE
    queue.drain()
    typed = {"code": texts.last_code(), "password1": NEW, "password2": NEW}
    answer = client.post(RESET_CODE, {**typed, "password2": "else"})
    assert answer.status_code == 422
    assert NEW not in text(answer)
    assert client.post(RESET_CODE, typed).status_code == 302
    assert "_auth_user_id" not in client.session  # signing in is a step of its own, with the second factor
    assert client.post("/account/login/", {"login": PHONE, "password": NEW}).status_code == 302
    assert "_auth_user_id" in client.session


def test_an_unknown_number_is_answered_word_for_word_like_a_known_one(teacher, queue):
    confirm(teacher.user)
    told = []
    for phone in (PHONE, OTHER):
        client = Client()
        with queue.committing():
            first = client.post(RESET, {"phone": phone})
        steps = [
            first,
            client.get(RESET_CODE),
            client.post(RESET_CODE, {"code": "1", "password1": NEW, "password2": NEW}),
        ]
        told.append([(each.status_code, each.headers.get("Location"), bare(each)) for each in steps])
    assert told[0] == told[1]
    assert queue.drain() == 2  # as much is queued for nobody
    assert {phone for phone, _words in texts.SENT} == {PHONE}


def bare(response):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"', "", text(response))


def test_the_second_step_leads_back_to_the_first_without_it(client):
    assert client.get(RESET_CODE)["Location"] == RESET
    assert client.post(RESET, {"phone": "x"}).status_code == 422


def test_the_pages_that_help_name_the_way_by_telephone(client):
    assert RESET in text(client.get(reverse("account_reset_password")))


# By e-mail


def test_an_email_address_counts_once_it_is_confirmed(client, teacher, mailoutbox):
    client.force_login(teacher.user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"email": "lin@example.org", "action_add": ""})
    assert User.objects.get(pk=teacher.user_id).email == ""
    assert "lin@example.org" in text(client.get(reverse("account_email")))
    link = re.search(r"http://testserver(/account/confirm-email/\S+)", mailoutbox[0].body)[1]
    assert "是我的邮箱" in text(client.get(link))
    client.post(link)
    assert User.objects.get(pk=teacher.user_id).email == "lin@example.org"
    client.logout()
    client.post("/account/login/", {"login": "lin@example.org", "password": PASSWORD})
    assert "_auth_user_id" in client.session


def test_an_email_address_wants_the_password_first(client, teacher, mailoutbox):
    client.force_login(teacher.user)
    answer = client.post(reverse("account_email"), {"email": "lin@example.org", "action_add": ""})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert mailoutbox == []


def test_a_reset_by_email_answers_and_writes_alike_whether_there_is_an_account(teacher, mailoutbox):
    User.objects.filter(pk=teacher.user_id).update(email="lin@example.org")
    answers = [
        Client().post(reverse("account_reset_password"), {"email": each})
        for each in ("lin@example.org", "no@example.org")
    ]
    assert len({(each.status_code, each["Location"]) for each in answers}) == 1
    assert [each.to for each in mailoutbox] == [["lin@example.org"], ["no@example.org"]]
    assert "/account/password/reset/key/" in mailoutbox[0].body
    assert "/account/password/reset/key/" not in mailoutbox[1].body


def test_a_refused_code_is_kept_nowhere(client, teacher):
    client.force_login(teacher.user)
    client.post(PAGE, {"on_record": "1"})
    client.post(CODE, {"code": "424242"})
    assert "424242" not in str(list(PhoneCode.objects.values()))
