"""Scores from paper: two people enter them without seeing one another's, and a third decides where they differ."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import dividing, marking, oneself, paper_lines, scripts, stages
from exams.models import PaperScore, PaperTurn, Sitting, Stage, StageEntry
from exams.models.panel import BOARD_OFFICES
from exams.paper_lines import Compared, Line
from lms.journal import writing as journal
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import User

_CENT = Decimal("0.01")
_Turn = PaperTurn.Turn
_MISSING = _("Enter the points; where nothing was earned, 0.")
_TOO_FINE = _("{given} has more than two decimal places.")
_WHY = _("Neither of the two entered this number. Write why it is right.")


class NotOnPaper(Refusal):
    sentence = _("“{stage}” is sat online; its scores come from the marking. Nothing is entered here.")


class NoScript(Refusal):
    sentence = _("Ticket {number} stands at “{state}”, so there is no script of it. Correct the sign-in list first.")


class OfYourSchool(Refusal):
    sentence = _("You work or worked at the school of ticket {number}. Others enter its scores.")
    status = 403


class NumbersUnfit(Refusal):
    """`faults` say by line what is wrong; nothing was kept."""

    sentence = _("{count} numbers cannot be kept as they stand. Nothing was saved; correct them and save again.")
    status = 422

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(count=len(faults))
        self.faults = dict(faults)


class EnteredTwice(Refusal):
    sentence = _("Two others have entered the scores of ticket {number} already. Go on with the next.")


class EntryStands(Refusal):
    sentence = _("Another person has entered ticket {number} as well, so your numbers stand as they are.")


class NothingDiffers(Refusal):
    sentence = _("The two entries of ticket {number} do not differ, so there is nothing to decide.")


class OneOfTheTwo(Refusal):
    sentence = _("You entered ticket {number} yourself. Somebody else looks at the paper and decides.")
    status = 403


class DecidedAlready(Refusal):
    sentence = _("{name} has decided ticket {number} already. It stands.")


@transaction.atomic
def enter(entry: StageEntry, given: Mapping[str, Decimal | None], *, by: User, at: dt.datetime) -> PaperTurn:
    """Enter every line of a candidate's script, in points: as the first person, or as the second where another has
    been. Until the other's are in, one may correct one's own; saved unchanged it stays as it was. Who: a clerk or an
    exam officer of the exam, who is neither the candidate nor of her school, now or before.

    Refuses: NotYourOffice, ForOneself, NotOnPaper, NotAtThisStep (only while marking), OfYourSchool, NoScript,
    NumbersUnfit (missing, outside 0 and the most, too fine for its line), EnteredTwice,
    EntryStands.
    """
    entry, lines = _locked(entry, by, at)
    _require_fit(_faults(lines, given))
    turns = {each.turn: each for each in entry.paper_turns.prefetch_related("scores")}
    own = next((each for each in turns.values() if each.entered_by_id == by.pk), None)
    if own is not None:
        return _correct(own, lines, given, at, is_alone=len(turns) == 1)
    if _Turn.SECOND in turns:
        raise EnteredTwice(number=entry.admission_number)
    turn = _Turn.SECOND if _Turn.FIRST in turns else _Turn.FIRST
    own = PaperTurn.objects.create(entry=entry, turn=turn, entered_by=by, entered_at=at)
    PaperScore.objects.bulk_create([PaperScore(turn=own, line=each.code, points=given[each.code]) for each in lines])
    # Without the numbers: the journal may be read by the one who enters them next.
    journal.write("exams.paper_scores_entered", by=by, at=at, about=entry, facts={"turn": own.turn})
    return own


def _correct(
    own: PaperTurn, lines: list[Line], given: Mapping[str, Decimal | None], at: dt.datetime, *, is_alone: bool
) -> PaperTurn:
    """Put other numbers in place of one's own; what stood there before stays with the turn."""
    scores = {each.line: each for each in own.scores.all()}
    changed = {each.code: given[each.code] for each in lines if scores[each.code].points != given[each.code]}
    if not changed:
        return own
    if not is_alone:
        raise EntryStands(number=own.entry.admission_number)
    before = {line: [scripts.plain(scores[line].points), scripts.plain(points)] for line, points in changed.items()}
    for line, points in changed.items():
        scores[line].points = points
    PaperScore.objects.bulk_update([scores[line] for line in changed], ["points"])
    own.changes = [*own.changes, {"at": at.isoformat(), "lines": before}]
    own.save(update_fields=["changes"])
    facts = {"turn": own.turn, "lines": list(changed)}
    journal.write("exams.paper_scores_corrected", by=own.entered_by, at=at, about=own.entry, facts=facts)
    return own


@transaction.atomic
def decide(
    entry: StageEntry, given: Mapping[str, Decimal | None], reasons: Mapping[str, str], *, by: User, at: dt.datetime
) -> PaperTurn:
    """As the third person, look at the paper and say what stands there, for every line in which the two entries
    differ; with a reason where it is neither's number. Who: as `enter`, and neither of the two.

    Refuses: NotYourOffice, ForOneself, NotOnPaper, NotAtThisStep, OfYourSchool, NoScript, OneOfTheTwo, NothingDiffers,
    DecidedAlready, NumbersUnfit.
    """
    entry, lines = _locked(entry, by, at)
    turns = {each.turn: each for each in entry.paper_turns.select_related("entered_by").prefetch_related("scores")}
    if third := turns.get(_Turn.THIRD):
        raise DecidedAlready(name=third.entered_by, number=entry.admission_number)
    if by.pk in {each.entered_by_id for each in turns.values()}:
        raise OneOfTheTwo(number=entry.admission_number)
    open_rows = [row for row in paper_lines.compare(lines, turns.values()) if row.differs]
    if not open_rows:
        raise NothingDiffers(number=entry.admission_number)
    reasons = {row.line.code: reasons.get(row.line.code, "").strip() for row in open_rows}
    _require_fit(_without_reason(open_rows, given, reasons) | _faults([row.line for row in open_rows], given))
    made = PaperTurn.objects.create(entry=entry, turn=_Turn.THIRD, entered_by=by, entered_at=at)
    PaperScore.objects.bulk_create(
        [PaperScore(turn=made, line=line, points=given[line], reason=reason) for line, reason in reasons.items()]
    )
    decided = {
        row.line.code: [scripts.plain(each) for each in (row.first, row.second, given[row.line.code])]
        for row in open_rows
    }
    journal.write("exams.paper_difference_decided", by=by, at=at, about=entry, facts={"lines": decided})
    return made


def _locked(entry: StageEntry, by: User, at: dt.datetime) -> tuple[StageEntry, list[Line]]:
    """The entry and its lines, with the stage under a lock: of two who enter at once one is the first and the other the
    second, and no scores are checked meanwhile."""
    related = ("candidate__teacher", "stage__exam__organisation")
    entry = StageEntry.objects.select_related(*related).get(pk=entry.pk)
    access.require(by, entry.stage.exam.organisation, at, *BOARD_OFFICES)
    oneself.require_another(entry, by)
    stages.lock(entry.stage)
    entry.refresh_from_db(fields=["state"])
    sitting = Sitting.objects.select_related("module", "paper").filter(module__stage=entry.stage_id).first()
    if sitting is None or not sitting.on_paper:
        raise NotOnPaper(stage=entry.stage.name)
    stages.require(entry.stage, Stage.State.MARKING)
    candidate = entry.candidate
    if dividing.Barred([by]).bars_from(by, candidate.school_id, candidate.teacher.user_id):
        raise OfYourSchool(number=entry.admission_number)
    if entry.state != StageEntry.State.PRESENT:
        raise NoScript(number=entry.admission_number, state=entry.get_state_display())
    return entry, paper_lines.Lines(sitting).of(entry)


def _require_fit(faults: Mapping[str, str]) -> None:
    if faults:
        raise NumbersUnfit(faults)


def _faults(lines: Iterable[Line], given: Mapping[str, Decimal | None]) -> dict[str, str]:
    found = {line.code: _fault(line, given.get(line.code)) for line in lines}
    return {code: sentence for code, sentence in found.items() if sentence}


def _fault(line: Line, points: Decimal | None) -> str:
    """What is wrong with a number; empty where nothing is."""
    if points is None:
        return str(_MISSING)
    if not points.is_finite() or not 0 <= points <= line.most:
        return str(marking.OutOfRange(given=points, most=scripts.plain(line.most)))
    if line.step and points % line.step:
        return str(marking.NotHalfPoints(given=points))
    if points % _CENT:
        return str(_TOO_FINE).format(given=points)
    return ""


def _without_reason(
    rows: Iterable[Compared], given: Mapping[str, Decimal | None], reasons: Mapping[str, str]
) -> dict[str, str]:
    codes = [row.line.code for row in rows if given.get(row.line.code) not in (None, row.first, row.second)]
    return {code: str(_WHY) for code in codes if not reasons[code]}
