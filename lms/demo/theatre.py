"""A stage for a rehearsal: a throwaway database of the configured engine, a web server and workers on free ports."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

_STARTING = 120.0  # seconds that a server may take to answer on a busy machine


@dataclass(frozen=True)
class Stage:
    """Where the rehearsal plays: the server's address and the environment in which every process of it runs."""

    base: str
    environment: dict[str, str]
    folder: Path

    @property
    def clock_file(self) -> Path:
        return Path(self.environment["LMS_CLOCK_FILE"])


@contextmanager
def set_up() -> Iterator[Stage]:
    """Build it, and take everything down again whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    name = folder.name.replace("-", "_").lower()
    environment = {**os.environ, "LMS_DATA_DIR": str(folder), "LMS_CLOCK_FILE": str(folder / "clock")}
    (folder / "clock").write_text("0")
    server_url = os.environ.get("DATABASE_URL", "")
    if server_url:
        _sql(server_url, f'CREATE DATABASE "{name}"')
        parts = urlsplit(server_url)
        environment["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{name}"))
    environment |= {"LMS_QUEUE": name, "LMS_QUEUE_PREFIX": f"{name}:"}
    processes: list[subprocess.Popen] = []
    try:
        _manage(environment, "migrate", "-v0")
        port = _free_port()
        base = f"http://127.0.0.1:{port}"
        environment["LMS_SITE_URL"] = base
        with (folder / "log").open("ab") as log:
            processes += [_start(command, environment, log) for command in _commands(port, folder)]
        _wait_for(base, processes[0], folder / "log")
        yield Stage(base, environment, folder)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            _end(process)
        if server_url:
            _sql(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(folder, ignore_errors=True)


def _commands(port: int, folder: Path) -> list[list[str]]:
    python = [sys.executable, "manage.py"]
    if not settings.REDIS_URL:
        return [[*python, "serve", "--bind", f"127.0.0.1:{port}"]]
    celery = [sys.executable, "-m", "celery", "-A", "lms", "--quiet"]
    return [
        [*python, "serve", "--bind", f"127.0.0.1:{port}", "--workers", "2"],
        [*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "WARNING"],
        [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(folder / "beat"), "--pidfile", ""],
    ]


def _start(command: list[str], environment: dict[str, str], log) -> subprocess.Popen:
    return subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR, stdout=log, stderr=log)  # noqa: S603


def _manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *arguments], env=environment, cwd=settings.BASE_DIR, check=True
    )


def _wait_for(base: str, server: subprocess.Popen, log: Path) -> None:
    limit = time.monotonic() + _STARTING
    while time.monotonic() < limit and server.poll() is None:
        try:
            urllib.request.urlopen(base + "/certificates/verify/", timeout=5).close()  # noqa: S310
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start:\n" + log.read_text()[-2000:])


def _end(process: subprocess.Popen) -> None:
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
