"""Who still needs a programme, by unit and by name, and in which period each is: what batches are planned by."""

import datetime as dt

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lms.lib import clock
from lms.people.models import Posting
from lms.training import needs
from lms.training.models import Enrolment, Period, Programme

_A_PAGE = 50


class Filter(forms.Form):
    q = forms.CharField(required=False, max_length=60)
    state = forms.ChoiceField(
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            ("none", gettext_lazy("In no period")),
            ("some", gettext_lazy("In a period")),
            ("meant", gettext_lazy("In the plan of a batch")),
        ],
    )


@login_required
@require_safe
def needing(request: HttpRequest, pk: int) -> HttpResponse:
    """The units right below the programme's, and the persons."""
    at = clock.now()
    today = clock.local_date(at)
    rows = Programme.objects.managed_by(request.user, at).select_related("organisation", "level")
    programme = get_object_or_404(rows, pk=pk)
    form = Filter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {"q": "", "state": ""}
    everybody = needs.needing(programme, today)
    people = needs.planned(programme, everybody, today)
    units = list(programme.organisation.children.filter(closed_on=None).order_by("path"))
    lacks = needs.by_unit(units, needs.by_school(everybody, today))
    unplanned = needs.by_unit(units, needs.by_school(people.filter(period_number=None), today))
    found = people.filter(full_name__contains=chosen["q"].strip()) if chosen["q"].strip() else people
    if chosen["state"] == "meant":
        found = found.filter(period_number=None, batch_number__isnull=False)
    elif chosen["state"]:
        found = found.filter(period_number__isnull=chosen["state"] == "none")
    here = Posting.objects.held_on(today).select_related("organisation")
    found = found.prefetch_related(Prefetch("postings", here, to_attr="postings_now")).order_by("name_pinyin", "pk")
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    for each in page:
        each.state_label = Enrolment.State(each.period_state).label if each.period_state else ""
    batches = needs.batches(programme, today)
    context = {
        "programme": programme,
        "units": [(unit, lacks[unit], unplanned[unit]) for unit in units if lacks[unit]],
        "lacking": sum(lacks.values()),
        "unplanned": sum(unplanned.values()),
        "batches": batches,
        "plans": _untouched(batches),
        "page": page,
        "chosen": chosen,
        "choices": form.fields["state"].choices,
        "crumbs": [(_("Programmes and periods"), reverse("training:programmes"))],
    }
    return render(request, "training/needs.html", context)


def _untouched(batches: list[tuple[Period, int, int]]) -> list[list[Period]]:
    """The plans of these batches in which nobody is enrolled, each by its periods."""
    plans: dict[dt.datetime, list[Period]] = {}
    for period, _meant, _left in batches:
        plans.setdefault(period.planned_at, []).append(period)
    return [periods for periods in plans.values() if not any(each.applied for each in periods)]
