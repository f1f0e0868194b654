"""Pages of the exam officer: a roster brought in step by step, and the slips for those who have not come in yet."""

import datetime as dt
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

from exams import enlisting, roster
from exams.models import Candidate, Exam, Stage
from lms.lib import clock, masking, sheets
from lms.lib.http import send_pdf
from lms.lib.refusals import Refusal
from lms.people import activating, queries, slips
from lms.people.forms import SlipsForm
from lms.people.models import ImportRun, Organisation, PostHeld, SchoolStage, User

IN_A_PAGE = 50
_STANDING = (Candidate.State.SUBMITTED, Candidate.State.RETURNED, Candidate.State.APPROVED)
_AROUND = 1  # rows shown before and after a faulty one
_COLUMNS = 7  # columns shown of them


class RosterForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Roster"))


@login_required
def roster_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a roster; it is checked at once and nothing is imported yet."""
    at = clock.now()
    exam = _exam(request, pk, at)
    form = RosterForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                run = enlisting.check_roster(exam=exam, file=file, file_name=file.name, by=request.user, at=at)
            except Refusal as refusal:
                form.add_error("file" if refusal.field == "file" else None, str(refusal))
                status = refusal.status
            else:
                return redirect("exams:roster_run", pk=run.pk)
    waiting = (ImportRun.State.CHECKED, ImportRun.State.FAULTY)
    context = {
        "exam": exam,
        "form": form,
        "unfinished": enlisting.runs(exam).filter(checked_by=request.user, state__in=waiting).first(),
        "is_open": exam.stages.filter(number=1, state=Stage.State.REGISTRATION_OPEN).exists(),
        "steps": _steps(),
        "crumbs": _crumbs(exam),
    }
    return render(request, "exams/roster_file.html", context, status=status)


@login_required
@require_safe
def roster_template(request: HttpRequest, pk: int) -> HttpResponse:
    """An empty roster."""
    exam = _exam(request, pk, clock.now())
    return sheets.send(roster.template(), name=_("Roster") + f" {exam.name}.xlsx")


@login_required
@require_safe
def roster_run(request: HttpRequest, pk: int) -> HttpResponse:
    """A roster where it stands: what must be mended, what would be imported, or what was."""
    at = clock.now()
    run, exam = _run(request, pk, at)
    state = ImportRun.State(run.state)
    context = {
        "run": run,
        "exam": exam,
        "notes": [roster.note_sentence(note) for note in run.notes],
        "steps": _steps(),
        "current": {state.FAULTY: 2, state.CHECKED: 3, state.COMMITTED: 5}.get(state, 1),
        "crumbs": _crumbs(exam),
    }
    look = {state.FAULTY: _faulty, state.CHECKED: _preview}.get(state)
    if look:
        context |= look(request, run)
    return render(request, f"exams/roster_{state}.html", context)


def _faulty(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    columns = sorted({fault["heading"] for fault in run.errors}, key=roster.HEADINGS.index)
    chosen = request.GET.get("column", "")
    faults = [fault for fault in run.errors if chosen not in columns or fault["heading"] == chosen]
    page = Paginator(faults, IN_A_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.get("row", "")
    row = int(asked) if asked.isdecimal() and len(asked) < 8 else page.object_list[0]["row"]
    return {
        "page": page,
        "faults": [(fault, roster.expected(fault), roster.sentence(fault)) for fault in page.object_list],
        "columns": columns,
        "chosen": chosen,
        "row": row,
        "excerpt": _excerpt(run, row),
        "form": RosterForm(),
    }


def _excerpt(run: ImportRun, row: int) -> dict[str, Any]:
    """A row as it stands in the workbook, between its neighbours; private columns covered, faulty cells named."""
    waiting = enlisting.content(run)
    headings = waiting["headings"][:_COLUMNS]
    at = {number: index for index, (number, _texts) in enumerate(waiting["cells"])}.get(row)
    if at is None:
        return {}
    faulty = {(fault["row"], fault["heading"]) for fault in run.errors}
    lines = waiting["cells"][max(0, at - _AROUND) : at + _AROUND + 1]
    return {
        "headings": headings,
        "rows": [
            (
                number,
                [
                    (roster.covered(heading, text), (number, heading) in faulty)
                    for heading, text in zip(headings, texts, strict=False)
                ],
            )
            for number, texts in lines
        ],
    }


def _preview(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    page = Paginator(enlisting.content(run)["entries"], IN_A_PAGE).get_page(request.GET.get("page"))
    schools = Organisation.objects.in_bulk({each["school"] for each in page.object_list})
    return {
        "page": page,
        "people": [
            {
                "number": each["number"] or "",
                "name": each["full_name"],
                "id_number": masking.mask_id_number(each["id_number"]),
                "school": schools[each["school"]].name,
                "post": PostHeld.Post(each["facts"]["post"]).label,
                "stage": SchoolStage(each["facts"]["stage"]).label,
                "known": each["teacher"] is not None,
            }
            for each in page.object_list
        ],
    }


@login_required
@require_safe
def roster_marked(request: HttpRequest, pk: int) -> HttpResponse:
    """The faulty roster with its faulty cells red."""
    run, _of = _run(request, pk, clock.now())
    if run.state != ImportRun.State.FAULTY:
        raise Http404
    name = run.file_name.rpartition(".")[0] or run.file_name
    return sheets.send(enlisting.marked_workbook(run), name=f"{name} " + _("marked") + ".xlsx")


@login_required
@require_POST
def roster_commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Import what was checked."""
    at = clock.now()
    run, _of = _run(request, pk, at)
    made = enlisting.commit_roster(run=run, by=request.user, at=at)
    text = ngettext(
        "{n} person is registered and waits for review.", "{n} people are registered and wait for review.", len(made)
    )
    messages.success(request, text.format(n=len(made)))
    return redirect("exams:roster_run", pk=pk)


@login_required
@require_POST
def roster_abandon(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a roster up."""
    at = clock.now()
    run, exam = _run(request, pk, at)
    enlisting.abandon_roster(run=run, by=request.user, at=at)
    messages.success(request, _("The roster was given up. Nothing of it was imported."))
    return redirect("exams:roster", pk=exam.pk)


@login_required
def exam_slips(request: HttpRequest, pk: int) -> HttpResponse:
    """How many candidates have not activated their accounts; on POST their codes are issued and the slips printed."""
    at = clock.now()
    exam = _exam(request, pk, at)
    standing = exam.candidates.filter(state__in=_STANDING)
    accounts = User.objects.filter(teacher__candidacies__in=standing.values("pk"))
    form = SlipsForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data["whom"] == "new"
        chosen = list(queries.to_activate(accounts, request.user, at, without_slip=new))
        if chosen:
            codes = activating.issue_codes(users=chosen, by=request.user, at=at)
            return send_pdf(slips.pdf(codes, at), name=_("Activation slips") + f" {exam.name}.pdf")
        form.add_error("whom", _("Nobody here needs a slip."))
        status = 409
    elif request.method == "POST":
        status = 422
    context = {
        "exam": exam,
        "form": form,
        "candidates": standing.count(),
        "waiting": queries.to_activate(accounts, request.user, at).count(),
        "without_slip": queries.to_activate(accounts, request.user, at, without_slip=True).count(),
        "crumbs": _crumbs(exam),
    }
    return render(request, "exams/slips.html", context, status=status)


def _exam(request: HttpRequest, pk: int, at: dt.datetime) -> Exam:
    return get_object_or_404(Exam.objects.managed_by(request.user, at).select_related("organisation"), pk=pk)


def _run(request: HttpRequest, pk: int, at: dt.datetime) -> tuple[ImportRun, Exam]:
    """A roster of an exam that the user manages, with the exam."""
    managed = ImportRun.objects.managed_by(request.user, at, enlisting.OFFICER).filter(kind=enlisting.KIND)
    run = get_object_or_404(managed.select_related("organisation", "checked_by"), pk=pk)
    return run, enlisting.exam_of(run)


def _steps() -> list[str]:
    return [_("Choose a file"), _("Check"), _("Look before importing"), _("Done")]


def _crumbs(exam: Exam) -> list[tuple[str, str]]:
    return [(_("Exams"), reverse("exams:list")), (exam.name, reverse("exams:exam", args=[exam.pk]))]
