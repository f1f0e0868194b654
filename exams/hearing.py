"""The panel scores: each judge alone, by number, never a colleague; two people reopen what was signed."""

import datetime as dt
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import conflicts, performing, stages
from exams.models import Hearing, Performance, Stage
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User
from lms.scoring import judging
from lms.scoring.models import Reopening, ScoreSheet

JUDGE = Appointment.Office.JUDGE
OFFICER = Appointment.Office.EXAM_OFFICER
CLERK = Appointment.Office.CLERK
_S = Hearing.State
SCORING_STATES = (_S.PRESENTING, _S.DEFENDING, _S.SCORING)


class NotOnThisPanel(Refusal):
    sentence = _("You do not judge this performance. Open your own list.")
    status = 403


class Recused(Refusal):
    sentence = _("You do not judge this number: you are recused. Nothing was kept. Go on with the next number.")
    status = 403


class NotOpenForScores(Refusal):
    sentence = _("Number {number} stands at “{step}”. Scores are taken from the presentation until all have signed.")


class ScoresChecked(Refusal):
    sentence = _("The scores of this stage have been checked, so no sheet is reopened any more.")


class PointsNotANumber(Refusal):
    sentence = _("“{typed}” is not a number. Enter points such as 12 or 12.5.")
    status = 422


def points_of(typed: dict[str, str]) -> dict[str, Decimal | None]:
    """Points as text, by criterion code, as numbers; empty text takes points away. Refuses: PointsNotANumber."""
    points: dict[str, Decimal | None] = {}
    for code, text in typed.items():
        try:
            points[code] = Decimal(text) if text else None
        except InvalidOperation as error:
            raise PointsNotANumber(typed=text) from error
    return points


def save(*, performance: Performance, points: dict[str, Decimal | None], by: User, at: dt.datetime) -> ScoreSheet:
    """Keep a judge's points on her own sheet, by criterion code, in steps of 0.5.

    Refuses: NotOnThisPanel, Recused (also where the conflict appeared later), NotYourOffice, NotOpenForScores, and
    as lms.scoring.judging.save does.
    """
    with transaction.atomic():
        sheet, _hearing = _open_sheet(performance, by, at)
        return judging.save(sheet=sheet, points=points, by=by, at=at)


def sign(
    *, performance: Performance, by: User, at: dt.datetime, points: dict[str, Decimal | None] | None = None
) -> ScoreSheet:
    """Sign a judge's own sheet, keeping `points` first where they are given. The last signature makes the score;
    when every module of a finished hearing has one, the hearing is scored.

    Refuses: as `save`, and as lms.scoring.judging.sign does. Refused, nothing of it is kept.
    """
    with transaction.atomic():
        sheet, hearing = _open_sheet(performance, by, at)
        if points:
            sheet = judging.save(sheet=sheet, points=points, by=by, at=at)
        sheet = judging.sign(sheet=sheet, by=by, at=at)
        performing.score_if_complete(hearing, at)
    return sheet


def ask_reopening(*, sheet: ScoreSheet, reason: str, by: User, at: dt.datetime) -> Reopening:
    """Ask for a signed sheet to be opened again: its judge, or a clerk or exam officer of the authority.

    Refuses: NotYourOffice, ScoresChecked, and as lms.scoring.judging.ask_reopening does.
    """
    with transaction.atomic():
        hearing = _hearing_of(sheet)
        if sheet.judge_id != by.pk:
            access.require(by, hearing.day.stage.exam.organisation, at, CLERK, OFFICER)
        _require_unchecked(hearing)
        return judging.ask_reopening(sheet=sheet, reason=reason, by=by, at=at)


def agree_reopening(*, reopening: Reopening, seen_digest: str, by: User, at: dt.datetime) -> ScoreSheet:
    """An exam officer other than who asked agrees: the judge changes and signs again, until then there is no score
    and the hearing counts as being scored.

    Refuses: NotYourOffice, ScoresChecked, and as lms.scoring.judging.agree_reopening does.
    """
    with transaction.atomic():
        hearing = _hearing_of(reopening.sheet)
        access.require(by, hearing.day.stage.exam.organisation, at, OFFICER)
        _require_unchecked(hearing)
        sheet = judging.agree_reopening(reopening=reopening, seen_digest=seen_digest, by=by, at=at)
        if hearing.state in (_S.SCORED, _S.ACKNOWLEDGED):
            hearing.state, hearing.changed_at, hearing.previous_state = _S.SCORING, at, ""
            hearing.save(update_fields=["state", "changed_at", "previous_state"])
    return sheet


def _open_sheet(performance: Performance, by: User, at: dt.datetime) -> tuple[ScoreSheet, Hearing]:
    """The judge's sheet if she may write on it now, and its hearing, locked: the two modules' last sheets may be
    signed at the same moment, and one of them has to see that both are scored."""
    hearing = performing.lock(performance.hearing)
    sheet = ScoreSheet.objects.filter(assessment=performance.assessment_id, judge=by).first()
    if sheet is None:
        raise NotOnThisPanel()
    if sheet.state == ScoreSheet.State.VOID or conflicts.ground(by, hearing.entry.candidate, clock.local_date(at)):
        raise Recused()
    access.require(by, hearing.day.stage.exam.organisation, at, JUDGE)
    if hearing.state not in SCORING_STATES:
        raise NotOpenForScores(number=hearing.number or "–", step=hearing.get_state_display())
    return sheet, hearing


def _hearing_of(sheet: ScoreSheet) -> Hearing:
    return performing.lock(Performance.objects.select_related("hearing").get(assessment=sheet.assessment_id).hearing)


def _require_unchecked(hearing: Hearing) -> None:
    if stages.is_past(hearing.day.stage, Stage.State.SCORES_CHECKED):
        raise ScoresChecked()
