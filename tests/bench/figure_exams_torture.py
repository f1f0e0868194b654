"""exams.torture: 100 candidates save every five seconds for five minutes while what serves them is killed.

A random web process is killed every five seconds, PostgreSQL is restarted twice without warning, Redis is flushed. The
clients' own ledgers are the oracle: an answer that was acknowledged and does not stand is lost, and none may be.
TORTURE_SECONDS says for how long. The database and Redis are its own, on free ports.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.bench import served, throwaway
from tests.bench.candidates import Browser, Candidate
from tests.bench.figure_exams_rush import together
from tests.bench.figure_exams_whole import verified

NAME = "exams.torture"
PEOPLE, EVERY, KILL_EVERY = 100, 5.0, 5.0
_WORLD = "tests.bench.exam_world"


def measure() -> Iterator[dict[str, Any]]:
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield {"name": NAME, "ok": True, "skipped": "measured on PostgreSQL only: set DATABASE_URL"}
        return
    seconds = float(os.environ.get("TORTURE_SECONDS", "300"))
    with ExitStack() as stack:
        postgres = stack.enter_context(own_postgres())
        redis_port = stack.enter_context(own_redis())
        stack.enter_context(environment_of(postgres.url, f"redis://127.0.0.1:{redis_port}/0"))
        folder, environment = stack.enter_context(throwaway.database())
        environment["DJANGO_SETTINGS_MODULE"] = "tests.bench.site_settings"
        world = json.loads(throwaway.run(environment, "-m", _WORLD, "prepare", str(PEOPLE)))
        ours = stack.enter_context(served.application(environment, "lms.wsgi:application", folder / "log"))
        people = [
            Candidate(Browser(ours.host, ours.port), username, world["password"], entry)
            for username, entry in world["candidates"]
        ]
        wrong = together([lambda each=each: _begin(each) for each in people])
        tally = Tally()
        end = time.perf_counter() + seconds
        breaking = threading.Thread(target=_break_things, args=(ours, postgres, redis_port, end, tally))
        breaking.start()
        wrong += together([lambda each=each: _save_on(each, end, tally) for each in people])
        breaking.join()
        wrong += together([lambda each=each: _last_word(each, tally) for each in people])
        yield {
            "name": NAME,
            "value": tally.acknowledged,
            "unit": f"saves acknowledged in {seconds:g} s by {len(people)} candidates",
            "web_processes_killed": tally.kills,
            "database_restarts": tally.restarts,
            "redis_flushes": tally.flushes,
            "saves_sent_again": tally.again,
            "longest_silence_s": round(tally.longest, 1),
            "errors": wrong[:5],
            "floor": 0,
            "ok": not wrong,
        }
        yield verified(environment, people, "exams.torture.ledger")


class Tally:
    """What happened, counted by many threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.acknowledged = self.again = self.kills = self.restarts = self.flushes = 0
        self.longest = 0.0

    def add(self, name: str, number: int = 1) -> None:
        with self.lock:
            setattr(self, name, getattr(self, name) + number)

    def waited(self, seconds: float) -> None:
        with self.lock:
            self.longest = max(self.longest, seconds)


def _begin(one: Candidate) -> None:
    time.sleep(random.random() * 10)
    one.start(one.come_in())


def _save_on(one: Candidate, end: float, tally: Tally) -> None:
    """Save every five seconds; what was not acknowledged is sent again as it was, as the page does."""
    number = 0
    time.sleep(random.random() * EVERY)
    while time.perf_counter() < end:
        _insist(one, {str(number % 50 + 1): "ABCD"[number % 4] if number % 10 < 8 else f"第{number}次"}, tally)
        number += 1
        time.sleep(EVERY)


def _last_word(one: Candidate, tally: Tally) -> None:
    _insist(one, {"1": "D"}, tally)
    one.browser.close()


def _insist(one: Candidate, responses: dict[str, Any], tally: Tally) -> None:
    saves = []
    for item, response in responses.items():
        one.versions[item] = one.versions.get(item, 0) + 1
        saves.append({"item": item, "version": one.versions[item], "response": response})
    began = time.perf_counter()
    for attempt in range(200):
        try:
            status, said = one.browser.save("save", one.attempt + "answers/", saves)
        except OSError:
            one.browser.close()
            status, said = 0, {}
        if status == 200 and "saved" in said:
            one.note(saves, said)
            tally.add("acknowledged", len(saves))
            tally.waited(time.perf_counter() - began)
            return
        tally.add("again")
        time.sleep(min(3.0, 0.2 * 2 ** min(attempt, 4)) * (0.5 + random.random() / 2))
    raise RuntimeError(f"never acknowledged: {status} {said}")


def _break_things(ours: served.Served, postgres: "Postgres", redis_port: int, end: float, tally: Tally) -> None:
    """Kill a web process every five seconds; a third and two thirds through, restart the database; flush Redis."""
    began = time.perf_counter()
    restarts = [began + (end - began) * part for part in (1 / 3, 2 / 3)]
    while time.perf_counter() < end - KILL_EVERY:
        time.sleep(KILL_EVERY)
        workers = served.children(ours.leader)
        if workers:
            os.kill(random.choice(workers), signal.SIGKILL)
            tally.add("kills")
        if restarts and time.perf_counter() > restarts[0]:
            restarts.pop(0)
            postgres.restart()
            tally.add("restarts")
        redis.Redis(port=redis_port).flushall()
        tally.add("flushes")


class Postgres:
    """A PostgreSQL of our own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        self.bin = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self._control("-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def restart(self) -> None:
        """Stopped at once, as by a power cut, and started again."""
        self._control("-m", "immediate", "stop")
        self.start()

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def make(self) -> None:
        self._as_postgres(
            str(self.bin / "initdb"), "-D", str(self.folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8"
        )

    def _control(self, *words: str) -> None:
        self._as_postgres(str(self.bin / "pg_ctl"), "-D", str(self.folder / "data"), *words)

    def _as_postgres(self, *command: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*user, *command], cwd="/", check=True, stdout=subprocess.DEVNULL)  # noqa: S603


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that nobody else uses, which may be restarted."""
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    folder.chmod(0o755)
    inner = folder / "pg"
    inner.mkdir()
    if os.geteuid() == 0:
        shutil.chown(inner, "postgres")
    made = Postgres(inner, served.free_port())
    made.make()
    made.start()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_redis() -> Iterator[int]:
    """A Redis that nobody else uses; its port."""
    port = served.free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        time.sleep(0.5)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def environment_of(database_url: str, redis_url: str) -> Iterator[None]:
    """Both addresses in the environment, for as long."""
    before = {name: os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")}
    os.environ |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
