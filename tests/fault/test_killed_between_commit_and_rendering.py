"""A process that issued certificates is killed before it drew one: the next start of the server draws them all."""

import hashlib
import io
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.served import PROJECT, build, environment, served

PATIENCE = 60  # seconds from the server's first answer to the last certificate
# Signs the list that waits and dies in the moment in which the act has been committed.
ISSUE_AND_DIE = """
import os, signal
import django
django.setup()
from certs import issuing, queries
from lms.demo import people
from lms.lib import clock
from lms.people.queries import accounts_by_username

signatory = accounts_by_username(["s01"])["s01"]
at = clock.now()
batch = queries.batches(signatory, at).get(state="proposed")
issuing.issue(batch=batch, seen_digest=issuing.view_digest(issuing.batch_view(batch)), by=signatory, at=at)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data of a demo whose list of certificates waits for the signatory."""
    build(tmp_path)
    return tmp_path


def issued(folder: Path) -> list[tuple[str, str, str]]:
    """Number, file and digest of every issued certificate, read beside the server's back."""
    with sqlite3.connect(f"file:{folder}/db.sqlite3?mode=ro", uri=True) as database:
        rows = database.execute("SELECT number, file, file_digest FROM certs_credential WHERE state = 'issued'")
        return rows.fetchall()


def drawn(folder: Path) -> int:
    return sum(bool(file) for _number, file, _digest in issued(folder))


def test_certificates_appear_at_the_next_start_when_the_issuing_process_was_killed(folder: Path):
    killed = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ISSUE_AND_DIE],
        env=environment(folder, DJANGO_SETTINGS_MODULE="lms.settings.dev"),
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    count = len(issued(folder))
    assert count > 1
    assert drawn(folder) == 0

    with served(folder):
        until = time.monotonic() + PATIENCE
        while drawn(folder) < count and time.monotonic() < until:
            time.sleep(0.5)

    for number, file, digest in issued(folder):
        assert file, f"{number} was not drawn within {PATIENCE} s"
        content = (folder / "private" / file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        assert number in PdfReader(io.BytesIO(content)).pages[0].extract_text()
    left = [each for each in (folder / "private" / "certificates").iterdir() if each.suffix != ".pdf"]
    assert left == []
    assert len(list((folder / "private" / "certificates").glob("*.pdf"))) == count
