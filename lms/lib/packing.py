"""Many plain rows as one short text, to be kept in a field and read again one by one."""

import base64
import io
import itertools
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

_TOGETHER = 1000


def pack(items: Iterable[Any]) -> str:
    """Plain data (JSON) item by item, compressed, in letters."""
    press = zlib.compressobj()
    parts, rest = [], iter(items)
    while some := list(itertools.islice(rest, _TOGETHER)):
        line = json.dumps(some, ensure_ascii=False, cls=DjangoJSONEncoder, separators=(",", ":"))
        parts.append(press.compress(line.encode() + b"\n"))
    parts.append(press.flush())
    return base64.b64encode(b"".join(parts)).decode()


def unpack(text: str) -> Iterator[Any]:
    """The items again, in their order; of an empty text, none."""
    if text:
        for line in io.BytesIO(zlib.decompress(base64.b64decode(text))):
            yield from json.loads(line)
