"""One period as its organiser sees it: who applied, who waits, who has a seat, who is picked, and how it ends."""

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
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib import clock, deeds
from lms.lib.http import row_ids
from lms.lib.refusals import Refusal
from lms.people.models import Organisation
from lms.training import applicants, awarding, completing, deciding, seating
from lms.training.models import Enrolment, Period
from lms.training.views.periods import DayField

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_A_PAGE = 50
_STATES = Enrolment.State


class Filter(forms.Form):
    state = forms.ChoiceField(required=False, choices=[("", gettext_lazy("All states")), *Enrolment.State.choices])
    q = forms.CharField(required=False, max_length=60)


@login_required
@require_safe
def period(request: HttpRequest, pk: int) -> HttpResponse:
    """The period with its figures and those who applied."""
    at = clock.now()
    return _page(request, managed(request, pk, at), at)


@login_required
@require_POST
def picks(request: HttpRequest, pk: int) -> HttpResponse:
    """Give seats to those ticked, or put them in line."""
    at = clock.now()
    found = managed(request, pk, at)
    ids = row_ids(request.POST.getlist("enrolment"))
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


class AwardForm(forms.Form):
    issue_on = DayField(label=gettext_lazy("Day of issue"))


@login_required
@_GET_OR_POST
def award(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose certificates for who completed the period; another person signs the list."""
    at = clock.now()
    found = managed(request, pk, at)
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
    context = {"period": found, "form": form, "page": page, **head(found)}
    return render(request, "training/award.html", context, status=status)


@login_required
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a period that is over."""
    at = clock.now()
    completing.close(period=managed(request, pk, at), by=request.user, at=at)
    messages.success(request, _("The period is closed."))
    return redirect("training:period", pk=pk)


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
        "trainers": list(found.trainers.all()),
        "worth": found.worth,
        "at": at,
        "today": clock.local_date(at),
        "crumbs": [(_("Programmes and periods"), reverse("training:programmes"))],
    }
    return render(request, "training/period.html", context, status=status)


def _share_rows(found: Period, at: dt.datetime) -> list[tuple[Organisation, int, int]]:
    stand = seating.Seats(found, at)
    rows = found.shares.select_related("organisation").order_by("organisation__path")
    return [(each.organisation, stand.taken(each.organisation.path), each.seats) for each in rows]


def managed(request: HttpRequest, pk: int, at: dt.datetime) -> Period:
    """A period that the user's planning offices cover; 404 for others."""
    rows = Period.objects.managed_by(request.user, at).select_related(
        "programme__organisation", "programme__level", "own_requires"
    )
    return get_object_or_404(rows, pk=pk)


def head(found: Period) -> dict[str, Any]:
    """Where one comes from, on the pages below a period's."""
    return {
        "crumbs": [
            (_("Programmes and periods"), reverse("training:programmes")),
            (str(found), reverse("training:period", args=[found.pk])),
        ]
    }
