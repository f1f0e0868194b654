"""One door for three names; from outside nobody learns which accounts there are; sessions end with the account."""

import time

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.people import queries
from lms.people.backends import AccountBackend
from lms.people.models import Appointment, User
from tests.factories import hashing, people

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet river"
ADDRESS = "/account/login/"


@pytest.fixture
def account(at):
    return people.user(
        "林知微",
        username="linzhiwei",
        password=PASSWORD,
        email="Lin@example.org",
        phone="13987600001",
        phone_confirmed_at=at,
    )


def sign_in(login, password=PASSWORD):
    """The client, and the page of the answer."""
    client = Client()
    return client, client.post(ADDRESS, {"login": login, "password": password})


def is_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "login",
    ["linzhiwei", " LinZhiWei ", "13987600001", "+86 139-8760-0001", "１３９８７６００００１", "lin@example.org"],
)
def test_sign_in_by_user_name_telephone_and_email_however_they_are_typed(account, login):
    assert is_in(sign_in(login)[0])


def test_sign_in_is_refused_by_a_telephone_that_was_not_confirmed(account):
    User.objects.filter(pk=account.pk).update(phone_confirmed_at=None)
    assert not is_in(sign_in("13987600001")[0])


def test_sign_in_is_refused_by_an_email_address_that_two_accounts_have(account):
    people.user("何远", username="heyuan", password=PASSWORD, email="lin@example.org")
    assert not is_in(sign_in("lin@example.org")[0])
    assert is_in(sign_in("linzhiwei")[0])


def test_sign_in_goes_by_the_user_name_first(account, at):
    other = people.user("何远", username="13987600001", password="another long river")
    assert queries.account_of("13987600001") == other
    assert is_in(sign_in("13987600001", "another long river")[0])


@pytest.mark.parametrize("login", ["", "\x00", "nobody", "13900000000", "no@example.org", "x" * 400, "' OR 1=1 --"])
def test_account_of_finds_nobody_where_nobody_is_meant(account, login):
    assert queries.account_of(login) is None


REFUSED = (
    "linzhiwei",
    "closed",
    "unusable",
    "nobody",
    "13987600001",
    "13900000000",
    "lin@example.org",
    "no@example.org",
)


@pytest.fixture
def refusals(account, settings):
    """Every way not to come in: what was asked of the database, how often a password was hashed, and the answer."""
    settings.PASSWORD_HASHERS = ["tests.factories.hashing.Counting"]
    account.set_password(PASSWORD)
    account.save()
    people.user("何远", username="closed", password=PASSWORD, is_active=False)
    people.user("陆远", username="unusable")
    found = {}
    for login in REFUSED:
        hashing.WORKED.clear()
        client = Client()
        client.get(ADDRESS)
        with CaptureQueriesContext(connection) as asked:
            answer = client.post(ADDRESS, {"login": login, "password": "wrong password 1"})
        found[login] = (len(hashing.WORKED), len(asked), answer)
    return found


def test_a_refused_sign_in_costs_one_password_and_the_same_questions_whatever_is_wrong(refusals):
    assert {login: hashed for login, (hashed, *_rest) in refusals.items()} == dict.fromkeys(REFUSED, 1)
    assert len({asked for _hashed, asked, _answer in refusals.values()}) == 1


def test_a_refused_sign_in_says_the_same_whatever_is_wrong(refusals):
    answers = [answer for _hashed, _asked, answer in refusals.values()]
    assert {answer.status_code for answer in answers} == {200}
    said = {answer.content.decode().split('role="alert"')[1].split("</ul>")[0] for answer in answers}
    assert len(said) == 1


def test_a_closed_account_is_answered_like_a_wrong_password(account):
    User.objects.filter(pk=account.pk).update(is_active=False)
    client, answer = sign_in("linzhiwei")
    assert not is_in(client)
    assert answer.status_code == 200


def test_tries_are_counted_for_the_account_by_whichever_of_its_names(account):
    for login in ("linzhiwei", "13987600001", "lin@example.org", "LINZHIWEI") * 2:
        sign_in(login, "wrong password 1")
    assert not is_in(sign_in("linzhiwei")[0])


def test_a_closed_account_is_out_at_its_next_request(client, account):
    client.force_login(account)
    assert client.get("/home/").status_code == 200
    User.objects.filter(pk=account.pk).update(is_active=False)
    assert client.get("/home/").status_code == 302


def test_one_more_epoch_ends_every_session_and_an_unchanged_one_none(account, settings):
    clients = [sign_in("linzhiwei")[0] for _each in range(2)]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret of this installation"
    assert [each.get("/home/").status_code for each in clients] == [200, 200]
    User.objects.filter(pk=account.pk).update(session_epoch=1)
    assert [each.get("/home/").status_code for each in clients] == [302, 302]
    assert is_in(sign_in("linzhiwei")[0])


def test_a_session_brings_along_whether_a_staff_office_is_held_in_the_same_question(tree, django_assert_num_queries):
    staff = people.officer(Appointment.Office.MARKER, tree.city)
    honoured = people.officer(Appointment.Office.CENTRE, tree.city)
    with django_assert_num_queries(2):
        assert AccountBackend().get_user(staff.pk).holds_staff_office
        assert not AccountBackend().get_user(honoured.pk).holds_staff_office


def test_time_is_no_tell(account, settings):
    """With the real hasher an unknown name takes as long as a known one, within what one machine wavers."""
    settings.PASSWORD_HASHERS = ["lms.people.hashers.Argon2idHasher"]
    account.set_password(PASSWORD)
    account.save()
    client = Client()
    client.get(ADDRESS)
    taken = {"linzhiwei": [], "nobody": []}
    for number in range(7):
        for login, times in taken.items():
            began = time.process_time()
            client.post(ADDRESS, {"login": login, "password": "wrong password"}, REMOTE_ADDR=f"203.0.113.{number}")
            times.append(time.process_time() - began)
    known, unknown = (sorted(times)[3] for times in taken.values())
    assert 0.5 < known / unknown < 2
