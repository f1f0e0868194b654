"""Offices: given at a unit to a person who is looked for, withdrawn, one's own, and for which of them one acts."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib import clock
from lms.lib.http import row_id
from lms.people import acting, appointing, offices, queries
from lms.people.models import Appointment, Organisation, User
from lms.people.office_forms import GiveForm, WithdrawForm
from lms.people.views import deeds


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for a person, then give her an office at this unit; or let her stand in for somebody who holds one."""
    at = clock.now()
    unit = get_object_or_404(queries.units(request.user, at), pk=pk)
    given = offices.givable(request.user, unit, at)
    if not given:
        raise Http404
    crumbs = [(_("Units and teachers"), reverse("people:units")), (unit.name, reverse("people:unit", args=[pk]))]
    chosen = request.POST.get("person") or request.GET.get("person", "")
    if not chosen:
        asked = request.GET.get("q", "").replace("\x00", "").strip()[:80]
        context = {"unit": unit, "asked": asked, "people": offices.matching(request.user, asked, at), "crumbs": crumbs}
        return render(request, "people/office_person.html", context)
    return _give_to(request, unit, _person(request, chosen, at), given, crumbs, at)


def _give_to(
    request: HttpRequest, unit: Organisation, person: User, given: list[str], crumbs: list, at: dt.datetime
) -> HttpResponse:
    deputies = offices.to_stand_in_for(unit, given, at).exclude(user=person)
    form = GiveForm(given, deputies, request.POST or None, initial={"from_on": clock.local_date(at)})

    def act() -> None:
        typed = form.cleaned_data
        days = {"from_on": typed["from_on"], "until_on": typed["until_on"], "by": request.user, "at": at}
        if stood_for := form.stood_for.get(typed["office"]):
            appointing.deputise(user=person, appointment=stood_for, **days)
        else:
            appointing.appoint(user=person, office=typed["office"], organisation=unit, role=typed["role"], **days)

    if deeds.done(request, form, act):
        messages.success(request, _("The office is given; {name} was told.").format(name=person))
        return redirect("people:unit", pk=unit.pk)
    crumbs = [*crumbs, (_("Give an office"), reverse("people:give_office", args=[unit.pk]))]
    return deeds.page(request, "people/office_give.html", form, unit=unit, person=person, crumbs=crumbs)


def _person(request: HttpRequest, chosen: str, at: dt.datetime) -> User:
    found = get_object_or_404(offices.may_be_given(request.user, at), pk=row_id(chosen))
    return offices.with_places(User.objects.filter(pk=found.pk), at)[0]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """End an office, with what follows from it."""
    at = clock.now()
    held = offices.withdrawable(request.user, at, pk)
    if held is None:
        raise Http404
    first = max(clock.local_date(at), held.from_on)
    form = WithdrawForm(request.POST or None, initial={"until_on": first})

    def act() -> None:
        appointing.withdraw(appointment=held, until_on=form.cleaned_data["until_on"], by=request.user, at=at)

    if deeds.done(request, form, act):
        messages.success(request, _("The office ends; {name} was told.").format(name=held.user))
        return redirect("people:unit", pk=held.organisation_id)
    unit = held.organisation
    crumbs = [(_("Units and teachers"), reverse("people:units")), (unit.name, reverse("people:unit", args=[unit.pk]))]
    effects = _effects(held, at)
    return deeds.page(request, "people/office_withdraw.html", form, held=held, effects=effects, crumbs=crumbs)


def _effects(held: Appointment, at: dt.datetime) -> list[str]:
    """What follows, in sentences."""
    name = str(held.user)
    if held.office in Appointment.HONORARY:
        effects = [_("From the day after, {name} no longer stands on the unit's page.").format(name=name)]
    else:
        effects = [
            _("From the day after, {name} opens and decides nothing in this office.").format(name=name),
            _("{name} is signed out everywhere at once, and signs in again with what is left.").format(name=name),
        ]
    later = held.deputies.filter(until_on__gte=clock.local_date(at)).select_related("user").order_by("from_on")
    effects += [
        _("{name} stands in for this office until {day}; that ends with it.").format(
            name=each.user, day=formats.date_format(each.until_on, "DATE_FORMAT")
        )
        for each in later
    ]
    return [*effects, _("What was done in this office stays as it is.")]


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own offices: those that count today, those to come, and those that are over."""
    today = clock.local_date(clock.now())
    held = list(offices.of(request.user))
    context = {
        "now": [each for each in held if each.from_on <= today and not _is_over(each, today)],
        "ahead": [each for each in held if each.from_on > today],
        "over": [each for each in held if _is_over(each, today)],
    }
    return render(request, "people/my_offices.html", context)


def _is_over(held: Appointment, today: dt.date) -> bool:
    return held.until_on is not None and held.until_on < today


@login_required
@require_POST
def act_for(request: HttpRequest) -> HttpResponse:
    """Act for one office from now on, or for all; then on with the page where that was chosen."""
    chosen = row_id(request.POST.get("office", ""))
    acting.choose(request.session, request.user, chosen, clock.now())
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if is_ours and back.startswith("/") else reverse("desks:home"))
