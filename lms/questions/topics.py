"""Topics of a bank as places in a tree: "情绪/考试焦虑" lies below "情绪". Pure text."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 120
_BETWEEN = re.compile("[/／]")


@dataclass(frozen=True)
class Branch:
    """A topic that questions lie in or below: its whole path, its own name, how deep it lies (0 at the root), and how
    many questions it holds with those below."""

    path: str
    name: str
    depth: int
    count: int


def tidy(text: str) -> str:
    """A typed topic as it is kept: steps without space around them, parted by "/", none of them empty."""
    return "/".join(step for step in (each.strip() for each in _BETWEEN.split(text)) if step)


def moved(topic: str, start: str, to: str) -> str:
    """Where a topic that lies at `start` or below it lies when `start` becomes `to`; another stays as it is."""
    if topic == start:
        return to
    return f"{to}{topic[len(start) :]}" if topic.startswith(f"{start}/") else topic


def tree(topics: Iterable[str]) -> list[Branch]:
    """The topics of questions (one for each question, "" for none) as branches, every branch before those below it."""
    held: Counter[str] = Counter()
    for topic in filter(None, topics):
        steps = topic.split("/")
        held.update("/".join(steps[:depth]) for depth in range(1, len(steps) + 1))
    return [
        Branch(path, path.rpartition("/")[2], path.count("/"), held[path])
        for path in sorted(held, key=lambda each: each.split("/"))
    ]
