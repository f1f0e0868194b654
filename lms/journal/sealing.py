"""Gives unsealed lines their place and hash, in order of id, and checks the chain."""

import hashlib
import json
from dataclasses import dataclass

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Max

from lms.journal.models import Line

FIRST = "0" * 64


@dataclass(frozen=True)
class Fault:
    """The first line that does not fit: its id, its place, and what is wrong with it."""

    line_id: int | None
    place: int
    what: str


@transaction.atomic
def seal(*, limit: int = 5000) -> int:
    """Seal at most `limit` lines and say how many. A line waits while a transaction is open that began before it was
    written, for that one might still add a line with a lower id. One sealer at a time: others find nothing to do."""
    if not _take_turn():
        return 0
    tail = Line.objects.filter(place__isnull=False).order_by("-place").first()
    place, previous = (tail.place, tail.hash) if tail else (0, FIRST)
    oldest_open = _oldest_open_transaction()
    sealed = []
    for line in Line.objects.filter(place=None).order_by("pk")[:limit]:
        if line.written_before > oldest_open:
            break
        place += 1
        line.place, line.previous_hash = place, previous
        previous = line.hash = line_hash(line)
        sealed.append(line)
    Line.objects.bulk_update(sealed, ["place", "previous_hash", "hash"], batch_size=500)
    return len(sealed)


def verify() -> Fault | None:
    """Walk the chain and name the first line that was changed, moved, or left out; None where all is well."""
    place, previous = 0, FIRST
    for line in Line.objects.filter(place__isnull=False).order_by("place").iterator():
        place += 1
        if line.place != place:
            return Fault(line.pk, place, "a line is missing before this one")
        if line.previous_hash != previous:
            return Fault(line.pk, place, "this line does not follow the one before it")
        if line.hash != line_hash(line):
            return Fault(line.pk, place, "this line was changed after it was sealed")
        previous = line.hash
    return None


def head() -> tuple[int, str]:
    """Place and hash of the newest sealed line: what to write down outside the database, so that a rewritten tail
    can be told."""
    place = Line.objects.aggregate(last=Max("place"))["last"] or 0
    return place, Line.objects.get(place=place).hash if place else FIRST


def line_hash(line: Line) -> str:
    """SHA-256 over the line's facts, its place and its predecessor's hash."""
    facts = [
        line.place,
        line.previous_hash,
        line.pk,
        line.at.isoformat(),
        line.act,
        line.actor_id,
        line.actor_name,
        line.unit_name,
        line.unit_path,
        line.subject_type,
        line.subject_id,
        line.subject_name,
        line.reason,
        line.facts,
    ]
    text = json.dumps(facts, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _take_turn() -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(7367)")
        return cursor.fetchone()[0]


def _oldest_open_transaction() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        return cursor.fetchone()[0]


def waiting() -> int:
    """How many lines have no place yet."""
    return Line.objects.filter(place=None).count()
