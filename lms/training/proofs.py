"""Scans that prove an excuse: kept privately while an act is done, and forgotten where it fails."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from lms.lib import scans


@dataclass(frozen=True)
class Kept:
    """A scan as a row names it: its name below PRIVATE_ROOT and the digest of its content; both empty, there is
    none."""

    file: str = ""
    digest: str = ""


@contextlib.contextmanager
def keeping(scan: IO[bytes] | None) -> Iterator[Kept]:
    """Keep an upload, if there is one, as long as what is done with it goes well. Refuses what is no scan (BadScan of
    lms.lib.scans)."""
    if scan is None:
        yield Kept()
        return
    cleaned = scans.clean(scan)
    name = scans.write(cleaned)
    try:
        yield Kept(name, cleaned.digest)
    except BaseException:
        scans.forget(name)
        raise
