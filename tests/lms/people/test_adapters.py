"""Signing in: failures are counted by account and by address, successes by nothing, and nobody signs up."""

import datetime as dt

import pytest
import time_machine

from tests.factories import people

pytestmark = pytest.mark.django_db
PASSWORD = "kaoshi-2024-songping"
ADDRESS = "/account/login/"


@pytest.fixture(autouse=True)
def a_moment():
    """However slow the machine, a hundred tries fall into one minute."""
    with time_machine.travel(dt.datetime(2024, 3, 5, 10, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def account(client):
    return people.user("林知微", username="linzhiwei", password=PASSWORD)


def try_in(client, password, username="linzhiwei", **extra):
    """Whether this opens the site."""
    response = client.post(ADDRESS, {"login": username, "password": password}, **extra)
    signed_in = "_auth_user_id" in client.session
    client.logout()
    return signed_in, response


def test_sign_in_opens_when_the_password_is_right(client, account):
    assert try_in(client, PASSWORD)[0]


def test_sign_in_is_refused_even_with_the_right_password_when_eight_tries_failed(client, account):
    for _ in range(8):
        assert not try_in(client, "wrong-password-1")[0]

    signed_in, response = try_in(client, PASSWORD)

    assert not signed_in
    assert "登录失败次数过多" in response.content.decode()


def test_sign_in_of_others_goes_on_when_one_account_is_held(client, account):
    people.user("何远", username="heyuan", password=PASSWORD)
    for _ in range(9):
        try_in(client, "wrong-password-1")

    assert try_in(client, PASSWORD, username="heyuan")[0]


def test_sign_in_counts_no_success_when_a_whole_exam_room_comes_from_one_address(client, account):
    for _ in range(120):
        assert try_in(client, PASSWORD)[0]


def test_sign_in_from_an_address_is_refused_when_a_hundred_tries_failed_within_a_minute(client, account):
    for number in range(100):
        try_in(client, "wrong-password-1", username=f"nobody{number}")

    assert not try_in(client, PASSWORD)[0]
    assert try_in(client, PASSWORD, REMOTE_ADDR="203.0.113.7")[0]


def test_a_new_minute_does_not_forget_the_tries_of_the_last(client, account):
    for number in range(100):
        with time_machine.travel(dt.datetime(2024, 3, 5, 10, 0, 30 + number // 4, tzinfo=dt.UTC), tick=False):
            try_in(client, "wrong-password-1", username=f"nobody{number}")

    with time_machine.travel(dt.datetime(2024, 3, 5, 10, 1, 20, tzinfo=dt.UTC), tick=False):
        assert not try_in(client, PASSWORD)[0]
    with time_machine.travel(dt.datetime(2024, 3, 5, 10, 1, 31, tzinfo=dt.UTC), tick=False):
        assert try_in(client, PASSWORD)[0]


def test_a_forged_forwarding_header_is_no_other_address(client, account):
    for number in range(100):
        try_in(client, "wrong-password-1", username=f"nobody{number}", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")

    assert not try_in(client, PASSWORD, HTTP_X_FORWARDED_FOR="198.51.100.250")[0]


def test_nobody_signs_up(client, db):
    response = client.post("/account/signup/", {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD})

    assert response.status_code == 200
    assert not people.User.objects.filter(username="newcomer").exists()
