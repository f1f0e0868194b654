"""What one candidate sees of a frozen paper: its options in an order of her own, lettered by their place.

The rule, so that anyone can repeat it: each option gets the SHA-256 of "digest:script:number:id" (UTF-8), made of the
paper's digest, her script, the question's number and the option's id; the options in ascending order of these digests
(hexadecimal) are shown as A, B, C … What she answers is kept by the option's id: marking knows nothing of the order.
"""

import hashlib
from string import ascii_uppercase
from typing import Any

from exams.models import Attempt

ALGORITHM = "sha256-options-1"
# Where the body of a kind keeps what may be shown in any order.
SHUFFLED = {"single": "options", "multiple": "options", "matching": "right", "ordering": "options"}


def shown(items: list[dict[str, Any]], *, order: str, digest: str, script: str) -> list[dict[str, Any]]:
    """A paper's items as the holder of a script sees them. `order` is the paper's rule: empty leaves every option in
    its place."""
    return [_shown(each, f"{digest}:{script}") for each in items] if order else items


def seen_by(attempt: Attempt) -> list[dict[str, Any]]:
    """The items of an attempt's paper as its candidate sees them; its paper is at hand."""
    paper = attempt.paper
    return shown(paper.items, order=paper.option_order, digest=paper.digest, script=attempt.script)


def letters(item: dict[str, Any], *, order: str, digest: str, script: str) -> dict[str, str]:
    """By which letter the holder of a script saw each option of an item, by the option's id."""
    [seen] = shown([item], order=order, digest=digest, script=script)
    return {each["id"]: each.get("letter", each["id"]) for each in seen["body"].get(SHUFFLED.get(item["kind"], ""), [])}


def _shown(item: dict[str, Any], lot: str) -> dict[str, Any]:
    where = SHUFFLED.get(item["kind"])
    options = item["body"].get(where) if where else None
    if not options:
        return item

    def draw(option: dict[str, Any]) -> str:
        return hashlib.sha256(f"{lot}:{item['number']}:{option['id']}".encode()).hexdigest()

    lettered = [
        {**each, "letter": letter} for letter, each in zip(ascii_uppercase, sorted(options, key=draw), strict=False)
    ]
    return {**item, "body": {**item["body"], where: lettered}}
