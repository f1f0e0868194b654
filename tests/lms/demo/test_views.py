"""One click signs in as a demo person, and as nobody else."""

import pytest

from lms.demo import people as demo
from tests.factories import people

pytestmark = pytest.mark.django_db
ENTER = "/demo/enter/"


@pytest.fixture
def listed(monkeypatch):
    """Two demo people, one of whom has an account."""
    monkeypatch.setattr(
        demo,
        "PEOPLE",
        [
            demo.Person("lin", "教师", "看要办的事", "/inbox/"),
            demo.Person("nobody", "评委", "还没有账号"),
        ],
    )
    return people.user("林知微", username="lin")


def test_enter_signs_in_and_opens_her_first_page(client, listed):
    response = client.post(ENTER, {"user": listed.pk})
    assert response.url == "/inbox/"
    assert client.session["_auth_user_id"] == str(listed.pk)


@pytest.mark.parametrize("asked", ["", "x", "0", "９"])
def test_enter_is_not_found_when_nobody_is_meant(client, listed, asked):
    assert client.post(ENTER, {"user": asked}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_enter_is_not_found_for_an_account_that_is_not_listed(client, listed):
    other = people.user("何远", username="he", is_superuser=True)
    assert client.post(ENTER, {"user": other.pk}).status_code == 404
    assert "_auth_user_id" not in client.session


def test_enter_is_not_found_for_a_closed_account(client, listed):
    listed.is_active = False
    listed.save()
    assert client.post(ENTER, {"user": listed.pk}).status_code == 404


def test_enter_is_not_found_when_the_site_is_no_demo(client, listed, settings):
    settings.DEMO_SIGN_IN = False
    assert client.post(ENTER, {"user": listed.pk}).status_code == 404
    assert client.get("/style/").status_code == 404


def test_enter_needs_a_form(client, listed):
    assert client.get(ENTER, {"user": listed.pk}).status_code == 405


@pytest.mark.parametrize("page", ["/", "/account/login/"])
def test_the_pages_list_those_who_have_an_account(client, listed, page):
    shown = client.get(page).content.decode()
    assert f'name="user" value="{listed.pk}"' in shown
    assert "看要办的事" in shown
    assert demo.PASSWORD in shown
    assert "还没有账号" not in shown


@pytest.mark.parametrize("page", ["/", "/account/login/"])
def test_the_pages_offer_nobody_when_there_are_no_demo_people(client, page, monkeypatch):
    monkeypatch.setattr(demo, "PEOPLE", [])
    shown = client.get(page).content.decode()
    assert demo.PASSWORD not in shown
    assert ENTER not in shown


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_style_shows_every_component(client, language):
    client.cookies["django_language"] = language
    shown = client.get("/style/").content.decode()
    assert shown.count("<h1") == 1
    assert " style=" not in shown
    for mark in ("chip-void", "errsum", "conseq", 'class="two', 'class="funnel', 'class="cut"', "drop", "paging"):
        assert mark in shown
