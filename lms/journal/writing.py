"""Writes one line per official act, inside the act's own transaction."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models, transaction

from lms.journal.models import Line

_AT_ONCE = 500


@dataclass(frozen=True)
class About:
    """One of the rows that an act was about, with what the journal keeps of it."""

    row: models.Model
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def write(
    act: str,
    *,
    by: Any,
    at: dt.datetime,
    about: models.Model,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> Line:
    """Add a line: `act` is `app.past_tense`; `by` is a user, or None for the clock; `facts` is plain data, never an
    identity number, a phone number or an answer. Refuses (TransactionManagementError) outside a transaction: a line
    stands or falls with its act."""
    (line,) = write_all(act, by=by, at=at, about=[About(about, facts or {}, reason)])
    return line


def write_all(act: str, *, by: Any, at: dt.datetime, about: Iterable[About]) -> list[Line]:
    """Add a line for each of many rows that one act was about, in their order, as `write` does for one."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a journal line belongs into its act's transaction")
    unit_name, unit_path = by.journal_unit if by else ("", "")
    written_before = _newest_transaction()
    lines = [
        Line(
            at=at,
            act=act,
            actor=by,
            actor_name=str(by) if by else "",
            unit_name=unit_name,
            unit_path=unit_path,
            subject_type=each.row._meta.label_lower,
            subject_id=str(each.row.pk),
            subject_name=str(each.row)[:200],
            reason=each.reason,
            facts=each.facts,
            written_before=written_before,
        )
        for each in about
    ]
    return Line.objects.bulk_create(lines, batch_size=_AT_ONCE)


def _newest_transaction() -> int:
    """On PostgreSQL the number below which every transaction that could hold an earlier line began; SQLite lets only
    one write at a time, so there every committed line is in order."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())")
        return cursor.fetchone()[0]
