"""One application with its steps, for the school that speaks for it and for the organiser, and what they decide."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.training import deciding, enrolling
from lms.training.models import PLANNERS, Enrolment

_STATES = Enrolment.State


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The teacher reads it."),
        error_messages={"required": deciding.DecisionUnexplained.sentence},
    )


@login_required
@require_safe
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """One enrolment with its steps, for the school that speaks for it and for the organiser."""
    at = clock.now()
    return _application(request, _enrolment(request, pk, at), at)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Recommend, return, reject, put first in line, or take out."""
    at = clock.now()
    found = _enrolment(request, pk, at)
    name = request.POST.get("act", "")
    form = ReasonForm(request.POST)
    reason = request.POST.get("reason", "")[:500]
    acts = {
        "approve": lambda: deciding.approve(enrolment=found, by=request.user, at=at),
        "return": lambda: deciding.send_back(enrolment=found, reason=reason, by=request.user, at=at),
        "reject": lambda: deciding.reject(enrolment=found, reason=reason, by=request.user, at=at),
        "advance": lambda: deciding.advance(enrolment=found, reason=reason, by=request.user, at=at),
        "withdraw": lambda: enrolling.withdraw(enrolment=found, reason=reason, by=request.user, at=at),
    }
    if name not in acts:
        return _application(request, found, at, status=422)
    try:
        done = acts[name]()
    except Refusal as refusal:
        form.is_valid()  # a missing reason is the form's own error
        if refusal.field != "reason":
            form.errors.clear()
            form.add_error(None, str(refusal))
        return _application(request, found, at, form=form, asked=name, status=refusal.status)
    messages.success(
        request,
        _("{name}: {state}").format(name=done.person.full_name, state=done.get_state_display()),
    )
    return redirect("training:application", pk=pk)


def _application(
    request: HttpRequest,
    found: Enrolment,
    at: dt.datetime,
    *,
    form: ReasonForm | None = None,
    asked: str = "",
    status: int = 200,
) -> HttpResponse:
    organises = access.covers(request.user, found.period.programme.organisation, at, *PLANNERS)
    own = found.person.user_id == request.user.pk
    running = found.period.ends_on >= clock.local_date(at) and not own
    steps = found.steps.select_related("by").order_by("at", "pk")
    rejectable = [_STATES.SUBMITTED]
    if organises:
        rejectable += [_STATES.RETURNED, _STATES.APPROVED, _STATES.WAITING]
    context = {
        "enrolment": found,
        "history": [
            {
                "what": each.get_state_display(),
                "text": each.reason,
                "who": each.by or _("by the rules"),
                "at": each.at,
                "kind": "back" if each.state in (_STATES.RETURNED, _STATES.REJECTED) else "",
            }
            for each in steps
        ],
        "may_approve": running and found.state == _STATES.SUBMITTED,
        "may_reject": running and found.state in rejectable,
        "may_advance": running and organises and found.state == _STATES.WAITING,
        "may_withdraw": running and found.state in Enrolment.PENDING,
        "form": form or ReasonForm(),
        "asked": asked,
        "crumbs": [
            (_("Programmes and periods"), reverse("training:programmes")),
            (str(found.period), reverse("training:period", args=[found.period_id])),
        ]
        if organises
        else [(_("Trainings of the school"), reverse("training:school"))],
    }
    return render(request, "training/application.html", context, status=status)


def _enrolment(request: HttpRequest, pk: int, at: dt.datetime) -> Enrolment:
    mine = Enrolment.objects.managed_by(request.user, at) | Enrolment.objects.sent_by(request.user, at)
    rows = mine.select_related("period__programme__organisation", "school", "teacher__merged_into", "teacher__user")
    return get_object_or_404(rows, pk=pk)
