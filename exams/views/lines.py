"""The cut score: what a line would do, its proposal, and the decision of a second person."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from exams import queries, stages, standard_setting
from exams.models import CutScore, Module, Stage
from exams.views import next_steps
from lms.lib import clock, crypto, sheets
from lms.lib.refusals import Refusal
from lms.people import access, signing
from lms.people.models import SchoolStage


class LineForm(forms.Form):
    """The line to look at; nothing is decided by it."""

    value = forms.DecimalField(
        label=gettext_lazy("Line in points"),
        decimal_places=2,
        min_value=0,
        error_messages={"invalid": gettext_lazy("Enter the line as a number, for example 60.00.")},
    )


class ProposeForm(forms.Form):
    value = forms.DecimalField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write why the line is drawn here.")},
    )


class ApproveForm(forms.Form):
    seen_digest = forms.CharField(widget=forms.HiddenInput)
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        help_text=gettext_lazy("To approve, sign with your password."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Type your password to sign.")},
    )


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason for returning"),
        max_length=1000,
        help_text=gettext_lazy("What should be changed."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write what should be changed.")},
    )


def _module(request: HttpRequest, at: dt.datetime, pk: int) -> Module:
    seen = Module.objects.filter(kind=Module.Kind.WRITTEN, stage__in=queries.stages_with_results(request.user, at))
    return get_object_or_404(seen.select_related("stage__exam__organisation"), pk=pk)


@login_required
@require_safe
def cut_score(request: HttpRequest, pk: int) -> HttpResponse:
    """The funnel, the distribution with the line, what other lines would do, the effect by unit, and the decision."""
    at = clock.now()
    return _page(request, _module(request, at, pk), at)


def _page(
    request: HttpRequest, module: Module, at: dt.datetime, *, status: int = 200, **refused: forms.Form
) -> HttpResponse:
    """The page; `refused` are the forms that were sent and not carried out, under their names in the template."""
    cut = module.cut_scores.exclude(state=CutScore.State.RETURNED).select_related("proposed_by", "decided_by").first()
    line_form = LineForm(request.GET if "value" in request.GET else None)
    value = _value(module, cut, line_form, refused.get("propose_form"))
    settled = stages.is_past(module.stage, Stage.State.SCORES_CHECKED)
    seen = standard_setting.preview(module, value) if settled else None
    authority = module.stage.exam.organisation
    context = {
        "module": module,
        "stage": module.stage,
        "exam": module.stage.exam,
        "cut": cut,
        "returned": module.cut_scores.filter(state=CutScore.State.RETURNED).order_by("-decided_at").first(),
        "value": value,
        "seen": seen,
        "is_the_proposed": cut is not None and cut.value == value,
        "line_form": line_form,
        "propose_form": ProposeForm(initial={"value": value}),
        "approve_form": ApproveForm(initial={"seen_digest": crypto.digest(seen)}),
        "return_form": ReturnForm(),
        "may_propose": access.covers(request.user, authority, at, *standard_setting.PROPOSERS)
        and module.stage.state == Stage.State.SCORES_CHECKED,
        "is_proposer": cut is not None and cut.proposed_by_id == request.user.pk,
        "may_decide": cut is not None
        and cut.proposed_by_id != request.user.pk
        and access.covers(request.user, authority, at, *standard_setting.APPROVERS),
        "funnel": _funnel(module.stage, seen),
        "shape": _for_script(seen),
        "stage_rows": _stage_rows(seen),
        "may_conduct": access.covers(request.user, authority, at, *standard_setting.PROPOSERS),
        "crumbs": [(module.stage.exam.name, reverse("exams:exam", args=[module.stage.exam_id]))],
        "mistyped": "value" in request.GET and not line_form.is_valid(),
        **refused,
    }
    return render(request, "exams/cut_score.html", context, status=status)


def _value(module: Module, cut: CutScore | None, line_form: LineForm, propose_form: ProposeForm | None) -> Decimal:
    """The line to show: what was asked for where that is possible, else what stands, else the plan's."""
    asked = None
    if propose_form is not None:
        asked = propose_form.cleaned_data.get("value")
    elif line_form.is_valid():
        asked = line_form.cleaned_data["value"]
    if asked is not None:
        try:
            return standard_setting.require_value(asked, module)
        except Refusal as refusal:
            if line_form.is_bound:
                line_form.add_error("value", str(refusal))
    return (cut.value if cut else module.pass_mark).quantize(Decimal("0.01"))


def _funnel(stage: Stage, seen: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The exam's funnel, and while the line is not set, who would reach it."""
    rows = next_steps.funnel(queries.funnel(stage.exam))
    if seen and stage.state == Stage.State.SCORES_CHECKED:
        note = _("%(share)s%% of those who sat") % {"share": seen["share"]} if seen["share"] else ""
        rows.append({"label": _("Would pass"), "count": seen["passing"], "note": note, "kind": "plan"})
    return rows


def _stage_rows(seen: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The effect by school stage with the stages' names."""
    names = dict(SchoolStage.choices)
    return [{**row, "name": names.get(row["stage"], _("not known"))} for row in seen["stages"]] if seen else []


def _for_script(seen: dict[str, Any] | None) -> dict[str, Any] | None:
    """What moving the line in the browser needs: the axis, the line, and the scores without anybody's name."""
    if not seen or not seen["bins"]:
        return None
    return {
        "low": seen["bins"][0]["low"],
        "high": seen["bins"][-1]["high"],
        "most": seen["full_marks"],
        "value": seen["value"],
        "scores": seen["scores"],
    }


@login_required
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose the line that was looked at."""
    at = clock.now()
    module = _module(request, at, pk)
    form = ProposeForm(request.POST)
    if form.is_valid():
        try:
            standard_setting.propose(
                module, form.cleaned_data["value"], form.cleaned_data["reason"], by=request.user, at=at
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field == "reason" else None, str(refusal))
        else:
            messages.success(request, _("The line is proposed. Another person now decides on it."))
            return redirect("exams:cut_score", module.pk)
    return _page(request, module, at, status=422, propose_form=form)


def _proposed(request: HttpRequest, at: dt.datetime, pk: int) -> CutScore:
    seen = CutScore.objects.filter(module__stage__in=queries.stages_with_results(request.user, at))
    return get_object_or_404(seen.select_related("module__stage__exam__organisation"), pk=pk)


@login_required
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a proposed line, signed with the password."""
    at = clock.now()
    cut = _proposed(request, at, pk)
    form = ApproveForm(request.POST)
    if form.is_valid():
        try:
            signing.confirm(request.user, form.cleaned_data["password"], at)
            standard_setting.approve(cut, form.cleaned_data["seen_digest"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The line of %(value)s points is set.") % {"value": cut.value})
            return redirect("exams:cut_score", cut.module_id)
    return _page(request, cut.module, at, status=422, approve_form=form)


@login_required
@require_POST
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a proposed line with a reason."""
    at = clock.now()
    cut = _proposed(request, at, pk)
    form = ReturnForm(request.POST)
    if form.is_valid():
        try:
            standard_setting.give_back(cut, form.cleaned_data["reason"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The line is returned. Another may now be proposed."))
            return redirect("exams:cut_score", cut.module_id)
    return _page(request, cut.module, at, status=422, return_form=form)


@login_required
@require_safe
def units_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The effect by unit as a workbook, for the line that is looked at."""
    at = clock.now()
    module = _module(request, at, pk)
    stages.require(module.stage, *queries.SETTLED)
    cut = module.cut_scores.exclude(state=CutScore.State.RETURNED).first()
    seen = standard_setting.preview(module, _value(module, cut, LineForm(request.GET), None))
    headings = [
        _("Unit"),
        _("Sat"),
        _("Reach %(value)s") % {"value": seen["value"]},
        _("Share in per cent"),
        _("If %(value)s") % {"value": seen["lower"]},
        _("If %(value)s") % {"value": seen["higher"]},
    ]
    rows = [
        [
            each["name"] or _("Schools directly below"),
            each["sat"],
            each["passing"],
            Decimal(each["share"]),
            each["if_lower"],
            each["if_higher"],
        ]
        for each in seen["units"]
    ]
    return sheets.send(sheets.write([(_("Line"), headings, rows)]), name=f"{module.name}-{seen['value']}.xlsx")
