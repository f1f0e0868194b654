"""A marker's piles and one script at a time; the officer's progress, allocation and checking of scores."""

from collections import Counter
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from exams import calibrating, criteria, dividing, marking, queries, scripts, settling, stages, trials
from exams.models import Answer, Exam, ItemCriterion, Mark, Module, Paper, Stage, TrialRule
from lms.lib import clock
from lms.lib.http import row_id
from lms.lib.refusals import Refusal

_RECENT = 8
_PAGE = 20


# The marker


@login_required
@require_safe
def piles(request: HttpRequest) -> HttpResponse:
    """My piles, question by question."""
    at = clock.now()
    found = queries.piles(request.user, at)
    own_trials = trials.of_marker(request.user, at)
    on_trial = {(each.rule.paper_id, each.rule.item) for each in own_trials if not each.may_mark}
    for each in found:
        each.is_on_trial = (each.paper.pk, each.item.code) in on_trial
    recent = (
        Mark.objects.given_to(request.user, at)
        .filter(answer__attempt__paper__module__stage__state=Stage.State.MARKING)
        .exclude(points=None)
        .select_related("answer__attempt")
        .order_by("-marked_at", "-pk")[:_RECENT]
    )
    context = {
        "piles": found,
        "recent": recent,
        "waiting": sum(each.waiting for each in found),
        "checked": calibrating.checked_now(request.user, at),
        "trials": own_trials,
    }
    return render(request, "exams/piles.html", context)


@login_required
@require_safe
def next_mark(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """On to the next answer that waits in one pile; back to the piles where none does."""
    own = Mark.objects.given_to(request.user, clock.now())
    pile = own.filter(answer__attempt__paper__module__id=pk, answer__item=item)
    paper = row_id(request.GET.get("paper", ""))
    if paper is not None:
        pile = pile.filter(answer__attempt__paper=paper)
    upcoming = get_object_or_404(Module.objects.filter(pk=pk, pk__in=pile.values("answer__attempt__paper__module")))
    waiting = pile.waiting().order_by("answer__attempt__script").first()
    if waiting is None:
        messages.success(request, _("Nothing waits in this pile any more."))
        return redirect("exams:piles")
    stages.require(upcoming.stage, Stage.State.MARKING)
    return redirect("exams:mark", waiting.pk)


class PointsForm(forms.Form):
    points = forms.DecimalField(
        label=gettext_lazy("Points"),
        error_messages={
            "required": gettext_lazy("Choose the points."),
            "invalid": gettext_lazy("Enter the points as a number, for example 3.5."),
        },
    )


class CriteriaPointsForm(forms.Form):
    """A field c1, c2, … for each criterion of the item."""

    def __init__(self, *args, asked, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for number, each in enumerate(asked, 1):
            self.fields[f"c{number}"] = forms.DecimalField(required=False, label=each.name)

    @property
    def given(self) -> list[Decimal | None]:
        return [self.cleaned_data[name] for name in self.fields]


@login_required
def give_mark(request: HttpRequest, pk: int) -> HttpResponse:
    """One script of my pile: question, guide, answer, and the points as buttons."""
    at = clock.now()
    own = Mark.objects.given_to(request.user, at).select_related("answer__attempt__paper__module__stage__exam")
    mark = get_object_or_404(own, pk=pk)
    paper = marking.hand_out(mark, by=request.user, at=at).attempt.paper
    asked = list(paper.criteria.filter(item=mark.answer.item))
    sent = request.POST if request.method == "POST" else None
    form = CriteriaPointsForm(sent, asked=asked) if asked else PointsForm(sent)
    if sent is not None and form.is_valid():
        try:
            _keep(request, mark, form)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            upcoming = reverse("exams:next_mark", args=[paper.module_id, mark.answer.item])
            return redirect(f"{upcoming}?paper={paper.pk}" if paper.form else upcoming)
    item = scripts.items(paper)[mark.answer.item]
    pile = own.filter(answer__attempt__paper=paper, answer__item=item.code)
    context = {
        "mark": mark,
        "module": paper.module,
        "item": item,
        "form": form,
        "steps": half_points(item.points),
        "criteria": criteria_rows(asked, mark.criteria, sent),
        "done": pile.exclude(points=None).count(),
        "of": pile.count(),
        "before": pile.exclude(points=None).exclude(pk=mark.pk).order_by("-marked_at", "-pk").first(),
    }
    return render(request, "exams/mark.html", context, status=422 if form.errors else 200)


def _keep(request: HttpRequest, mark: Mark, form: forms.Form) -> None:
    """Give the mark; who marked a check script is told what was agreed on."""
    by_criteria = form.given if isinstance(form, CriteriaPointsForm) else ()
    points = form.cleaned_data.get("points")
    given = marking.mark(mark, points, by=request.user, at=clock.now(), by_criteria=by_criteria)
    if given.role == Mark.Role.CHECK:
        agreed = mark.answer.check_script.points
        said = ngettext(
            "Script {script} was a check: {agreed} point is agreed on, you gave {given}.",
            "Script {script} was a check: {agreed} points are agreed on, you gave {given}.",
            1 if agreed == 1 else 2,
        )
        facts = {"script": mark.answer.attempt.script, "agreed": scripts.plain(agreed)}
        messages.info(request, said.format(given=scripts.plain(given.points), **facts))


def criteria_rows(asked: list[ItemCriterion], given: list[str], sent: QueryDict | None) -> list[dict]:
    """Each criterion with the points it may take and those chosen, as typed or as given before."""
    rows = []
    for number, each in enumerate(asked, 1):
        before = given[number - 1] if len(given) >= number else ""
        steps = [{"value": step, "text": scripts.plain(step)} for step in half_points(each.points)]
        chosen = sent.get(f"c{number}", "") if sent is not None else before
        rows.append({"name": f"c{number}", "criterion": each, "steps": steps, "chosen": chosen})
    return rows


def half_points(most: Decimal) -> list[Decimal]:
    return [marking.STEP * n for n in range(int(most / marking.STEP) + 1)]


# The officer


class AllocateForm(forms.Form):
    markers = forms.ModelMultipleChoiceField(
        queryset=None,
        label=gettext_lazy("First and second markers"),
        help_text=gettext_lazy("The answers are shared out evenly. Nobody gets candidates of her own school."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least two people.")},
    )
    third_markers = forms.ModelMultipleChoiceField(
        queryset=None,
        required=False,
        label=gettext_lazy("Third markers"),
        help_text=gettext_lazy("Called in where two marks differ too much. Leave empty to draw on the markers above."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, people, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["markers"].queryset = self.fields["third_markers"].queryset = people


class ListForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("List of markers"),
        error_messages={"required": gettext_lazy("Choose the file with the list.")},
    )


class ThirdForm(forms.Form):
    marker = forms.ModelChoiceField(
        queryset=None,
        label=gettext_lazy("Third marker"),
        error_messages={"required": gettext_lazy("Choose a third marker.")},
    )

    def __init__(self, *args, people, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["marker"].queryset = people


def _managed_module(request: HttpRequest, at, **by) -> Module:
    managed = Module.objects.filter(
        kind=Module.Kind.WRITTEN, stage__exam__in=Exam.objects.managed_by(request.user, at)
    ).select_related("stage__exam__organisation", "sitting__paper")
    return get_object_or_404(managed, **by)


@login_required
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far marking is, question by question and marker by marker; who marks what; which answers are far apart. Of
    a sitting on paper the scores entered from it instead."""
    at = clock.now()
    module = _managed_module(request, at, stage__id=pk)
    sitting = getattr(module, "sitting", None)
    if sitting and sitting.on_paper:
        return redirect("exams:paper_scores", pk)
    people = queries.markers_of(module.stage.exam, at)
    form = AllocateForm(request.POST or None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            count = marking.allocate(
                module,
                form.cleaned_data["markers"],
                third_markers=form.cleaned_data["third_markers"],
                by=request.user,
                at=at,
            )
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _allocated(count))
            return redirect("exams:marking", pk)
    return _progress_page(request, module, form, people, status=422 if form.errors else 200)


@login_required
@require_POST
def allocate_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Give out the answers as a list says that names both markers of each."""
    at = clock.now()
    module = _managed_module(request, at, stage__id=pk)
    people = queries.markers_of(module.stage.exam, at)
    form = ListForm(request.POST, request.FILES)
    faults = []
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            pairs = dividing.read_list(module, file, file.name, at)
            count = marking.allocate(module, [], pairs=pairs, by=request.user, at=at)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
            faults = getattr(refusal, "faults", [])
        else:
            messages.success(request, _allocated(count))
            return redirect("exams:marking", pk)
    return _progress_page(
        request, module, AllocateForm(people=people), people, status=422, list_form=form, faults=faults
    )


def _allocated(count: int) -> str:
    said = ngettext("%(count)d answer has its two markers.", "%(count)d answers have their two markers.", count)
    return said % {"count": count}


def _progress_page(request: HttpRequest, module: Module, form, people, *, status=200, **refused) -> HttpResponse:
    """The page; `refused` holds what was sent to one of its other forms and not carried out."""
    answers = queries.constructed_answers(module)
    limit = module.difference_limit
    apart = sorted((each for each in answers if each.is_apart(limit)), key=lambda each: _final(each, limit) is not None)
    asked = [(paper, item) for paper in queries.papers_of(module) for item in scripts.constructed(paper).values()]
    by_item = criteria.of_module(module)
    ruled = trials.rules_of(module)
    checked = calibrating.checked(module)
    context = {
        "module": module,
        "stage": module.stage,
        "exam": module.stage.exam,
        "form": form,
        "people": people,
        "standing": queries.standing(answers, limit),
        "items": [_item_row(paper, item, answers, limit, by_item, ruled) for paper, item in asked],
        "markers": _marker_rows(answers, asked, calibrating.deviations(checked)),
        "checked": checked,
        "apart": Paginator([_apart_row(each, limit) for each in apart], _PAGE).get_page(request.GET.get("page")),
        "list_form": ListForm(),
        "headings": "、".join(dividing.HEADINGS),
        "is_marking": module.stage.state == Stage.State.MARKING,
        "crumbs": [(module.stage.exam.name, reverse("exams:exam", args=[module.stage.exam_id]))],
        **refused,
    }
    return render(request, "exams/marking.html", context, status=status)


def _final(answer: queries.ConstructedAnswer, limit: Decimal | None) -> Decimal | None:
    return marking.final_points(*(answer.points(role) for role in ("first", "second", "third")), limit)


def _item_row(
    paper: Paper,
    item: scripts.Item,
    answers: list[queries.ConstructedAnswer],
    limit: Decimal | None,
    by_item: dict[tuple[int, str], list[ItemCriterion]],
    ruled: dict[trials.Key, TrialRule],
) -> dict:
    own = [each for each in answers if (each.paper_id, each.item) == (paper.pk, item.code)]
    return {
        "paper": paper,
        "item": item,
        "apart": sum(each.is_apart(limit) for each in own),
        "criteria": by_item.get((paper.pk, item.code)),
        "rule": ruled.get((paper.pk, item.code)),
        **vars(queries.standing(own, limit)),
    }


def _marker_rows(
    answers: list[queries.ConstructedAnswer],
    asked: list[tuple[Paper, scripts.Item]],
    deviations: dict[int, calibrating.Deviation],
) -> list[dict]:
    """How far each marker is, item by item and in all, and how she did on check scripts."""
    given, assigned, names = Counter(), Counter(), {}
    for answer in answers:
        for mark in answer.marks.values():
            names[mark.marker_id] = mark.marker
            for pile in (None, (answer.paper_id, answer.item)):
                assigned[mark.marker_id, pile] += 1
                given[mark.marker_id, pile] += mark.points is not None
    piles = [(paper, item, (paper.pk, item.code)) for paper, item in asked]
    rows = [
        {
            "marker": name,
            "of": assigned[pk, None],
            "done": given[pk, None],
            "items": [
                {"paper": paper, "item": item, "of": assigned[pk, pile], "done": given[pk, pile]}
                for paper, item, pile in piles
            ],
            "deviation": deviations.get(pk),
        }
        for pk, name in names.items()
    ]
    return sorted(rows, key=lambda each: str(each["marker"]))


def _apart_row(answer: queries.ConstructedAnswer, limit: Decimal | None) -> dict:
    third = answer.marks.get(Mark.Role.THIRD)
    return {
        "answer": answer,
        "first": answer.marks[Mark.Role.FIRST],
        "second": answer.marks[Mark.Role.SECOND],
        "third": third,
        "final": _final(answer, limit),
    }


@login_required
@require_POST
def assign_third(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the third marker of an answer that two marked far apart."""
    at = clock.now()
    answer = get_object_or_404(
        Answer.objects.filter(attempt__entry__stage__exam__in=Exam.objects.managed_by(request.user, at)), pk=pk
    )
    module = _managed_module(request, at, pk=answer.attempt.paper.module_id)
    people = queries.markers_of(module.stage.exam, at)
    form = ThirdForm(request.POST, people=people)
    if form.is_valid():
        try:
            mark = marking.assign_third(answer, form.cleaned_data["marker"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            said = _("%(name)s is the third marker of script %(script)s.")
            messages.success(request, said % {"name": mark.marker, "script": answer.attempt.script})
            return redirect("exams:marking", module.stage_id)
    return _progress_page(request, module, AllocateForm(people=people), people, status=422, third_form=form)


@login_required
@require_POST
def check_scores(request: HttpRequest, pk: int) -> HttpResponse:
    """Settle a stage: its scores are summed and locked."""
    at = clock.now()
    stage = get_object_or_404(Stage.objects.filter(exam__in=Exam.objects.managed_by(request.user, at)), pk=pk)
    if stage.kind == Stage.Kind.WRITTEN:
        count = settling.settle_written(stage, by=request.user, at=at)
        said = ngettext("%(count)d score is locked.", "%(count)d scores are locked.", count) % {"count": count}
        messages.success(request, said)
        return redirect("exams:cut_score", stage.modules.get().pk)
    count = settling.settle_performance(stage, by=request.user, at=at)
    said = ngettext("%(count)d candidate passed every module.", "%(count)d candidates passed every module.", count)
    messages.success(request, said % {"count": count})
    return redirect("exams:results", stage.pk)
