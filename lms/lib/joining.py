"""Many PDFs of ours become one, page after page, in a child process that holds them and not we."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_CHILD = Path(__file__).with_name("joining_child.py")
_SECONDS = 240


class JoiningError(RuntimeError):
    """The documents could not be joined: one cannot be read, or the limit of time. Never the reader's doing."""


def join(pieces: Sequence[Path], target: Path) -> int:
    """Write the pages of these documents, in their order, into the file `target`; how many they are. What joined pages
    lose is the marking of headings and tables for screen readers: this is for paper. Raises JoiningError."""
    command = [sys.executable, "-I", str(_CHILD), str(target), *map(str, pieces)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, env={}, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as late:
        raise JoiningError(f"joining took longer than {_SECONDS} seconds") from late
    if done.returncode:
        raise JoiningError(done.stderr.decode(errors="replace")[-500:])
    return int(done.stdout)
