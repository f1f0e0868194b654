"""people.import: a roster of 100,000 teachers brought in, checked and committed, beside the bare writing of its rows.

The limit is `bulk_create` in batches of 2,000 of the very same rows of every table that the import wrote, their values
prepared, in one transaction, on the same database. Each part runs in a process of its own, so that one's memory is not
the other's.
"""

import json
import statistics
from collections.abc import Iterator
from typing import Any

from tests.bench import throwaway

NAME = "people.import"
ROWS = 100_000
ROUNDS = 3
MOST_TIMES, MOST_MEGABYTES = 3.0, 300.0
_SELF = "tests.bench.people_import_parts"


def measure(rows: int = ROWS) -> Iterator[dict[str, Any]]:
    """Two lines: the time, as a multiple of the limit's in the same round, and the extra memory."""
    with throwaway.database() as (folder, environment):
        file = folder / "roster.xlsx"

        def part(name: str) -> dict[str, Any]:
            return json.loads(throwaway.run(environment, "-m", _SELF, name, str(file), str(rows)))

        part("prepare")
        rounds = []
        for _each in range(ROUNDS):
            ours = part("ours")
            limit = part("limit")
            rounds.append({**ours, "limit": limit["seconds"], "ratio": ours["seconds"] / limit["seconds"]})
    ratio = statistics.median(each["ratio"] for each in rounds)
    memory = statistics.median(each["megabytes"] for each in rounds)
    yield {
        "name": NAME,
        "value": round(statistics.median(each["seconds"] for each in rounds), 2),
        "unit": f"s for {rows:,} rows",
        "limit": round(statistics.median(each["limit"] for each in rounds), 2),
        "ratio": round(ratio, 2),
        "floor": MOST_TIMES,
        "ok": ratio <= MOST_TIMES,
        "ratios": sorted(round(each["ratio"], 2) for each in rounds),
        "seconds_of_checking": round(statistics.median(each["check"] for each in rounds), 2),
    }
    yield {
        "name": f"{NAME}.memory",
        "value": round(memory, 1),
        "unit": "MB above the idle process",
        "limit": MOST_MEGABYTES,
        "ratio": round(memory / MOST_MEGABYTES, 2),
        "floor": 1.0,
        "ok": memory <= MOST_MEGABYTES,
    }
