"""The working calendar: days off and worked weekend days."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access, queries, reporting
from lms.people.forms import DayOffForm
from lms.people.models import Appointment, DayOff

_CALENDAR_READERS = (Appointment.Office.BUREAU_OFFICER, Appointment.Office.EXAM_OFFICER)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def days_off(request: HttpRequest) -> HttpResponse:
    """The days off and the worked weekend days of a year; a bureau officer of the whole tree adds to them."""
    at = clock.now()
    if not access.offices(request.user, at, *_CALENDAR_READERS):
        raise Http404
    form = DayOffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            days = reporting.set_days_off(
                first=typed["first"],
                last=typed["last"] or typed["first"],
                is_working=typed["kind"] == "worked",
                name=typed["name"],
                by=request.user,
                at=at,
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            said = ngettext("{n} day stands in the calendar.", "{n} days stand in the calendar.", len(days))
            messages.success(request, said.format(n=len(days)))
            return redirect(f"{reverse('people:days_off')}?year={days[0].on.year}")
    return _calendar_page(request, form, at)


def _calendar_page(request: HttpRequest, form: DayOffForm, at: dt.datetime) -> HttpResponse:
    asked = request.GET.get("year", "")
    is_year = asked.isascii() and asked.isdigit() and len(asked) == 4 and 2000 <= int(asked) < 2200
    year = int(asked) if is_year else clock.local_date(at).year
    address = reverse("people:days_off")
    context = {
        "form": form,
        "days": queries.days_off(year),
        "year": year,
        "may_keep": reporting.keeps_calendar(request.user, at),
        "tabs": [
            {"label": str(each), "address": f"{address}?year={each}", "current": each == year}
            for each in (year - 1, year, year + 1)
        ],
    }
    return render(request, "people/days_off.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def clear_day_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a day back."""
    at = clock.now()
    if not reporting.keeps_calendar(request.user, at):
        raise Http404
    day = get_object_or_404(DayOff, pk=pk)
    reporting.clear_day_off(day=day, by=request.user, at=at)
    messages.success(request, _("The day follows the week again."))
    return redirect(f"{reverse('people:days_off')}?year={day.on.year}")
