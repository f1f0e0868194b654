"""Rows by written-out statements: the same as Django reads and writes, on every database."""

import pytest
from django.db import connection

from lms.lib import clock, rows
from lms.people.models import Organisation, User
from tests.factories import people


@pytest.fixture
def account(db):
    return people.user("某人", username="reader", activated_at=clock.now())


def _by_name(name, extra=()):
    statement = f"SELECT {rows.columns(User, 'a')}, 'beside', 7 FROM people_user a WHERE a.username = %s"  # noqa: S608
    return rows.first(User, statement, [name], extra)


def test_first_reads_a_row_as_django_does(account):
    found = _by_name("reader", ("word", "number"))
    assert found == account
    fields = [field.attname for field in User._meta.concrete_fields]
    assert {name: getattr(found, name) for name in fields} == User.objects.filter(pk=account.pk).values(*fields).get()
    assert (found.word, found.number) == ("beside", 7)
    assert not found._state.adding


def test_first_gives_none_without_a_row(db):
    assert _by_name("nobody", ("word", "number")) is None


def test_first_finds_nothing_by_a_number_that_no_column_holds(db):
    statement = f"SELECT {rows.columns(User, 'a')} FROM people_user a WHERE a.id = %s"  # noqa: S608
    assert rows.first(User, statement, [2**63]) is None
    assert rows.first(User, statement, [2**63 - 1]) is None


def test_first_wants_a_name_for_each_value_beside_the_row(account):
    with pytest.raises(ValueError, match="argument 2"):
        _by_name("reader", ("word",))


def test_a_row_read_partly_reads_the_rest_when_it_is_asked_for(tree, django_assert_num_queries):
    found = rows.partly(Organisation, name=tree.city.name, id=tree.city.pk)
    with django_assert_num_queries(0):
        assert (found.pk, found.name) == (tree.city.pk, tree.city.name)
    with django_assert_num_queries(1):
        assert found.code == tree.city.code


def test_write_out_writes_every_row_and_gives_what_the_statement_returns(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE slip (name varchar(9), number integer)")
    insert = "INSERT INTO slip (name, number) VALUES ROWS"
    assert rows.write_out(f"{insert} RETURNING number", [("a", 1), ("b", 2)]) == [(1,), (2,)]
    assert rows.write_out(insert, [("c", 3)]) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, number FROM slip ORDER BY number")
        assert cursor.fetchall() == [("a", 1), ("b", 2), ("c", 3)]
        cursor.execute("DROP TABLE slip")
