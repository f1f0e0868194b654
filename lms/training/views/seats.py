"""How many seats a period has, and how they are shared down the tree."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from lms.lib import clock, deeds
from lms.lib.http import row_id
from lms.people.models import Organisation
from lms.training import needs, planning, seating, sharing
from lms.training.models import Period
from lms.training.views.period import head, managed
from lms.training.views.periods import DayField

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


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
@_GET_OR_POST
def seats(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how many seats there are."""
    at = clock.now()
    found = managed(request, pk, at)
    form = SeatsForm(request.POST or None, initial={"capacity": found.capacity})
    done, status = deeds.done(
        request, form, lambda: planning.change_seats(period=found, by=request.user, at=at, **form.cleaned_data)
    )
    if done:
        messages.success(request, _("The number of seats is changed."))
        return redirect("training:period", pk=pk)
    return render(request, "training/seats.html", {"period": found, "form": form, **head(found)}, status=status)


@login_required
@_GET_OR_POST
def shares(request: HttpRequest, pk: int) -> HttpResponse:
    """Share the seats among the units right below one; a fair share by need is proposed."""
    at = clock.now()
    found = managed(request, pk, at)
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
        **head(found),
    }
    return render(request, "training/shares.html", context, status=status)


def _unit(request: HttpRequest, found: Period) -> Organisation:
    """The unit below which seats are shared: the programme's, or one that has a share and is asked for."""
    asked = row_id(request.GET.get("unit", ""))
    below = Organisation.objects.under(found.programme.organisation.path)
    if asked is not None:
        return get_object_or_404(below, pk=asked)
    return found.programme.organisation


def _key(unit: Organisation) -> str:
    return f"unit-{unit.pk}"
