"""What the scores of a written module say about its paper and its markers, as tables and plots."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exams import measuring, queries, stages
from exams.models import Exam, Module, Stage
from lms.lib import charts, clock


@login_required
@require_safe
def analysis(request: HttpRequest, pk: int) -> HttpResponse:
    """Items, reliability and markers of one written module, once its scores are checked."""
    managed = Module.objects.filter(
        kind=Module.Kind.WRITTEN, stage__exam__in=Exam.objects.managed_by(request.user, clock.now())
    ).select_related("stage__exam__organisation", "sitting__paper")
    module = get_object_or_404(managed, pk=pk)
    context: dict[str, Any] = {
        "module": module,
        "stage": module.stage,
        "crumbs": [(module.stage.exam.name, reverse("exams:exam", args=[module.stage.exam_id]))],
    }
    papers = queries.papers_of(module)
    if papers and stages.is_past(module.stage, Stage.State.SCORES_CHECKED):
        shown = next((each for each in papers if str(each.pk) == request.GET.get("paper")), papers[0])
        context |= {"paper": shown, "papers": papers, **_figures(module, measuring.paper_figures(shown))}
    return render(request, "exams/analysis.html", context)


def _figures(module: Module, figures: measuring.PaperFigures) -> dict[str, Any]:
    marking = measuring.marking_figures(module)
    return {
        "figures": figures,
        "marking": marking,
        "scatter": charts.scatter(
            [
                {
                    "x": each.facility,
                    "y": each.discrimination,
                    "label": each.item.code if each.word == "poor" else "",
                    "off": each.word == "poor",
                }
                for each in figures.items
                if each.facility is not None and each.discrimination is not None
            ]
        ),
        "severity": charts.dots([_dot(each) for each in marking.markers], 0.0),
        "agreement": [_bar(each) for each in marking.markers],
    }


def _dot(row: measuring.MarkerRow) -> dict[str, Any]:
    spread = row.spread or 0
    text = f"{row.severity:+.2f}".replace("-", "−")
    low, high = row.severity - spread, row.severity + spread
    return {"label": str(row.marker), "value": row.severity, "low": low, "high": high, "text": text}


def _bar(row: measuring.MarkerRow) -> dict[str, Any]:
    equal, within = row.agreement.equal or 0, row.agreement.within or 0
    words = _("{equal}% equal, {within}% within the limit")
    return {
        "label": str(row.marker),
        "count": equal * 100,
        "second": (within - equal) * 100,
        "text": words.format(equal=f"{equal * 100:.0f}", within=f"{within * 100:.0f}"),
    }
