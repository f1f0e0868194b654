"""A pooled connection whose server went away is not lent to a request."""

import os

import psycopg
import pytest
from django.db import connection

from lms.lib.postgresql import base

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="of the backend for PostgreSQL")


@pytest.fixture
def wrapper(db):
    """A wrapper with a pool of its own, of one connection."""
    options = connection.settings_dict["OPTIONS"] | {"pool": {"min_size": 1, "max_size": 1, "timeout": 10}}
    made = base.DatabaseWrapper({**connection.settings_dict, "OPTIONS": options}, alias=f"pool {os.getpid()}")
    yield made
    made.close()
    made.close_pool()


def ask(wrapper):
    """One request: it takes a connection, asks who serves it, and gives it back."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        found = cursor.fetchone()[0]
    wrapper.close()
    return found


def end(pid):
    """The server ends a connection, as when it is started anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])  # waits until it is gone


def test_a_request_gets_the_connection_of_the_one_before(wrapper):
    assert ask(wrapper) == ask(wrapper)


def test_a_request_gets_another_connection_where_the_server_ended_the_one_before(wrapper):
    before = ask(wrapper)
    end(before)
    assert ask(wrapper) != before


def test_a_request_that_only_trusts_the_pool_meets_the_ended_connection(wrapper, monkeypatch):
    monkeypatch.setattr(base, "_was_ended", lambda _connection: False)
    end(ask(wrapper))
    with pytest.raises(Exception, match="terminat") as refused:
        ask(wrapper)
    assert isinstance(refused.value.__cause__, psycopg.OperationalError)
