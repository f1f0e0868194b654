"""Tables whose rows are only ever added: the database itself refuses to change or delete one, whoever asks.

A migration lays the triggers. SQLite drops them together with the table whenever a later migration remakes it, so a
migration that alters such a table ends with `forbid` again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

_POSTGRESQL = {
    "forbid": (
        """CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        "DROP TRIGGER IF EXISTS {table}_only_added ON {table}",
        "CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ),
    "allow": ("DROP TRIGGER IF EXISTS {table}_only_added ON {table}",),
}
_SQLITE = {
    "forbid": tuple(
        f"CREATE TRIGGER IF NOT EXISTS {{table}}_no_{deed} BEFORE {deed} ON {{table}} "
        "BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
        for deed in ("update", "delete")
    ),
    "allow": tuple(f"DROP TRIGGER IF EXISTS {{table}}_no_{deed}" for deed in ("update", "delete")),
}


def forbid(table: str, cursor: Any = None) -> None:
    """From now on the database refuses (IntegrityError) to change or delete a row of this table."""
    _run("forbid", table, cursor)


def allow(table: str, cursor: Any = None) -> None:
    """Take that back."""
    _run("allow", table, cursor)


@contextmanager
def lifted(*tables: str) -> Iterator[None]:
    """For an installation that forgets everything: while this lasts, these tables may be emptied."""
    for table in tables:
        allow(table)
    try:
        yield
    finally:
        for table in tables:
            forbid(table)


def _run(what: str, table: str, cursor: Any) -> None:
    statements = (_POSTGRESQL if connection.vendor == "postgresql" else _SQLITE)[what]
    with transaction.atomic():
        for statement in statements:
            text = statement.format(table=table)
            if cursor is not None:
                cursor.execute(text, None)
            else:
                with connection.cursor() as own:
                    own.execute(text)
