"""What earns points in an item that people mark: criteria set for a paper before its first mark, and points by them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from exams import scripts, stages
from exams.models import ItemCriterion, Mark, Module, Paper, Stage, TrialMark, TrialRule
from lms.journal import writing
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User

STEP = Decimal("0.5")


class NotMarkedByPeople(Refusal):
    sentence = _("Question {item} is not marked by people, so it takes no criteria. Open the marking page again.")
    field = "criteria"


class CriteriaInUse(Refusal):
    sentence = _("Question {item} is being marked already, so what earns its points stands as it is.")
    field = "criteria"


class CriterionUnclear(Refusal):
    sentence = _(
        "Line {line}: write what earns points, then the points in full or half, for example “names the cause 2”."
    )
    field = "criteria"
    status = 422


class CriteriaDoNotAddUp(Refusal):
    sentence = _("The criteria come to {sum} points, the question earns {most}. Make them equal.")
    field = "criteria"
    status = 422


class CriteriaMissing(Refusal):
    sentence = _("Give points for every criterion; the mark is their sum.")
    field = "points"
    status = 422


class CriterionOutOfRange(Refusal):
    sentence = _("“{criterion}” takes between 0 and {most} points in steps of half a point. Correct {given}.")
    field = "points"
    status = 422


def read(text: str) -> list[tuple[str, Decimal]]:
    """Lines as an officer types them, what earns points and then the points; empty lines do not count. Refuses
    CriterionUnclear, naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, _space, last = line.strip().replace("\u3000", " ").replace("\t", " ").rpartition(" ")
        try:
            points = Decimal(last.removesuffix("分"))
        except InvalidOperation:
            points = Decimal(0)
        if not name.strip() or not points.is_finite() or points <= 0 or points % STEP:
            raise CriterionUnclear(line=number)
        found.append((name.strip()[:200], points))
    return found


def written(criteria: Sequence[ItemCriterion]) -> str:
    """The criteria as `read` takes them."""
    return "\n".join(f"{each.name} {scripts.plain(each.points)}" for each in criteria)


def set_criteria(
    paper: Paper, item: str, criteria: Sequence[tuple[str, Decimal]], *, by: User, at: dt.datetime
) -> list[ItemCriterion]:
    """Set what earns points in one item of a frozen paper, in place of what was set before; none takes them away.
    Possible until the first mark of the item is given, to a candidate's answer or a trial script. Refuses:
    NotYourOffice, NotAtThisStep, NotMarkedByPeople, CriteriaInUse, CriteriaDoNotAddUp."""
    with transaction.atomic():
        stage = paper.module.stage
        stages.lock(stage)
        access.require(by, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
        stages.require(stage, Stage.State.IN_PROGRESS, Stage.State.MARKING)
        known = scripts.constructed(paper)
        if item not in known:
            raise NotMarkedByPeople(item=item)
        given = Mark.objects.filter(answer__attempt__paper=paper, answer__item=item).exclude(points=None)
        if given.exists() or _is_tried(paper, item):
            raise CriteriaInUse(item=item)
        total = sum((points for _name, points in criteria), Decimal(0))
        if criteria and total != known[item].points:
            raise CriteriaDoNotAddUp(sum=scripts.plain(total), most=scripts.plain(known[item].points))
        paper.criteria.filter(item=item).delete()
        rows = [
            ItemCriterion(paper=paper, item=item, number=number, name=name, points=points)
            for number, (name, points) in enumerate(criteria, 1)
        ]
        ItemCriterion.objects.bulk_create(rows)
        facts = {"item": item, "criteria": [[name, scripts.plain(points)] for name, points in criteria]}
        writing.write("exams.criteria_set", by=by, at=at, about=paper.module, facts=facts)
    return rows


def _is_tried(paper: Paper, item: str) -> bool:
    """Whether a trial script of the item is marked; the rule that a trial mark locks is held meanwhile."""
    TrialRule.objects.select_for_update().filter(paper=paper, item=item).first()
    return TrialMark.objects.filter(script__paper=paper, script__item=item).exists()


def of(paper: Paper) -> dict[str, list[ItemCriterion]]:
    """The criteria of every item that has any. One query."""
    found: dict[str, list[ItemCriterion]] = defaultdict(list)
    for each in paper.criteria.order_by("item", "number"):
        found[each.item].append(each)
    return dict(found)


def of_module(module: Module) -> dict[tuple[int, str], list[ItemCriterion]]:
    """The same of every paper of a module, by paper and item. One query."""
    found: dict[tuple[int, str], list[ItemCriterion]] = defaultdict(list)
    for each in ItemCriterion.objects.filter(paper__module=module).order_by("item", "number"):
        found[each.paper_id, each.item].append(each)
    return dict(found)


def total(criteria: Sequence[ItemCriterion], given: Sequence[Decimal | None]) -> Decimal:
    """The mark that points by criteria come to. Refuses: CriteriaMissing, CriterionOutOfRange."""
    if len(given) != len(criteria) or any(each is None for each in given):
        raise CriteriaMissing()
    for criterion, points in zip(criteria, given, strict=True):
        if not points.is_finite() or not 0 <= points <= criterion.points or points % STEP:
            raise CriterionOutOfRange(criterion=criterion, most=scripts.plain(criterion.points), given=points)
    return sum(given, Decimal(0))
