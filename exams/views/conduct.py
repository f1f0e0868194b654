"""Pages of who conducts a sitting: one candidate at her seat, the time of everybody, and violations."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from exams import admitting, sanctioning, timing
from exams.models import Attempt, Exam, Sitting, Stage, StageEntry, Violation
from exams.models.panel import BOARD_OFFICES
from lms.lib import clock, deeds
from lms.people import access, signing
from lms.people.models import Appointment


class TimeForm(forms.Form):
    """Minutes to give, and why."""

    minutes = forms.IntegerField(label=gettext_lazy("minutes"), min_value=1, max_value=timing.MOST_MINUTES)
    reason = forms.CharField(label=gettext_lazy("reason"), max_length=500)


class StopForm(forms.Form):
    """Why the time stops."""

    reason = forms.CharField(label=gettext_lazy("reason"), max_length=500)


class GoOnForm(forms.Form):
    """Nothing to say: the time goes on."""


class ReportForm(forms.Form):
    """What was seen, and how heavily it weighs."""

    tier = forms.ChoiceField(label=gettext_lazy("tier"), choices=Violation.Tier.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("what happened, when, and who saw it"), widget=forms.Textarea, max_length=2000
    )


class DecideForm(forms.Form):
    """The second person's signature, or her reason."""

    seen_digest = forms.CharField(widget=forms.HiddenInput)
    password = forms.CharField(
        label=gettext_lazy("your password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("why nothing follows"), required=False, widget=forms.Textarea, max_length=2000
    )


_FORMS = {"time": TimeForm, "stop": StopForm, "go-on": GoOnForm, "report": ReportForm, "check-in": GoOnForm}
_FORMS["take-back"] = GoOnForm


@login_required
@require_http_methods(["GET", "POST"])
def at_seat(request: HttpRequest, pk: int) -> HttpResponse:
    """One candidate at her seat: who she is, how far she is, what was given to her; and what an invigilator may do."""
    at = clock.now()
    entry = _entry(request, pk, at)
    sitting = get_object_or_404(Sitting.objects.select_related("module__stage__exam"), module__stage=entry.stage)
    acts: dict[str, Callable[[dict[str, Any]], object]] = {
        "check-in": lambda said: admitting.check_in(entry=entry, by=request.user, at=at),
        "take-back": lambda said: admitting.take_back(entry=entry, by=request.user, at=at),
        "time": lambda said: timing.give_time(sitting=sitting, entry=entry, **said, by=request.user, at=at),
        "stop": lambda said: timing.pause(sitting=sitting, entry=entry, **said, by=request.user, at=at),
        "go-on": lambda said: timing.resume(sitting=sitting, entry=entry, by=request.user, at=at),
        "report": lambda said: sanctioning.report(
            entry=entry, tier=said["tier"], what=said["reason"], by=request.user, at=at
        ),
    }
    answer, sent, status = _carry_out(request, acts)
    if answer:
        return redirect("exams:at_seat", pk=pk)
    exam = entry.stage.exam
    context = {
        "entry": entry,
        "sitting": sitting,
        "attempt": Attempt.objects.of_entry(entry.pk),
        "own_minutes": timing.own_minutes(entry, sitting),
        "given": entry.extra_times.select_related("given_by").order_by("pk"),
        "reports": entry.violations.select_related("proposed_by").order_by("pk"),
        "may_act": access.covers(request.user, exam.organisation, at, *BOARD_OFFICES),
        "is_running": entry.stage.state in timing.RUNNING,
        "is_watched": entry.stage.state in (*timing.RUNNING, Stage.State.MARKING),
        "at": at,
        "crumbs": crumbs(entry.stage),
        **_form_context(sent, ("time", "stop", "report")),
    }
    return render(request, "exams/at_seat.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def everybody(request: HttpRequest, pk: int) -> HttpResponse:
    """The time of a whole sitting: give minutes, let it stand still, let it go on."""
    at = clock.now()
    watched = Exam.objects.watched_by(request.user, at)
    found = Sitting.objects.select_related("module__stage__exam").filter(module__stage__exam__in=watched)
    sitting = get_object_or_404(found, module__stage__id=pk)
    acts: dict[str, Callable[[dict[str, Any]], object]] = {
        "time": lambda said: timing.give_time(sitting=sitting, **said, by=request.user, at=at),
        "stop": lambda said: timing.pause(sitting=sitting, **said, by=request.user, at=at),
        "go-on": lambda said: timing.resume(sitting=sitting, by=request.user, at=at),
    }
    answer, sent, status = _carry_out(request, acts)
    if answer:
        return redirect("exams:everybody", pk=pk)
    stage = sitting.module.stage
    unit = stage.exam.organisation
    context = {
        "sitting": sitting,
        "stage": stage,
        "open": Attempt.objects.filter(entry__stage=stage, state=Attempt.State.OPEN).count(),
        "given": sitting.extra_times.filter(entry=None).select_related("given_by").order_by("pk"),
        "stops": sitting.interruptions.filter(attempt=None).select_related("begun_by", "ended_by").order_by("pk"),
        "may_act": access.covers(request.user, unit, at, *BOARD_OFFICES),
        "may_give": access.covers(request.user, unit, at, Appointment.Office.EXAM_OFFICER),
        "is_running": stage.state in timing.RUNNING,
        "at": at,
        "crumbs": crumbs(stage),
        **_form_context(sent, ("time", "stop")),
    }
    return render(request, "exams/everybody.html", context, status=status)


@login_required
@require_GET
def violations(request: HttpRequest, pk: int) -> HttpResponse:
    """What was reported at a sitting, the reports that wait first."""
    at = clock.now()
    stage = get_object_or_404(
        Stage.objects.select_related("exam"), exam__in=Exam.objects.watched_by(request.user, at), pk=pk
    )
    found = Violation.objects.filter(entry__stage=stage).select_related(
        "entry__candidate__teacher", "entry__room", "proposed_by", "decided_by"
    )
    rows = sorted(found.order_by("pk"), key=lambda each: each.state != Violation.State.PROPOSED)
    return render(request, "exams/violations.html", {"stage": stage, "rows": rows, "crumbs": crumbs(stage)})


@login_required
@require_http_methods(["GET", "POST"])
def violation(request: HttpRequest, pk: int) -> HttpResponse:
    """One report: what was seen, what would follow, and the second person's decision."""
    at = clock.now()
    watched = Violation.objects.filter(entry__stage__exam__in=Exam.objects.watched_by(request.user, at))
    found = get_object_or_404(
        watched.select_related(
            "entry__candidate__teacher", "entry__stage__exam__organisation", "proposed_by", "decided_by"
        ),
        pk=pk,
    )
    form = DecideForm(request.POST or None, initial={"seen_digest": found.seen_digest})
    made, status = deeds.done(request, form, lambda: _decide(request, found, form.cleaned_data, at))
    if made:
        return redirect("exams:violation", pk=pk)
    stage = found.entry.stage
    decides = access.covers(request.user, stage.exam.organisation, at, Appointment.Office.EXAM_OFFICER)
    own = found.proposed_by_id == request.user.pk
    context = {
        "violation": found,
        "entry": found.entry,
        "form": form,
        "own": own,
        "may_decide": decides and not own and found.state == Violation.State.PROPOSED,
        "crumbs": [*crumbs(stage), (_("Violations"), reverse("exams:violations", args=[stage.pk]))],
    }
    return render(request, "exams/violation.html", context, status=status)


def _decide(request: HttpRequest, found: Violation, said: dict[str, Any], at: dt.datetime) -> Violation:
    if request.POST.get("act") == "dismiss":
        dismissed = sanctioning.dismiss(violation=found, reason=said["reason"], by=request.user, at=at)
        messages.success(request, _("Nothing follows from this report."))
        return dismissed
    signing.confirm(request.user, said["password"], at)
    confirmed = sanctioning.confirm(violation=found, seen_digest=said["seen_digest"], by=request.user, at=at)
    messages.success(request, _("The violation is confirmed. The candidate is told."))
    return confirmed


def _entry(request: HttpRequest, pk: int, at: dt.datetime) -> StageEntry:
    watched = StageEntry.objects.filter(stage__exam__in=Exam.objects.watched_by(request.user, at))
    related = ("candidate__teacher", "candidate__school", "stage__exam__organisation", "room", "checked_in_by")
    return get_object_or_404(watched.select_related(*related), pk=pk)


def _carry_out(
    request: HttpRequest, acts: dict[str, Callable[[dict[str, Any]], object]]
) -> tuple[bool, tuple[str, forms.Form] | None, int]:
    """Do the act that was asked for: whether it was done, otherwise its form as it was sent and the page's status."""
    name = request.POST.get("act", "")
    if request.method != "POST" or name not in acts:
        return False, None, 200
    form = _FORMS[name](request.POST)
    made, status = deeds.done(request, form, lambda: (acts[name](form.cleaned_data),))
    if made is None:
        return False, (name, form), status
    messages.success(request, _("Done. It stands in the record of the sitting."))
    return True, None, 200


def _form_context(sent: tuple[str, forms.Form] | None, names: tuple[str, ...]) -> dict[str, Any]:
    """The page's forms, that which was sent as it was typed; what was refused without a form of its own stands above
    the page."""
    shown: dict[str, Any] = {f"{name}_form": _FORMS[name](auto_id=f"id_{name}_%s") for name in names}
    if sent:
        name, form = sent
        form.auto_id = f"id_{name}_%s"
        shown[f"{name}_form" if name in names else "refused_form"] = form
    return shown


def crumbs(stage: Stage) -> list[tuple[str, str]]:
    """The way to the pages of a sitting."""
    return [
        (_("Exams"), reverse("exams:list")),
        (stage.exam.name, reverse("exams:exam", args=[stage.exam_id])),
        (_("Invigilation"), reverse("exams:invigilate", args=[stage.pk])),
    ]
