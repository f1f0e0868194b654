"""A database of the configured engine that nobody else uses, for as long as a figure is measured."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

PROJECT = Path(__file__).parent.parent.parent


@contextmanager
def database() -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder and the environment in which every process works on the new database, which has the site's tables; all
    are gone afterwards."""
    with empty_database() as (folder, environment):
        run(environment, "manage.py", "migrate", "-v0")
        yield folder, environment


@contextmanager
def empty_database() -> Iterator[tuple[Path, dict[str, str]]]:
    """The same without any table."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    name = folder.name.replace("-", "_").lower()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "lms.settings.dev", "LMS_DATA_DIR": str(folder)}
    environment |= {"LMS_QUEUE": name, "LMS_QUEUE_PREFIX": f"{name}:"}
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        _sql(url, f'CREATE DATABASE "{name}"')
        environment["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    else:
        environment.pop("DATABASE_URL", None)
    try:
        yield folder, environment
    finally:
        if url.startswith("postgres"):
            _sql(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(folder, ignore_errors=True)


def run(environment: dict[str, str], *arguments: str) -> str:
    """Run Python with these arguments and give what it printed."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, *arguments], env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def _sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
