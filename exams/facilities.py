"""How every item of a paper did, script by script: what settled scripts earned, for whoever judges a paper."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from exams import contents, paper_lines, scripts
from exams.models import Mark, ModuleResult, Paper, Sitting
from lms.questions import statistics


@dataclass(frozen=True)
class Earned:
    """The settled scripts of a paper: `rows` is script → item → points earned (blank: 0), `scores` its total."""

    items: dict[str, scripts.Item]
    rows: dict[str, dict[str, Decimal]]
    scores: dict[str, Decimal]

    def facility(self, item: str) -> Decimal | None:
        """Share of an item's points that was earned, to a thousandth; None where nobody sat."""
        earned = sum((row[item] for row in self.rows.values()), Decimal(0))
        return statistics.facility(earned, self.items[item].points * len(self.rows))


def points(paper: Paper | None) -> dict[str, Decimal]:
    """The most that each item of a paper earns, in its order."""
    return {code: item.points for code, item in scripts.items(paper).items()} if paper else {}


def earned(paper: Paper) -> Earned:
    """What each settled script earned at each item, those of the absent and of voided papers left out. From
    a sitting on paper, where its scores were entered question by question. Four queries."""
    items = scripts.items(paper)
    rows: dict[str, dict[str, Decimal]] = {}
    scores: dict[str, Decimal] = {}
    results = ModuleResult.objects.filter(
        entry__attempt__paper=paper, module=paper.module_id, status=ModuleResult.Status.SCORED
    )
    for script, score, basis in results.values_list("entry__attempt__script", "score", "basis"):
        scores[script] = score
        rows[script] = defaultdict(Decimal)
        for item, (*_marks, final) in basis.get("constructed", {}).items():
            rows[script][item] = Decimal(final) if final is not None else Decimal(0)
    marks = Mark.objects.filter(role=Mark.Role.KEY, answer__attempt__paper=paper)
    for script, item, given in marks.values_list("answer__attempt__script", "answer__item", "points").iterator():
        if script in rows and given is not None:
            rows[script][item] = given
    for result in _from_paper(paper, set(items)):
        scores[result.entry.admission_number] = result.score
        rows[result.entry.admission_number] = paper_lines.points_of(result.basis)
    ordered = {script: {item: row.get(item, Decimal(0)) for item in items} for script, row in sorted(rows.items())}
    return Earned(items, ordered, scores)


def _from_paper(paper: Paper, items: set[str]) -> list[ModuleResult]:
    """The results of a sitting on paper whose script was of this form and was entered by its questions."""
    results = ModuleResult.objects.filter(
        module=paper.module_id, status=ModuleResult.Status.SCORED, basis__has_key="paper"
    )
    across = Sitting.objects.filter(module=paper.module_id).values_list("seats_across", flat=True).first() or 0
    return [
        each
        for each in results.select_related("entry")
        if set(paper_lines.points_of(each.basis)) == items
        and (not paper.form or contents.gets_second_form(each.entry.seat, across) == (paper.form == Paper.Form.B))
    ]
