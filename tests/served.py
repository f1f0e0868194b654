"""A demo of its own, in a folder of its own, served on a free port: what tests look at from outside, through a socket.

Every process of it runs with the development settings on the embedded default, whatever the tests themselves run on,
and finds ten in the morning on its clock, so that no test breaks because it is started shortly before midnight."""

import datetime as dt
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

PROJECT = Path(__file__).parent.parent
_NOT_PASSED_ON = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL")
_PATIENCE = 60  # seconds for a server to answer


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a process needs to work on the data in `folder`."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    return {**inherited, "LMS_DATA_DIR": str(folder), "LMS_CLOCK_FILE": str(folder / "clock"), **more}


def build(folder: Path, extent: str = "--small") -> None:
    """Make the database and the small demo world in an empty folder, or what `extent` asks `manage.py demo` for. Takes
    about a minute."""
    present = dt.datetime.now(ZoneInfo("Asia/Shanghai"))
    ten = present.replace(hour=10, minute=0, second=0, microsecond=0)
    (folder / "clock").write_text(str((ten - present).total_seconds()))
    _manage(folder, "migrate", "-v0")
    _manage(folder, "demo", extent)


def _manage(folder: Path, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *arguments],
        env=environment(folder),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout[-3000:]}")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve the data in `folder` and give the address; what the server says goes into `folder/log`."""
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(  # noqa: S603
            [sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{port}"],
            env=environment(folder, LMS_SITE_URL=base),
            cwd=PROJECT,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(base, server, folder / "log")
        yield base
    finally:
        server.terminate()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(base: str, server: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while server.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(base + "/certificates/verify/", timeout=10).close()  # noqa: S310
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start:\n" + log.read_text()[-3000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
