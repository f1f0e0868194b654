"""audits.coverage: the page of a district asks the database as often at 40 schools as at one.

The limit is the same page of a district with one school, in the same run; what is judged is the number of queries. The
time of both, for 40 schools and 3,300 teachers and for one school and 80, is printed beside it.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.bench import throwaway

NAME = "audits.coverage"
_SELF = "tests.bench.audits_coverage_parts"


def measure() -> Iterator[dict[str, Any]]:
    with throwaway.database() as (_folder, environment):
        found = json.loads(throwaway.run(environment, "-m", _SELF))
    large, small = found["large"], found["small"]
    yield {
        "name": NAME,
        "value": large["queries"],
        "unit": "queries for the page of 40 schools and 3,300 teachers",
        "limit": small["queries"],
        "ratio": round(large["queries"] / small["queries"], 2),
        "floor": 1.0,
        "ok": large["queries"] == small["queries"],
        "milliseconds": large["milliseconds"],
        "milliseconds_at_one_school": small["milliseconds"],
    }
