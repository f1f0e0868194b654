"""What a question file may be: its size, and how it is said that a file cannot be read."""

from typing import Any

_MB = 1024 * 1024
MAX_BYTES = 20 * _MB
MAX_UNPACKED = 60 * _MB
MAX_MEDIA = 10 * _MB
MAX_ITEMS = 5000
MAX_DEPTH = 64
MAX_NODES = 400_000
MAX_PARTS = 5000  # files in a package


class Unreadable(Exception):  # noqa: N818 - it says what the file is
    """A file that is not read: a short code for the reason, and the facts that fill its sentence."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


def require_size(content: bytes) -> None:
    """Raises Unreadable("too_big") above MAX_BYTES."""
    if len(content) > MAX_BYTES:
        raise Unreadable("too_big", limit=MAX_BYTES // _MB)
