"""exams.mark_objective: 10,000 scripts with 40 answers that a key marks, beside the bare queries for the same rows.

The limit fetches the same answers and writes the same marks in transactions of as many scripts, by plain SQL. Both run
in one process, turn by turn, on emptied tables. MARK_SCRIPTS says how many.
"""

import json
import os
import statistics
from collections.abc import Iterator
from typing import Any

from tests.bench import throwaway

NAME = "exams.mark_objective"
ROUNDS, MOST_TIMES = 3, 3.0
_SELF = "tests.bench.exams_mark_parts"


def measure() -> Iterator[dict[str, Any]]:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield {"name": NAME, "ok": True, "skipped": "measured on PostgreSQL only: set DATABASE_URL"}
        return
    scripts = int(os.environ.get("MARK_SCRIPTS", "10000"))
    with throwaway.database() as (_folder, environment):
        throwaway.run(environment, "-m", _SELF, "prepare", str(scripts))
        rounds = json.loads(throwaway.run(environment, "-m", _SELF, "rounds", str(ROUNDS)))
    ratios = [ours / limit for ours, limit in rounds]
    yield {
        "name": NAME,
        "value": round(statistics.median(ours for ours, _limit in rounds), 1),
        "unit": f"s for {scripts:,} scripts of 40 answers",
        "limit": round(statistics.median(limit for _ours, limit in rounds), 1),
        "ratio": round(statistics.median(ratios), 2),
        "floor": MOST_TIMES,
        "ok": statistics.median(ratios) <= MOST_TIMES,
        "ratios": sorted(round(each, 2) for each in ratios),
    }
