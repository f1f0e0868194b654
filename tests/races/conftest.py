"""Two connections to one real database: on PostgreSQL as it is, on SQLite a file, since one in memory has no rivals."""

import sqlite3
import threading
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
from django.db import connection, connections
from django.db.models import QuerySet

from lms.journal import writing as journal

WAIT = 0.6  # seconds that a held-back thread gives the other to finish, where nothing stops it


@pytest.fixture
def two_connections(transactional_db, tmp_path):
    """Run functions in threads, each on a connection of its own, and hold one back before a statement."""
    with _on_a_file(tmp_path / "race.sqlite3") if connection.vendor == "sqlite" else _as_it_is():
        yield SimpleNamespace(run=_run, held_before=_held_before, race=_race)


@contextmanager
def _as_it_is():
    yield


@contextmanager
def _on_a_file(path):
    """Copy the tests' database into a file and let every thread of this test connect to that."""
    with sqlite3.connect(path) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    copy.close()
    in_memory, settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = {**settings, "NAME": str(path)}
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = settings
        connections["default"] = in_memory


def _run(*acts):
    """Run each act in a thread of its own, started in order, and return what each returned or raised."""
    results = [None] * len(acts)

    def work(place, act):
        try:
            results[place] = act()
        except Exception as error:  # handed back to the test, which looks at it
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@contextmanager
def _held_before(statement, reached, go_on):
    """Before a statement that starts so, tell `reached` and wait for `go_on`, at most WAIT seconds."""

    def hold(execute, sql, params, many, context):
        if sql.startswith(statement):
            reached.set()
            go_on.wait(WAIT)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hold):
        yield


def _race(first, second, *, before):
    """`first` is held before a statement that starts so; `second` begins then, and may finish if nothing stops it."""
    reached, done = threading.Event(), threading.Event()

    def held():
        with _held_before(before, reached, done):
            return first()

    def free():
        assert reached.wait(10), "the first never came to the statement"
        try:
            return second()
        finally:
            done.set()

    return _run(held, free)


@contextmanager
def unlocked(monkeypatch, *acts):
    """The twin: the same acts ((module, name), …), without a transaction around them and without a row that is held."""
    with monkeypatch.context() as patch:
        for module, name in acts:
            act = getattr(module, name)
            patch.setattr(module, name, getattr(act, "__wrapped__", act))
            patch.setattr(module, "transaction", SimpleNamespace(atomic=nullcontext))
        patch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows)
        for name in ("write", "write_all"):  # which insist on a transaction
            patch.setattr(journal, name, lambda *_what, **_how: None)
        yield
