"""Trial marking: a marker at her next trial script; the officer prepares them, requires them and decides."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from exams import qualifying, queries, scripts, trials
from exams.models import Paper, Stage, TrialDecision, TrialMark, TrialRule, TrialScript
from exams.views.marking import CriteriaPointsForm, PointsForm, criteria_rows, half_points
from exams.views.marking_anew import CheckForm, item_crumbs, managed_item
from lms.lib import clock, deeds
from lms.lib.http import row_id
from lms.lib.refusals import Refusal

# The marker


@login_required
def trial(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """My next trial script of a question, and how far off I was at those before."""
    at = clock.now()
    rule = get_object_or_404(trials.rules_for(request.user, at), paper=pk, item=item)
    asked = list(rule.paper.criteria.filter(item=item))
    sent = request.POST if request.method == "POST" else None
    form = CriteriaPointsForm(sent, asked=asked) if asked else PointsForm(sent)
    if sent is not None and form.is_valid():
        try:
            _keep(request, rule, form)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return redirect("exams:trial", pk, item)
    own = trials.Board([rule], request.user).of(request.user.pk, (pk, item))
    is_tried = request.user.pk not in trials.knowing(rule.paper, item, at)
    context = {
        "trial": own,
        "script": qualifying.upcoming(rule, request.user) if is_tried else None,
        "rule": rule,
        "module": rule.paper.module,
        "paper": rule.paper,
        "item": own.asks if own else None,
        "form": form,
        "steps": half_points(scripts.items(rule.paper)[item].points),
        "criteria": criteria_rows(asked, [], sent),
        "crumbs": [(_("My marking"), reverse("exams:piles"))],
    }
    return render(request, "exams/trial.html", context, status=422 if form.errors else 200)


def _keep(request: HttpRequest, rule: TrialRule, form: forms.Form) -> None:
    """Mark the script that was shown; she is told at once how far off she was."""
    prepared = TrialScript.objects.filter(paper=rule.paper_id, item=rule.item)
    script = get_object_or_404(prepared, pk=row_id(request.POST.get("script", "")))
    by_criteria = form.given if isinstance(form, CriteriaPointsForm) else ()
    points = form.cleaned_data.get("points")
    given = qualifying.mark(script, points, by=request.user, at=clock.now(), by_criteria=by_criteria)
    messages.info(request, _said(given, script))


def _said(given: TrialMark, script: TrialScript) -> str:
    said = ngettext(
        "Trial script {number}: {agreed} point is agreed on, you gave {given}.",
        "Trial script {number}: {agreed} points are agreed on, you gave {given}.",
        1 if script.points == 1 else 2,
    )
    return said.format(number=script.number, agreed=scripts.plain(script.points), given=scripts.plain(given.points))


# The officer


class ScriptForm(CheckForm):
    """A prepared answer with what was agreed on, as for a check script."""

    text = forms.CharField(
        label=gettext_lazy("Prepared answer"),
        help_text=gettext_lazy("Not an answer from this exam: every marker will have seen it."),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Write the prepared answer.")},
    )
    field_order = ["text", "points", "reason"]


class RequireForm(forms.Form):
    count = forms.IntegerField(
        label=gettext_lazy("How many trial scripts"),
        help_text=gettext_lazy("0 asks for none any more."),
        error_messages={"required": gettext_lazy("Enter how many."), "invalid": gettext_lazy("Enter a whole number.")},
    )
    limit = forms.DecimalField(
        label=gettext_lazy("At most so many points off, each"),
        error_messages={
            "required": gettext_lazy("Enter the limit in points."),
            "invalid": gettext_lazy("Enter the points as a number, for example 3.5."),
        },
    )


class DecideForm(forms.Form):
    marker = forms.ModelChoiceField(
        queryset=None,
        empty_label=gettext_lazy("choose…"),
        label=gettext_lazy("Marker"),
        error_messages={"required": gettext_lazy("Choose the marker.")},
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("trial marking", "Decision"),
        choices=TrialDecision.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you decide.")},
    )
    count = forms.IntegerField(
        label=gettext_lazy("How many more"),
        required=False,
        error_messages={"invalid": gettext_lazy("Enter a whole number.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write the reason; it is kept for good.")},
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["marker"].queryset = people


@login_required
@require_safe
def setup(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """The trial scripts of a question, what is required, and how every marker stands."""
    paper, asked = managed_item(request, pk, item)
    return _setup_page(request, paper, asked)


def _setup_page(
    request: HttpRequest, paper: Paper, item: scripts.Item, *, status: int = 200, **bound: forms.Form
) -> HttpResponse:
    """The page; `bound` are the forms that were sent and not carried out, under their names in the template."""
    stage = paper.module.stage
    board = trials.of_item(paper, item.code)
    key = (paper.pk, item.code)
    rule = board.rules.get(key)
    people = list(queries.markers_of(stage.exam, clock.now()))
    knowing = trials.knowing(paper, item.code, clock.now())
    rows = (
        [{"marker": each, "trial": board.of(each.pk, key), "is_tried": each.pk not in knowing} for each in people]
        if rule
        else []
    )
    began = any(each["trial"].judged for each in rows)
    initial = {"count": rule.count, "limit": scripts.plain(rule.limit)} if rule else None
    context = {
        "paper": paper,
        "module": paper.module,
        "item": item,
        "rule": rule,
        "prepared": list(paper.trial_scripts.filter(item=item.code).select_related("agreed_by")),
        "rows": rows,
        "decidable": [each for each in rows if each["trial"].may_be_let_go_on(is_tried=each["is_tried"])],
        "is_open": stage.state in (Stage.State.IN_PROGRESS, Stage.State.MARKING),
        "is_marking": stage.state == Stage.State.MARKING,
        "may_require": not began,
        "script_form": ScriptForm(),
        "require_form": RequireForm(initial=initial),
        "decide_form": DecideForm(people=queries.markers_of(stage.exam, clock.now())),
        "crumbs": item_crumbs(paper, item=item.code),
        **bound,
    }
    return render(request, "exams/trial_setup.html", context, status=status)


@login_required
@require_POST
def add_script(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """Prepare one more trial script."""
    paper, asked = managed_item(request, pk, item)
    form = ScriptForm(request.POST)
    at = clock.now()
    made, status = deeds.done(
        request, form, lambda: qualifying.prepare(paper, item, **form.cleaned_data, by=request.user, at=at)
    )
    if made is None:
        return _setup_page(request, paper, asked, status=status, script_form=form)
    messages.success(request, _("Trial script {number} is prepared.").format(number=made.number))
    return redirect("exams:trial_setup", pk, item)


@login_required
@require_POST
def require(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """Require trial marking of a question, or require it no more."""
    paper, asked = managed_item(request, pk, item)
    form = RequireForm(request.POST)
    at = clock.now()

    def act() -> str:
        if qualifying.require(paper, item, **form.cleaned_data, by=request.user, at=at):
            return _("Required. Answers to this question go only to those who have passed.")
        return _("Trial marking is not required any more.")

    said, status = deeds.done(request, form, act)
    if said is None:
        return _setup_page(request, paper, asked, status=status, require_form=form)
    messages.success(request, said)
    return redirect("exams:trial_setup", pk, item)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int, item: str) -> HttpResponse:
    """Let a marker go on who is held, or give her more trial scripts."""
    paper, asked = managed_item(request, pk, item)
    rule = get_object_or_404(TrialRule.objects.select_related("paper"), paper=paper, item=item)
    form = DecideForm(request.POST, people=queries.markers_of(paper.module.stage.exam, clock.now()))
    said, status = deeds.done(request, form, lambda: _decided(request, rule, form.cleaned_data))
    if said is None:
        return _setup_page(request, paper, asked, status=status, decide_form=form)
    messages.success(request, said)
    return redirect("exams:trial_setup", pk, item)


def _decided(request: HttpRequest, rule: TrialRule, chosen: dict[str, Any]) -> str:
    marker, reason, at = chosen["marker"], chosen["reason"], clock.now()
    if chosen["kind"] == TrialDecision.Kind.GO_ON:
        qualifying.let_go_on(rule, marker, reason, by=request.user, at=at)
        return _("%(name)s goes on. She has been told.") % {"name": marker}
    qualifying.give_more(rule, marker, chosen["count"] or 0, reason, by=request.user, at=at)
    return _("%(name)s marks more trial scripts first. She has been told.") % {"name": marker}
