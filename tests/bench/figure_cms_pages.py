"""cms.lesson, cms.programme: pages of a course of 200 lessons ask as often as those of a course of 2.

A lesson's page is judged by the number of its queries, the programme's page by that and by its time, as a multiple of
the time for 2 lessons in the same run.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.bench import throwaway

NAME = "cms.lesson cms.programme"
FEW, MANY = 2, 200
MOST_TIMES = 3.0
_SELF = "tests.bench.cms_pages_parts"


def measure() -> Iterator[dict[str, Any]]:
    with throwaway.database() as (_folder, environment):
        found = json.loads(throwaway.run(environment, "-m", _SELF, "pages", str(FEW), str(MANY)))
    for name in ("lesson", "programme"):
        few, many = found[name][str(FEW)], found[name][str(MANY)]
        same = few["queries"] == many["queries"]
        times = many["milliseconds"] / few["milliseconds"]
        yield {
            "name": f"cms.{name}",
            "value": many["queries"],
            "unit": f"queries for the page with {MANY} lessons",
            "limit": few["queries"],
            "ratio": round(many["queries"] / few["queries"], 2),
            "floor": 1.0,
            "ok": same and (name == "lesson" or times <= MOST_TIMES),
            "milliseconds": round(many["milliseconds"], 1),
            f"milliseconds_at_{FEW}": round(few["milliseconds"], 1),
            "times": round(times, 2),
        }
