"""cms.search: words of two characters among 20,000 pages, beside the bare question of the same words.

The limit is what any list with pages asks of the same database: how many pages have the words, and the first twenty of
them, found by the same index and put into the same order, whoever asks. What is judged is all that the search asks for
an officer who oversees every course: what she may read, how many pages of each kind have the words, the first twenty,
and where they stand. Judged is the database's time, summed over words that stand nearly everywhere, seldom, and in
between, as a multiple of the limit's in the same round; the milliseconds of each question and of its whole page are
printed beside it.
"""

import json
import statistics
from collections.abc import Iterator
from typing import Any

from tests.bench import throwaway

NAME = "cms.search"
PAGES = 20_000
MOST_TIMES = 3.0
_SELF = "tests.bench.cms_search_parts"


def measure(pages: int = PAGES) -> Iterator[dict[str, Any]]:
    with throwaway.database() as (_folder, environment):
        found = json.loads(throwaway.run(environment, "-m", _SELF, str(pages)))
    asked = found["questions"].values()

    def sums(name: str) -> list[float]:
        return [sum(times) for times in zip(*(each[name] for each in asked), strict=True)]

    ratios = [ours / bare for ours, bare in zip(sums("ours"), sums("bare"), strict=True)]
    yield {
        "name": NAME,
        "value": round(statistics.median(sums("ours")), 1),
        "unit": f"ms of the database for {len(asked)} questions among {found['pages']:,} pages on {found['engine']}",
        "limit": round(statistics.median(sums("bare")), 1),
        "ratio": round(statistics.median(ratios), 2),
        "floor": MOST_TIMES,
        "ok": statistics.median(ratios) <= MOST_TIMES,
        "ratios": sorted(round(each, 2) for each in ratios),
        "milliseconds": {
            question: {"found": each["found"]}
            | {name: round(statistics.median(each[name]), 1) for name in ("bare", "ours", "page")}
            for question, each in found["questions"].items()
        },
        "seconds_to_enter_all_pages": round(found["entered"], 1),
    }
