"""Module marks become results, each with the way it came about; a stage settled once stands."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from exams import marking, paper_results, queries, scripts, stages
from exams.models import (
    Attempt,
    Hearing,
    LateAnswers,
    Mark,
    Module,
    ModuleResult,
    Performance,
    Stage,
    StageEntry,
    Violation,
)
from exams.queries import ConstructedAnswer
from lms.journal import writing
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

_Status = ModuleResult.Status
_State = StageEntry.State


class MarksMissing(Refusal):
    sentence = _(
        "The scores cannot be checked yet. Still missing: {undecided} candidates neither present nor absent, "
        "{sitting} scripts not handed in or not marked by the key, {unallocated} answers without markers, "
        "{waiting} marks of first or second markers, {thirds} marks of third markers, "
        "{reports} reports of violations and {late} proposals about answers after the end without a decision."
    )


class ScoresMissing(Refusal):
    sentence = _(
        "The scores cannot be checked yet. Still missing: {undecided} candidates without a hearing, "
        "{hearings} hearings not finished, {scores} modules without a score."
    )


class OtherKindOfStage(Refusal):
    sentence = _("“{stage}” is a stage of another kind and is settled in another way. Open the exam's page again.")


def settle_written(stage: Stage, *, by: User, at: dt.datetime) -> int:
    """Turn the marks of a written stage into one result per entry and lock them; returns how many were scored.

    A score is the exact sum of the marks; what was left blank earns 0. The absent and the violators get a result
    without a score. `basis` explains each number: {"objective": {"points", "sections": [[name, points, of]]},
    "constructed": {item: [first, second, third, final]}}, points as text. Entries become marked and the stage
    scores-checked. Of a sitting on paper the scores are what two people entered (exams/paper_results.py). Refuses:
    NotYourOffice, NotAtThisStep (also a second time), OtherKindOfStage, MarksMissing, PaperScoresMissing.
    """
    with transaction.atomic():
        _begin(stage, Stage.Kind.WRITTEN, by, at)
        stages.require(stage, Stage.State.MARKING)
        module = stage.modules.select_related("sitting__paper").get()
        sitting = getattr(module, "sitting", None)
        if sitting and sitting.on_paper:
            paper_results.require_entered(stage)
            results = paper_results.results(stage, module, at)
        else:
            results = _online_results(stage, module, at)
        scored = _finish(stage, results, at)
        stage.entries.filter(state=_State.PRESENT).update(state=_State.MARKED)
        facts = {"results": len(results), "scored": scored}
        writing.write("exams.scores_checked", by=by, at=at, about=stage, facts=facts)
    return scored


def settle_performance(stage: Stage, *, by: User, at: dt.datetime) -> int:
    """Turn the panels' scores of a performance stage into results and lock them; returns how many entries passed.

    Each module's line is the pass mark fixed beforehand, and an entry passes only where every module does. Who
    forfeited is absent, who was disqualified is void, both without a score. The stage becomes scores-checked and
    may be publicised from there. Refuses: NotYourOffice, NotAtThisStep, OtherKindOfStage, ScoresMissing.
    """
    with transaction.atomic():
        _begin(stage, Stage.Kind.PERFORMANCE, by, at)
        stages.require(stage, Stage.State.IN_PROGRESS, Stage.State.MARKING)
        modules = list(stage.modules.all())
        hearings = {each.entry_id: each for each in Hearing.objects.filter(entry__stage=stage)}
        performances = _performances(stage)
        entries = list(stage.entries.exclude(state=_State.WITHDRAWN))
        _require_scores(entries, modules, hearings, performances)
        results = [
            _performance_result(entry, module, performances.get((entry.pk, module.pk)), hearings.get(entry.pk), at)
            for entry in entries
            for module in modules
        ]
        stages.reach(stage, Stage.State.MARKING, at)
        scored = _finish(stage, results, at)
        passed = _decide_entries(entries, results)
        facts = {"results": len(results), "scored": scored, "passed": passed}
        writing.write("exams.scores_checked", by=by, at=at, about=stage, facts=facts)
    return passed


def _begin(stage: Stage, kind: str, by: User, at: dt.datetime) -> None:
    stages.lock(stage)
    access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    if stage.kind != kind:
        raise OtherKindOfStage(stage=stage.name)


def _finish(stage: Stage, results: list[ModuleResult], at: dt.datetime) -> int:
    """Write the results and move the stage on; returns how many carry a score."""
    ModuleResult.objects.bulk_create(results, batch_size=500)
    stages.advance(stage, Stage.State.SCORES_CHECKED, at)
    return sum(each.status == _Status.SCORED for each in results)


# Written


def _online_results(stage: Stage, module: Module, at: dt.datetime) -> list[ModuleResult]:
    """The results from the marks, refused while one is missing."""
    answers = queries.constructed_answers(module)
    _require_marks(stage, module, answers)
    objective, constructed = _objective(module), _constructed(answers, module.difference_limit)
    items = _items_of_entries(module)
    return [
        _written_result(
            entry, module, items.get(entry.pk, {}), objective.get(entry.pk, {}), constructed.get(entry.pk, {}), at
        )
        for entry in stage.entries.exclude(state=_State.WITHDRAWN)
    ]


def _require_marks(stage: Stage, module: Module, answers: list[ConstructedAnswer]) -> None:
    """Refuse, with counts, while anything is missing."""
    unstarted = Q(state=_State.PRESENT, attempt=None)
    undecided = stage.entries.filter(Q(state__in=(_State.SEATED, _State.TICKETED)) | unstarted).count()
    attempts = Attempt.objects.filter(entry__stage=stage, entry__state=_State.PRESENT)
    sitting = attempts.filter(Q(state=Attempt.State.OPEN) | Q(marked_at=None)).count()
    standing = queries.standing(answers, module.difference_limit)
    missing = {
        "undecided": undecided,
        "sitting": sitting,
        "unallocated": standing.unallocated,
        "waiting": standing.waiting,
        "thirds": standing.thirds,
        "reports": Violation.objects.filter(entry__stage=stage, state=Violation.State.PROPOSED).count(),
        "late": LateAnswers.objects.filter(attempt__entry__stage=stage, state=LateAnswers.State.PROPOSED).count(),
    }
    if any(missing.values()):
        raise MarksMissing(**missing)


def _items_of_entries(module: Module) -> dict[int, dict[str, scripts.Item]]:
    """What each entry was asked: the items of the form that it sat."""
    asked = {paper.pk: scripts.items(paper) for paper in queries.papers_of(module)}
    sat = Attempt.objects.filter(paper__in=asked).values_list("entry_id", "paper_id")
    return {entry: asked[paper] for entry, paper in sat}


def _objective(module: Module) -> dict[int, dict[str, Decimal]]:
    """The points by the key, item by item, of each entry."""
    marks = Mark.objects.filter(role=Mark.Role.KEY, answer__attempt__paper__module=module)
    points: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for entry_id, item, given in marks.values_list("answer__attempt__entry_id", "answer__item", "points"):
        points[entry_id][item] = given
    return points


def _constructed(answers: list[ConstructedAnswer], limit: Decimal | None) -> dict[int, dict[str, list]]:
    """[first, second, third, final] of each constructed item of each entry."""
    given: dict[int, dict[str, list]] = defaultdict(dict)
    for each in answers:
        marks = [each.points(role) for role in (Mark.Role.FIRST, Mark.Role.SECOND, Mark.Role.THIRD)]
        given[each.entry_id][each.item] = [*marks, marking.final_points(*marks, limit)]
    return given


def _written_result(
    entry: StageEntry,
    module: Module,
    items: dict[str, scripts.Item],
    objective: dict[str, Decimal],
    constructed: dict[str, list],
    at: dt.datetime,
) -> ModuleResult:
    if entry.state != _State.PRESENT:
        status = _Status.ABSENT if entry.state == _State.ABSENT else _Status.VOID
        return ModuleResult(entry=entry, module=module, status=status, settled_at=at)
    score = sum(objective.values(), Decimal(0)) + sum((final for *_, final in constructed.values()), Decimal(0))
    return ModuleResult(
        entry=entry,
        module=module,
        status=_Status.SCORED,
        score=score,
        basis=_written_basis(items, objective, constructed),
        settled_at=at,
    )


def _written_basis(
    items: dict[str, scripts.Item], objective: dict[str, Decimal], constructed: dict[str, list]
) -> dict[str, Any]:
    """The way to the number: the objective points section by section, and each constructed item's marks."""
    sections: dict[str, list[Decimal]] = {}
    finals = {}
    for code, item in items.items():
        if item.is_constructed:
            finals[code] = [scripts.plain(each) for each in constructed.get(code, [None, None, None, Decimal(0)])]
            continue
        section = sections.setdefault(item.section, [Decimal(0), Decimal(0)])
        section[0] += objective.get(code, Decimal(0))
        section[1] += item.points
    total = sum(objective.values(), Decimal(0))
    rows = [[name, scripts.plain(got), scripts.plain(of)] for name, (got, of) in sections.items()]
    return {"objective": {"points": scripts.plain(total), "sections": rows}, "constructed": finals}


# Performance


def _performances(stage: Stage) -> dict[tuple[int, int], Performance]:
    rows = Performance.objects.filter(hearing__entry__stage=stage).select_related("assessment", "hearing")
    return {(each.hearing.entry_id, each.module_id): each for each in rows}


def _require_scores(
    entries: list[StageEntry],
    modules: list[Module],
    hearings: dict[int, Hearing],
    performances: dict[tuple[int, int], Performance],
) -> None:
    undecided = unfinished = scores = 0
    for entry in entries:
        hearing = hearings.get(entry.pk)
        if _without_score(entry, hearing):
            continue
        if hearing is None:
            undecided += 1
        elif hearing.state not in queries.HEARD:
            unfinished += 1
        else:
            own = (performances.get((entry.pk, module.pk)) for module in modules)
            scores += sum(each is None or each.assessment.score is None for each in own)
    if undecided or unfinished or scores:
        raise ScoresMissing(undecided=undecided, hearings=unfinished, scores=scores)


def _without_score(entry: StageEntry, hearing: Hearing | None) -> str:
    """Why an entry gets no score: absent or void; empty where it gets one."""
    state = hearing.state if hearing else ""
    if state == Hearing.State.DISQUALIFIED or entry.state == _State.VIOLATED:
        return _Status.VOID
    if state == Hearing.State.FORFEITED or entry.state == _State.ABSENT:
        return _Status.ABSENT
    return ""


def _performance_result(
    entry: StageEntry, module: Module, performance: Performance | None, hearing: Hearing | None, at: dt.datetime
) -> ModuleResult:
    status = _without_score(entry, hearing)
    if status:
        return ModuleResult(entry=entry, module=module, status=status, passed=False, settled_at=at)
    assessment = performance.assessment
    return ModuleResult(
        entry=entry,
        module=module,
        status=_Status.SCORED,
        score=assessment.score,
        passed=assessment.score >= module.pass_mark,
        basis={"panel": assessment.basis, "line": scripts.plain(module.pass_mark)},
        settled_at=at,
    )


def _decide_entries(entries: list[StageEntry], results: list[ModuleResult]) -> int:
    """Passed where every module was, otherwise failed, absent or violated; returns how many passed."""
    outcomes: dict[int, list[ModuleResult]] = defaultdict(list)
    for each in results:
        outcomes[each.entry_id].append(each)
    for entry in entries:
        entry.state = _outcome(outcomes[entry.pk])
    StageEntry.objects.bulk_update(entries, ["state"], batch_size=500)
    return sum(entry.state == _State.PASSED for entry in entries)


def _outcome(results: list[ModuleResult]) -> str:
    statuses = {each.status for each in results}
    if _Status.VOID in statuses:
        return _State.VIOLATED
    if _Status.ABSENT in statuses:
        return _State.ABSENT
    return _State.PASSED if all(each.passed for each in results) else _State.FAILED
