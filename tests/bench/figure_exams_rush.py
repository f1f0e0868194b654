"""exams.rush: 300 candidates sign in and start within 60 seconds, then each saves every 15 seconds for ten minutes.

The limit is the bare view at the same rate, driven for a minute by the same driver in the same run. Judged are errors
(none), and the 95th percentile of the saves as a multiple of the bare view's. RUSH_MINUTES says for how long.
"""

import json
import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from tests.bench import served, throwaway
from tests.bench.candidates import Browser, Candidate, Wrong
from tests.bench.figure_exams_whole import verified

NAME = "exams.rush"
PEOPLE, SECONDS_TO_START, EVERY = 300, 60.0, 15.0
MOST_TIMES = 5.0
_WORLD = "tests.bench.exam_world"


def measure() -> Iterator[dict[str, Any]]:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield {"name": NAME, "ok": True, "skipped": "measured on PostgreSQL only: set DATABASE_URL"}
        return
    minutes = float(os.environ.get("RUSH_MINUTES", "10"))
    with ExitStack() as stack:
        folder, environment = stack.enter_context(throwaway.database())
        environment["DJANGO_SETTINGS_MODULE"] = "tests.bench.site_settings"
        world = json.loads(throwaway.run(environment, "-m", _WORLD, "prepare", str(PEOPLE)))
        bare_folder, bare_environment = stack.enter_context(throwaway.empty_database())
        keys = json.loads(throwaway.run(bare_environment, "-m", "tests.bench.limit.prepare", str(PEOPLE)))
        with served.application(bare_environment, "tests.bench.limit.wsgi:application", bare_folder / "log") as bare:
            browsers = [Browser(bare.host, bare.port, {"sessionid": key, "csrftoken": "x" * 32}) for key in keys]
            errors = together([_paced(lambda n, one=one: _bare_save(one, n), 60.0) for one in browsers])
            limit = [1000 * each for one in browsers for each in one.took["save"]]
        with served.application(environment, "lms.wsgi:application", folder / "log") as ours:
            people = [
                Candidate(Browser(ours.host, ours.port), username, world["password"], entry)
                for username, entry in world["candidates"]
            ]
            starts: list[float] = []
            began = time.perf_counter()
            errors += together([_sits(each, began, 60 * minutes, starts) for each in people])
        yield _told(people, starts, limit, errors, minutes)
        yield verified(environment, people, "exams.rush.ledger")


def _sits(one: Candidate, began: float, seconds: float, starts: list[float]) -> Callable[[], None]:
    """Come in at some moment of the first minute, then save a question every 15 seconds."""

    def work() -> None:
        lot = random.Random(one.entry)
        time.sleep(lot.random() * (SECONDS_TO_START - 5))
        asked = time.perf_counter()
        one.start(one.come_in())
        starts.append(time.perf_counter() - asked)
        _paced(lambda n: one.answer({str(n % 50 + 1): "A" if n % 10 < 8 else "先倾听。"}), seconds)()
        one.browser.close()

    return work


def _paced(one: Callable[[int], None], seconds: float) -> Callable[[], None]:
    """Do it every 15 seconds, from a moment of its own on."""

    def work() -> None:
        end = time.perf_counter() + seconds
        next_at = time.perf_counter() + random.random() * EVERY
        number = 0
        while next_at < end:
            time.sleep(max(0.0, next_at - time.perf_counter()))
            one(number)
            number += 1
            next_at += EVERY

    return work


def _bare_save(browser: Browser, number: int) -> None:
    saves = [{"item": str(number % 50 + 1), "version": number + 1, "response": "B"}]
    status, _said = browser.save("save", "/save/", saves)
    if status != 200:
        raise Wrong(f"the bare view: {status}")


def together(work: list[Callable[[], None]]) -> list[str]:
    """Do everything at once, each in a thread of its own; what went wrong."""
    errors: list[str] = []

    def tried(each: Callable[[], None]) -> None:
        try:
            each()
        except Exception as wrong:
            errors.append(f"{type(wrong).__name__}: {wrong}"[:200])

    threads = [threading.Thread(target=tried, args=(each,)) for each in work]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return errors


def percentile(times: list[float], part: float) -> float:
    """A percentile of what was timed, in milliseconds."""
    return sorted(times)[int(part * (len(times) - 1))]


def _told(
    people: list[Candidate], starts: list[float], limit: list[float], errors: list[str], minutes: float
) -> dict[str, Any]:
    saves = [1000 * each for one in people for each in one.browser.took["save"]]
    ours, bare = percentile(saves, 0.95), percentile(limit, 0.95)
    return {
        "name": NAME,
        "value": round(ours, 1),
        "unit": f"ms, 95th percentile of {len(saves)} saves of {len(people)} candidates in {minutes:g} minutes",
        "limit": round(bare, 1),
        "ratio": round(ours / bare, 2),
        "floor": MOST_TIMES,
        "ok": not errors and len(starts) == len(people) and ours / bare <= MOST_TIMES,
        "errors": errors[:5],
        "error_count": len(errors),
        "median": round(statistics.median(saves), 1),
        "p99": round(percentile(saves, 0.99), 1),
        "sign_in_and_start_ms": {
            "median": round(1000 * statistics.median(starts)),
            "p95": round(percentile([1000 * each for each in starts], 0.95)),
        },
    }
