"""The officer at single answers: what each marker gave, marking anew, check scripts, and what earns points."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from exams import calibrating, criteria, marking, queries, remarking, scripts
from exams.models import Answer, CheckScript, Exam, Mark, Module, Paper, Stage
from lms.lib import clock
from lms.lib.refusals import Refusal

_PAGE = 30


class AnewForm(forms.Form):
    first = forms.ModelChoiceField(
        queryset=None,
        label=gettext_lazy("New first marker"),
        error_messages={"required": gettext_lazy("Choose the new first marker.")},
    )
    second = forms.ModelChoiceField(
        queryset=None,
        label=gettext_lazy("New second marker"),
        error_messages={"required": gettext_lazy("Choose the new second marker.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write why this answer is marked anew.")},
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first"].queryset = self.fields["second"].queryset = people


class CheckForm(forms.Form):
    points = forms.DecimalField(
        label=gettext_lazy("Agreed points"),
        error_messages={
            "required": gettext_lazy("Enter the agreed points."),
            "invalid": gettext_lazy("Enter the points as a number, for example 3.5."),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("What they rest on"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write what the agreed points rest on.")},
    )


class CriteriaForm(forms.Form):
    criteria = forms.CharField(
        required=False,
        label=gettext_lazy("What earns points, one line each"),
        help_text=gettext_lazy("Words, a space, then the points: “names the cause 2”. Leave empty to mark as a whole."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


def managed_item(request: HttpRequest, pk: int, item: str) -> tuple[Paper, scripts.Item]:
    """A frozen paper that the user manages, and an item of it that people mark."""
    managed = Paper.objects.filter(
        state=Paper.State.FROZEN, module__stage__exam__in=Exam.objects.managed_by(request.user, clock.now())
    ).select_related("module__stage__exam__organisation")
    paper = get_object_or_404(managed, pk=pk)
    known = scripts.constructed(paper)
    if item not in known:
        raise Http404
    return paper, known[item]


def item_crumbs(paper: Paper, *, item: str = "") -> list[tuple[str, str]]:
    stage = paper.module.stage
    found = [
        (stage.exam.name, reverse("exams:exam", args=[stage.exam_id])),
        (_("Marking"), reverse("exams:marking", args=[stage.pk])),
    ]
    if item:
        name = _("Question {item}").format(item=item)
        found.append((name, reverse("exams:marked_item", args=[paper.pk, item])))
    return found


@login_required
@require_safe
def marked_item(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """Every answer to one item with its marks, by script; no candidate is named."""
    paper, asked = managed_item(request, pk, item)
    module = paper.module
    answers = [each for each in queries.constructed_answers(module) if (each.paper_id, each.item) == (pk, item)]
    page = Paginator(answers, _PAGE).get_page(request.GET.get("page"))
    checks = set(CheckScript.objects.filter(answer__attempt__paper=paper).values_list("answer", flat=True))
    limit = module.difference_limit
    rows = [
        {
            "answer": each,
            "marks": [each.points(role) for role in queries.HUMAN],
            "final": marking.final_points(*(each.points(role) for role in queries.HUMAN), limit),
            "is_check": each.pk in checks,
        }
        for each in page
    ]
    context = {
        "paper": paper,
        "module": module,
        "item": asked,
        "page": page,
        "rows": rows,
        "criteria": criteria.of(paper).get(item, []),
        "is_marking": module.stage.state == Stage.State.MARKING,
        "crumbs": item_crumbs(paper),
    }
    return render(request, "exams/marked_item.html", context)


@login_required
def set_criteria(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """What earns points in one item."""
    paper, asked = managed_item(request, pk, item)
    standing = criteria.of(paper).get(item, [])
    form = CriteriaForm(
        request.POST if request.method == "POST" else None, initial={"criteria": criteria.written(standing)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            lines = criteria.read(form.cleaned_data["criteria"])
            criteria.set_criteria(paper, item, lines, by=request.user, at=clock.now())
        except Refusal as refusal:
            form.add_error("criteria" if refusal.field else None, str(refusal))
        else:
            messages.success(request, _("Saved. Markers see it from now on."))
            return redirect("exams:marked_item", pk, item)
    context = {"module": paper.module, "item": asked, "form": form, "crumbs": item_crumbs(paper, item=item)}
    return render(request, "exams/item_criteria.html", context, status=422 if form.errors else 200)


def _answer(request: HttpRequest, pk: int) -> Answer:
    """An answer of a paper that the user manages; those that people mark only."""
    managed = Answer.objects.filter(
        attempt__paper__module__stage__exam__in=Exam.objects.managed_by(request.user, clock.now())
    ).select_related("attempt__paper__module__stage__exam__organisation")
    answer = get_object_or_404(managed, pk=pk)
    if answer.item not in scripts.constructed(answer.attempt.paper):
        raise Http404
    return answer


@login_required
@require_safe
def answer_marks(request: HttpRequest, pk: int) -> HttpResponse:
    """One answer with all its marks, those that count no more included."""
    return _answer_page(request, _answer(request, pk))


def _answer_page(request: HttpRequest, answer: Answer, *, status: int = 200, **bound: forms.Form) -> HttpResponse:
    module = answer.attempt.paper.module
    every = answer.marks.exclude(role=Mark.Role.KEY).select_related("marker", "superseded_by__ordered_by")
    marks = list(every.order_by("assigned_at", "pk"))
    standing = {each.role: each.points for each in marks if each.superseded_by_id is None}
    paper = answer.attempt.paper
    asked = criteria.of(paper).get(answer.item, [])
    context = {
        "answer": answer,
        "item": scripts.items(paper)[answer.item],
        "rows": [{"mark": each, "criteria": list(zip(asked, each.criteria, strict=False))} for each in marks],
        "final": marking.final_points(*(standing.get(role) for role in queries.HUMAN), module.difference_limit),
        "check": CheckScript.objects.filter(answer=answer).select_related("agreed_by").first(),
        "is_marking": module.stage.state == Stage.State.MARKING,
        "anew_form": AnewForm(people=_people(module)),
        "check_form": CheckForm(),
        "crumbs": item_crumbs(paper, item=answer.item),
        **bound,
    }
    return render(request, "exams/answer_marks.html", context, status=status)


def _people(module: Module) -> Any:
    return queries.markers_of(module.stage.exam, clock.now())


@login_required
@require_POST
def mark_anew(request: HttpRequest, pk: int) -> HttpResponse:
    """Have an answer marked anew by two others."""
    answer = _answer(request, pk)
    form = AnewForm(request.POST, people=_people(answer.attempt.paper.module))
    if form.is_valid():
        try:
            remarking.order(answer, by=request.user, at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The answer waits for its new markers. The old marks are kept."))
            return redirect("exams:answer_marks", pk)
    return _answer_page(request, answer, status=422, anew_form=form)


@login_required
@require_POST
def check_others(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree on an answer's points and mix it into the piles of the others."""
    answer = _answer(request, pk)
    form = CheckForm(request.POST)
    if form.is_valid():
        points: Decimal = form.cleaned_data["points"]
        try:
            calibrating.agree(answer, points, form.cleaned_data["reason"], by=request.user, at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            count = answer.marks.filter(role=Mark.Role.CHECK).count()
            said = ngettext("It checks %(count)d marker.", "It checks %(count)d markers.", count)
            messages.success(request, said % {"count": count})
            return redirect("exams:answer_marks", pk)
    return _answer_page(request, answer, status=422, check_form=form)
