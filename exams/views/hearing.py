"""The clerk's board and its one-tap steps; score slips; recusals and reopened sheets as officers handle them."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from exams import boards, performing, recusing, stages
from exams import hearing as scoring
from exams.models import Hearing, HearingDay, Stage
from exams.views.judging import ReasonForm
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access, signing
from lms.people.models import User
from lms.scoring.models import Reopening, ScoreSheet

ONE_TAP = {
    "sign-in": performing.sign_in,
    "draw-topic": performing.draw_topic,
    "prepare": performing.prepare,
    "present": performing.present,
    "defend": performing.defend,
    "finish": performing.finish,
    "acknowledge": performing.acknowledge,
    "undo": performing.undo,
}
LEAVING = {"forfeit": performing.forfeit, "disqualify": performing.disqualify}


# The board


@login_required
@require_safe
def days(request: HttpRequest) -> HttpResponse:
    """The days of hearings I look after, the nearest first."""
    at = clock.now()
    found = boards.days_watched(request.user, at)
    if not found and not access.offices(request.user, at, *boards.WATCHERS):
        raise Http404
    today = clock.local_date(at)
    listed = [{"day": day, "is_today": clock.local_date(day.starts_at) == today} for day in found]
    return render(request, "exams/days.html", {"days": listed})


def _day(request: HttpRequest, pk: int, at: dt.datetime) -> HearingDay:
    watched = HearingDay.objects.watched_by(request.user, at).select_related("stage__exam__organisation")
    return get_object_or_404(watched, pk=pk)


def _board(request: HttpRequest, pk: int, template: str) -> HttpResponse:
    at = clock.now()
    day = _day(request, pk, at)
    context = {
        "board": boards.board(day, at),
        "day": day,
        "now": at,
        "may_move": access.covers(request.user, day.stage.exam.organisation, at, performing.CLERK),
        "is_today": clock.local_date(day.starts_at) == clock.local_date(at),
    }
    return render(request, template, context)


@login_required
@require_safe
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole day at one look: rooms as columns, candidates as cards."""
    return _board(request, pk, "exams/board.html")


@login_required
@require_safe
def board_now(request: HttpRequest, pk: int) -> HttpResponse:
    """The board's moving part alone, for the page that keeps itself current."""
    return _board(request, pk, "exams/board_now.html")


@login_required
@require_POST
def draw_order(request: HttpRequest, pk: int) -> HttpResponse:
    at = clock.now()
    day = _day(request, pk, at)
    drawn = performing.draw_order(day=day, by=request.user, at=at)
    if _wants_json(request):
        return JsonResponse({"numbers": len(drawn)})
    messages.success(request, _("The order is drawn: numbers 1 to {n}.").format(n=len(drawn)))
    return redirect("exams:board", pk)


def _hearing(request: HttpRequest, pk: int, at: dt.datetime) -> Hearing:
    watched = Hearing.objects.watched_by(request.user, at)
    return get_object_or_404(
        watched.select_related("entry__candidate__teacher", "entry__candidate__school", "day__stage__exam", "panel"),
        pk=pk,
    )


@login_required
@require_POST
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One tap on the board."""
    at = clock.now()
    if step not in ONE_TAP:
        raise Http404
    one = ONE_TAP[step](hearing=_hearing(request, pk, at), by=request.user, at=at)
    if _wants_json(request):
        return JsonResponse({"state": one.state, "number": one.number})
    return redirect(f"{reverse('exams:board', args=[one.day_id])}#h{one.pk}")


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


@login_required
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Forfeited, or disqualified: why, and what follows; neither is ever a nought."""
    at = clock.now()
    one = _hearing(request, pk, at)
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        act = LEAVING.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        if form.is_valid():
            try:
                act(hearing=one, reason=form.cleaned_data["reason"], by=request.user, at=at)
            except Refusal as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                return redirect("exams:board", one.day_id)
    context = {
        "hearing": one,
        "form": form,
        "may_forfeit": one.state in performing.STEPS["forfeit"],
        "may_disqualify": one.state in performing.STEPS["disqualify"],
        "crumbs": [(_("Board"), reverse("exams:board", args=[one.day_id]))],
    }
    return render(request, "exams/hearing_leave.html", context, status=422 if form.errors else 200)


# Slips and sheets


@login_required
@require_safe
def slip(request: HttpRequest, pk: int) -> HttpResponse:
    """The score slip of one candidate: every judge's total, what was left out, the score; to print and sign."""
    at = clock.now()
    one = _hearing(request, pk, at)
    if one.state not in (Hearing.State.SCORED, Hearing.State.ACKNOWLEDGED, Hearing.State.SCORING):
        raise performing.WrongStep(who=str(one), step=one.get_state_display())
    unchecked = not stages.is_past(one.day.stage, Stage.State.SCORES_CHECKED)
    context = {"hearing": one, "slips": boards.slips(one), "unchecked": unchecked, "day": one.day}
    return render(request, "exams/slip.html", context)


class RecuseForm(ReasonForm):
    judge = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=gettext_lazy("Judge"),
        error_messages={"required": gettext_lazy("Choose the judge who steps aside.")},
    )
    field_order = ["judge", "reason"]

    def __init__(self, *args, hearing: Hearing, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        live = ScoreSheet.objects.filter(assessment__performance__hearing=hearing).exclude(state="void")
        self.fields["judge"].queryset = User.objects.filter(pk__in=live.values("judge")).order_by("full_name")


@login_required
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """An officer takes a judge off one hearing."""
    at = clock.now()
    one = _hearing(request, pk, at)
    form = RecuseForm(request.POST or None, hearing=one)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            found = recusing.recuse(hearing=one, judge=given["judge"], reason=given["reason"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(
                request,
                _("{judge} steps aside, {reserve} steps in.").format(judge=found.judge, reserve=found.replaced_by),
            )
            return redirect("exams:recusals", one.day.stage_id)
    crumbs = [(_("Recusals"), reverse("exams:recusals", args=[one.day.stage_id]))]
    context = {"hearing": one, "form": form, "crumbs": crumbs}
    return render(request, "exams/recuse.html", context, status=422 if form.errors else 200)


@login_required
def ask_reopening(request: HttpRequest, pk: int) -> HttpResponse:
    """A clerk or officer asks for a signed sheet to be opened again."""
    at = clock.now()
    sheet = get_object_or_404(
        ScoreSheet.objects.filter(
            assessment__performance__hearing__in=Hearing.objects.watched_by(request.user, at)
        ).select_related("judge", "assessment__performance__module", "assessment__performance__hearing__entry"),
        pk=pk,
    )
    one = sheet.assessment.performance.hearing
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = scoring.ask_reopening(sheet=sheet, reason=form.cleaned_data["reason"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Asked. Another exam officer has to agree."))
            return redirect("exams:reopening", asked.pk)
    crumbs = [(_("Score slip"), reverse("exams:slip", args=[one.pk]))]
    context = {"sheet": sheet, "hearing": one, "form": form, "crumbs": crumbs}
    return render(request, "exams/ask_reopening.html", context, status=422 if form.errors else 200)


class AgreeForm(forms.Form):
    seen_digest = forms.CharField(widget=forms.HiddenInput)
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        help_text=gettext_lazy("You sign with your password that the sheet may be opened again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": gettext_lazy("Type your password.")},
    )


@login_required
def reopening(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person sees what stands on the sheet and why it should be opened, and agrees with her password."""
    at = clock.now()
    asked = get_object_or_404(
        Reopening.objects.filter(
            sheet__assessment__performance__hearing__in=Hearing.objects.watched_by(request.user, at)
        ).select_related(
            "asked_by",
            "agreed_by",
            "sheet__judge",
            "sheet__assessment__rubric",
            "sheet__assessment__performance__module",
            "sheet__assessment__performance__hearing__day__stage__exam__organisation",
            "sheet__assessment__performance__hearing__entry",
        ),
        pk=pk,
    )
    form = AgreeForm(request.POST or None, initial={"seen_digest": asked.seen_digest})
    if request.method == "POST" and form.is_valid():
        try:
            signing.confirm(request.user, form.cleaned_data["password"], at)
            scoring.agree_reopening(
                reopening=asked, seen_digest=form.cleaned_data["seen_digest"], by=request.user, at=at
            )
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The sheet is open again. Its judge has to sign it anew."))
            return redirect("exams:reopening", pk)
    performance = asked.sheet.assessment.performance
    one, points = performance.hearing, asked.old_values["points"]
    context = {
        "reopening": asked,
        "sheet": asked.sheet,
        "performance": performance,
        "hearing": one,
        "form": form,
        "old": [(each, points.get(each.code)) for each in asked.sheet.assessment.rubric.criteria.all()],
        "own": asked.asked_by_id == request.user.pk,
        "state": "approved" if asked.agreed_at else "proposed",
        "mine": asked.agreed_at is None
        and asked.asked_by_id != request.user.pk
        and access.covers(request.user, one.day.stage.exam.organisation, at, scoring.OFFICER),
        "crumbs": [(_("Score slip"), reverse("exams:slip", args=[one.pk]))],
    }
    return render(request, "exams/reopening.html", context, status=422 if form.errors else 200)
