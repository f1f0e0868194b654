"""Staff offices open nothing before a second factor; whoever holds none is asked for none."""

import json
import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.journal.models import Line
from lms.people import second_factor
from lms.people.models import Appointment
from tests.factories import people

OFFICE = Appointment.Office
PASSWORD = "a long and quiet river"
SET_UP, ASK_AGAIN = reverse("mfa_index"), reverse("mfa_reauthenticate")


@pytest.fixture
def officer(tree):
    return people.officer(OFFICE.BUREAU_OFFICER, tree.county, "沈县", password=PASSWORD)


def sign_in(user, client=None, password=PASSWORD):
    client = client or Client()
    return client, client.post(reverse("account_login"), {"login": user.username, "password": password})


def code_of(secret, *, periods=0):
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + periods))


def set_up(client):
    """Set an app up as its owner does; gives its secret and the page after it."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret = client.session[totp.SECRET_SESSION_KEY]
    assert secret in page.content.decode()
    return secret, client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})


@pytest.fixture
def with_app(officer):
    """The officer's secret; she set her app up two minutes ago."""
    with time_machine.travel(time.time() - 120, tick=True):
        secret, _page = set_up(sign_in(officer)[0])
    return secret


# Without one


@pytest.mark.parametrize("office", [each for each in OFFICE.values if each not in Appointment.HONORARY])
def test_every_staff_office_reaches_only_the_pages_of_its_account(tree, office):
    user = people.officer(office, tree.city, password=PASSWORD)
    client, _answer = sign_in(user)
    for path in ("/home/", "/people/", "/inbox/", "/journal/", "/", "/certificates/verify/", "/people/me/phone/"):
        assert client.get(path)["Location"] == SET_UP, path
    for name in ("mfa_index", "account_change_password", "account_logout", "account_reauthenticate"):
        assert client.get(reverse(name)).status_code == 200
    assert client.post(reverse("desks:language"), {"language": "en", "next": SET_UP}).url == SET_UP
    assert client.post(reverse("account_logout")).status_code == 302
    assert client.get("/").status_code == 200


def test_no_deed_is_done_before(officer, tree):
    client, _answer = sign_in(officer)
    teacher = people.teacher(school=tree.school)
    answer = client.post(reverse("people:teacher_slip", args=[teacher.pk]))
    assert answer["Location"] == SET_UP
    assert not teacher.user.activation_codes.exists()


def test_a_script_is_told_in_its_own_words(officer):
    client, _answer = sign_in(officer)
    answer = client.get("/home/", headers={"accept": "application/json"})
    assert answer.status_code == 403
    assert json.loads(answer.content)["refused"] == "SecondFactorMissing"


def test_the_editor_is_behind_it_too(officer):
    officer.is_superuser = True
    officer.save()
    client, _answer = sign_in(officer)
    assert client.get("/editor/")["Location"] == SET_UP


def test_the_set_up_page_explains_itself_only_to_whom_it_keeps(officer, personas):
    client, _answer = sign_in(officer)
    assert "您的职务须启用二次验证" in client.get(SET_UP).content.decode()
    client.force_login(personas.teacher.user)
    assert "您的职务须启用二次验证" not in client.get(SET_UP).content.decode()


def test_teachers_and_honorary_offices_are_asked_for_none(tree, personas):
    for office in Appointment.HONORARY:
        people.appointment(personas.teacher.user, office, tree.school)
    personas.teacher.user.set_password(PASSWORD)
    personas.teacher.user.save()
    client, _answer = sign_in(personas.teacher.user)
    assert client.get("/home/").status_code == 200


def test_an_office_counts_from_its_first_day_and_no_longer_after_its_last(tree, officer):
    client, _answer = sign_in(officer)
    Appointment.objects.filter(user=officer).update(from_on="2099-01-01")
    assert client.get("/home/").status_code == 200
    Appointment.objects.filter(user=officer).update(from_on="2020-01-01", until_on="2020-12-31")
    assert client.get("/home/").status_code == 200
    Appointment.objects.filter(user=officer).update(until_on=None)
    assert client.get("/home/")["Location"] == SET_UP


@pytest.mark.parametrize("passed", [True, False])
def test_asking_for_it_costs_no_statement(personas, officer, settings, passed):
    """The same page with and without the middleware: for a teacher, and for an officer who has passed."""
    user = personas.county_officer if passed else personas.teacher.user
    costs = []
    for middleware in (settings.MIDDLEWARE, [each for each in settings.MIDDLEWARE if "SecondFactor" not in each]):
        settings.MIDDLEWARE = middleware
        client = Client()
        client.force_login(user)
        client.get("/inbox/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/inbox/").status_code == 200
        costs.append(len(asked))
    assert costs[0] == costs[1]


# Setting one up


@pytest.mark.django_db(transaction=True)  # allauth tells of it once it is committed
def test_setting_an_app_up_opens_everything_and_gives_recovery_codes(officer):
    client, _answer = sign_in(officer)
    assert client.get(reverse("mfa_activate_totp"))["Location"].startswith(reverse("account_reauthenticate"))
    _secret, page = set_up(client)
    assert page["Location"] == reverse("mfa_view_recovery_codes")
    assert len(re.findall(r"<li>\d{8}</li>", client.get(page["Location"]).content.decode())) == 10
    assert client.get("/home/").status_code == 200
    acts = set(Line.objects.about(officer).values_list("act", "facts__kind"))
    assert acts == {("people.second_factor_added", "totp"), ("people.second_factor_added", "recovery_codes")}


def test_a_wrong_code_sets_nothing_up(officer):
    client, _answer = sign_in(officer)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    answer = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert 'role="alert"' in answer.content.decode()
    assert not Authenticator.objects.exists()
    assert client.get("/home/")["Location"] == SET_UP


def test_secrets_lie_encrypted(officer, with_app):
    stored = str(list(Authenticator.objects.values("data")))
    assert with_app not in stored
    assert stored.count("dev:") == 2


# Signing in with it


def test_sign_in_asks_for_the_code_and_opens_with_it(officer, with_app):
    client, answer = sign_in(officer)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.get("/home/")["Location"].startswith(reverse("account_login"))
    assert "验证器" in client.get(reverse("mfa_authenticate")).content.decode()
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(with_app)})
    assert answer["Location"] == reverse("desks:home")
    assert client.get("/home/").status_code == 200


def test_a_code_is_taken_once(officer, with_app):
    with time_machine.travel(time.time(), tick=False):
        code = code_of(with_app)
        first, _answer = sign_in(officer)
        assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
        second, _answer = sign_in(officer)
        answer = second.post(reverse("mfa_authenticate"), {"code": code})
    assert answer.status_code == 200
    assert "验证码不正确" in answer.content.decode()
    assert second.get("/home/").status_code == 302


def test_a_code_of_another_half_minute_is_refused(officer, with_app):
    client, _answer = sign_in(officer)
    for periods in (-2, 2):
        assert client.post(reverse("mfa_authenticate"), {"code": code_of(with_app, periods=periods)}).status_code == 200


def test_six_wrong_codes_hold_even_the_right_one(officer, with_app):
    client, _answer = sign_in(officer)
    for _each in range(6):
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    answer = client.post(reverse("mfa_authenticate"), {"code": code_of(with_app)})
    assert "错误次数过多" in answer.content.decode() or "请等待" in answer.content.decode()
    assert client.get("/home/").status_code == 302


def test_a_recovery_code_opens_once(officer, with_app):
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    client, _answer = sign_in(officer)
    assert client.post(reverse("mfa_authenticate"), {"code": code})["Location"] == reverse("desks:home")
    client, _answer = sign_in(officer)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200


def test_a_session_without_it_is_led_to_the_page_that_takes_the_code_and_back(officer, with_app):
    client = Client()
    client.force_login(officer, passed=False)
    way = client.get("/people/?q=x")
    assert way["Location"] == f"{ASK_AGAIN}?next=%2Fpeople%2F%3Fq%3Dx"
    assert "本次登录尚未通过" in client.get(way["Location"]).content.decode()
    answer = client.post(ASK_AGAIN, {"code": code_of(with_app), "next": "/people/?q=x"})
    assert answer["Location"] == "/people/?q=x"
    assert client.get("/people/").status_code == 200


# Taking it away


def test_the_only_way_of_a_staff_office_cannot_be_removed(officer, with_app):
    client = Client()
    client.force_login(officer)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert "这是唯一的一种方式" in answer.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_who_holds_no_office_any_more_may_remove_it_and_the_session_has_passed_no_longer(officer, with_app):
    client, _answer = sign_in(officer)
    client.post(reverse("mfa_authenticate"), {"code": code_of(with_app)})
    Appointment.objects.update(until_on="2020-12-31")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not Authenticator.objects.exists()
    assert Line.objects.filter(act="people.second_factor_removed").count() == 2
    Appointment.objects.update(until_on=None)
    assert client.get("/home/")["Location"] == SET_UP


def test_the_mark_of_one_person_is_none_for_another(rf, officer, personas):
    request = rf.get("/")
    request.session, request.user = {}, officer
    second_factor.mark_passed(request.session, personas.teacher.user)
    assert not second_factor.has_passed(request)
    second_factor.mark_passed(request.session, officer)
    assert second_factor.has_passed(request)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_its_pages_open_in_both_languages(officer, with_app, language):
    client = Client()
    client.force_login(officer)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.cookies["django_language"] = language
    for name in (
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_deactivate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "account_email",
    ):
        page = client.get(reverse(name))
        assert page.status_code == 200, name
        assert " style=" not in page.content.decode()
