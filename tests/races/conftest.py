"""Two connections to one real database: on PostgreSQL as it is, on SQLite a file, since one in memory has no rivals."""

import sqlite3
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.db import connection, connections

WAIT = 0.6  # seconds that a held-back thread gives the other to finish, where nothing stops it


@pytest.fixture
def two_connections(transactional_db, tmp_path):
    """Run functions in threads, each on a connection of its own, and hold one back before a statement."""
    with _on_a_file(tmp_path / "race.sqlite3") if connection.vendor == "sqlite" else _as_it_is():
        yield SimpleNamespace(run=_run, held_before=_held_before)


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
