"""Scores entered from paper become results: refused while an entry or a decision is missing, and each explained."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from exams import paper_lines, paper_progress, scripts
from exams.models import Module, ModuleResult, PaperTurn, Stage, StageEntry, Violation
from exams.paper_lines import Compared
from lms.lib.refusals import Refusal

_State = StageEntry.State
_Status = ModuleResult.Status


class PaperScoresMissing(Refusal):
    sentence = _(
        "The scores cannot be checked yet. Still missing: {undecided} candidates neither present nor absent, "
        "{never} scripts not entered yet, {once} entered by one person only, {open} with differences that wait for a "
        "third person, {reports} reports of violations without a decision."
    )


def require_entered(stage: Stage) -> None:
    """Refuse (PaperScoresMissing), with counts, while anything is missing."""
    standing = paper_progress.tally(paper_progress.scripts(stage))
    missing = {
        "undecided": stage.entries.filter(state__in=(_State.SEATED, _State.TICKETED)).count(),
        "never": standing.never,
        "once": standing.once,
        "open": standing.open,
        "reports": Violation.objects.filter(entry__stage=stage, state=Violation.State.PROPOSED).count(),
    }
    if any(missing.values()):
        raise PaperScoresMissing(**missing)


def results(stage: Stage, module: Module, at: dt.datetime) -> list[ModuleResult]:
    """One result for each entry: the exact sum of its lines; none for the absent and the violators. `basis` explains
    it: {"paper": {"lines": [[line, name, of, first, second, third, final, reason]], "people": [name of each turn]}},
    points as text."""
    lines = paper_lines.Lines(module.sitting)
    turns = _turns(stage)
    entries = stage.entries.exclude(state=_State.WITHDRAWN)
    return [_result(entry, module, lines, turns.get(entry.pk, []), at) for entry in entries]


def _turns(stage: Stage) -> dict[int, list[PaperTurn]]:
    found: dict[int, list[PaperTurn]] = {}
    rows = PaperTurn.objects.filter(entry__stage=stage).select_related("entered_by").prefetch_related("scores")
    for turn in rows.order_by("pk"):
        found.setdefault(turn.entry_id, []).append(turn)
    return found


def _result(
    entry: StageEntry, module: Module, lines: paper_lines.Lines, turns: list[PaperTurn], at: dt.datetime
) -> ModuleResult:
    if entry.state != _State.PRESENT:
        status = _Status.ABSENT if entry.state == _State.ABSENT else _Status.VOID
        return ModuleResult(entry=entry, module=module, status=status, settled_at=at)
    rows = paper_lines.compare(lines.of(entry), turns)
    return ModuleResult(
        entry=entry,
        module=module,
        status=_Status.SCORED,
        score=sum((row.points for row in rows), Decimal(0)),
        basis={
            "paper": {"lines": [_explained(row) for row in rows], "people": [str(each.entered_by) for each in turns]}
        },
        settled_at=at,
    )


def _explained(row: Compared) -> list[Any]:
    numbers = (row.line.most, row.first, row.second, row.third, row.points)
    return [row.line.code, row.line.name, *(scripts.plain(each) for each in numbers), row.reason]
