"""The invigilator's board: each room of a sitting as it is now."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from exams import invigilating, needs, presence
from exams.models import Exam, Sitting, Stage
from exams.models.panel import BOARD_OFFICES
from lms.lib import clock
from lms.people import access


@login_required
@require_GET
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in, when her last answer was saved, who handed in: one room at a time, by seat."""
    at = clock.now()
    watched = Exam.objects.watched_by(request.user, at)
    sitting = get_object_or_404(
        Sitting.objects.select_related("module__stage__exam"), module__stage__exam__in=watched, module__stage__id=pk
    )
    rooms = list(presence.rooms(sitting))
    number = request.GET.get("room", "")
    room = next((each for each in rooms if str(each.number) == number), rooms[0] if rooms else None)
    seats = presence.seats(room, at) if room else []
    needs.mark(sitting, seats)
    exam = sitting.module.stage.exam
    managed = Exam.objects.managed_by(request.user, at).filter(pk=exam.pk).exists()
    context = {
        "sitting": sitting,
        "stage": sitting.module.stage,
        "tally": presence.tally(sitting, at),
        "rooms": rooms,
        "room": room,
        "seats": seats,
        "at": at,
        "manages": managed,
        "attends": access.covers(request.user, exam.organisation, at, *BOARD_OFFICES),
        "may_mark": at > sitting.entry_closes_at and managed,
        "crumbs": [(_("Exams"), reverse("exams:list")), (exam.name, reverse("exams:exam", args=[exam.pk]))],
    }
    return render(request, "exams/invigilate.html", context)


@login_required
@require_POST
def mark_absent(request: HttpRequest, pk: int) -> HttpResponse:
    """Note as absent whoever did not come in."""
    at = clock.now()
    stage = get_object_or_404(Stage, exam__in=Exam.objects.managed_by(request.user, at), pk=pk)
    count = invigilating.mark_absent(stage, by=request.user, at=at)
    done = ngettext("{n} candidate is noted as absent.", "{n} candidates are noted as absent.", count)
    messages.success(request, done.format(n=count) if count else _("Nobody was left to note as absent."))
    return redirect("exams:invigilate", pk=pk)
