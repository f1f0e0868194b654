"""exams.compose: a paper of 100 questions drafted by a table from a bank of 20,000, beside the bare queries.

The limit is one transaction of nothing but the queries that fetch the very same rows — what the table looks at of every
usable question of its kinds, the stems that are compared, the questions chosen whole — and write the same ones, their
values prepared, on the same database. Both run in one process, turn by turn, after one turn that does not count.
"""

import json
import statistics
from collections.abc import Iterator
from typing import Any

from tests.bench import throwaway

NAME = "exams.compose"
QUESTIONS = 20_000
ROUNDS = 7
MOST_TIMES = 3.0
_SELF = "tests.bench.exams_compose_parts"


def measure(questions: int = QUESTIONS) -> Iterator[dict[str, Any]]:
    """One line: the time of one paper, as a multiple of the limit's in the same round."""
    with throwaway.database() as (_folder, environment):
        throwaway.run(environment, "-m", _SELF, "prepare", str(questions))
        rounds = json.loads(throwaway.run(environment, "-m", _SELF, "rounds", str(ROUNDS)))
    ratios = [ours / limit for ours, limit in rounds]
    ratio = statistics.median(ratios)
    yield {
        "name": NAME,
        "value": round(statistics.median(ours for ours, _limit in rounds) * 1000, 1),
        "unit": f"ms for 100 questions from {questions:,}",
        "limit": round(statistics.median(limit for _ours, limit in rounds) * 1000, 1),
        "ratio": round(ratio, 2),
        "floor": MOST_TIMES,
        "ok": ratio <= MOST_TIMES,
        "ratios": sorted(round(each, 2) for each in ratios),
    }
