"""What judges rate: every item of the paper, or of both its forms, each under a name of its own.

An item of form A bears its code ("61.2"), one of form B the same with "B-" before it ("B-61.2"): on one sheet no two
ratings are confused, and a paper without forms is rated as ever.
"""

from dataclasses import dataclass
from decimal import Decimal

from exams import queries, scripts
from exams.models import Module, Paper

_B = f"{Paper.Form.B}-"


@dataclass(frozen=True)
class Rated:
    """One item as judges rate it; `form` is empty where the paper has none."""

    name: str
    paper: Paper
    item: scripts.Item

    @property
    def form(self) -> str:
        return self.paper.form


def of(module: Module) -> dict[str, Rated]:
    """All of a module by name, form A before form B, each in the paper's order."""
    found = {}
    for paper in queries.papers_of(module):
        before = _B if paper.form == Paper.Form.B else ""
        for code, item in scripts.items(paper).items():
            found[before + code] = Rated(before + code, paper, item)
    return found


def points(module: Module) -> dict[str, dict[str, Decimal]]:
    """The most that each item earns, form by form ("" where the paper has none)."""
    found: dict[str, dict[str, Decimal]] = {}
    for name, rated in of(module).items():
        found.setdefault(rated.form, {})[name] = rated.item.points
    return found
