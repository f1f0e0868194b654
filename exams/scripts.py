"""What a frozen paper asks, item by item, and what an answer to it is: pure reading, no database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from exams.models import Paper, Question

CONSTRUCTED = (Question.Kind.SHORT_ANSWER, Question.Kind.CASE)


@dataclass(frozen=True)
class Item:
    """One thing that earns points: a question, or one part of a case ("61.2"). `points` is the most it earns."""

    code: str
    kind: str
    section: str
    points: Decimal
    stem: str
    part: str
    key: dict[str, Any]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def is_constructed(self) -> bool:
        """Whether people mark it; everything else is marked by its key."""
        return self.kind in CONSTRUCTED

    @property
    def guide(self) -> str:
        """What the paper's author expects of a constructed answer, for markers only."""
        return str(self.key.get("guide", ""))


def items(paper: Paper) -> dict[str, Item]:
    """Every item of a frozen paper by its code, in the paper's order."""
    return {item.code: item for item in _walk(paper)}


def constructed(paper: Paper) -> dict[str, Item]:
    """Those that people mark."""
    return {code: item for code, item in items(paper).items() if item.is_constructed}


def is_blank(response: Any) -> bool:
    """Whether nothing was answered: nothing, white space, or a list of such."""
    if response is None:
        return True
    if isinstance(response, str):
        return not response.strip()
    if isinstance(response, list):
        return all(is_blank(each) for each in response)
    if isinstance(response, dict):
        return all(is_blank(each) for each in response.values())
    return False


def differ(first: Decimal | None, second: Decimal | None, limit: Decimal | None) -> bool:
    """Whether two marks are further apart than the limit (None: no limit); a missing mark differs from nothing."""
    return limit is not None and first is not None and second is not None and abs(first - second) > limit


def plain(points: Decimal | None) -> str | None:
    """Points as text without needless noughts: "60", "59.25"; None stays None. Text keeps its digits anywhere."""
    if points is None:
        return None
    text = format(points, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _walk(paper: Paper) -> Iterable[Item]:
    for row in paper.items:
        number = str(row["number"])
        kind, section, stem = row["kind"], row.get("section", ""), row["stem"]
        if kind != Question.Kind.CASE:
            key, body = paper.keys.get(number, {}), row.get("body", {})
            yield Item(number, kind, section, Decimal(row["points"]), stem, "", key, body)
            continue
        for part in row["body"]["parts"]:
            code = f"{number}.{part['number']}"
            yield Item(code, kind, section, Decimal(part["points"]), stem, part["stem"], paper.keys.get(code, {}))
