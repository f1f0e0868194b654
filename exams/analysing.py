"""How each question did on the papers that were sat: reckoned when the scores are settled, again where they change."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from exams.models import ItemFigures, Mark, ModuleResult, Paper, PaperQuestion
from lms.lib import clock
from lms.questions import statistics
from lms.questions.statistics import Sums

_SCORED = ModuleResult.Status.SCORED


def due() -> QuerySet[Paper]:
    """The papers with settled scores whose questions have no figures yet, or older ones than the scores."""
    scored = ModuleResult.objects.filter(
        entry__attempt__paper=OuterRef("pk"), module=OuterRef("module"), status=_SCORED
    )
    places = PaperQuestion.objects.filter(paper=OuterRef("pk"))
    papers = Paper.objects.filter(Exists(places), state=Paper.State.FROZEN).alias(
        settled=Subquery(scored.values("module").annotate(last=Max("settled_at")).values("last")),
        reckoned=Subquery(
            places.order_by().values("paper").annotate(first=Min("figures__reckoned_at")).values("first")
        ),
    )
    return papers.filter(Q(reckoned=None) | Q(reckoned__lt=F("settled")), settled__isnull=False)


def reckon_due(at: dt.datetime) -> int:
    """Reckon every paper that is due, each in its own transaction; returns how many."""
    papers = list(due().order_by("pk"))
    for paper in papers:
        reckon(paper, at)
    return len(papers)


@transaction.atomic
def reckon(paper: Paper, at: dt.datetime) -> int:
    """Write the figures of a paper's questions anew from its settled scripts alone, those of the absent and of voided
    papers left out; returns how many scripts counted. What was left blank earned 0. Writes no line: it decides
    nothing, and comes out the same for the same marks."""
    paper = Paper.objects.select_for_update().get(pk=paper.pk)
    places = {each.number: each for each in paper.places.select_related("question")}
    results = ModuleResult.objects.filter(entry__attempt__paper=paper, module=paper.module_id, status=_SCORED)
    settled = list(results.values_list("entry__attempt__script", "score", "basis", "entry__attempt__started_at"))
    if not places or not settled:
        return 0
    earned, chosen = _earned(paper, places, [(script, basis) for script, _score, basis, _at in settled])
    group_of = statistics.groups({script: score for script, score, _basis, _at in settled})
    sat_on = clock.local_date(min(started for *_rest, started in settled))
    ItemFigures.objects.filter(place__paper=paper).delete()
    ItemFigures.objects.bulk_create(
        [_figures(place, group_of, earned[number], chosen[number], sat_on, at) for number, place in places.items()]
    )
    return len(settled)


def sums_of(figures: Iterable[ItemFigures]) -> Sums:
    """The sums of one question over the papers it stood on; the figures come with their places."""
    return sum((_sums(each) for each in figures), Sums())


def _earned(
    paper: Paper, places: dict[int, PaperQuestion], settled: list[tuple[str, dict]]
) -> tuple[dict[int, dict[str, Decimal]], dict[int, dict[str, list[str] | None]]]:
    """By the number of a question and by script: the points earned, and the options chosen."""
    earned: dict[int, dict[str, Decimal]] = {number: defaultdict(Decimal) for number in places}
    chosen: dict[int, dict[str, list[str] | None]] = {number: {} for number in places}
    counted = {script for script, _basis in settled}
    marks = Mark.objects.filter(role=Mark.Role.KEY, answer__attempt__paper=paper)
    rows = marks.values_list("answer__attempt__script", "answer__item", "points", "answer__response")
    for script, item, points, response in rows.iterator():
        number = int(item.partition(".")[0])
        if script in counted and number in places:
            earned[number][script] += points
            chosen[number][script] = statistics.chosen(places[number].question.kind, response)
    for script, basis in settled:
        for item, (*_marks, final) in basis.get("constructed", {}).items():
            number = int(item.partition(".")[0])
            if final is not None and number in places:
                earned[number][script] += Decimal(final)
    return earned, chosen


def _figures(
    place: PaperQuestion,
    group_of: dict[str, int],
    earned: dict[str, Decimal],
    chosen: dict[str, list[str] | None],
    sat_on: dt.date,
    at: dt.datetime,
) -> ItemFigures:
    sums, nothing = Sums(), statistics.chosen(place.question.kind, None)
    for script, group in group_of.items():
        sums.add(group, earned.get(script, Decimal(0)), place.points, chosen.get(script, nothing))
    facts = {name: value for name, value in vars(sums).items() if name != "sizes"}
    return ItemFigures(place=place, sat_on=sat_on, reckoned_at=at, **facts)


def _sums(figures: ItemFigures) -> Sums:
    points = figures.place.points
    lower, upper = int(figures.lower_possible / points), int(figures.upper_possible / points)
    names = (*("scripts", "earned", "possible"), *("upper_earned", "upper_possible", "lower_earned", "lower_possible"))
    facts = {name: getattr(figures, name) for name in names}
    return Sums(**facts, sizes=[lower, figures.scripts - lower - upper, upper], choices=figures.choices)
