"""A judge's sheet: opened, filled, signed, reopened by two people; the last signature makes the score.

Whoever changes a sheet locks its assessment first, so two last signatures make one score.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from lms.journal import writing as journal
from lms.lib.crypto import digest
from lms.lib.refusals import Refusal
from lms.people.models import User
from lms.scoring import designing, totals
from lms.scoring.models import Assessment, Criterion, CriterionScore, Reopening, ScoreSheet

STEP = Decimal("0.5")
_State = ScoreSheet.State


class JudgesDoNotFit(Refusal):
    sentence = _("This performance is judged by {needed} different judges, but {given} were named.")


class NotYourSheet(Refusal):
    sentence = _("Only the judge herself fills and signs her sheet. Open your own sheet.")
    status = 403


class SheetSigned(Refusal):
    sentence = _("This sheet is signed and is not edited. To correct it, ask for it to be reopened.")


class SheetVoid(Refusal):
    sentence = _("This sheet is void: another judge scores in your place.")


class UnknownCriterion(Refusal):
    sentence = _("“{code}” is not on this rubric. Load the sheet again.")


class PointsOutOfRange(Refusal):
    sentence = _("“{criterion}” takes 0 to {most} points. Correct the points.")


class PointsNotInSteps(Refusal):
    sentence = _("“{criterion}” is scored in whole and half points. Correct the points.")


class CriteriaMissing(Refusal):
    sentence = _("Not signed yet. Still to score: {names}.")


class NotSigned(Refusal):
    sentence = _("This sheet is not signed, so its judge can still change it.")


class ReasonMissing(Refusal):
    sentence = _("Write the reason: it is kept with the sheet.")
    field = "reason"


class AlreadyAsked(Refusal):
    sentence = _("Somebody has already asked to reopen this sheet. A second person decides.")


class OwnRequest(Refusal):
    sentence = _("You asked for this sheet to be reopened, so another person has to agree.")
    status = 403


class ChangedSince(Refusal):
    sentence = _("The sheet has changed since you looked at it. Look at it again before you agree.")


def open_sheets(*, assessment: Assessment, judges: Sequence[User], at: dt.datetime) -> list[ScoreSheet]:
    """Open one empty sheet for each judge; the assessment's rubric is frozen from now on.

    Refuses: JudgesDoNotFit (exactly the assessment's number of judges, each once).
    """
    return open_all(wanted=[(assessment, judges)], at=at)


@transaction.atomic
def open_all(*, wanted: Sequence[tuple[Assessment, Sequence[User]]], at: dt.datetime) -> list[ScoreSheet]:
    """`open_sheets` for many assessments in few statements; assessments not yet saved are. Refuses as it does."""
    for assessment, judges in wanted:
        if len(judges) != assessment.judges or len({judge.pk for judge in judges}) != len(judges):
            raise JudgesDoNotFit(needed=assessment.judges, given=len({judge.pk for judge in judges}))
        assessment.opened_at = at
    designing.freeze({assessment.rubric_id for assessment, _judges in wanted}, at=at)
    new = [assessment for assessment, _judges in wanted if assessment.pk is None]
    Assessment.objects.bulk_create(new, batch_size=200)
    Assessment.objects.filter(pk__in=[each.pk for each, _judges in wanted], opened_at=None).update(opened_at=at)
    sheets = [ScoreSheet(assessment=assessment, judge=judge) for assessment, judges in wanted for judge in judges]
    return ScoreSheet.objects.bulk_create(sheets, batch_size=200)


@transaction.atomic
def save(*, sheet: ScoreSheet, points: dict[str, Decimal | None], by: User, at: dt.datetime) -> ScoreSheet:
    """Keep points by criterion code, in steps of 0.5 from 0 to the criterion's points. Criteria that are not named
    stay as they are; None takes the points away again.

    Refuses: NotYourSheet, SheetSigned, SheetVoid, UnknownCriterion, PointsOutOfRange, PointsNotInSteps.
    """
    sheet = _own(sheet, by)
    criteria = {each.code: each for each in sheet.assessment.rubric.criteria.all()}
    for code, value in points.items():
        _check(criteria, code, value)
    given = [(criteria[code], value) for code, value in points.items()]
    CriterionScore.objects.filter(sheet=sheet, criterion__in=[each for each, value in given if value is None]).delete()
    CriterionScore.objects.bulk_create(
        [CriterionScore(sheet=sheet, criterion=each, points=value) for each, value in given if value is not None],
        update_conflicts=True,
        unique_fields=["sheet", "criterion"],
        update_fields=["points"],
    )
    sheet.state, sheet.saved_at = _State.SAVED, at
    sheet.save(update_fields=["state", "saved_at"])
    return sheet


@transaction.atomic
def sign(*, sheet: ScoreSheet, by: User, at: dt.datetime) -> ScoreSheet:
    """Sign a sheet whose criteria are all scored: its total in points and the digest of what was signed are kept.
    The last sheet to be signed makes the assessment's score, in the same transaction.

    Refuses: NotYourSheet, SheetSigned, SheetVoid, CriteriaMissing (which names them).
    """
    sheet = _own(sheet, by)
    points = _points(sheet)
    missing = [each.name for each in sheet.assessment.rubric.criteria.all() if each.code not in points]
    if missing:
        raise CriteriaMissing(names=_now(", ").join(f"“{name}”" for name in missing))
    sheet.total = sum(points.values(), Decimal(0))
    sheet.state, sheet.signed_at = _State.SIGNED, at
    sheet.signed_digest = digest(_signed(sheet, points))
    sheet.save(update_fields=["total", "state", "signed_at", "signed_digest"])
    journal.write("scoring.sheet_signed", by=by, at=at, about=sheet, facts={"digest": sheet.signed_digest})
    _total(sheet.assessment, at)
    return sheet


@transaction.atomic
def ask_reopening(*, sheet: ScoreSheet, reason: str, by: User, at: dt.datetime) -> Reopening:
    """Ask for a signed sheet to be opened again; what stands on it is kept with the reason. Nothing changes yet. Who
    may ask, the caller decides.

    Refuses: ReasonMissing, NotSigned, AlreadyAsked.
    """
    if not reason.strip():
        raise ReasonMissing()
    sheet = _locked(sheet)
    if sheet.state != _State.SIGNED:
        raise NotSigned()
    if sheet.reopenings.filter(agreed_at=None).exists():
        raise AlreadyAsked()
    old_values = {**_signed(sheet, _points(sheet)), "digest": sheet.signed_digest}
    score = sheet.assessment.score
    old_values["score"] = None if score is None else str(score)
    reopening = Reopening.objects.create(
        sheet=sheet,
        reason=reason.strip(),
        old_values=old_values,
        seen_digest=digest([reason.strip(), old_values]),
        asked_by=by,
        asked_at=at,
    )
    journal.write("scoring.reopening_asked", by=by, at=at, about=sheet, reason=reopening.reason)
    return reopening


@transaction.atomic
def agree_reopening(*, reopening: Reopening, seen_digest: str, by: User, at: dt.datetime) -> ScoreSheet:
    """A second person agrees: the judge may change her sheet and has to sign it again; until then the assessment has
    no score. The old values stay with the reopening.

    Refuses: OwnRequest, NotSigned (also where it was agreed before), ChangedSince.
    """
    sheet = _locked(reopening.sheet)
    reopening = Reopening.objects.select_for_update().get(pk=reopening.pk)
    if reopening.asked_by_id == by.pk:
        raise OwnRequest()
    if reopening.agreed_at or sheet.state != _State.SIGNED:
        raise NotSigned()
    now_signed = {**_signed(sheet, _points(sheet)), "digest": sheet.signed_digest}
    unchanged = {name: reopening.old_values[name] for name in now_signed} == now_signed
    if not unchanged or seen_digest != reopening.seen_digest:
        raise ChangedSince()
    reopening.agreed_by, reopening.agreed_at = by, at
    try:
        with transaction.atomic():
            reopening.save(update_fields=["agreed_by", "agreed_at"])
    except IntegrityError as error:
        raise OwnRequest() from error
    sheet.state, sheet.total, sheet.signed_at, sheet.signed_digest = _State.SAVED, None, None, ""
    sheet.save(update_fields=["state", "total", "signed_at", "signed_digest"])
    _clear(sheet.assessment)
    facts = {"old_digest": reopening.old_values["digest"]}
    journal.write("scoring.sheet_reopened", by=by, at=at, about=sheet, reason=reopening.reason, facts=facts)
    return sheet


@transaction.atomic
def replace(*, assessment: Assessment, judge: User, by_judge: User) -> ScoreSheet:
    """Void a judge's sheet, whatever stands on it, and open one for another judge; a score is taken back until that
    one is signed. Part of the act that recuses the judge, in its transaction: that act writes the journal.

    Refuses: NotYourSheet where the judge has no sheet here, JudgesDoNotFit where the other has one already.
    """
    assessment = Assessment.objects.select_for_update().get(pk=assessment.pk)
    sheet = assessment.sheets.exclude(state=_State.VOID).filter(judge=judge).first()
    if sheet is None:
        raise NotYourSheet()
    if assessment.sheets.filter(judge=by_judge).exists():
        raise JudgesDoNotFit(needed=assessment.judges, given=assessment.judges - 1)
    sheet.state = _State.VOID
    sheet.save(update_fields=["state"])
    _clear(assessment)
    return ScoreSheet.objects.create(assessment=assessment, judge=by_judge)


def _locked(sheet: ScoreSheet) -> ScoreSheet:
    """The sheet as it stands now, with its assessment locked until the transaction ends."""
    assessment = Assessment.objects.select_for_update(of=("self",)).select_related("rubric").get(pk=sheet.assessment_id)
    fresh = ScoreSheet.objects.get(pk=sheet.pk)
    fresh.assessment = assessment
    return fresh


def _own(sheet: ScoreSheet, by: User) -> ScoreSheet:
    """`_locked`, if the sheet is this judge's to change."""
    sheet = _locked(sheet)
    if sheet.judge_id != by.pk:
        raise NotYourSheet()
    if sheet.state == _State.VOID:
        raise SheetVoid()
    if sheet.state == _State.SIGNED:
        raise SheetSigned()
    return sheet


def _check(criteria: dict[str, Criterion], code: str, value: Decimal | None) -> None:
    if code not in criteria:
        raise UnknownCriterion(code=code)
    if value is None:
        return
    criterion = criteria[code]
    if not value.is_finite() or not 0 <= value <= criterion.points:
        raise PointsOutOfRange(criterion=criterion.name, most=f"{criterion.points.normalize():f}")
    if value % STEP:
        raise PointsNotInSteps(criterion=criterion.name)


def _points(sheet: ScoreSheet) -> dict[str, Decimal]:
    return dict(CriterionScore.objects.filter(sheet=sheet).values_list("criterion__code", "points"))


def _signed(sheet: ScoreSheet, points: dict[str, Decimal]) -> dict[str, Any]:
    """What a signature stands for, as plain data."""
    return {
        "sheet": sheet.pk,
        "judge": sheet.judge_id,
        "points": {code: str(points[code]) for code in sorted(points)},
        "total": str(sheet.total),
        "signed_at": sheet.signed_at.isoformat(),
    }


def _total(assessment: Assessment, at: dt.datetime) -> None:
    """Make the score once every sheet that counts is signed; the caller holds the assessment's lock."""
    sheets = list(assessment.sheets.exclude(state=_State.VOID).order_by("pk"))
    if len(sheets) < assessment.judges or any(each.state != _State.SIGNED for each in sheets):
        return
    sums = [each.total for each in sheets]
    combined = totals.combine(
        sums,
        drop_high=assessment.drop_high,
        drop_low=assessment.drop_low,
        min_for_drop=assessment.min_for_drop,
        places=assessment.places,
        rounding=assessment.rounding,
    )
    assessment.score, assessment.totalled_at = combined.score, at
    assessment.basis = {
        "sheets": _basis_sheets(sheets, combined),
        "sum": str(sum((sums[n] for n in range(len(sums)) if n not in combined.dropped), Decimal(0))),
        "counted": combined.counted,
        "trimmed": combined.was_trimmed,
        "places": assessment.places,
        "rounding": assessment.rounding,
    }
    assessment.save(update_fields=["score", "totalled_at", "basis"])
    facts = {"score": str(combined.score), "dropped": [sheets[n].pk for n in combined.dropped]}
    journal.write("scoring.assessment_totalled", by=None, at=at, about=assessment, facts=facts)


def _basis_sheets(sheets: Iterable[ScoreSheet], combined: totals.Combined) -> list[dict[str, Any]]:
    """Each sheet's total and whether it was left out, in the order in which the sheets were opened."""
    return [
        {"sheet": sheet.pk, "total": str(sheet.total), "dropped": place in combined.dropped}
        for place, sheet in enumerate(sheets)
    ]


def _clear(assessment: Assessment) -> None:
    assessment.score, assessment.totalled_at, assessment.basis = None, None, {}
    assessment.save(update_fields=["score", "totalled_at", "basis"])
