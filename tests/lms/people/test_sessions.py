"""Sessions: one statement for session and account, and an end that counts with the next request."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lms.people import session_store
from lms.people.models import AccountSession
from lms.people.session_store import SessionStore
from tests.factories import people

PASSWORD = "songping-2024-exam"


@pytest.fixture
def teacher(personas):
    account = personas.teacher.user
    account.set_password(PASSWORD)
    account.save()
    return account


@pytest.fixture
def signed_in(teacher):
    client = Client()
    client.force_login(teacher)
    return client


def home(client):
    return client.get(reverse("inbox:messages"))


def test_a_session_knows_its_account_and_one_of_nobody_knows_none(signed_in, teacher):
    assert AccountSession.objects.get().account == teacher
    nobody = Client()
    nobody.post(reverse("desks:language"), {"language": "en"})
    session = nobody.session
    session["something"] = 1
    session.save()
    assert AccountSession.objects.get(account=None).get_decoded() == {"something": 1}


def test_session_and_account_take_one_statement(signed_in, django_assert_num_queries, teacher):
    from_db = signed_in.session
    with django_assert_num_queries(1):
        assert from_db[SESSION_KEY] == str(teacher.pk)
        assert from_db.account == teacher
        assert from_db.account.holds_staff_office is False


def test_a_session_is_over_once_its_row_is_gone(signed_in):
    assert home(signed_in).status_code == 200
    AccountSession.objects.all().delete()
    assert home(signed_in).status_code == 302


@pytest.mark.parametrize("change", ["password", "epoch", "closed"])
def test_a_session_is_over_once_the_account_changed(signed_in, teacher, change):
    assert home(signed_in).status_code == 200
    if change == "password":
        teacher.set_password(PASSWORD + "x")
    elif change == "epoch":
        teacher.session_epoch += 1
    else:
        teacher.is_active = False
    teacher.save()
    assert home(signed_in).status_code == 302


def test_a_session_whose_account_was_swapped_is_nobodys(signed_in, teacher):
    AccountSession.objects.update(account=people.user("旁人"))
    page = home(signed_in)
    assert page.wsgi_request.user == teacher  # what was signed in with counts, never the column beside it


def test_an_office_given_during_a_session_asks_for_the_second_factor_at_once(teacher, tree):
    client = Client()
    client.force_login(teacher, passed=False)
    assert home(client).status_code == 200
    people.appointment(teacher, "exam_officer", tree.city)
    assert home(client).status_code == 302


def test_signing_in_writes_the_session_once(client, teacher):
    with CaptureQueriesContext(connection) as asked:
        client.post(reverse("account_login"), {"login": teacher.username, "password": PASSWORD})
    about_sessions = [each["sql"] for each in asked if "people_accountsession" in each["sql"]]
    assert [sql.split()[0] for sql in about_sessions] == ["INSERT"]
    assert AccountSession.objects.get().account == teacher


def test_signing_in_changes_the_key_of_a_session_that_had_one(client, teacher):
    session = client.session
    session["something"] = 1
    session.save()
    client.post(reverse("account_login"), {"login": teacher.username, "password": PASSWORD})
    kept = AccountSession.objects.get()
    assert kept.session_key != session.session_key
    assert kept.get_decoded()["something"] == 1


def test_a_key_that_is_taken_is_drawn_anew(db, monkeypatch):
    taken = SessionStore()
    taken.save()
    keys = iter([taken.session_key, "another0key0of0thirty0two0signs0"])
    monkeypatch.setattr(session_store, "get_random_string", lambda length, allowed: next(keys))
    with transaction.atomic():
        made = SessionStore()
        made["something"] = 1
        made.save()
    assert made.session_key == "another0key0of0thirty0two0signs0"
    assert SessionStore(taken.session_key).load() == {}


def test_a_session_that_cannot_be_written_is_given_up_and_not_tried_for_ever(db, monkeypatch):
    def refused(self, must_create=False):
        raise CreateError()

    monkeypatch.setattr(SessionStore, "save", refused)
    with pytest.raises(UpdateError):
        SessionStore().create()
