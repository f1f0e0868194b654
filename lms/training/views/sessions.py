"""The sessions of a period: what is planned, what clashes, and the forms to plan, change and cancel."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import User
from lms.training import roll, scheduling
from lms.training.models import Period, Session, taught_by
from lms.training.views.periods import DayField

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_TIME = {"invalid": gettext_lazy("Enter the time, for example 08:30."), "required": gettext_lazy("Choose a time.")}


class TimeField(forms.TimeField):
    """A time of day, in the browser's own clock."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M")
        super().__init__(widget=widget, error_messages=_TIME, **more)


class TrainerField(forms.ModelChoiceField):
    def label_from_instance(self, user: User) -> str:
        return _("{name}, trainer of this period").format(name=user.full_name) if user.is_named else user.full_name


class SessionForm(forms.Form):
    """A session as an officer writes it: on one day, from a time until a time."""

    title = forms.CharField(label=gettext_lazy("What it is about"), max_length=120)
    kind = forms.ChoiceField(label=pgettext_lazy("session", "Kind"), choices=Session.Kind)
    held_on = DayField(label=pgettext_lazy("session", "Day"))
    from_time = TimeField(label=pgettext_lazy("session", "From"))
    until_time = TimeField(label=pgettext_lazy("session", "Until"))
    room = forms.CharField(label=pgettext_lazy("session", "Room"), required=False, max_length=60)
    trainer = TrainerField(
        label=gettext_lazy("Trainer with an account here"),
        queryset=User.objects.none(),
        required=False,
        help_text=gettext_lazy("She takes the attendance of her own session."),
    )
    trainer_name = forms.CharField(
        label=gettext_lazy("Trainer's name"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Only where the trainer has no account here."),
    )
    absent_after = forms.IntegerField(
        label=gettext_lazy("Minutes late that count as absent"),
        initial=15,
        widget=forms.NumberInput(attrs={"class": "short", "min": 0, "max": scheduling.MOST_MINUTES}),
        help_text=gettext_lazy("Who comes later than this is noted as absent."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why its time changes"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, period: Period, at: dt.datetime, is_noted: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["trainer"].queryset = roll.trainers(period.programme.organisation, at, period)
        if not is_noted:
            del self.fields["reason"]

    def plan(self) -> scheduling.Plan:
        """What was typed, as the act takes it."""
        typed = self.cleaned_data
        return scheduling.Plan(
            title=typed["title"],
            kind=typed["kind"],
            starts_at=clock.local_moment(typed["held_on"], typed["from_time"]),
            ends_at=clock.local_moment(typed["held_on"], typed["until_time"]),
            room=typed["room"],
            trainer_name="" if typed["trainer"] else typed["trainer_name"],
            trainer=typed["trainer"],
            absent_after=typed["absent_after"],
        )


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it is cancelled"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": scheduling.CancellationUnexplained.sentence},
    )


@login_required
@require_GET
def sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """A period's sessions in order, with what clashes and who came."""
    at = clock.now()
    period = get_object_or_404(roll.periods_taken_by(request.user, at), pk=pk)
    context = {
        "period": period,
        "sessions": roll.sessions(period),
        "may_grade": taught_by(request.user, at).filter(pk=pk).exists(),
        "may_plan": Period.objects.managed_by(request.user, at).filter(pk=pk).exists(),
        "at": at,
        "crumbs": _crumbs(request, at),
    }
    return render(request, "training/sessions.html", context)


@login_required
@_GET_OR_POST
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a session."""
    at = clock.now()
    period = get_object_or_404(Period.objects.managed_by(request.user, at).select_related(_UNIT), pk=pk)
    begin = max(period.starts_on, clock.local_date(at))
    form = SessionForm(request.POST or None, period=period, at=at, initial={"held_on": min(begin, period.ends_on)})

    def act() -> Session:
        return scheduling.schedule(period=period, plan=form.plan(), by=request.user, at=at)

    return _form_page(request, form, act, "training/session_form.html", {"period": period}, at)


@login_required
@_GET_OR_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a session; where attendance is noted, another time asks for a reason."""
    at = clock.now()
    session = _managed(request, pk, at)
    form = SessionForm(
        request.POST or None,
        period=session.period,
        at=at,
        is_noted=session.attendances.exists(),
        initial=_as_typed(session),
    )

    def act() -> Session:
        reason = form.cleaned_data.get("reason", "")
        return scheduling.change(session=session, plan=form.plan(), reason=reason, by=request.user, at=at)

    context = {"period": session.period, "session": session}
    return _form_page(request, form, act, "training/session_form.html", context, at)


@login_required
@_GET_OR_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a session and say why."""
    at = clock.now()
    session = _managed(request, pk, at)
    form = CancelForm(request.POST or None)

    def act() -> Session:
        reason = form.cleaned_data["reason"]
        return scheduling.cancel(session=session, reason=reason, by=request.user, at=at)

    context = {"period": session.period, "session": session}
    return _form_page(request, form, act, "training/session_cancel.html", context, at)


_UNIT = "programme__organisation"


def _form_page(
    request: HttpRequest, form: forms.Form, act: Any, template: str, context: dict[str, Any], at: dt.datetime
) -> HttpResponse:
    """A form that leads back to the period's sessions, or tells what is wrong beside what was typed."""
    period = context["period"]
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and form.is_valid():
        try:
            session = act()
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            status = refusal.status
        else:
            done = _("“{session}” is cancelled.") if session.cancelled_at else _("“{session}” is planned.")
            messages.success(request, done.format(session=session))
            return redirect("training:sessions", pk=period.pk)
    crumbs = [*_crumbs(request, at), (_("Sessions"), reverse("training:sessions", args=[period.pk]))]
    return render(request, template, {**context, "form": form, "crumbs": crumbs}, status=status)


def _managed(request: HttpRequest, pk: int, at: dt.datetime) -> Session:
    rows = Session.objects.managed_by(request.user, at).select_related("period__programme__organisation", "trainer")
    return get_object_or_404(rows, pk=pk, cancelled_at=None)


def _as_typed(session: Session) -> dict[str, Any]:
    starts, ends = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return {
        "title": session.title,
        "kind": session.kind,
        "held_on": starts.date(),
        "from_time": starts.time(),
        "until_time": ends.time(),
        "room": session.room,
        "trainer": session.trainer,
        "trainer_name": "" if session.trainer else session.trainer_name,
        "absent_after": session.absent_after,
    }


def _crumbs(request: HttpRequest, at: dt.datetime) -> list[tuple[str, str]]:
    """Where one comes from: planners from their programmes, others who take attendance from these days' sessions."""
    if roll.plans(request.user, at):
        return [(_("Programmes and periods"), reverse("training:programmes"))]
    return [(_("Attendance"), reverse("training:near"))]
