"""Files brought in, step by step: choose, check, look, done; and back again."""

import datetime as dt
from collections import deque
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib import clock, sheets
from lms.lib.refusals import Refusal
from lms.people import access, importing, loading, queries
from lms.people.import_kinds import ADDED, CHANGED, LEFT, Importer
from lms.people.models import ImportRun

IN_A_PAGE = 50
State = ImportRun.State
_WORKING = (State.WAITING, State.COMMITTING, State.UNDOING)
_AROUND = 1  # rows shown before and after a faulty one
_COLUMNS = 7  # columns shown of them
_NOTES_SHOWN = 100
# The step of the wizard that a state belongs to; past the last, all are done.
_STEPS = {State.WAITING: 2, State.REFUSED: 2, State.FAULTY: 2, State.CHECKED: 3, State.COMMITTING: 4}
# What was given up or goes back is on no step of the way to being done.
_OFF_THE_WAY = (State.UNDOING, State.UNDONE, State.ABANDONED)
_SORTS = {ADDED: gettext_lazy("New"), CHANGED: gettext_lazy("Changed"), LEFT: gettext_lazy("Not listed")}


class BringForm(forms.Form):
    """A file, and the unit for which it is brought where there are several."""

    unit = forms.TypedChoiceField(label=gettext_lazy("For which unit"), coerce=int)
    file = forms.FileField(label=gettext_lazy("File"))

    def __init__(self, units: dict[int, str], *given: Any) -> None:
        super().__init__(*given)
        self.fields["unit"].choices = list(units.items())
        if len(units) == 1:
            del self.fields["unit"]


@login_required
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """What one may bring in, and what was brought in before."""
    at = clock.now()
    kinds = queries.import_kinds(request.user, at)
    if not kinds:
        raise Http404
    runs = queries.import_runs(request.user, at).select_related("organisation", "checked_by")
    page = Paginator(runs.defer("rows", "undo", "errors", "notes"), IN_A_PAGE).get_page(request.GET.get("page"))
    rows = [(run, importing.importer_of(run).label) for run in page.object_list]
    return render(request, "people/imports.html", {"kinds": kinds, "page": page, "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Choose a file; it is then checked, and nothing is imported yet."""
    at = clock.now()
    importer = _importer(request, kind, at)
    offices = access.offices(request.user, at, *importer.offices)
    units = {each.organisation_id: each.organisation for each in offices}
    names = {pk: unit.name for pk, unit in units.items()}
    form = BringForm(names, *((request.POST, request.FILES) if request.method == "POST" else ()))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file, unit = form.cleaned_data["file"], units[form.cleaned_data.get("unit") or next(iter(units))]
            try:
                run = importing.bring(
                    kind=kind, organisation=unit, file=file, file_name=file.name, by=request.user, at=at
                )
            except Refusal as refusal:
                form.add_error("file" if refusal.field == "file" else None, str(refusal))
                status = refusal.status
            else:
                return redirect("people:import_run", pk=run.pk)
    mine = queries.import_runs(request.user, at).filter(kind=kind, checked_by=request.user)
    context = {
        "importer": importer,
        "form": form,
        "unfinished": mine.filter(state__in=importing.UNFINISHED).defer("rows").first(),
        "limit": loading.MAX_BYTES // 1024 // 1024,
        "steps": _steps(),
        "crumbs": _crumbs(),
    }
    return render(request, "people/import_new.html", context, status=status)


@login_required
@require_safe
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty file of this kind."""
    importer = _importer(request, kind, clock.now())
    return sheets.send(importer.template(), name=f"{importer.title}.xlsx")


@login_required
@require_safe
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """A file where it stands: being worked on, to be mended, to be looked at, done, or over."""
    at = clock.now()
    run = _run(request, pk, at)
    state, importer = State(run.state), importing.importer_of(run)
    context = {
        "run": run,
        "importer": importer,
        "refusal": loading.refusal_of(run),
        "notes": [importer.note_sentence(note) for note in run.notes[:_NOTES_SHOWN]],
        "notes_left": max(0, run.summary.get("notes", 0) - _NOTES_SHOWN),
        "steps": [] if state in _OFF_THE_WAY else _steps(),
        "current": _STEPS.get(state, 5),
        "crumbs": _crumbs(),
    }
    look = {State.FAULTY: _faulty, State.CHECKED: _preview, State.COMMITTED: _done}.get(state)
    if look:
        context |= look(request, run, importer)
    name = "working" if state in _WORKING else "over" if state in (State.UNDONE, State.ABANDONED) else state
    return render(request, f"people/import_{name}.html", context)


def _faulty(request: HttpRequest, run: ImportRun, importer: Importer) -> dict[str, Any]:
    columns = sorted({fault["heading"] for fault in run.errors}, key=importer.headings.index)
    chosen = request.GET.get("column", "")
    faults = [fault for fault in run.errors if chosen not in columns or fault["heading"] == chosen]
    page = Paginator(faults, IN_A_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.get("row", "")
    row = int(asked) if asked.isdecimal() and len(asked) < 8 else page.object_list[0]["row"]
    return {
        "page": page,
        "faults": [(fault, importer.expected(fault), importer.sentence(fault)) for fault in page.object_list],
        "columns": columns,
        "chosen": chosen,
        "row": row,
        "excerpt": _excerpt(run, importer, row),
    }


def _excerpt(run: ImportRun, importer: Importer, row: int) -> dict[str, Any]:
    """A row as it stands in the workbook, between its neighbours; private columns covered, faulty cells named."""
    head, rows = importing.typed(run)
    headings = head["headings"][:_COLUMNS]
    faulty = {(fault["row"], fault["heading"]) for fault in run.errors}
    before: deque[tuple[int, list[str]]] = deque(maxlen=_AROUND)
    lines: list[tuple[int, list[str]]] = []
    for line in rows:
        if line[0] < row:
            before.append(line)
        elif lines or line[0] == row:
            lines.append(line)
        if len(lines) > _AROUND or (line[0] > row and not lines):
            break
    if not lines:
        return {}
    cover = partial(zip, headings, strict=False)
    return {
        "headings": headings,
        "rows": [
            (number, [(importer.covered(heading, text), (number, heading) in faulty) for heading, text in cover(texts)])
            for number, texts in [*before, *lines]
        ],
    }


class _Entries:
    """The entries of one sort as a Paginator wants them: counted, and laid out only for one page."""

    def __init__(self, run: ImportRun, does: str) -> None:
        self.run, self.does = run, does

    def count(self) -> int:
        return self.run.summary["counts"][self.does]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[dict[str, Any]]:
        return importing.entries(self.run, self.does, part.start, part.stop - part.start)


def _preview(request: HttpRequest, run: ImportRun, importer: Importer) -> dict[str, Any]:
    counts = run.summary["counts"]
    sorts = [does for does in _SORTS if counts[does]]
    asked = request.GET.get("sort")
    shown = asked if asked in sorts else next(iter(sorts), ADDED)
    page = Paginator(_Entries(run, shown), IN_A_PAGE).get_page(request.GET.get("page"))
    address = reverse("people:import_run", args=[run.pk])
    return {
        "figures": importer.figures(run),
        "choices": importer.choices(run),
        "acting": counts[ADDED] + counts[CHANGED],
        "tabs": [
            {
                "label": _SORTS[does],
                "address": f"{address}?sort={does}#list",
                "current": does == shown,
                "count": counts[does],
            }
            for does in sorts
        ],
        "page": page,
        "headings": importer.preview_headings,
        "rows": [
            (entry["row"], list(zip(importer.preview_headings, importer.preview_row(entry), strict=True)))
            for entry in page.object_list
        ],
    }


def _done(request: HttpRequest, run: ImportRun, importer: Importer) -> dict[str, Any]:
    return {
        "figures": importer.figures(run),
        "next_steps": importer.next_steps(run),
        "effects": [
            _("What the file added is removed; what it changed is put back."),
            _("Once somebody has acted on one of its rows, this is refused and that row is named."),
        ],
    }


@login_required
@require_safe
def import_marked(request: HttpRequest, pk: int) -> HttpResponse:
    """The faulty file with its faulty cells red."""
    run = _run(request, pk, clock.now())
    if run.state != State.FAULTY:
        raise Http404
    name = run.file_name.rpartition(".")[0] or run.file_name
    return sheets.send(importing.marked_workbook(run), name=f"{name} " + _("marked") + ".xlsx")


@login_required
@require_POST
def import_commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Do what was checked, with what was ticked."""
    at = clock.now()
    run = importing.commit(run=_run(request, pk, at), chosen=request.POST.getlist("chosen"), by=request.user, at=at)
    if run.state == State.COMMITTED:
        messages.success(request, _("The file was imported."))
    return redirect("people:import_run", pk=pk)


@login_required
@require_POST
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an import back."""
    at = clock.now()
    run = importing.undo(run=_run(request, pk, at), by=request.user, at=at)
    if run.state == State.UNDONE:
        messages.success(request, _("The import was undone. Everything is as it was before."))
    return redirect("people:import_run", pk=pk)


@login_required
@require_POST
def import_abandon(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a file up."""
    at = clock.now()
    run = _run(request, pk, at)
    importing.abandon(run=run, by=request.user, at=at)
    messages.success(request, _("The file was given up. Nothing of it was imported."))
    return redirect("people:import_new", kind=run.kind)


def _importer(request: HttpRequest, kind: str, at: dt.datetime) -> Importer:
    """A kind of file that the user may bring."""
    found = {each.kind: each for each in queries.import_kinds(request.user, at)}
    if kind not in found:
        raise Http404
    return found[kind]


def _run(request: HttpRequest, pk: int, at: dt.datetime) -> ImportRun:
    """A file of a kind that the user may bring for that unit."""
    return get_object_or_404(
        queries.import_runs(request.user, at).select_related("organisation", "checked_by").defer("undo"), pk=pk
    )


def _steps() -> list[str]:
    return [_("Choose a file"), _("Check"), _("Look before importing"), _("Done")]


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Files brought in"), reverse("people:imports"))]
