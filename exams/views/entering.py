"""Scores from paper: the work that is left, one script to enter, and the differences a third person decides."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from exams import entering, paper_lines, paper_progress, queries
from exams import scripts as reading
from exams.models import Exam, PaperTurn, Sitting, Stage, StageEntry
from exams.paper_lines import Compared, Line
from exams.paper_progress import Script
from exams.views.on_paper import crumbs, paper_stage
from lms.lib import clock
from lms.lib.refusals import Refusal

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


class ScoresForm(forms.Form):
    """A number for every line; with `reasons` a reason beside it. What a number must be, the act knows."""

    def __init__(self, *args, lines: list[Line], reasons: bool = False, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [each.code for each in lines]
        for line in lines:
            self.fields[f"p-{line.code}"] = forms.DecimalField(
                label=line.label,
                required=False,
                widget=forms.TextInput(attrs={"class": "inp num", "inputmode": "decimal", "autocomplete": "off"}),
                error_messages={"invalid": gettext_lazy("Enter the points as a number, for example 3.5.")},
            )
            if reasons:
                self.fields[f"r-{line.code}"] = forms.CharField(
                    label=gettext_lazy("Reason"),
                    required=False,
                    max_length=200,
                    widget=forms.TextInput(attrs={"class": "inp", "autocomplete": "off"}),
                )

    def points(self) -> dict[str, Decimal | None]:
        return {code: self.cleaned_data[f"p-{code}"] for code in self.codes}

    def reasons(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"r-{code}"] for code in self.codes}

    def refuse(self, refusal: Refusal) -> int:
        """Show a refusal beside the numbers it is about, else above the form; returns the page's status."""
        faults = getattr(refusal, "faults", {})
        for code, sentence in faults.items():
            self.add_error(f"p-{code}", sentence)
        if not faults:
            self.add_error(None, str(refusal))
        return refusal.status


# The work


@login_required
@require_safe
def work(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the scores of a sitting on paper are, room by room, and what the user can do now."""
    at = clock.now()
    stage = paper_stage(request, pk, at)
    found = paper_progress.scripts(stage)
    own = paper_progress.allowed(found, request.user)
    number = request.GET.get("number", "").strip()
    if script := next((each for each in own if number and each.entry.admission_number == number), None):
        return redirect("exams:enter_scores", script.entry.pk)
    sitting = Sitting.objects.select_related("module").get(module__stage=stage)
    tally = paper_progress.tally(found)
    context = {
        "stage": stage,
        "sitting": sitting,
        "module": sitting.module,
        "tally": tally,
        "rooms": _rooms(sitting, found, own, request.user),
        "waiting": len(paper_progress.to_enter(own, request.user)),
        "next": next(iter(paper_progress.to_enter(own, request.user)), None),
        "decides": paper_progress.to_decide(own, request.user),
        "barred": len(found) - len(own),
        "number": number,
        "is_attended": stage.state in (Stage.State.ARRANGED, Stage.State.IN_PROGRESS),
        "is_marking": stage.state == Stage.State.MARKING,
        "is_over": at > sitting.ends_at,
        "manages": Exam.objects.managed_by(request.user, at).filter(pk=stage.exam_id).exists(),
        "outcomes": stage.state in queries.SETTLED
        and queries.stages_with_results(request.user, at).filter(pk=pk).exists(),
        "crumbs": crumbs(stage)[:-1],
    }
    return render(request, "exams/paper_scores.html", context)


def _rooms(sitting: Sitting, found: list[Script], own: list[Script], user: Any) -> list[dict[str, Any]]:
    """Each room with its counts and the next script of it that wants the user's entry."""
    expected = _expected(sitting)
    scripts, mine = paper_progress.by_room(found), paper_progress.by_room(paper_progress.to_enter(own, user))
    return [
        {
            "room": room,
            "expected": expected.get(room.pk, 0),
            "tally": paper_progress.tally(scripts.get(room.number, [])),
            "waiting": len(mine.get(room.number, [])),
            "next": next(iter(mine.get(room.number, [])), None),
        }
        for room in sitting.rooms.all()
    ]


def _expected(sitting: Sitting) -> dict[int, int]:
    """How many have a ticket for each room, who withdrew apart."""
    rows = StageEntry.objects.filter(room__sitting=sitting).exclude(state=StageEntry.State.WITHDRAWN)
    return dict(rows.values_list("room").annotate(Count("pk")))


# One script


@login_required
@_GET_OR_POST
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """One script by its ticket number: every number on it, then the next of the room. Never the other's numbers."""
    at = clock.now()
    entry = _script(request, pk, at)
    lines = paper_lines.Lines(_sitting(entry)).of(entry)
    turns = list(entry.paper_turns.prefetch_related("scores"))
    mine = next((each for each in turns if each.entered_by_id == request.user.pk), None)
    form = ScoresForm(request.POST or None, lines=lines, initial=_typed_of(mine), auto_id="id_%s")
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                entering.enter(entry, form.points(), by=request.user, at=at)
            except Refusal as refusal:
                status = form.refuse(refusal)
            else:
                return _on_to_the_next(request, entry)
    elif mine is None and len(turns) > 1:
        messages.info(request, str(entering.EnteredTwice(number=entry.admission_number)))
        return redirect("exams:paper_scores", entry.stage_id)
    room = paper_progress.allowed(paper_progress.beside(entry), request.user)
    context = {
        "entry": entry,
        "stage": entry.stage,
        "form": form,
        "rows": [{"line": line, "field": form[f"p-{line.code}"]} for line in lines],
        "most": sum((line.most for line in lines), Decimal(0)),
        "mine": mine,
        "stands": mine is not None and len(turns) > 1,
        "is_marking": entry.stage.state == Stage.State.MARKING,
        "done": sum(request.user.pk in each.people for each in room),
        "of": sum(request.user.pk in each.people or not each.is_twice for each in room),
        "before": _before(request, entry),
        "crumbs": crumbs(entry.stage),
    }
    return render(request, "exams/enter_scores.html", context, status=status)


def _on_to_the_next(request: HttpRequest, entry: StageEntry) -> HttpResponse:
    """The next script by seat of this room, then the room's first that waits; back to the work where none does."""
    found = paper_progress.allowed(paper_progress.beside(entry), request.user)
    waiting = [each.entry for each in paper_progress.to_enter(found, request.user)]
    after = [each for each in waiting if (each.seat or 0, each.pk) > (entry.seat or 0, entry.pk)]
    following = next(iter(after or waiting), None)
    if following:
        return redirect("exams:enter_scores", following.pk)
    messages.success(request, _("You have entered every script of this room that waited for you."))
    return redirect("exams:paper_scores", entry.stage_id)


def _before(request: HttpRequest, entry: StageEntry) -> dict[str, Any] | None:
    """The script that the user entered last, with its sum: one look tells whether it was typed right."""
    turns = PaperTurn.objects.filter(entry__stage=entry.stage, entered_by=request.user).exclude(entry=entry)
    last = turns.exclude(turn=PaperTurn.Turn.THIRD).order_by("-entered_at", "-pk").select_related("entry").first()
    return last and {"entry": last.entry, "sum": sum((each.points for each in last.scores.all()), Decimal(0))}


# A difference


@login_required
@_GET_OR_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """As the third person: both numbers of every line that differs, and what stands on the paper."""
    at = clock.now()
    entry = _script(request, pk, at)
    turns = list(entry.paper_turns.prefetch_related("scores"))
    rows = [row for row in paper_lines.compare(paper_lines.Lines(_sitting(entry)).of(entry), turns) if row.differs]
    if not rows or len(turns) > 2 or request.user.pk in {each.entered_by_id for each in turns}:
        raise Http404
    form = ScoresForm(request.POST or None, lines=[row.line for row in rows], reasons=True)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                entering.decide(entry, form.points(), form.reasons(), by=request.user, at=at)
            except Refusal as refusal:
                status = form.refuse(refusal)
            else:
                messages.success(request, _("Decided. The number counts as you read it from the paper."))
                return redirect("exams:paper_scores", entry.stage_id)
    context = {
        "entry": entry,
        "stage": entry.stage,
        "form": form,
        "rows": [_difference(row, form) for row in rows],
        "crumbs": crumbs(entry.stage),
    }
    return render(request, "exams/decide_scores.html", context, status=status)


def _difference(row: Compared, form: ScoresForm) -> dict[str, Any]:
    return {"row": row, "points": form[f"p-{row.line.code}"], "reason": form[f"r-{row.line.code}"]}


def _script(request: HttpRequest, pk: int, at: dt.datetime) -> StageEntry:
    """A script that the user may enter or decide."""
    entry = get_object_or_404(StageEntry.objects.select_related("room", "candidate__teacher"), pk=pk)
    entry.stage = paper_stage(request, entry.stage_id, at)
    if not paper_progress.is_for(entry, request.user):
        raise Http404
    return entry


def _sitting(entry: StageEntry) -> Sitting:
    return Sitting.objects.select_related("module", "paper").get(module__stage=entry.stage_id)


def _typed_of(turn: PaperTurn | None) -> dict[str, str | None]:
    """The numbers of one's own turn, as they would be typed."""
    scores = turn.scores.all() if turn else []
    return {f"p-{each.line}": reading.plain(each.points) for each in scores}
