"""The front page, the language, the sign-in pages, and the pages for what goes wrong."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from lms.people.models import User
from tests.factories import people

pytestmark = pytest.mark.django_db
PASSWORD = "ein-langer-Satz-7"


@pytest.fixture
def account():
    return people.user("林知微", username="linzhiwei", email="lin@example.org", password=PASSWORD)


def text(response):
    return response.content.decode()


def sign_in(client, **typed):
    return client.post(reverse("account_login"), {"login": "linzhiwei", "password": PASSWORD} | typed)


def test_front_opens_for_everybody_in_chinese_and_english(client):
    assert 'lang="zh-Hans"' in (page := text(client.get("/")))
    assert "每一步都有据可查" in page
    client.post(reverse("desks:language"), {"language": "en", "next": "/"})
    assert 'lang="en"' in (page := text(client.get("/")))
    assert "every step can be checked" in page


def test_language_returns_to_the_page_and_never_to_another_site(client):
    assert client.post(reverse("desks:language"), {"language": "en", "next": "/notices/"}).url == "/notices/"
    assert client.post(reverse("desks:language"), {"language": "en", "next": "https://evil.example/"}).url == "/"
    assert client.get(reverse("desks:language")).status_code == 405


@pytest.mark.parametrize("login", ["linzhiwei", "lin@example.org"])
def test_sign_in_opens_the_home_by_user_name_or_email(client, account, login):
    response = sign_in(client, login=login)
    assert response.url == reverse("desks:home")
    assert client.get(response.url).status_code == 200


def test_sign_in_keeps_what_was_typed_when_the_password_is_wrong(client, account):
    response = sign_in(client, password="falsch")
    assert response.status_code == 200
    assert 'value="linzhiwei"' in text(response)
    assert "falsch" not in text(response)
    assert 'role="alert"' in text(response)
    assert "_auth_user_id" not in client.session


def test_sign_in_says_the_same_when_there_is_no_such_account(client, account):
    wrong = text(sign_in(client, password="falsch")).split('role="alert"')[1].split("</ul>")[0]
    unknown = text(sign_in(client, login="nobody", password="falsch")).split('role="alert"')[1].split("</ul>")[0]
    assert wrong == unknown


def test_sign_in_leads_on_to_the_page_that_was_asked_for(client, account):
    asked = client.get(reverse("inbox:messages")).url
    assert "/inbox/" in text(client.get(asked))
    assert sign_in(client, next="/inbox/").url == "/inbox/"
    Client().post(reverse("account_logout"))
    assert sign_in(Client(), next="https://evil.example/").url == reverse("desks:home")


def test_sign_in_is_refused_when_the_account_was_closed(client, account):
    User.objects.filter(pk=account.pk).update(is_active=False)
    sign_in(client)
    assert "_auth_user_id" not in client.session


def test_sign_in_is_refused_for_a_while_when_it_failed_too_often(client, account):
    for _n in range(8):
        sign_in(client, password="falsch")
    assert "_auth_user_id" not in (sign_in(client), client.session)[1]


@pytest.mark.parametrize("name", ["desks:front", "account_login", "account_reset_password"])
def test_a_teacher_with_a_slip_finds_the_way_in(client, name):
    assert f'href="{reverse("people:activate")}"' in text(client.get(reverse(name)))


def test_sign_out_needs_a_click_and_a_form(client, account):
    client.force_login(account)
    assert "退出登录" in text(client.get(reverse("account_logout")))
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_password_change_sets_the_new_one(client, account):
    client.force_login(account)
    new = "noch-ein-langer-Satz-8"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post(reverse("account_change_password"), form)
    account.refresh_from_db()
    assert account.check_password(new)


def test_password_change_shows_why_when_the_new_one_is_too_short(client, account):
    client.force_login(account)
    response = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "kurz", "password2": "kurz"}
    )
    assert 'href="#id_password1"' in text(response)
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_password_reset_mails_a_link_that_works_once(client, account):
    client.post(reverse("account_reset_password"), {"email": "lin@example.org"})
    link = next(word for word in mail.outbox[0].body.split() if word.startswith("http"))
    page = client.get(link.replace("http://testserver", ""), follow=True)
    assert "设置新密码" in text(page)
    new = "noch-ein-langer-Satz-8"
    client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    account.refresh_from_db()
    assert account.check_password(new)
    assert "这个链接已失效" in text(Client().get(link.replace("http://testserver", ""), follow=True))


def test_password_reset_does_not_tell_whether_an_account_exists(client, account):
    known = client.post(reverse("account_reset_password"), {"email": "lin@example.org"})
    unknown = client.post(reverse("account_reset_password"), {"email": "who@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_nobody_signs_up_by_herself(client):
    page = client.get(reverse("account_signup"))
    assert "不开放自行注册" in text(page)
    client.post(reverse("account_signup"), {"username": "mallory", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.filter(username="mallory").exists()


def test_not_found_offers_a_way_on(client):
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert reverse("desks:front") in text(response)


def test_a_form_without_its_token_is_refused_in_plain_words(account):
    response = Client(enforce_csrf_checks=True).post(reverse("account_logout"))
    assert response.status_code == 403
    assert "这张表单已失效" in text(response)


def test_a_mistake_of_ours_gets_a_page_of_its_own(client, settings, monkeypatch):
    client.raise_request_exception = False
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "OPTIONS": {**settings.TEMPLATES[0]["OPTIONS"], "string_if_invalid": ""}}
    ]
    monkeypatch.setattr("lms.desks.views.front._ANNOUNCEMENTS", "none")
    response = client.get("/")
    assert response.status_code == 500
    assert "系统出了问题" in text(response)


@pytest.mark.parametrize(
    "name", ["account_login", "account_reset_password", "account_signup", "desks:front", "cms:announcements"]
)
def test_public_pages_have_one_heading_a_title_and_no_inline_style(client, name):
    page = text(client.get(reverse(name)))
    assert page.count("<h1") == 1
    assert "<title> -" not in page
    assert " style=" not in page
    assert " onclick=" not in page
