"""cms.video: a video of 500 MB is sent whole and in ranges, and the process never holds more than pieces of it."""

import json
from collections.abc import Iterator
from typing import Any

from tests.bench import throwaway

NAME = "cms.video"
SIZE = 500
MOST_MEGABYTES = 8.0
_SELF = "tests.bench.cms_pages_parts"


def measure() -> Iterator[dict[str, Any]]:
    with throwaway.database() as (_folder, environment):
        found = json.loads(throwaway.run(environment, "-m", _SELF, "video", str(SIZE)))
    yield {
        "name": NAME,
        "value": round(found["megabytes"], 1),
        "unit": f"MB above the process that has sent 1 KB, for {SIZE} MB whole and in ranges",
        "limit": MOST_MEGABYTES,
        "ratio": round(found["megabytes"] / MOST_MEGABYTES, 2),
        "floor": 1.0,
        "ok": found["megabytes"] <= MOST_MEGABYTES,
        "peak_megabytes": round(found["peak"], 1),
        "megabytes_sent": round(found["sent"]),
        "seconds_for_the_whole": round(found["seconds"], 2),
    }
