"""A server of a WSGI application for as long as a figure is measured, and what it and the database cost in CPU."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.throwaway import PROJECT

_TICKS = os.sysconf("SC_CLK_TCK")
WORKERS, THREADS = 2, 4


@dataclass(frozen=True)
class Served:
    """Where it answers, and the process that leads its workers."""

    host: str
    port: int
    leader: int

    def cpu(self) -> float:
        """Seconds of CPU of the server's processes so far."""
        return sum(_cpu(pid) for pid in [self.leader, *children(self.leader)])


@contextmanager
def application(environment: dict[str, str], wsgi: str, log: Path) -> Iterator[Served]:
    """Serve it as `manage.py serve --workers 2` serves the site: four threads each."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", wsgi, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS), "--keep-alive", "60", "--log-level", "warning"]
    command += ["--no-control-socket"]
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=environment, cwd=PROJECT, stdout=out, stderr=out)  # noqa: S603
    try:
        _wait_for(port, process, log)
        yield Served("127.0.0.1", port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()


def database_cpu() -> float:
    """Seconds of CPU of all processes of PostgreSQL on this machine so far; those that ended meanwhile are missed."""
    return sum(
        _cpu(int(each.name)) for each in Path("/proc").iterdir() if each.name.isdigit() and _name(each) == "postgres"
    )


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/certificates/verify/", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start:\n" + log.read_text()[-2000:])


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
