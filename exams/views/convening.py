"""Pages of exam officers: an exam founded and amended, its stages, modules, rubrics and sitting set up by hand."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import convening, outline, planning, wording
from exams import stages as step_order
from exams.models import Exam, Module, Stage
from exams.views import convening_forms as typed_in
from exams.views import next_steps
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.scoring import designing

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@_GET_OR_POST
def convene(request: HttpRequest) -> HttpResponse:
    """Found an exam; to those without the office the page is not there."""
    at = clock.now()
    authorities = outline.authorities(request.user, at)
    if not authorities.exists():
        raise Http404
    levels = outline.levels(request.user, at)
    initial = {"authority": authorities.first(), "code": outline.free_code(authorities, at)}
    if len(levels) == 1:
        initial["level"] = levels[0]
    form = typed_in.NewExamForm(request.POST or None, initial=initial, authorities=authorities, levels=levels)
    if request.method == "POST" and form.is_valid():
        try:
            exam = convening.convene(
                organisation=form.cleaned_data["authority"], **form.figures(), by=request.user, at=at
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The exam is founded. Nobody but your office sees it yet; now make its plan."))
            return redirect("exams:exam", exam.pk)
    context = {"form": form, "has_levels": bool(levels), "crumbs": [(_("Exams"), reverse("exams:list"))]}
    return render(request, "exams/convene.html", context, status=422 if form.errors else 200)


@login_required
@_GET_OR_POST
def amend(request: HttpRequest, pk: int) -> HttpResponse:
    """Other figures for an exam that is not announced yet."""
    at = clock.now()
    exam = _exam(request, at, pk)
    initial = typed_in.ExamForm.typed_of(exam)
    form = typed_in.ExamForm(request.POST or None, initial=initial, levels=outline.levels(request.user, at))
    if request.method == "POST" and form.is_valid():
        try:
            convening.amend(exam=exam, **form.figures(), by=request.user, at=at)
        except Refusal as refusal:
            form.refuse(refusal)
            exam = _exam(request, at, pk)
        else:
            messages.success(request, _("The exam's figures are changed."))
            return redirect("exams:plan", pk)
    context = {"form": form, "exam": exam, "has_levels": True, "crumbs": _crumbs(exam)}
    return render(request, "exams/convene.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """An exam's figures, stages and modules, and what is still missing."""
    at = clock.now()
    exam = _exam(request, at, pk)
    stages = outline.stages_of(exam)
    is_planning = not stages or stages[0].state == Stage.State.PLANNING
    context = {
        "exam": exam,
        "stages": [_stage_row(stage) for stage in stages],
        "step": next_steps.gap_step(exam, outline.gaps(stages)),
        "usual": _usual(),
        "is_planning": is_planning,
        "figures": wording.figure_labels(exam.eligibility),
        "crumbs": _crumbs(exam)[:2],
    }
    return render(request, "exams/plan.html", context)


def _stage_row(stage: Stage) -> dict[str, Any]:
    """A stage as the plan shows it: its modules with their sittings, and what may still be done to it."""
    is_written = stage.kind == Stage.Kind.WRITTEN
    modules = list(stage.modules.all())
    before_seats = (Stage.State.PLANNING, Stage.State.REGISTRATION_OPEN, Stage.State.REGISTRATION_CLOSED)
    is_planning = stage.state == Stage.State.PLANNING
    return {
        "stage": stage,
        "is_written": is_written,
        "modules": [(module, outline.sitting_of(module)) for module in modules],
        "may_schedule": is_written and stage.state in before_seats,
        "may_declare": is_written and not step_order.is_past(stage, Stage.State.SCORES_CHECKED),
        "may_add": is_planning and not (is_written and modules),
        "kinds": [] if is_written else [(kind, name) for kind, name in planning.MODULE_NAMES.items()],
    }


def _usual() -> list[dict[str, Any]]:
    """The usual plan in words, before anybody lays it out."""
    figures = {
        "full": planning.FULL_MARKS,
        "mark": planning.PASS_MARK,
        "limit": planning.DIFFERENCE_LIMIT,
        "judges": planning.JUDGES,
        "high": planning.DROP_HIGH,
        "low": planning.DROP_LOW,
    }
    judged = _("{judges} judges, {high} highest and {low} lowest left out, passed from {mark} of {full}")
    written = _("passed from {mark} of {full}; a third marker where two differ by more than {limit}")
    return [
        {"name": planning.WRITTEN_STAGE, "modules": [(planning.WRITTEN_MODULE, written.format(**figures), [])]},
        {
            "name": planning.PERFORMANCE_STAGE,
            "modules": [
                (name, judged.format(**figures), planning.default_criteria(kind))
                for kind, name in planning.MODULE_NAMES.items()
            ],
        },
    ]


@login_required
@require_POST
def usual_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Lay out the usual plan."""
    at = clock.now()
    exam = _exam(request, at, pk)
    planning.lay_default_plan(exam=exam, by=request.user, at=at)
    messages.success(request, _("The plan is laid out. Set the place and time of the sitting next."))
    return redirect("exams:plan", pk)


@login_required
@_GET_OR_POST
def new_stage(request: HttpRequest, pk: int) -> HttpResponse:
    """The next stage: the written exam first, then performances."""
    at = clock.now()
    exam = _exam(request, at, pk)
    number = exam.stages.count() + 1
    kind, name = Stage.Kind.PERFORMANCE, planning.PERFORMANCE_STAGE
    if number == 1:
        kind, name = Stage.Kind.WRITTEN, planning.WRITTEN_STAGE
    form = typed_in.StageForm(request.POST or None, initial={"name": name})
    if request.method == "POST" and form.is_valid():
        try:
            stage = convening.add_stage(
                exam=exam, number=number, kind=kind, name=form.cleaned_data["name"], by=request.user, at=at
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("“{stage}” is added. Add its modules next.").format(stage=stage.name))
            return redirect("exams:plan", pk)
    title = _("Add stage {number}: {kind}").format(number=number, kind=Stage.Kind(kind).label)
    return _form_page(request, exam, form, title, _("Add the stage"))


@login_required
@_GET_OR_POST
def new_module(request: HttpRequest, pk: int) -> HttpResponse:
    """A module of a stage: the paper of a written one; of a performance an oral exam or (?kind=) a lesson
    presentation, together with its rubric."""
    at = clock.now()
    stages = Stage.objects.filter(exam__in=Exam.objects.managed_by(request.user, at))
    stage = get_object_or_404(stages.select_related("exam__organisation"), pk=pk)
    if stage.kind == Stage.Kind.WRITTEN:
        return _new_paper_module(request, stage, at)
    return _new_judged_module(request, stage, at)


def _new_paper_module(request: HttpRequest, stage: Stage, at: dt.datetime) -> HttpResponse:
    form = typed_in.PaperModuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            module = convening.add_module(
                stage=stage, number=1, kind=Module.Kind.WRITTEN, **form.cleaned_data, by=request.user, at=at
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("“{module}” is added.").format(module=module.name))
            return redirect("exams:plan", stage.exam_id)
    return _form_page(request, stage.exam, form, _("Add the written paper"), _("Add the paper"), stage.name)


def _new_judged_module(request: HttpRequest, stage: Stage, at: dt.datetime) -> HttpResponse:
    kind = request.GET.get("kind", Module.Kind.ORAL)
    if kind not in planning.MODULE_NAMES:
        raise Http404
    name = planning.MODULE_NAMES[kind]
    form = typed_in.JudgedModuleForm(request.POST or None, initial={"name": name})
    rows = typed_in.Criteria(request.POST or None, initial=planning.default_criteria(kind), prefix="criteria")
    if request.method == "POST" and all((form.is_valid(), rows.is_valid())):
        try:
            module = planning.add_judged_module(
                stage=stage, kind=kind, **form.cleaned_data, criteria=rows.criteria(), by=request.user, at=at
            )
        except Refusal as refusal:
            _refuse(form, rows, refusal)
        else:
            messages.success(request, _("“{module}” is added with its rubric.").format(module=module.name))
            return redirect("exams:plan", stage.exam_id)
    title = _("Add a module: {name}").format(name=name)
    return _form_page(request, stage.exam, form, title, _("Add module and rubric"), stage.name, rows=rows)


@login_required
@_GET_OR_POST
def rubric(request: HttpRequest, pk: int) -> HttpResponse:
    """The rubric of a module: read, and redrafted until somebody is judged by it."""
    at = clock.now()
    module = _module(request, at, pk, rubric__isnull=False)
    form = typed_in.RubricForm(request.POST or None, initial={"name": module.rubric.name})
    rows = typed_in.Criteria(request.POST or None, initial=typed_in.criteria_of(module), prefix="criteria")
    if request.method == "POST" and all((form.is_valid(), rows.is_valid())):
        try:
            designing.redraft_rubric(
                rubric=module.rubric,
                name=form.cleaned_data["name"],
                criteria=rows.criteria(),
                full_marks=module.full_marks,
                by=request.user,
                at=at,
            )
        except Refusal as refusal:
            _refuse(form, rows, refusal)
        else:
            messages.success(request, _("The rubric is changed."))
            return redirect("exams:plan", module.stage.exam_id)
    exam, frozen = module.stage.exam, module.rubric.frozen_at is not None
    title, sub = _("Rubric: {module}").format(module=module.name), module.stage.name
    if frozen and request.method != "POST":
        context = {"rubric": module.rubric, "title": title, "sub": sub, "crumbs": _crumbs(exam)}
        return render(request, "exams/rubric.html", context)
    return _form_page(request, exam, form, title, _("Change the rubric"), sub, rows=rows)


@login_required
@_GET_OR_POST
def sitting(request: HttpRequest, pk: int) -> HttpResponse:
    """Place and time of a written module, set or changed until seats are arranged."""
    at = clock.now()
    module = _module(request, at, pk, kind=Module.Kind.WRITTEN)
    exam, stands = module.stage.exam, outline.sitting_of(module)
    form = typed_in.SittingForm(request.POST or None, initial=typed_in.SittingForm.typed_of(stands) if stands else {})
    if request.method == "POST" and form.is_valid():
        try:
            convening.schedule_sitting(module=module, **form.figures(), by=request.user, at=at)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Place and time of the sitting are set."))
            return redirect("exams:plan", exam.pk)
    until = _("Registration runs until {closes}; the sitting begins after it.").format(
        closes=wording.deadline(exam.registration_closes_at)
    )
    return _form_page(request, exam, form, _("Place and time of the sitting"), _("Set place and time"), until)


def _exam(request: HttpRequest, at: dt.datetime, pk: int) -> Exam:
    managed = Exam.objects.managed_by(request.user, at)
    return get_object_or_404(managed.select_related("organisation", "level__scheme__authority"), pk=pk)


def _module(request: HttpRequest, at: dt.datetime, pk: int, **kept: Any) -> Module:
    managed = Module.objects.filter(stage__exam__in=Exam.objects.managed_by(request.user, at), **kept)
    return get_object_or_404(managed.select_related("stage__exam__organisation", "rubric", "sitting"), pk=pk)


def _refuse(form: typed_in.ActForm, rows: typed_in.Rows, refusal: Refusal) -> None:
    """Show a refusal beside what it is about; what concerns the rows stands above the page."""
    if refusal.field == "criteria":
        form.add_error(None, rows.refusal_on_page(refusal))
    else:
        form.refuse(refusal)


def _form_page(
    request: HttpRequest, exam: Exam, form: typed_in.ActForm, title: str, verb: str, sub: str = "", rows=None
) -> HttpResponse:
    refused = bool(form.errors) or (rows is not None and rows.is_bound and not rows.is_valid())
    context = {"exam": exam, "form": form, "rows": rows, "title": title, "verb": verb, "sub": sub}
    context["crumbs"] = _crumbs(exam)
    return render(request, "exams/plan_form.html", context, status=422 if refused else 200)


def _crumbs(exam: Exam) -> list[tuple[str, str]]:
    return [
        (_("Exams"), reverse("exams:list")),
        (exam.name, reverse("exams:exam", args=[exam.pk])),
        (_("Plan"), reverse("exams:plan", args=[exam.pk])),
    ]
