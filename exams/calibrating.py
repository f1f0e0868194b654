"""Check scripts: marked answers with points agreed on, mixed into others' piles; what they show of each marker."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from exams import dividing, marking, queries, scripts, stages
from exams.models import Answer, CheckScript, Mark, Module, Stage
from lms.journal import writing
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

_CENT = Decimal("0.01")


class NotFinalYet(Refusal):
    sentence = _("Only an answer whose own marking is final can check others. Choose another, or wait for its marks.")


class ACheckScriptAlready(Refusal):
    sentence = _("This answer is a check script already. Its agreed points stand.")


class CheckReasonMissing(Refusal):
    sentence = _("Write what the agreed points rest on; it is kept with the check script.")
    field = "reason"


class NobodyToCheck(Refusal):
    sentence = _("Nobody else marks this question who may see the answer. Give out more answers first.")


def agree(answer: Answer, points: Decimal, reason: str, *, by: User, at: dt.datetime) -> CheckScript:
    """Agree on the points of a finally marked answer and mix it into the piles of all who mark its item, but those who
    marked it and those of its school. Nobody can tell it from the rest before she has marked it, and it never counts
    for the candidate. Refuses: NotYourOffice, NotAtThisStep, OutOfRange, NotHalfPoints, CheckReasonMissing,
    NotFinalYet, ACheckScriptAlready, NobodyToCheck."""
    with transaction.atomic():
        answer = marking.locked_answer(answer.pk)
        module = answer.attempt.paper.module
        access.require(by, module.stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
        stages.require(module.stage, Stage.State.MARKING)
        marking.require_points(points, marking.points_of(answer.attempt.paper, answer.item))
        if not reason.strip():
            raise CheckReasonMissing()
        _require_final(answer, module)
        check = _create(answer, points, reason.strip(), by, at)
        people = _to_be_checked(answer, module, at)
        if not people:
            raise NobodyToCheck()
        Mark.objects.bulk_create(
            [Mark(answer=answer, role=Mark.Role.CHECK, marker=each, assigned_at=at) for each in people]
        )
        facts = {
            "script": answer.attempt.script,
            "item": answer.item,
            "points": scripts.plain(points),
            "markers": [str(each) for each in people],
        }
        writing.write("exams.check_script_agreed", by=by, at=at, about=module, reason=reason.strip(), facts=facts)
    return check


def _require_final(answer: Answer, module: Module) -> None:
    standing = {each.role: each.points for each in answer.marks.standing()}
    marks = [standing.get(role) for role in queries.HUMAN]
    if marking.final_points(*marks, module.difference_limit) is None:
        raise NotFinalYet()


def _create(answer: Answer, points: Decimal, reason: str, by: User, at: dt.datetime) -> CheckScript:
    if CheckScript.objects.filter(answer=answer).exists():
        raise ACheckScriptAlready()
    try:
        with transaction.atomic():
            return CheckScript.objects.create(answer=answer, points=points, reason=reason, agreed_by=by, agreed_at=at)
    except IntegrityError as error:
        raise ACheckScriptAlready() from error


def _to_be_checked(answer: Answer, module: Module, at: dt.datetime) -> list[User]:
    """Who marks this item of this paper and may be given the answer."""
    at_work = Mark.objects.standing().filter(answer__attempt__paper=answer.attempt.paper_id, answer__item=answer.item)
    taken = answer.marks.exclude(marker=None).values("marker")
    people = list(User.objects.filter(pk__in=at_work.values("marker")).exclude(pk__in=taken).order_by("pk"))
    barred, constructed = dividing.Barred(people), queries.as_constructed(answer)
    organisation = module.stage.exam.organisation
    return [
        each
        for each in people
        if not barred.bars(each, constructed) and access.covers(each, organisation, at, Appointment.Office.MARKER)
    ]


@dataclass(frozen=True)
class Checked:
    """One check that a marker has marked: what she gave, what was agreed on, and how far she is off."""

    mark: Mark
    agreed: Decimal

    @property
    def off(self) -> Decimal:
        return self.mark.points - self.agreed


def checked(module: Module, marker: User | None = None) -> list[Checked]:
    """The checks of a module that are marked, of one marker or of all, the newest first. One query."""
    marks = Mark.objects.filter(role=Mark.Role.CHECK, answer__attempt__paper__module=module).exclude(points=None)
    if marker is not None:
        marks = marks.filter(marker=marker)
    rows = marks.select_related("answer__attempt", "answer__check_script", "marker").order_by("-marked_at", "-pk")
    return [Checked(each, each.answer.check_script.points) for each in rows]


def checked_now(marker: User, at: dt.datetime) -> list[Checked]:
    """What a marker's own checks showed in the stages that are being marked, the newest first. One query."""
    own = Mark.objects.given_to(marker, at).filter(
        role=Mark.Role.CHECK, answer__attempt__paper__module__stage__state=Stage.State.MARKING
    )
    rows = own.exclude(points=None).select_related("answer__attempt", "answer__check_script").order_by("-marked_at")
    return [Checked(each, each.answer.check_script.points) for each in rows]


@dataclass(frozen=True)
class Deviation:
    """How one marker did on check scripts: how many, how far off on average with its sign, and without."""

    count: int
    mean: Decimal
    distance: Decimal


def deviations(found: list[Checked]) -> dict[int, Deviation]:
    """By marker, to a hundredth of a point."""
    offs: dict[int, list[Decimal]] = defaultdict(list)
    for each in found:
        offs[each.mark.marker_id].append(each.off)
    return {
        marker: Deviation(len(each), _mean(each), _mean([abs(off) for off in each])) for marker, each in offs.items()
    }


def _mean(values: list[Decimal]) -> Decimal:
    return (sum(values, Decimal(0)) / len(values)).quantize(_CENT, ROUND_HALF_UP)
