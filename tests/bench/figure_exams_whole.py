"""exams.whole and exams.save_answer: whole written exams (WL-EXAM-1) at 4, 16 and 64 at once, and saving alone.

The limit is the bare view of tests/bench/limit, driven by the same driver in the same run. A whole exam counts every
request from the address of the exam to the receipt, sign-in included. `save_answer` is measured in the order bare,
ours, bare. Every acknowledged answer is looked for in the database afterwards.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from tests.bench import served, throwaway
from tests.bench.candidates import Browser, Candidate, Wrong

NAME = "exams.whole exams.save_answer"
ROUNDS = ((4, 32), (16, 48), (64, 64))
LEAST_SHARE = 0.45
PEER = {4: 134, 16: 145, 64: 150}  # exams a minute of Moodle on two such cores; six times is the floor, ten the aim
LEAST_OF_SAVING, MOST_STATEMENTS, SAVING_SECONDS = 0.6, 4, 8.0
ESSAY = "课间发现学生独自流泪，先安静地陪在旁边，再复述他的话，问他最担心的是什么，商量下一步。" * 10
_WORLD = "tests.bench.exam_world"


def measure() -> Iterator[dict[str, Any]]:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield {"name": "exams.whole", "ok": True, "skipped": "measured on PostgreSQL only: set DATABASE_URL"}
        return
    count = 8 + sum(flows for _at_once, flows in ROUNDS) + 64
    with ExitStack() as stack:
        folder, environment = stack.enter_context(throwaway.database())
        # The production limits on sign-ins hold; the queue is looked at by nobody while the figure is measured.
        environment["DJANGO_SETTINGS_MODULE"] = "tests.bench.site_settings"
        world = json.loads(throwaway.run(environment, "-m", _WORLD, "prepare", str(count)))
        bare_folder, bare_environment = stack.enter_context(throwaway.empty_database())
        keys = json.loads(throwaway.run(bare_environment, "-m", "tests.bench.limit.prepare", "64"))
        ours = stack.enter_context(served.application(environment, "lms.wsgi:application", folder / "log"))
        bare = stack.enter_context(
            served.application(bare_environment, "tests.bench.limit.wsgi:application", bare_folder / "log")
        )
        people = [
            Candidate(Browser(ours.host, ours.port), username, world["password"], entry)
            for username, entry in world["candidates"]
        ]
        saving, people = people[:64], people[64:]
        at_once(4, [lambda each=each: whole(each) for each in people[:8]])  # warm
        first = 8
        for width, flows in ROUNDS:
            yield _round(width, people[first : first + flows], ours, bare, keys)
            first += flows
        yield _saving(saving, bare, keys, environment, world)
        yield verified(environment, [*saving, *people], "exams.whole.ledger")


def whole(one: Candidate) -> None:
    """A whole exam: 50 questions on five pages, each page saved with four answers and then with all ten."""
    one.start(one.come_in())
    for page in range(5):
        numbers = [str(10 * page + n) for n in range(1, 11)]
        one.answer(dict.fromkeys(numbers[:4], "A"))
        one.answer({**dict.fromkeys(numbers[:8], "B"), numbers[8]: "先倾听。", numbers[9]: ESSAY})
    receipt = one.hand_in().decode()
    if receipt.count("先倾听。") < 5 or receipt.count(ESSAY) < 5:
        raise Wrong("the receipt does not show every answer")
    one.browser.close()


def _round(
    width: int, people: list[Candidate], ours: served.Served, bare: served.Served, keys: list[str]
) -> dict[str, Any]:
    before = _cpu(ours)
    seconds, errors = at_once(width, [lambda each=each: whole(each) for each in people])
    cost = [round(1000 * (after - then) / len(people), 1) for then, after in zip(before, _cpu(ours), strict=True)]
    requests = sum(each.browser.requests for each in people)
    limit = bare_rate(bare, keys[:width], 3.0)
    a_minute, rate = 60 * len(people) / seconds, requests / seconds
    return {
        "name": f"exams.whole.{width}",
        "value": round(a_minute),
        "unit": "exams a minute",
        "aim": 10 * PEER[width],
        "limit": round(limit),
        "limit_unit": "requests a second of the bare view",
        "requests_a_second": round(rate),
        "ratio": round(rate / limit, 2),
        "floor": [LEAST_SHARE, 6 * PEER[width]],
        "ok": not errors and rate / limit >= LEAST_SHARE and a_minute >= 6 * PEER[width],
        "errors": errors,
        "requests_an_exam": round(requests / len(people), 1),
        "cpu_ms_an_exam": dict(zip(("web", "database", "driver"), cost, strict=True)),
        "milliseconds": {name: _times(people, name) for name in ("sign in", "view", "start", "save", "submit")},
    }


def _times(people: list[Candidate], name: str) -> dict[str, float]:
    times = sorted(1000 * each for one in people for each in one.browser.took[name])
    return {"median": round(statistics.median(times), 1), "p95": round(times[int(0.95 * (len(times) - 1))], 1)}


def _cpu(ours: served.Served) -> tuple[float, float, float]:
    own = os.times()
    return ours.cpu(), served.database_cpu(), own.user + own.system


def at_once(width: int, work: list[Callable[[], None]]) -> tuple[float, list[str]]:
    """Do everything, so many at once; the seconds it took, and what went wrong."""
    errors: list[str] = []

    def tried(each: Callable[[], None]) -> None:
        try:
            each()
        except Exception as wrong:
            errors.append(f"{type(wrong).__name__}: {wrong}"[:200])

    began = time.perf_counter()
    with ThreadPoolExecutor(width) as pool:
        list(pool.map(tried, work))
    return time.perf_counter() - began, errors


def bare_rate(bare: served.Served, keys: list[str], seconds: float) -> float:
    """Requests a second of the bare view, each session at its own connection, so many at once."""

    def one(browser: Browser, version: int) -> None:
        status, _said = browser.save("save", "/save/", [{"item": "1", "version": version, "response": "B"}])
        if status != 200:
            raise Wrong(f"the bare view: {status}")

    return rate([_bare_browser(bare, key) for key in keys], one, seconds)


def _bare_browser(bare: served.Served, key: str) -> Browser:
    return Browser(bare.host, bare.port, {"sessionid": key, "csrftoken": "x" * 32})


def rate(browsers: list[Browser], one: Callable[[Browser, int], None], seconds: float) -> float:
    """How often a second `one` is done by all browsers together."""
    end = time.perf_counter() + seconds

    def work(browser: Browser) -> int:
        done = 0
        while time.perf_counter() < end:
            done += 1
            one(browser, done)
        browser.close()
        return done

    began = time.perf_counter()
    with ThreadPoolExecutor(len(browsers)) as pool:
        done = sum(pool.map(work, browsers))
    return done / (time.perf_counter() - began)


def _saving(
    saving: list[Candidate], bare: served.Served, keys: list[str], environment: dict[str, str], world: dict[str, Any]
) -> dict[str, Any]:
    """Sixteen at once: bare, ours, bare."""
    people = saving[:16]
    at_once(4, [lambda each=each: each.start(each.come_in()) for each in people])
    by_browser = {id(each.browser): each for each in people}
    before = bare_rate(bare, keys[:16], SAVING_SECONDS)
    ours = rate(
        [each.browser for each in people],
        lambda browser, n: by_browser[id(browser)].answer({"1": "ABCD"[n % 4]}),
        SAVING_SECONDS,
    )
    after = bare_rate(bare, keys[:16], SAVING_SECONDS)
    username, entry = world["candidates"][20]
    asked = json.loads(throwaway.run(environment, "-m", _WORLD, "statements", username, str(entry)))["statements"]
    limit = (before + after) / 2
    return {
        "name": "exams.save_answer",
        "value": round(ours),
        "unit": "saves a second, 16 at once",
        "limit": round(limit),
        "limits": [round(before), round(after)],
        "ratio": round(ours / limit, 2),
        "floor": LEAST_OF_SAVING,
        "statements": asked,
        "ok": ours / limit >= LEAST_OF_SAVING and asked <= MOST_STATEMENTS,
    }


def verified(environment: dict[str, str], people: list[Candidate], name: str) -> dict[str, Any]:
    """Whether every answer that was acknowledged stands in the database."""
    ledgers = json.dumps({str(each.entry): each.ledger for each in people})
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", _WORLD, "verify"],
        env=environment,
        cwd=throwaway.PROJECT,
        input=ledgers,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return {"name": name, "value": found["lost"], "unit": "acknowledged answers lost", **found} | {
        "floor": 0,
        "ok": found["lost"] == 0,
    }
