"""Pages of those who watch an exam: the papers of its rooms as one document, at once or when the queue has set them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from exams import preparing, room_papers
from exams.models import Exam, PrintRun, Room, Sitting, Stage
from lms.lib import clock
from lms.lib.http import row_id, send_file, send_pdf
from lms.lib.refusals import Refusal

_SHOWN = 6  # documents on the page of the rooms
LABELS = {
    "doors": gettext_lazy("Door lists"),
    "sheets": gettext_lazy("Sign-in sheets"),
    "labels": gettext_lazy("Seat labels"),
    "tickets": gettext_lazy("Tickets"),
}


@dataclass(frozen=True)
class Choice:
    """What may be printed: `part` is empty for everything; a long one is prepared by the queue."""

    part: str
    label: str
    is_long: bool


def choices(rooms: Sequence[Room], *, managed: bool) -> list[Choice]:
    """What a reader of the rooms may print."""
    seats = sum(len(room.entries.all()) for room in rooms)
    parts = _allowed(managed)
    single = [Choice(part, LABELS[part], room_papers.is_long(seats, [part])) for part in parts]
    return [Choice("", _("Everything in one PDF"), room_papers.is_long(seats, parts)), *single]


def prepared(request: HttpRequest, stage: Stage, at: dt.datetime) -> list[PrintRun]:
    """The documents of a stage that were prepared and that this reader may see, newest first, each with its words."""
    found = _runs(request, at).filter(sitting__module__stage=stage).exclude(state=PrintRun.State.CLEARED)
    return [_named(run) for run in found.order_by("-pk")[:_SHOWN]]


@login_required
@require_POST
def print_rooms(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers of the rooms as one PDF: all of them, or the `part`s named, of all rooms or of one (`room`). Tickets
    only for exam officers of the exam. The journal keeps who has them."""
    at = clock.now()
    sitting, parts = _asked(request, pk, request.POST.getlist("part"), at)
    room = row_id(request.POST.get("room", ""))
    try:
        made = preparing.set_at_once(sitting=sitting, parts=parts, room=room, by=request.user, at=at)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("exams:rooms", pk=pk)
    return send_pdf(made, name=_name(sitting))


@login_required
@require_POST
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the queue set the papers of all rooms: all of them, or the `part`s named."""
    at = clock.now()
    sitting, parts = _asked(request, pk, request.POST.getlist("part"), at)
    run = preparing.prepare(sitting=sitting, parts=parts, by=request.user, at=at)
    return redirect("exams:print_run", pk=run.pk)


@login_required
@require_safe
def print_run(request: HttpRequest, pk: int) -> HttpResponse:
    """A document where it stands: being prepared, ready to be fetched, or not finished."""
    at = clock.now()
    run = _named(get_object_or_404(_runs(request, at), pk=pk))
    stage = run.sitting.module.stage
    ready = run.state == PrintRun.State.READY
    context = {
        "run": run,
        "stage": stage,
        "exam": stage.exam,
        "parts": run.parts.split(","),
        "outdated": ready and run.basis != room_papers.basis(run.sitting),
        "kept_until": run.seen_at + preparing.KEPT,
        "crumbs": [
            (_("Exams"), reverse("exams:list")),
            (stage.exam.name, reverse("exams:exam", args=[stage.exam_id])),
            (_("Rooms and seats"), reverse("exams:rooms", args=[stage.pk])),
        ],
    }
    return render(request, "exams/print_run.html", context)


@login_required
@require_POST
def fetch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The document of a run, handed out once for each asking: the journal keeps who has it."""
    at = clock.now()
    run = get_object_or_404(_runs(request, at), pk=pk)
    file = preparing.fetch(run=run, by=request.user, at=at)
    return send_file(request, file, content_type="application/pdf", name=_name(run.sitting), attachment=True)


def _asked(request: HttpRequest, pk: int, parts: Sequence[str], at: dt.datetime) -> tuple[Sitting, list[str]]:
    """The sitting, if the reader watches its exam, and those of the parts named that are hers; all of hers if none."""
    watched = Exam.objects.watched_by(request.user, at)
    rows = Sitting.objects.select_related("module__stage__exam__organisation")
    sitting = get_object_or_404(rows, module__stage__id=pk, module__stage__exam__in=watched)
    managed = Exam.objects.managed_by(request.user, at).filter(pk=sitting.module.stage.exam_id).exists()
    allowed = _allowed(managed)
    return sitting, [part for part in allowed if part in parts] or allowed


def _allowed(managed: bool) -> list[str]:
    return [part for part in room_papers.PARTS if managed or part != "tickets"]


def _runs(request: HttpRequest, at: dt.datetime) -> QuerySet[PrintRun]:
    return PrintRun.objects.visible_to(request.user, at).select_related("sitting__module__stage__exam", "asked_by")


def _named(run: PrintRun) -> PrintRun:
    """The run with what it holds, in words."""
    run.words = " · ".join(str(LABELS[part]) for part in run.parts.split(","))
    return run


def _name(sitting: Sitting) -> str:
    return _("Papers of the rooms") + f" {sitting.module.stage.exam.name}.pdf"
