"""Pages of trainings: those of an office's teachers, one of them, and the striking of one that is wrong."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment
from lms.records import outcomes, queries
from lms.records.models import Outcome

IN_A_PAGE = 50


class Filter(forms.Form):
    q = forms.CharField(required=False, max_length=60)


class StrikeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it is wrong"),
        max_length=1000,
        help_text=gettext_lazy("The teacher reads it; it stays beside the entry."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write why the entry is wrong.")},
    )


@login_required
@require_GET
def trainings(request: HttpRequest) -> HttpResponse:
    """The trainings of the teachers that one's offices keep, found by name or training; nobody else finds the page."""
    at = clock.now()
    if not access.offices(request.user, at, *Appointment.RECORD_OFFICES):
        raise Http404
    form = Filter(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    page = Paginator(queries.kept(request.user, at, words=words), IN_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "records/trainings.html", {"page": page, "words": words})


@login_required
@require_GET
def training(request: HttpRequest, pk: int) -> HttpResponse:
    """One training of one teacher, and where it comes from."""
    at = clock.now()
    return _page(request, _visible(request, pk, at), at)


@login_required
@require_POST
def strike(request: HttpRequest, pk: int) -> HttpResponse:
    """Strike an entry that is wrong."""
    at = clock.now()
    found = get_object_or_404(Outcome.objects.managed_by(request.user, at), pk=pk)
    form = StrikeForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            outcomes.strike(outcome=found, reason=form.cleaned_data["reason"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The entry is struck. It stays to be seen, and counts no longer."))
            return redirect("records:training", pk=pk)
    return _page(request, _visible(request, pk, at), at, form=form, status=status)


def _visible(request: HttpRequest, pk: int, at: dt.datetime) -> Outcome:
    rows = Outcome.objects.visible_to(request.user, at)
    return get_object_or_404(rows.select_related("teacher", "organiser", "recorded_by", "struck_by"), pk=pk)


def _page(request: HttpRequest, found: Outcome, at: dt.datetime, *, form=None, status: int = 200) -> HttpResponse:
    manages = Outcome.objects.managed_by(request.user, at).filter(pk=found.pk).exists()
    keeps = bool(access.offices(request.user, at, *Appointment.RECORD_OFFICES))
    crumb = (
        (_("Trainings"), reverse("records:trainings")) if keeps else (_("Hours and trainings"), reverse("records:mine"))
    )
    context = {
        "outcome": found,
        "may_strike": manages and found.struck_at is None,
        "form": form or StrikeForm(),
        "crumbs": [crumb],
    }
    return render(request, "records/training.html", context, status=status)
