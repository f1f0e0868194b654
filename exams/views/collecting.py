"""Pages of exam officers: a question file brought in, looked at, and taken into the bank or given up."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import collecting, question_files, question_sheet
from exams.models import Question
from exams.question_faults import Fault
from lms.lib import clock, sheets
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, ImportRun, Organisation

IN_A_PAGE = 25
FATES = {
    "new": gettext_lazy("new question"),
    "changed": gettext_lazy("next version"),
    "unchanged": gettext_lazy("as it is"),
}


class CollectForm(forms.Form):
    """A question file, whose bank it goes into, and what stands in for what other software does not say."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("bank of"), empty_label=None, required=True
    )
    file = forms.FileField(label=gettext_lazy("question file"))
    prefix = forms.CharField(
        label=gettext_lazy("codes begin with"),
        max_length=10,
        initial="Q",
        required=False,
        help_text=gettext_lazy("For questions without a code of their own: they are counted on from here."),
    )
    difficulty = forms.ChoiceField(
        label=gettext_lazy("difficulty"),
        choices=Question.Difficulty.choices,
        initial=Question.Difficulty.MEDIUM,
        required=False,
        help_text=gettext_lazy("For questions whose file does not say."),
    )

    def __init__(self, *args: Any, units: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = units

    def wanted(self) -> dict[str, Any]:
        """What `collecting.check` is given; what was left empty as it stands at first."""
        given = {name: self.cleaned_data[name] or self.fields[name].initial for name in ("prefix", "difficulty")}
        file = self.cleaned_data["file"]
        return {"organisation": self.cleaned_data["organisation"], "file": file, "file_name": file.name, **given}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def collect(request: HttpRequest) -> HttpResponse:
    """Choose a question file; it is checked at once, and the bank does not change yet."""
    at = clock.now()
    units = banks_of(request)
    if not units.exists():
        raise access.NotYourOffice()
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CollectForm(*sent, units=units, initial={"organisation": units.first()})
    if request.method == "POST" and form.is_valid():
        try:
            run = collecting.check(**form.wanted(), by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return redirect("exams:collected", pk=run.pk)
    waiting = collecting.runs(request.user, at).filter(checked_by=request.user, state=ImportRun.State.CHECKED)
    context = {
        "form": form,
        "steps": _steps(),
        "unfinished": waiting.order_by("-pk").first(),
        "headings": question_sheet.HEADINGS,
        "crumbs": _crumbs(),
    }
    return render(request, "exams/collect.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty workbook."""
    if not banks_of(request).exists():
        raise access.NotYourOffice()
    return sheets.send(question_sheet.template(), name=_("Question bank") + ".xlsx")


@login_required
@require_safe
def collected(request: HttpRequest, pk: int) -> HttpResponse:
    """A question file where it stands: what would come in and what would not, or what came in."""
    at = clock.now()
    run = _run(request, pk, at)
    faults = [Fault(**each) for each in run.errors]
    context = {
        "run": run,
        "format": question_files.FORMATS[run.summary["format"]],
        "is_workbook": run.summary["format"] == question_files.WORKBOOK,
        "faults": Paginator(faults, IN_A_PAGE).get_page(request.GET.get("faults")),
        "steps": _steps(),
        "current": 3 if run.state == ImportRun.State.COMMITTED else 2,
        "crumbs": [*_crumbs(), (_("Bring questions in"), reverse("exams:collect"))],
    }
    if run.state == ImportRun.State.CHECKED:
        context |= _preview(request, run)
    return render(request, "exams/collected.html", context)


def _preview(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    foreseen = collecting.foreseen(run)
    fates = [fate for _item, fate in foreseen]
    page = Paginator(foreseen, IN_A_PAGE).get_page(request.GET.get("page"))
    kinds, levels = dict(Question.Kind.choices), dict(Question.Difficulty.choices)
    rows = [
        {
            "code": item.code,
            "kind": kinds[item.kind],
            "stem": item.stem,
            "points": item.points,
            "topic": "/".join(item.topic),
            "difficulty": levels[item.difficulty],
            "media": len(item.media),
            "line": item.line,
            "fate": FATES[fate],
        }
        for item, fate in page.object_list
    ]
    return {"page": page, "rows": rows, "counts": {name: fates.count(name) for name in FATES}}


@login_required
@require_safe
def collected_report(request: HttpRequest, pk: int) -> HttpResponse:
    """What is told of a file, as a workbook."""
    run = _run(request, pk, clock.now())
    if not run.errors or not (run.rows or run.summary["format"] != question_files.WORKBOOK):
        raise Http404
    name = run.file_name.rpartition(".")[0] or run.file_name
    return sheets.send(collecting.report(run), name=f"{name} " + _("report") + ".xlsx")


@login_required
@require_POST
def take_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in what was found whole."""
    at = clock.now()
    taken = collecting.commit(run=_run(request, pk, at), by=request.user, at=at)
    fresh = sum(each.collected_at == at for each in taken)
    text = ngettext("{n} question was new or changed.", "{n} questions were new or changed.", fresh)
    messages.success(request, text.format(n=fresh))
    return redirect("exams:collected", pk=pk)


@login_required
@require_POST
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a file up."""
    at = clock.now()
    collecting.abandon(run=_run(request, pk, at), by=request.user, at=at)
    messages.success(request, _("The file was given up. Nothing of it came into the bank."))
    return redirect("exams:collect")


def banks_of(request: HttpRequest) -> QuerySet[Organisation]:
    """The units whose banks the user may fill: bureaus and institutions below her exam offices, no schools."""
    paths = access.paths(request.user, clock.now(), Appointment.Office.EXAM_OFFICER)
    level = Organisation.Level
    units = Organisation.objects.under(*paths).exclude(level__in=[level.CLUSTER, level.SCHOOL])
    return units.filter(closed_on=None).order_by("level", "code")


def _run(request: HttpRequest, pk: int, at: dt.datetime) -> ImportRun:
    runs = collecting.runs(request.user, at).select_related("organisation", "checked_by")
    return get_object_or_404(runs, pk=pk)


def _steps() -> list[str]:
    return [_("Choose a file"), _("Look before it comes in"), _("Done")]


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Question bank"), reverse("exams:bank"))]
