"""Rows by written-out statements, where a page is asked so often that composing its questions is what costs."""

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import BigIntegerField

_M = TypeVar("_M", bound=models.Model)


def partly(model: type[_M], **columns: Any) -> _M:
    """A row of which some columns were read, by their names; whatever else is asked of it is read then."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in columns]
    return model.from_db(connection.alias, names, [columns[name] for name in names])


def columns(model: type[models.Model], alias: str) -> str:
    """The columns of a table as `first` wants them at the beginning of a statement."""
    quote = connection.ops.quote_name
    return ", ".join(f"{alias}.{quote(field.column)}" for field in model._meta.concrete_fields)


def locking(alias: str) -> str:
    """What ends a statement that locks the rows of one of its tables; nothing where every write is alone anyway."""
    return f" FOR UPDATE OF {alias}" if connection.features.has_select_for_update_of else ""


def first(model: type[_M], statement: str, parameters: Sequence[Any], extra: Sequence[str] = ()) -> _M | None:
    """The first row of a statement as the model's, or None: what Django's `raw` gives, without preparing it anew each
    time. The statement begins with `columns`; what follows them (text and numbers) become attributes of these names. A
    number that no column holds finds nothing."""
    if any(isinstance(each, int) and abs(each) > BigIntegerField.MAX_BIGINT for each in parameters):
        return None
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    names, converters = _reading(model, connection.vendor)
    values = list(row[: len(names)])
    for place, (each, column) in converters:
        for convert in each:
            values[place] = convert(values[place], column, connection)
    found = model.from_db(connection.alias, names, values)
    for name, value in zip(extra, row[len(names) :], strict=True):
        setattr(found, name, value)
    return found


@cache
def _reading(model: type[models.Model], vendor: str) -> tuple[list[str], list[tuple[int, Any]]]:
    """The names of a table's columns, and what makes values of some."""
    fields = model._meta.concrete_fields
    compiler = model._base_manager.all().query.get_compiler(connection=connection)
    converters = compiler.get_converters([field.get_col(model._meta.db_table) for field in fields])
    return [field.attname for field in fields], list(converters.items())


def write_out(statement: str, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Run a statement in which ROWS stands for the values of rows, as the database takes them (`moment`, `json`); what
    it returns, if anything."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    with connection.cursor() as cursor:
        cursor.execute(
            statement.replace("ROWS", ", ".join([one] * len(rows))), [value for row in rows for value in row]
        )
        return cursor.fetchall() if cursor.description else []


def moment(at: dt.datetime) -> Any:
    """A moment as the database takes it."""
    return connection.ops.adapt_datetimefield_value(at)


def json(value: Any) -> Any:
    """Plain data as the database takes it."""
    return connection.ops.adapt_json_value(value, None)
