"""The line of a written module: what it would do is shown first, one person proposes it, another signs what she saw."""

import datetime as dt
from bisect import bisect_left
from collections import Counter, defaultdict
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import queries, scripts, stages
from exams.models import CutScore, Module, ModuleResult, Stage, StageEntry, StandardSetting
from lms.inbox import writing as inbox
from lms.journal import writing
from lms.lib.crypto import digest
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation, SchoolStage, User

OFFSETS = tuple(Decimal(each) for each in (-4, -2, -1, 0, 1, 2, 4))
NEARBY = Decimal(2)
_BIN = Decimal(2)
PROPOSERS = (Appointment.Office.EXAM_OFFICER,)
APPROVERS = (Appointment.Office.EXAM_OFFICER, Appointment.Office.SIGNATORY)
_CENT = Decimal("0.01")


class LineOutOfRange(Refusal):
    sentence = _("{value} is not a line between 0 and {most} points with at most two decimals. Correct the number.")
    field = "value"


class LineReasonMissing(Refusal):
    sentence = _("A line needs its reason. Write why it is drawn here.")
    field = "reason"


class LineReturnReasonMissing(Refusal):
    sentence = _("Write what should be changed, so that the line can be proposed again.")
    field = "reason"


class ProposalWaiting(Refusal):
    sentence = _("A line of {value} points is already proposed. Let it be approved or returned first.")
    field = "value"


class LineFixedBeforehand(Refusal):
    sentence = _("The lines of “{stage}” were fixed when the exam was called. None can be proposed afterwards.")


class FormNotRated(Refusal):
    sentence = _(
        "The judges' standard does not hold {form} yet. Let them rate both forms and close the round, "
        "or dissolve the panel, then propose the line."
    )


class LineDecided(Refusal):
    sentence = _("This line has been decided already. Open the page again to see how.")


class ProposerMayNotDecide(Refusal):
    sentence = _("You proposed this line, so another person must decide on it. Ask a colleague who may approve.")
    status = 403


class ChangedSince(Refusal):
    sentence = _("The scores are no longer those that were looked at. Open the page again and check the figures.")


def preview(module: Module, value: Decimal) -> dict[str, Any]:
    """What a line of `value` points would do, as plain data without words or dates, so that its digest is stable.

    Points are text, counts are numbers, shares are percent of those with a score, with one decimal, as text. A score
    equal to the line passes. Keys: value, full_marks, sat, passing, below, share, lowest_above, ties (how many have
    lowest_above), highest_below, at_line, scores ([points, count] ascending), bins, alternatives, lower, higher (two
    other lines), if_lower, if_higher (the change they make), and units, the same for each unit directly below the
    exam's authority (id None gathers its own schools). Two queries.
    """
    value = Decimal(value)
    rows = list(
        ModuleResult.objects.filter(module=module, status=ModuleResult.Status.SCORED).values_list(
            "score", "entry__candidate__school__path", "entry__candidate__facts__stage"
        )
    )
    scores = sorted(score for score, *_where in rows)
    place = bisect_left(scores, value)
    lines = [value + offset for offset in OFFSETS if 0 <= value + offset <= module.full_marks]
    lower, higher = max(value - NEARBY, Decimal(0)), min(value + NEARBY, module.full_marks)
    return {
        "module": module.pk,
        "value": _line(value),
        "full_marks": scripts.plain(module.full_marks),
        **_around(scores, place),
        "at_line": scores.count(value),
        "scores": [[scripts.plain(score), count] for score, count in sorted(Counter(scores).items())],
        "bins": _bins(scores, value, module.full_marks),
        "alternatives": [_alternative(scores, each, value) for each in lines],
        "lower": _line(lower),
        "higher": _line(higher),
        "if_lower": _reach(scores, lower) - (len(scores) - place),
        "if_higher": _reach(scores, higher) - (len(scores) - place),
        "units": _units(module, [(score, path) for score, path, _stage in rows], value, lower, higher),
        "stages": _stages([(score, stage) for score, _path, stage in rows], value, lower, higher),
        "standard": _standard(module, scores),
    }


def _around(scores: list[Decimal], place: int) -> dict[str, Any]:
    """The counts on both sides of a place in the sorted scores, and the scores next to it."""
    lowest_above = scores[place] if place < len(scores) else None
    return {
        "sat": len(scores),
        "passing": len(scores) - place,
        "below": place,
        "share": share(len(scores) - place, len(scores)),
        "lowest_above": scripts.plain(lowest_above),
        "ties": scores.count(lowest_above) if lowest_above is not None else 0,
        "highest_below": scripts.plain(scores[place - 1]) if place else None,
    }


def _bins(scores: list[Decimal], value: Decimal, most: Decimal) -> list[dict[str, Any]]:
    """Two points to a bin, with an edge at the line, from the lowest score to the highest; full marks fall into the
    bin that ends with them."""
    if not scores:
        return []

    def place_of(score: Decimal) -> int:
        place = int(((score - value) / _BIN).to_integral_value(ROUND_FLOOR))
        return place - 1 if score == most and score > value and value + place * _BIN == score else place

    counts = Counter(place_of(score) for score in scores)
    return [
        {
            "low": scripts.plain(value + place * _BIN),
            "high": scripts.plain(value + (place + 1) * _BIN),
            "count": counts[place],
        }
        for place in range(min(counts), max(counts) + 1)
    ]


def _alternative(scores: list[Decimal], line: Decimal, value: Decimal) -> dict[str, Any]:
    passing, proposed = _reach(scores, line), _reach(scores, value)
    return {
        "value": _line(line),
        "passing": passing,
        "share": share(passing, len(scores)),
        "change": passing - proposed,
    }


def _units(
    module: Module, rows: list[tuple[Decimal, str]], value: Decimal, lower: Decimal, higher: Decimal
) -> list[dict[str, Any]]:
    """One row for each unit directly below the authority that has candidates; its own schools share one."""
    authority = module.stage.exam.organisation
    children = {
        each.path: each
        for each in Organisation.objects.filter(parent=authority, level__lt=Organisation.Level.SCHOOL).order_by("code")
    }
    step = len(f"{0:08d}/")
    grouped: dict[str, list[Decimal]] = defaultdict(list)
    for score, path in rows:
        child = path[: len(authority.path) + step]
        grouped[child if child in children else ""].append(score)
    return [
        _unit(children.get(path), sorted(grouped[path]), value, lower, higher)
        for path in ["", *children]
        if path in grouped
    ]


def _unit(
    unit: Organisation | None, scores: list[Decimal], value: Decimal, lower: Decimal, higher: Decimal
) -> dict[str, Any]:
    named = {"id": unit.pk if unit else None, "name": unit.name if unit else ""}
    return {**named, **_effect(scores, value, lower, higher)}


def _stages(
    rows: list[tuple[Decimal, str | None]], value: Decimal, lower: Decimal, higher: Decimal
) -> list[dict[str, Any]]:
    """One row for each school stage that has candidates, in the order of schooling; unknown ones last."""
    grouped: dict[str, list[Decimal]] = defaultdict(list)
    for score, stage in rows:
        grouped[stage if stage in SchoolStage.values else ""].append(score)
    return [
        {"stage": stage, **_effect(sorted(grouped[stage]), value, lower, higher)}
        for stage in [*SchoolStage.values, ""]
        if stage in grouped
    ]


def _standard(module: Module, scores: list[Decimal]) -> dict[str, Any] | None:
    """The frozen standard: the panel's line with its standard error, and how many reach it and one error off it."""
    frozen = _frozen(module)
    if frozen is None:
        return None
    last = max(frozen.rounds)
    lower = max(frozen.value - frozen.error, Decimal(0))
    higher = min(frozen.value + frozen.error, module.full_marks)
    return {
        "setting": frozen.pk,
        "round": int(last),
        "judges": frozen.rounds[last]["judges"],
        "value": _line(frozen.value),
        "error": _line(frozen.error),
        "passing": _reach(scores, frozen.value),
        "lower": _line(lower),
        "passing_lower": _reach(scores, lower),
        "higher": _line(higher),
        "passing_higher": _reach(scores, higher),
        **{name: frozen.rounds[last][name] for name in ("forms", "difference") if name in frozen.rounds[last]},
    }


def _frozen(module: Module) -> StandardSetting | None:
    """The standard that counts: the one frozen last."""
    return module.standard_settings.filter(state=StandardSetting.State.FROZEN).order_by("-frozen_at", "-pk").first()


def _effect(scores: list[Decimal], value: Decimal, lower: Decimal, higher: Decimal) -> dict[str, Any]:
    passing = _reach(scores, value)
    return {
        "sat": len(scores),
        "passing": passing,
        "share": share(passing, len(scores)),
        "if_lower": _reach(scores, lower) - passing,
        "if_higher": _reach(scores, higher) - passing,
    }


def _reach(scores: list[Decimal], line: Decimal) -> int:
    """How many of these sorted scores reach the line."""
    return len(scores) - bisect_left(scores, line)


def _line(value: Decimal) -> str:
    return format(value.quantize(_CENT), "f")


def share(part: int, whole: int) -> str:
    """Percent with one decimal, half up, as text: "35.0"; empty where there is no whole."""
    if not whole:
        return ""
    return format((Decimal(part) * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP), "f")


def propose(module: Module, value: Decimal, reason: str, *, by: User, at: dt.datetime) -> CutScore:
    """Propose a line; what it does is kept with it and waits for a second person. Refuses: NotYourOffice,
    NotAtThisStep, LineFixedBeforehand, LineOutOfRange, LineReasonMissing, FormNotRated (judges set a standard, and a
    form of the paper lacks their ratings), ProposalWaiting."""
    with transaction.atomic():
        stage = _locked_stage(module)
        access.require(by, stage.exam.organisation, at, *PROPOSERS)
        if stage.kind != Stage.Kind.WRITTEN:
            raise LineFixedBeforehand(stage=stage.name)
        stages.require(stage, Stage.State.SCORES_CHECKED)
        value = require_value(value, module)
        if not reason.strip():
            raise LineReasonMissing()
        _require_forms_rated(module)
        seen = preview(module, value)
        cut_score = _propose(module, value, reason.strip(), seen, by, at)
        facts = {"value": seen["value"], "passing": seen["passing"], "below": seen["below"]}
        writing.write("exams.line_proposed", by=by, at=at, about=module, reason=reason.strip(), facts=facts)
    return cut_score


def _require_forms_rated(module: Module) -> None:
    """One line holds for both forms, so a standard that knows only one of them must not stand behind it: the frozen
    one, whatever runs beside it, else the one that runs. A panel that cannot finish is dissolved."""
    setting = _frozen(module) or module.standard_settings.exclude(state__in=StandardSetting.OVER).first()
    papers = queries.papers_of(module)
    if setting is None or len(papers) < 2:
        return
    rated = setting.rounds[max(setting.rounds)].get("forms", {"A": None}) if setting.rounds else {}
    for paper in papers:
        if paper.form not in rated:
            raise FormNotRated(form=paper.get_form_display())


def require_value(value: Decimal, module: Module) -> Decimal:
    """The line as a number with two decimals; refuses (LineOutOfRange) outside 0 … full marks or with more."""
    value = Decimal(value)
    if not value.is_finite() or not 0 <= value <= module.full_marks or value != value.quantize(_CENT):
        raise LineOutOfRange(value=value, most=scripts.plain(module.full_marks))
    return value.quantize(_CENT)


def _propose(module: Module, value: Decimal, reason: str, seen: dict[str, Any], by: User, at: dt.datetime) -> CutScore:
    live = module.cut_scores.exclude(state=CutScore.State.RETURNED).first()
    if live:
        raise ProposalWaiting(value=_line(live.value))
    try:
        with transaction.atomic():
            return CutScore.objects.create(
                module=module,
                value=value,
                reason=reason,
                seen=seen,
                seen_digest=digest(seen),
                proposed_by=by,
                proposed_at=at,
            )
    except IntegrityError as error:
        raise ProposalWaiting(value=_line(value)) from error


def approve(cut_score: CutScore, seen_digest: str, *, by: User, at: dt.datetime) -> CutScore:
    """Set the line that another person proposed. `seen_digest` is that of the preview the approver looked at: it must
    be today's and the proposer's. Results and entries become passed or failed, the stage gets its line. Refuses:
    NotYourOffice, NotAtThisStep, LineDecided, ProposerMayNotDecide, ChangedSince."""
    with transaction.atomic():
        cut_score = _locked(cut_score, by, at)
        module, stage = cut_score.module, cut_score.module.stage
        stages.require(stage, Stage.State.SCORES_CHECKED)
        seen = preview(module, cut_score.value)
        if not digest(seen) == cut_score.seen_digest == seen_digest:
            raise ChangedSince()
        _decide(cut_score, CutScore.State.APPROVED, "", by, at)
        _draw_line(module, cut_score.value)
        stages.advance(stage, Stage.State.LINE_SET, at)
        facts = {
            "value": seen["value"],
            "passing": seen["passing"],
            "below": seen["below"],
            "digest": seen_digest,
            "proposed_by": str(cut_score.proposed_by),
        }
        writing.write("exams.line_set", by=by, at=at, about=module, reason=cut_score.reason, facts=facts)
        _tell_proposer(cut_score, "exams.line_set", at)
    return cut_score


def give_back(cut_score: CutScore, reason: str, *, by: User, at: dt.datetime) -> CutScore:
    """Return a proposed line with a reason; another may then be proposed. Refuses: NotYourOffice, LineDecided,
    ProposerMayNotDecide, LineReturnReasonMissing."""
    with transaction.atomic():
        cut_score = _locked(cut_score, by, at)
        if not reason.strip():
            raise LineReturnReasonMissing()
        _decide(cut_score, CutScore.State.RETURNED, reason.strip(), by, at)
        facts = {"value": _line(cut_score.value), "proposed_by": str(cut_score.proposed_by)}
        writing.write("exams.line_returned", by=by, at=at, about=cut_score.module, reason=reason.strip(), facts=facts)
        _tell_proposer(cut_score, "exams.line_returned", at)
    return cut_score


def _locked_stage(module: Module) -> Stage:
    stages.lock(module.stage)
    return module.stage


def _locked(cut_score: CutScore, by: User, at: dt.datetime) -> CutScore:
    """The stage locked first, then the proposal; both read again and the second person checked."""
    stage = _locked_stage(cut_score.module)
    access.require(by, stage.exam.organisation, at, *APPROVERS)
    fresh = CutScore.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=cut_score.pk)
    fresh.module = cut_score.module
    if fresh.state != CutScore.State.PROPOSED:
        raise LineDecided()
    if fresh.proposed_by_id == by.pk:
        raise ProposerMayNotDecide()
    return fresh


def _decide(cut_score: CutScore, state: str, reason: str, by: User, at: dt.datetime) -> None:
    cut_score.state, cut_score.decision_reason = state, reason
    cut_score.decided_by, cut_score.decided_at = by, at
    cut_score.save(update_fields=["state", "decision_reason", "decided_by", "decided_at"])


def _tell_proposer(cut_score: CutScore, kind: str, at: dt.datetime) -> None:
    inbox.send(
        kind=kind,
        to=cut_score.proposed_by,
        at=at,
        address=f"/exams/modules/{cut_score.module_id}/line/",
        exam=cut_score.module.stage.exam.name,
        value=_line(cut_score.value),
        who=str(cut_score.decided_by),
        reason=cut_score.decision_reason,
    )


def _draw_line(module: Module, value: Decimal) -> None:
    """Who reaches the line has passed; the marked become passed or failed, the absent and the void stay."""
    scored = ModuleResult.objects.filter(module=module, status=ModuleResult.Status.SCORED)
    scored.filter(score__gte=value).update(passed=True)
    scored.filter(score__lt=value).update(passed=False)
    marked = StageEntry.objects.filter(stage=module.stage_id, state=StageEntry.State.MARKED)
    passed = scored.filter(passed=True).values("entry")
    marked.filter(pk__in=passed).update(state=StageEntry.State.PASSED)
    marked.exclude(pk__in=passed).update(state=StageEntry.State.FAILED)
