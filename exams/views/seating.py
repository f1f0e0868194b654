"""Pages of the exam officer: the draw of rooms and seats, tickets, and who sits where."""

import datetime as dt
import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from exams import needs, queries, roll, seating
from exams.models import Candidate, Exam, Sitting, Stage, StageEntry
from exams.views.printing import choices, prepared
from exams.views.registration_forms import SeedForm
from lms.lib import clock
from lms.lib.refusals import Refusal


@login_required
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Before the draw: who will be seated, in how many rooms, and the seed. The draw itself is one act."""
    at = clock.now()
    stage = _managed_stage(request, pk, at)
    form = SeedForm(request.POST or None, initial={"seed": secrets.token_hex(8)})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                seating.arrange(stage=stage, seed=form.cleaned_data["seed"], by=request.user, at=at)
            except Refusal as refusal:
                form.add_error(refusal.field, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Rooms and seats are drawn. Look at them before publishing the tickets."))
                return redirect("exams:rooms", pk=pk)
    counts = roll.candidate_counts(stage.exam.candidates.all())
    sitting = Sitting.objects.of_stage(stage.pk)
    approved = counts[Candidate.State.APPROVED]
    sites = list(sitting.sites.all()) if sitting else []
    sizes = [size for site in sites for size in site.room_sizes]
    context = {
        "stage": stage,
        "exam": stage.exam,
        "form": form,
        "sites": sites,
        "seats": sum(sizes),
        "planned_rooms": len(sizes),
        "sitting": sitting,
        "approved": approved,
        "waiting": counts[Candidate.State.SUBMITTED],
        "returned": counts[Candidate.State.RETURNED],
        "rooms": -(-approved // sitting.room_size) if sitting else 0,
        "last_room": (approved % sitting.room_size or sitting.room_size) if sitting and approved else 0,
        "crumbs": _crumbs(stage.exam),
    }
    return render(request, "exams/arrange.html", context, status=status)


@login_required
@require_POST
def publish_tickets(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the seated candidates have their tickets."""
    at = clock.now()
    stage = _managed_stage(request, pk, at)
    count = seating.publish_tickets(stage=stage, by=request.user, at=at)
    text = ngettext(
        "{n} ticket published and its candidate told.", "{n} tickets published and their candidates told.", count
    )
    messages.success(request, text.format(n=count))
    return redirect("exams:exam", pk=stage.exam_id)


@login_required
@require_GET
def rooms(request: HttpRequest, pk: int) -> HttpResponse:
    """Who sits where, room by room."""
    at = clock.now()
    watched = Exam.objects.watched_by(request.user, at)
    stage = get_object_or_404(Stage.objects.filter(exam__in=watched).select_related("exam"), pk=pk)
    found = list(roll.rooms(stage))
    if found:
        needs.mark(found[0].sitting, [entry for room in found for entry in room.entries.all()])
    managed = Exam.objects.managed_by(request.user, at).filter(pk=stage.exam_id).exists()
    before_bell = bool(found) and at < found[0].sitting.starts_at
    context = {
        "stage": stage,
        "exam": stage.exam,
        "movable": managed and before_bell and stage.state == Stage.State.ARRANGED,
        "rooms": found,
        "outcomes": queries.stages_with_results(request.user, at).filter(pk=pk).exists(),
        "managed": managed,
        "prints": choices(found, managed=managed),
        "print_runs": prepared(request, stage, at) if found else [],
        "crumbs": _crumbs(stage.exam),
    }
    return render(request, "exams/rooms.html", context)


@login_required
@require_GET
def door(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The list for one room's door, with a column to sign in: printed as it stands."""
    at = clock.now()
    watched = Exam.objects.watched_by(request.user, at)
    stage = get_object_or_404(Stage.objects.filter(exam__in=watched).select_related("exam__organisation"), pk=pk)
    room = get_object_or_404(roll.rooms(stage), number=number)
    entries = room.entries.all()
    needs.mark(room.sitting, entries)
    expected = sum(entry.state != StageEntry.State.WITHDRAWN for entry in entries)
    context = {"stage": stage, "exam": stage.exam, "room": room, "sitting": room.sitting, "expected": expected}
    context["site"] = room.site.name if room.site else room.sitting.site
    return render(request, "exams/door.html", context)


def _managed_stage(request: HttpRequest, pk: int, at: dt.datetime) -> Stage:
    managed = Exam.objects.managed_by(request.user, at)
    return get_object_or_404(Stage.objects.filter(exam__in=managed).select_related("exam__organisation"), pk=pk)


def _crumbs(exam: Exam) -> list[tuple[str, str]]:
    return [(_("Exams"), reverse("exams:list")), (exam.name, reverse("exams:exam", args=[exam.pk]))]
