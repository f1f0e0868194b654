"""How each marker stands in trial marking: what she was asked, how far off she was, and whether she may mark."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from exams import queries, scripts
from exams.models import Module, Paper, Stage, TrialDecision, TrialMark, TrialRule, TrialScript
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, User


class TrialNotPassed(Refusal):
    sentence = _(
        "Question {item} is marked after trial marking. Mark your trial scripts within the limit ({limit}) first; "
        "then its answers open to you."
    )
    status = 403


class MarkerOnTrial(Refusal):
    sentence = _("{name} has not passed the trial marking of question {item}. Choose somebody who has.")
    field = "markers"


@dataclass(frozen=True)
class Judged:
    """One trial script that a marker has marked."""

    mark: TrialMark
    limit: Decimal

    @property
    def off(self) -> Decimal:
        return self.mark.points - self.mark.script.points

    @property
    def is_within(self) -> bool:
        return abs(self.off) <= self.limit


@dataclass(frozen=True)
class Trial:
    """One marker at the trial scripts of one item: `judged` oldest first, `asked` is how many in all, `last` how many
    of them the latest round has. Only the latest round decides."""

    rule: TrialRule
    judged: list[Judged]
    asked: int
    last: int
    goes_on: TrialDecision | None

    @property
    def asks(self) -> scripts.Item:
        """The item it is about; its paper is at hand."""
        return scripts.items(self.rule.paper)[self.rule.item]

    @property
    def left(self) -> int:
        return max(self.asked - len(self.judged), 0)

    @property
    def is_within(self) -> bool:
        """Whether the latest round is marked, and no script of it further off than the limit."""
        return self.left == 0 and all(each.is_within for each in self.judged[-self.last :])

    @property
    def may_mark(self) -> bool:
        return self.goes_on is not None or self.is_within

    @property
    def is_held(self) -> bool:
        """Whether she has marked all she was asked to and waits for the exam officer."""
        return self.left == 0 and not self.may_mark

    @property
    def may_be_decided(self) -> bool:
        return self.left == 0 and self.goes_on is None

    def may_be_let_go_on(self, *, is_tried: bool) -> bool:
        """Whether that can be decided: she has marked all, or she is not tried because she knows the points."""
        return self.goes_on is None and (self.left == 0 or not is_tried)


Key = tuple[int, str]


class Board:
    """The trials of some items, of one marker or of any; without a rule an item is nobody's trial. Three queries, one
    where no rule is found."""

    def __init__(self, rules: Iterable[TrialRule], marker: User | None = None) -> None:
        self.rules: dict[Key, TrialRule] = {(each.paper_id, each.item): each for each in rules}
        self._marks: dict[tuple[Key, int], list[TrialMark]] = defaultdict(list)
        self._decisions: dict[tuple[Key, int], list[TrialDecision]] = defaultdict(list)
        if not self.rules:
            return
        only = {} if marker is None else {"marker": marker}
        papers = {paper for paper, _item in self.rules}
        marks = TrialMark.objects.filter(script__paper__in=papers, **only).select_related("script")
        for mark in marks.order_by("marked_at", "pk"):
            self._marks[(mark.script.paper_id, mark.script.item), mark.marker_id].append(mark)
        keys = {rule.pk: key for key, rule in self.rules.items()}
        decisions = TrialDecision.objects.filter(rule__in=keys, **only).select_related("decided_by")
        for each in decisions.order_by("pk"):
            self._decisions[keys[each.rule_id], each.marker_id].append(each)

    def of(self, marker_id: int, key: Key) -> Trial | None:
        """How a marker stands at an item; None where nothing is required."""
        rule = self.rules.get(key)
        if rule is None:
            return None
        decisions = self._decisions.get((key, marker_id), [])
        more = [each.count for each in decisions if each.kind == TrialDecision.Kind.MORE]
        # More scripts after she was let go on are a new trial: only what was decided last holds.
        last = decisions[-1] if decisions else None
        goes_on = last if last and last.kind == TrialDecision.Kind.GO_ON else None
        judged = [Judged(each, rule.limit) for each in self._marks.get((key, marker_id), [])]
        return Trial(rule, judged, rule.count + sum(more), more[-1] if more else rule.count, goes_on)

    def may_mark(self, marker_id: int, key: Key) -> bool:
        trial = self.of(marker_id, key)
        return trial is None or trial.may_mark


def now() -> Board:
    """The trials of everything that is being marked."""
    return Board(TrialRule.objects.filter(paper__module__stage__state=Stage.State.MARKING))


def rules_for(user: User, at: dt.datetime) -> QuerySet[TrialRule]:
    """What is required of a marker now: of every item with a rule, where she holds the office and marking runs."""
    paths = access.paths(user, at, Appointment.Office.MARKER)
    held = access.under("paper__module__stage__exam__organisation__path", paths)
    rules = TrialRule.objects.filter(held, paper__module__stage__state=Stage.State.MARKING)
    return rules.select_related("paper__module__stage__exam__organisation").order_by("paper__module_id", "paper", "pk")


def of_marker(user: User, at: dt.datetime) -> list[Trial]:
    """A marker's own trials, those she passed included."""
    board = Board(rules_for(user, at), user)
    found = [board.of(user.pk, key) for key in board.rules]
    return [each for each in found if each is not None]


def rules_of(module: Module) -> dict[Key, TrialRule]:
    """What is required at the items of a module. One query."""
    return {(each.paper_id, each.item): each for each in TrialRule.objects.filter(paper__module=module)}


def of_item(paper: Paper, item: str) -> Board:
    """The trial of one item."""
    return Board(TrialRule.objects.filter(paper=paper, item=item))


def knowing(paper: Paper, item: str, at: dt.datetime) -> set[int]:
    """Whom the agreed points of an item are open to before she marks its trial scripts, by id: who agreed on one of
    them, and the exam officers over the exam. Two queries."""
    agreed = TrialScript.objects.filter(paper=paper, item=item).values_list("agreed_by", flat=True)
    return {*agreed, *queries.officers_of(paper.module.stage.exam, at).values_list("pk", flat=True)}


def require_passed(marker: User, paper: Paper, item: str) -> None:
    """Refuse TrialNotPassed where a marker may not yet see answers to an item."""
    trial = of_item(paper, item).of(marker.pk, (paper.pk, item))
    if trial is not None and not trial.may_mark:
        raise TrialNotPassed(item=item, limit=scripts.plain(trial.rule.limit))
