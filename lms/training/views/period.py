"""One period as its organiser sees it: who applied, who waits, who has a seat; picks, jumps, seats and shares."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib import clock, deeds
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation
from lms.training import applicants, awarding, completing, deciding, enrolling, needs, planning, seating, sharing
from lms.training.models import PLANNERS, Enrolment, Period
from lms.training.views.periods import DayField

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_A_PAGE = 50
_STATES = Enrolment.State


class Filter(forms.Form):
    state = forms.ChoiceField(required=False, choices=[("", gettext_lazy("All states")), *Enrolment.State.choices])
    q = forms.CharField(required=False, max_length=60)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The teacher reads it."),
        error_messages={"required": deciding.DecisionUnexplained.sentence},
    )


class SeatsForm(forms.Form):
    capacity = forms.IntegerField(
        label=pgettext_lazy("training", "Seats"),
        required=False,
        widget=forms.NumberInput(attrs={"class": "short", "min": 1, "max": planning.MOST_SEATS}),
        help_text=gettext_lazy("Empty: seats for all. Who waits and finds a seat by it has it at once."),
    )


class SharesForm(forms.Form):
    """Seats for each unit right below another, and the day until which they are kept."""

    until_on = DayField(
        label=gettext_lazy("Kept until the end of"),
        required=False,
        help_text=gettext_lazy("After that day, seats that no one has taken are open to all. Empty: kept to the end."),
    )

    def __init__(self, units: list[Organisation], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.units = units
        for unit in units:
            self.fields[_key(unit)] = forms.IntegerField(
                label=unit.name,
                required=False,
                min_value=0,
                max_value=planning.MOST_SEATS,
                widget=forms.NumberInput(attrs={"class": "short"}),
            )

    def seats(self) -> dict[Organisation, int]:
        return {unit: n for unit in self.units if (n := self.cleaned_data[_key(unit)])}

    def field_of(self, unit: Organisation) -> forms.BoundField:
        return self[_key(unit)]


@login_required
@require_safe
def period(request: HttpRequest, pk: int) -> HttpResponse:
    """The period with its figures and those who applied."""
    at = clock.now()
    return _page(request, _period(request, pk, at), at)


@login_required
@require_POST
def picks(request: HttpRequest, pk: int) -> HttpResponse:
    """Give seats to those ticked, or put them in line."""
    at = clock.now()
    found = _period(request, pk, at)
    ids = [int(each) for each in request.POST.getlist("enrolment") if each.isdecimal() and len(each) < 19]
    chosen = sorted(found.enrolments.filter(pk__in=ids), key=lambda each: ids.index(each.pk))
    waits = request.POST.get("act") == "wait"
    act = deciding.put_in_line if waits else deciding.pick
    try:
        done = act(period=found, enrolments=chosen, by=request.user, at=at)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _page(request, found, at, ticked=set(ids), status=refusal.status)
    text = ngettext("{n} teacher is on the waiting list.", "{n} teachers are on the waiting list.", len(done))
    if not waits:
        text = ngettext("{n} teacher has a seat.", "{n} teachers have a seat.", len(done))
    messages.success(request, text.format(n=len(done)))
    return redirect("training:period", pk=pk)


@login_required
@_GET_OR_POST
def seats(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how many seats there are."""
    at = clock.now()
    found = _period(request, pk, at)
    form = SeatsForm(request.POST or None, initial={"capacity": found.capacity})
    done, status = deeds.done(
        request, form, lambda: planning.change_seats(period=found, by=request.user, at=at, **form.cleaned_data)
    )
    if done:
        messages.success(request, _("The number of seats is changed."))
        return redirect("training:period", pk=pk)
    return render(request, "training/seats.html", {"period": found, "form": form, **_head(found)}, status=status)


@login_required
@_GET_OR_POST
def shares(request: HttpRequest, pk: int) -> HttpResponse:
    """Share the seats among the units right below one; a fair share by need is proposed."""
    at = clock.now()
    found = _period(request, pk, at)
    unit = _unit(request, found)
    units = list(unit.children.filter(closed_on=None).order_by("path"))
    current = {each.organisation: each.seats for each in found.shares.select_related("organisation")}
    today = clock.local_date(at)
    lacks = needs.by_unit(units, needs.by_school(needs.needing(found.programme, today), today))
    has = current.get(unit) if unit != found.programme.organisation else found.capacity
    fair = sharing.fair(has or 0, lacks)
    start = fair if "fair" in request.GET else current
    initial = {_key(each): start.get(each) for each in units} | {"until_on": found.shares_until_on}
    form = SharesForm(units, request.POST or None, initial=initial)

    def share() -> Period:
        kept = {each: n for each, n in current.items() if each not in units}
        plan, until_on = kept | form.seats(), form.cleaned_data["until_on"]
        return sharing.share(period=found, seats=plan, until_on=until_on, by=request.user, at=at)

    done, status = deeds.done(request, form, share)
    if done:
        messages.success(request, _("The seats are shared."))
        return redirect("training:period", pk=pk)
    stand = seating.Seats(found, at)
    rows = [(each, lacks[each], fair.get(each, 0), stand.taken(each.path), form.field_of(each)) for each in units]
    context = {
        "period": found,
        "unit": unit,
        "has": has,
        "rows": rows,
        "form": form,
        "lacking": sum(lacks.values()),
        "shared": sum(n for each, n in current.items() if each in units),
        **_head(found),
    }
    return render(request, "training/shares.html", context, status=status)


class AwardForm(forms.Form):
    issue_on = DayField(label=gettext_lazy("Day of issue"))


@login_required
@_GET_OR_POST
def award(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose certificates for who completed the period; another person signs the list."""
    at = clock.now()
    found = _period(request, pk, at)
    today = clock.local_date(at)
    form = AwardForm(request.POST or None, initial={"issue_on": today})
    batch, status = deeds.done(
        request, form, lambda: awarding.propose(period=found, by=request.user, at=at, **form.cleaned_data)
    )
    if batch:
        messages.success(request, _("The list is proposed. Another person signs it."))
        return redirect("certs:batch", pk=batch.pk)
    rows = awarding.to_propose(found, today)
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    context = {"period": found, "form": form, "page": page, **_head(found)}
    return render(request, "training/award.html", context, status=status)


@login_required
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a period that is over."""
    at = clock.now()
    completing.close(period=_period(request, pk, at), by=request.user, at=at)
    messages.success(request, _("The period is closed."))
    return redirect("training:period", pk=pk)


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


def _page(
    request: HttpRequest, found: Period, at: dt.datetime, *, ticked: set[int] = frozenset(), status: int = 200
) -> HttpResponse:
    form = Filter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"state": "", "q": ""}
    rows = applicants.listed(found, state=chosen["state"], words=chosen["q"])
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    counted = applicants.counts(found)
    context = {
        "period": found,
        "page": page,
        "chosen": chosen,
        "states": [(value, label) for value, label in Enrolment.State.choices if counted.get(value)],
        "taken": sum(counted.get(each, 0) for each in Enrolment.TAKING),
        "counts": {value: counted.get(value, 0) for value in Enrolment.State.values},
        "applied": sum(counted.values()),
        "may_pick": found.selection == Period.Selection.BY_CHOICE
        and any(each.state == _STATES.APPROVED for each in page),
        "ticked": ticked,
        "shares": _share_rows(found, at),
        "to_propose": awarding.to_propose(found, clock.local_date(at)).count(),
        "may_close": found.state == Period.State.OPEN and found.ends_on < clock.local_date(at),
        "at": at,
        "today": clock.local_date(at),
        "crumbs": [(_("Programmes and periods"), reverse("training:programmes"))],
    }
    return render(request, "training/period.html", context, status=status)


def _share_rows(found: Period, at: dt.datetime) -> list[tuple[Organisation, int, int]]:
    stand = seating.Seats(found, at)
    rows = found.shares.select_related("organisation").order_by("organisation__path")
    return [(each.organisation, stand.taken(each.organisation.path), each.seats) for each in rows]


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


def _period(request: HttpRequest, pk: int, at: dt.datetime) -> Period:
    rows = Period.objects.managed_by(request.user, at).select_related("programme__organisation", "programme__level")
    return get_object_or_404(rows, pk=pk)


def _enrolment(request: HttpRequest, pk: int, at: dt.datetime) -> Enrolment:
    mine = Enrolment.objects.managed_by(request.user, at) | Enrolment.objects.sent_by(request.user, at)
    rows = mine.select_related("period__programme__organisation", "school", "teacher__merged_into", "teacher__user")
    return get_object_or_404(rows, pk=pk)


def _unit(request: HttpRequest, found: Period) -> Organisation:
    """The unit below which seats are shared: the programme's, or one that has a share and is asked for."""
    asked = request.GET.get("unit", "")
    below = Organisation.objects.under(found.programme.organisation.path)
    if asked.isdecimal() and len(asked) < 19:
        return get_object_or_404(below, pk=int(asked))
    return found.programme.organisation


def _head(found: Period) -> dict[str, Any]:
    return {
        "crumbs": [
            (_("Programmes and periods"), reverse("training:programmes")),
            (str(found), reverse("training:period", args=[found.pk])),
        ]
    }


def _key(unit: Organisation) -> str:
    return f"unit-{unit.pk}"
