"""The judge's pages: her numbers, her sheet, stepping aside, asking for a reopening. Numbers, never names."""

import datetime as dt
import json
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from exams import boards, hearing, recusing
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment
from lms.scoring.models import ScoreSheet


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write the reason: it is kept.")},
    )


@login_required
@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """My numbers, day by day; the one before the panel first."""
    at = clock.now()
    panels = list(boards.memberships(request.user, at))
    days = boards.numbers_to_judge(request.user, at)
    if not panels and not days and not access.offices(request.user, at, Appointment.Office.JUDGE):
        raise Http404
    today = clock.local_date(at)
    listed = [
        {"day": day, "rows": rows, "is_today": clock.local_date(day.starts_at) == today} for day, rows in days.items()
    ]
    waiting = sum(row.waits for rows in days.values() for row in rows)
    return render(request, "exams/judging.html", {"panels": panels, "days": listed, "waiting": waiting})


def _sheet_of(request: HttpRequest, pk: int) -> ScoreSheet:
    """The user's own sheet of a performance; anybody else's is not there."""
    held = boards.sheets_held(request.user, clock.now()).select_related("assessment__rubric")
    return get_object_or_404(held, assessment__performance__id=pk)


@login_required
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """My sheet for one number and module. A POST keeps the points, and with act=sign signs; JSON in, JSON out."""
    at = clock.now()
    mine = _sheet_of(request, pk)
    performance = mine.assessment.performance
    if request.content_type == "application/json":
        return _autosave(request, mine)
    if request.method != "POST":
        return _sheet_page(request, mine)
    typed = _typed(request, mine)
    try:
        points = hearing.points_of(typed)
        if request.POST.get("act") == "sign":
            hearing.sign(performance=performance, points=points, by=request.user, at=at)
        else:
            hearing.save(performance=performance, points=points, by=request.user, at=at)
    except hearing.Recused:
        raise
    except Refusal as refusal:
        return _sheet_page(request, mine, typed=typed, refusal=refusal)
    if request.POST.get("act") != "sign":
        messages.success(request, _("Saved. Not signed yet."))
        return redirect("exams:judge_sheet", pk)
    messages.success(
        request, _("Number {number}, {module}: signed.").format(number=_shown(performance), module=performance.module)
    )
    return redirect(_after_signing(request, mine))


def _shown(performance) -> str:
    return f"{performance.hearing.number:02d}"


def _after_signing(request: HttpRequest, mine: ScoreSheet) -> str:
    """The other module of this number where it still waits, else the list."""
    siblings = boards.sheets_held(request.user, clock.now()).filter(
        assessment__performance__hearing=mine.assessment.performance.hearing_id
    )
    other = siblings.exclude(state=ScoreSheet.State.SIGNED).order_by("assessment__performance__module__number").first()
    if other:
        return reverse("exams:judge_sheet", args=[other.assessment.performance.pk])
    return reverse("exams:judging")


def _autosave(request: HttpRequest, mine: ScoreSheet) -> HttpResponse:
    """Keep points sent as {"points": {code: "12.5" or null}}; answers when they were saved and what the sheet comes
    to."""
    try:
        given = json.loads(request.body)["points"]
        typed = {str(code): "" if value is None else str(value) for code, value in given.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponseBadRequest()
    kept = hearing.save(
        performance=mine.assessment.performance, points=hearing.points_of(typed), by=request.user, at=clock.now()
    )
    lines = boards.sheet_lines(kept)
    return JsonResponse({"saved_at": _clock(kept), **_sum(lines)})


def _clock(mine: ScoreSheet) -> str:
    return formats.date_format(timezone.localtime(mine.saved_at), "H:i:s") if mine.saved_at else ""


def _sum(lines: list[boards.Line]) -> dict:
    given = [Decimal(each.value) for each in lines if _is_number(each.value)]
    total = sum(given, Decimal(0)).normalize()
    return {
        "total": f"{total:f}" if given else "",
        "scored": len(given),
        "missing": [each.criterion.name for each in lines if not _is_number(each.value)],
    }


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except ArithmeticError:
        return False


def _typed(request: HttpRequest, mine: ScoreSheet) -> dict[str, str]:
    """The points of a form, by criterion: the figure that was typed; where it is empty or as it stood and a band was
    chosen that does not hold it, the middle of that band. A criterion that the form does not name stays."""
    typed = {}
    for line in boards.sheet_lines(mine):
        code = line.criterion.code
        if f"p-{code}" not in request.POST and f"b-{code}" not in request.POST:
            continue
        figure, chosen = (request.POST.get(f"{kind}-{code}", "").strip() for kind in ("p", "b"))
        band = next((each for each in line.bands if str(each["middle"]) == chosen), None)
        takes_band = band is not None and (not figure or (figure == line.value and not band["is_on"]))
        typed[code] = chosen if takes_band else figure
    return typed


def _sheet_page(
    request: HttpRequest, mine: ScoreSheet, *, typed: dict[str, str] | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    at = clock.now()
    performance = mine.assessment.performance
    one = performance.hearing
    lines = boards.sheet_lines(mine, typed)
    siblings = boards.sheets_held(request.user, at).filter(assessment__performance__hearing=one.pk)
    minutes = boards.step_minutes(one.state, one.day) if one.state in ("presenting", "defending") else 0
    ends_at = one.changed_at + dt.timedelta(minutes=minutes) if minutes else None
    context = {
        "sheet": mine,
        "performance": performance,
        "hearing": one,
        "number": _shown(performance),
        "lines": lines,
        **_sum(lines),
        "full": sum((each.criterion.points for each in lines), Decimal(0)),
        "count": len(lines),
        "saved_at": _clock(mine),
        "is_open": one.state in hearing.SCORING_STATES and mine.state != ScoreSheet.State.SIGNED,
        "minutes": minutes,
        "ends_at": ends_at,
        "now": at,
        "refusal": refusal,
        "waiting": mine.reopenings.filter(agreed_at=None).first(),
        "tabs": [
            {
                "label": each.assessment.performance.module.name,
                "address": reverse("exams:judge_sheet", args=[each.assessment.performance.pk]),
                "current": each.pk == mine.pk,
                "state": each,
            }
            for each in siblings.order_by("assessment__performance__module__number")
        ],
    }
    return render(request, "exams/judge_sheet.html", context, status=refusal.status if refusal else 200)


@login_required
def recuse_myself(request: HttpRequest, pk: int) -> HttpResponse:
    """I may not judge this number: why, and what follows."""
    mine = _sheet_of(request, pk)
    one = mine.assessment.performance.hearing
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            recusing.recuse(
                hearing=one, judge=request.user, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()
            )
        except Refusal as refusal:
            form.add_error(refusal.field, _judge_words(refusal))
        else:
            messages.success(request, _("You no longer judge this number. A reserve has been called."))
            return redirect("exams:judging")
    context = {"form": form, "performance": mine.assessment.performance, "hearing": one, "number": f"{one.number:02d}"}
    return render(request, "exams/recuse_myself.html", context, status=422 if form.errors else 200)


def _judge_words(refusal: Refusal) -> str:
    """What a judge reads: a refusal that names the candidate is for the officers."""
    if isinstance(refusal, recusing.NoReserve):
        return _("No reserve is free for this number. Tell the exam office; until then do not score it.")
    return str(refusal)


@login_required
def ask_mine(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for my signed sheet to be opened again; another person decides."""
    mine = _sheet_of(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            hearing.ask_reopening(sheet=mine, reason=form.cleaned_data["reason"], by=request.user, at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Asked. An exam officer decides whether the sheet is opened again."))
            return redirect("exams:judge_sheet", pk)
    performance = mine.assessment.performance
    context = {"form": form, "performance": performance, "sheet": mine, "number": _shown(performance)}
    return render(request, "exams/ask_my_reopening.html", context, status=422 if form.errors else 200)
