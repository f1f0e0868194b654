"""Pages of a sitting on paper before its scores: declared, its sign-in lists entered, and its end."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from exams import admitting, declaring, invigilating
from exams.models import Exam, Module, Room, Sitting, Stage, StageEntry
from exams.models.panel import BOARD_OFFICES
from lms.lib import clock, deeds
from lms.lib.http import row_ids
from lms.lib.refusals import Refusal
from lms.people import access

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
ONLINE = "online"


class WayForm(forms.Form):
    """Online, or on paper with the way its scores are entered."""

    on_paper = forms.ChoiceField(
        label=gettext_lazy("How the exam is sat"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "On paper, two clerks enter the scores and a third person decides where they differ. Questions and "
            "sections are those of the frozen paper; without one only the total is entered."
        ),
        error_messages={"required": declaring.WayUnknown.sentence},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        on_paper = [(value, gettext_lazy("On paper, scores entered {way}")) for value in Sitting.OnPaper.values]
        labels = dict(Sitting.OnPaper.choices)
        self.fields["on_paper"].choices = [
            (ONLINE, gettext_lazy("Online")),
            *((value, str(text).format(way=labels[value])) for value, text in on_paper),
        ]

    @property
    def way(self) -> str:
        """What was chosen, as the act takes it."""
        chosen = self.cleaned_data["on_paper"]
        return "" if chosen == ONLINE else chosen


@login_required
@_GET_OR_POST
def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether a written module is sat online or on paper."""
    at = clock.now()
    managed = Module.objects.filter(stage__exam__in=Exam.objects.managed_by(request.user, at), sitting__isnull=False)
    module = get_object_or_404(
        managed.select_related("stage__exam__organisation", "sitting__module__stage__exam"), pk=pk
    )
    exam = module.stage.exam
    form = WayForm(request.POST or None, initial={"on_paper": module.sitting.on_paper or ONLINE})
    made, status = deeds.done(
        request,
        form,
        lambda: declaring.declare(sitting=module.sitting, on_paper=form.way, by=request.user, at=at),
    )
    if made:
        messages.success(request, _("How the exam is sat stands now as you chose."))
        return redirect("exams:plan", exam.pk)
    context = {
        "exam": exam,
        "form": form,
        "title": _("On paper or online"),
        "sub": module.name,
        "verb": _("Sit it this way"),
        "crumbs": [
            (_("Exams"), reverse("exams:list")),
            (exam.name, reverse("exams:exam", args=[exam.pk])),
            (_("Plan"), reverse("exams:plan", args=[exam.pk])),
        ],
    }
    return render(request, "exams/plan_form.html", context, status=status)


@login_required
@_GET_OR_POST
def sign_in_list(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The signed list of one room, ticked as it came back from the door, for those who may enter it now."""
    at = clock.now()
    stage = paper_stage(request, pk, at)
    if not access.covers(request.user, stage.exam.organisation, at, *admitting.offices(stage)):
        raise Http404
    rooms = Room.objects.filter(sitting__module__stage=stage).select_related("sitting__module__stage__exam")
    room = get_object_or_404(rooms, number=number)
    refusal = None
    if request.method == "POST":
        try:
            came, gone = _enter_list(request, room, at)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _told(came, gone))
            return redirect("exams:paper_scores", pk)
    entries = list(room.entries.select_related("candidate__teacher").order_by("seat"))
    ticked = _ids(request, "present") if refusal else {each.pk for each in entries if _is_here(each)}
    rows = [{"entry": each, "ticked": each.pk in ticked, "is_here": _is_here(each)} for each in entries]
    context = {
        "stage": stage,
        "room": room,
        "rows": [{**row, "may_tick": row["entry"].state in admitting.ON_PAPER} for row in rows],
        "here": sum(row["is_here"] for row in rows),
        "refusal": refusal,
        "crumbs": crumbs(stage),
    }
    return render(request, "exams/sign_in_list.html", context, status=refusal.status if refusal else 200)


def _is_here(entry: StageEntry) -> bool:
    return entry.state == StageEntry.State.PRESENT


def _ids(request: HttpRequest, name: str) -> set[int]:
    return set(row_ids(request.POST.getlist(name)))


def _enter_list(request: HttpRequest, room: Room, at: dt.datetime) -> tuple[int, int]:
    present, shown = _ids(request, "present"), _ids(request, "shown")
    if request.POST.get("act") == "all":
        others = room.entries.exclude(candidate__teacher__user=request.user)  # nobody signs herself in
        present = shown | set(others.filter(state__in=admitting.ON_PAPER).values_list("pk", flat=True))
    return admitting.enter_list(room=room, present=present, shown=shown, by=request.user, at=at)


def _told(came: int, gone: int) -> str:
    said = ngettext("{n} candidate is noted as present.", "{n} candidates are noted as present.", came).format(n=came)
    taken = ngettext("{n} check-in is taken back.", "{n} check-ins are taken back.", gone).format(n=gone)
    return said if not gone else f"{said} {taken}" if came else taken


@login_required
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End the sitting: from here on the scores are entered."""
    at = clock.now()
    stage = get_object_or_404(_paper_stages().filter(exam__in=Exam.objects.managed_by(request.user, at)), pk=pk)
    invigilating.end_on_paper(stage, by=request.user, at=at)
    messages.success(request, _("The sitting is over. The scores can be entered now."))
    return redirect("exams:paper_scores", pk)


def paper_stage(request: HttpRequest, pk: int, at: dt.datetime) -> Stage:
    """A stage on paper of an exam that the user attends to as clerk or exam officer."""
    own = access.under("exam__organisation__path", access.paths(request.user, at, *BOARD_OFFICES))
    return get_object_or_404(_paper_stages().filter(own), pk=pk)


def _paper_stages():
    return Stage.objects.filter(modules__sitting__on_paper__gt="").select_related("exam__organisation")


def crumbs(stage: Stage) -> list[tuple[str, str]]:
    """The way to the pages of the scores from paper."""
    return [
        (_("Exams"), reverse("exams:list")),
        (stage.exam.name, reverse("exams:exam", args=[stage.exam_id])),
        (_("Scores from paper"), reverse("exams:paper_scores", args=[stage.pk])),
    ]
