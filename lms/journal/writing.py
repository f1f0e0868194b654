"""Writes one line per official act, inside the act's own transaction."""

import datetime as dt
from typing import Any

from django.db import connection, models, transaction

from lms.journal.models import Line


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
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a journal line belongs into its act's transaction")
    unit_name, unit_path = by.journal_unit if by else ("", "")
    return Line.objects.create(
        at=at,
        act=act,
        actor=by,
        actor_name=str(by) if by else "",
        unit_name=unit_name,
        unit_path=unit_path,
        subject_type=about._meta.label_lower,
        subject_id=str(about.pk),
        subject_name=str(about)[:200],
        reason=reason,
        facts=facts or {},
        written_before=_newest_transaction(),
    )


def _newest_transaction() -> int:
    """On PostgreSQL the number below which every transaction that could hold an earlier line began; SQLite lets only
    one write at a time, so there every committed line is in order."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())")
        return cursor.fetchone()[0]
