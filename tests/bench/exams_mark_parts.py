"""The parts of the figure exams.mark_objective: scripts that were handed in, ours, and the bare queries."""

import json
import sys
import time
from decimal import Decimal

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from exams import jobs  # noqa: E402
from exams.models import Answer, Attempt, Paper, StageEntry  # noqa: E402
from lms.lib import clock  # noqa: E402
from tests.bench import exam_world  # noqa: E402

OBJECTIVE = [n for n in range(1, 51) if (n - 1) % 10 < 8]


def prepare(scripts: int) -> None:
    """So many scripts of WL-EXAM-1, every question of a key answered, handed in and not marked."""
    exam_world.prepare(scripts)
    at, paper = clock.now(), Paper.objects.get()
    attempts = Attempt.objects.bulk_create(
        [
            Attempt(
                entry_id=entry,
                paper=paper,
                state=Attempt.State.HANDED_IN,
                script=f"S{n:09d}",
                started_at=at,
                deadline_at=at,
                grace_seconds=30,
                handed_in_at=at,
                handed_in_how=Attempt.HandedIn.CANDIDATE,
            )
            for n, entry in enumerate(StageEntry.objects.order_by("pk").values_list("pk", flat=True))
        ],
        batch_size=2000,
    )
    for first in range(0, len(attempts), 500):
        Answer.objects.bulk_create(
            Answer(attempt=each, item=str(n), version=1, response="ABCD"[(n + each.pk) % 4], saved_at=at)
            for each in attempts[first : first + 500]
            for n in OBJECTIVE
        )


def ours() -> float:
    """The site's job, as the clock calls it."""
    began = time.perf_counter()
    jobs.mark_pending()
    return time.perf_counter() - began


def limit() -> float:
    """Nothing but the queries that fetch the same rows and write the same ones, so many scripts at a time."""
    at, points = clock.now(), Decimal("2.000")
    waiting = list(Attempt.objects.order_by("pk").values_list("pk", flat=True))
    began = time.perf_counter()
    for first in range(0, len(waiting), jobs.AT_ONCE):
        batch = waiting[first : first + jobs.AT_ONCE]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT id, paper_id FROM exams_attempt WHERE id = ANY(%s) FOR UPDATE", [batch])
            cursor.fetchall()
            cursor.execute(
                "SELECT id, attempt_id, item, response FROM exams_answer WHERE attempt_id = ANY(%s)", [batch]
            )
            rows = [(pk, "key", points, "[]", at, at) for pk, _attempt, _item, _response in cursor.fetchall()]
            values = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(rows))
            cursor.execute(_WRITE + values, [value for row in rows for value in row])
            cursor.execute("UPDATE exams_attempt SET marked_at = %s WHERE id = ANY(%s)", [at, batch])
    return time.perf_counter() - began


_READ = "SELECT id, attempt_id, item, response FROM exams_answer WHERE attempt_id = ANY(%s)"
_WRITE = "INSERT INTO exams_mark (answer_id, role, points, criteria, assigned_at, marked_at) VALUES "


def rounds(count: int) -> list[list[float]]:
    """Ours and the limit, turn by turn, each on unmarked scripts."""
    found = []
    for _round in range(count):
        pair = []
        for part in (ours, limit):
            _empty()
            pair.append(part())
        found.append(pair)
    return found


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE exams_mark CASCADE")
        cursor.execute("UPDATE exams_attempt SET marked_at = NULL")
        cursor.execute("VACUUM ANALYZE exams_attempt")


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(int(sys.argv[2]))
    else:
        print(json.dumps(rounds(int(sys.argv[2]))))  # noqa: T201
