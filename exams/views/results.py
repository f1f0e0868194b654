"""Results: the officer's list and how each came about; the candidate's own once they are public."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from exams import queries
from exams.models import Candidate, ModuleResult, Stage, StageEntry
from lms.lib import clock
from lms.people.models import Organisation

_PAGE = 50


class ResultsFilter(forms.Form):
    """What the address asks for; a value that does not exist is left aside."""

    SORTS = [("number", gettext_lazy("by roster")), ("score", gettext_lazy("by score"))]

    q = forms.CharField(required=False, max_length=60, label=gettext_lazy("Name or admission number"))
    state = forms.ChoiceField(
        required=False,
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("every state")), *StageEntry.State.choices],
    )
    unit = forms.ModelChoiceField(
        required=False, label=gettext_lazy("Unit"), queryset=None, empty_label=gettext_lazy("every unit")
    )
    sort = forms.ChoiceField(required=False, label=gettext_lazy("Order"), choices=SORTS)

    def __init__(self, data, *, authority: Organisation) -> None:
        super().__init__(data)
        self.fields["unit"].queryset = Organisation.objects.filter(
            parent=authority, level__lt=Organisation.Level.SCHOOL
        ).order_by("code")
        for field in self.fields.values():
            field.widget.attrs["class"] = "inp" if isinstance(field, forms.CharField) else "sel"
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label


@login_required
@require_safe
def stage_results(request: HttpRequest, pk: int) -> HttpResponse:
    """Everyone in a stage with her scores; filters, order and page stand in the address."""
    stage = get_object_or_404(queries.stages_with_results(request.user, clock.now()), pk=pk)
    form = ResultsFilter(request.GET, authority=stage.exam.organisation)
    form.is_valid()
    modules = list(stage.modules.all())
    entries = _filtered(queries.entries_with_results(stage), form.cleaned_data)
    page = Paginator(entries, _PAGE).get_page(request.GET.get("page"))
    context = {
        "stage": stage,
        "exam": stage.exam,
        "modules": modules,
        "form": form,
        "page": page,
        "rows": [(entry, _by_module(entry, modules)) for entry in page],
        "settled": stage.state in queries.SETTLED,
        "crumbs": [(stage.exam.name, reverse("exams:exam", args=[stage.exam_id]))],
    }
    return render(request, "exams/results.html", context)


def _filtered(entries: QuerySet[StageEntry], asked: dict[str, Any]) -> QuerySet[StageEntry]:
    if text := asked.get("q", "").strip():
        entries = entries.filter(
            Q(candidate__teacher__full_name__icontains=text)
            | Q(candidate__teacher__name_pinyin__icontains=text)
            | Q(candidate__teacher__name_initials__istartswith=text)
            | Q(admission_number__startswith=text)
        )
    if asked.get("state"):
        entries = entries.filter(state=asked["state"])
    if asked.get("unit"):
        entries = entries.filter(candidate__school__path__startswith=asked["unit"].path)
    if asked.get("sort") == "score":
        scored = entries.filter(results__status=ModuleResult.Status.SCORED)
        entries = scored.annotate(best=Max("results__score")).order_by("-best", "candidate__number")
    return entries


def _by_module(entry: StageEntry, modules: list) -> list[ModuleResult | None]:
    found = {each.module_id: each for each in entry.results.all()}
    return [found.get(module.pk) for module in modules]


@login_required
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """How one candidate's scores in a stage came about, mark by mark."""
    stages = queries.stages_with_results(request.user, clock.now())
    entry = get_object_or_404(StageEntry.objects.filter(stage__in=stages).select_related("stage__exam"), pk=pk)
    entry = queries.entries_with_results(entry.stage).get(pk=entry.pk)
    stage: Stage = entry.stage
    context = {
        "entry": entry,
        "stage": stage,
        "results": [_explained(each, queries.module_lines([each.module])) for each in entry.results.all()],
        "full": True,
        "crumbs": [
            (stage.exam.name, reverse("exams:exam", args=[stage.exam_id])),
            (stage.name, reverse("exams:results", args=[stage.pk])),
        ],
    }
    return render(request, "exams/result.html", context)


@login_required
@require_safe
def my_result(request: HttpRequest, pk: int) -> HttpResponse:
    """The candidate's own results, stage by stage, from the day they are made public."""
    candidate = get_object_or_404(Candidate.objects.held_by(request.user).select_related("exam", "teacher"), pk=pk)
    entries = queries.released_entries(candidate, clock.now())
    modules = [each.module for entry in entries for each in entry.results.all()]
    lines = queries.module_lines(modules)
    context = {
        "candidate": candidate,
        "exam": candidate.exam,
        "entries": [(entry, [_explained(each, lines) for each in entry.results.all()]) for entry in entries],
        "waiting": candidate.entries.exclude(pk__in=[each.pk for each in entries]).select_related("stage"),
        "full": False,
        "crumbs": [(_("My exams"), reverse("exams:mine"))],
    }
    return render(request, "exams/my_result.html", context)


def _explained(found: ModuleResult, lines: dict[int, Decimal]) -> dict[str, Any]:
    """A result with its line and the parts that add up to it."""
    constructed = found.basis.get("constructed", {})
    return {
        "result": found,
        "line": lines[found.module_id],
        "objective": found.basis.get("objective"),
        "constructed": [
            {"item": item, "first": first, "second": second, "third": third, "final": final}
            for item, (first, second, third, final) in constructed.items()
        ],
        "constructed_points": sum((Decimal(final) for *_, final in constructed.values()), Decimal(0)),
        "panel": found.basis.get("panel"),
        "paper": _from_paper(found.basis.get("paper")),
    }


def _from_paper(basis: dict[str, Any] | None) -> dict[str, Any] | None:
    """The lines of a script on paper, each with who entered what, and the people of its turns."""
    if basis is None:
        return None
    names = ("code", "name", "of", "first", "second", "third", "final", "reason")
    lines = [dict(zip(names, line, strict=True)) for line in basis["lines"]]
    return {"lines": lines, "people": basis["people"]}
