"""Another person's account, for the officer above her: a new slip, the second factor taken away, closed and opened."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib import clock
from lms.lib.http import send_pdf
from lms.people import access, closing, overseeing, readmitting, second_factor, slips
from lms.people.account_forms import NewSlipForm, ReasonForm
from lms.people.models import User
from lms.people.views import deeds

_form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Who it is, how she gets in, and what may be done. A teacher's account is shown with her record."""
    at = clock.now()
    found = _managed(request, pk, at, *readmitting.SLIP_OFFICES)
    if hasattr(found, "teacher"):
        return redirect("people:teacher", pk=found.teacher.pk)
    context = {
        **rights(request.user, found, at),
        "account": found,
        "factors": _factors(found),
        "offices": found.appointments.select_related("organisation").order_by("-from_on", "-pk"),
        "today": clock.local_date(at),
        "crumbs": [(_("Units and teachers"), reverse("people:units"))],
    }
    return render(request, "people/account.html", context)


@login_required
@_form_page
def new_slip(request: HttpRequest, pk: int) -> HttpResponse:
    """A slip for who lost her password, printed at once."""
    at = clock.now()
    found = _managed(request, pk, at, *readmitting.SLIP_OFFICES)
    form = NewSlipForm(request.POST or None)
    made: dict[int, str] = {}

    def act():
        wrong = form.cleaned_data["old"] == "wrong_hands"
        made[found.pk] = readmitting.issue_slip(user=found, in_wrong_hands=wrong, by=request.user, at=at)

    if deeds.done(request, form, act):
        return send_pdf(slips.pdf(made, at), name=_("Activation slips") + f" {found}.pdf")
    return _page(request, "people/new_slip.html", found, form)


@login_required
@_form_page
def reset_second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """The second factor of who lost her device."""
    at = clock.now()
    found = _managed(request, pk, at, *readmitting.FACTOR_OFFICES)
    form = ReasonForm(request.POST or None)

    def act():
        readmitting.reset_second_factor(user=found, by=request.user, at=at, **form.cleaned_data)

    if deeds.done(request, form, act):
        return _back(request, found, _("The second factor is taken away; {name} was told."))
    needed = second_factor.is_needed(found, at)
    return _page(request, "people/reset_second_factor.html", found, form, factors=_factors(found), needed=needed)


@login_required
@_form_page
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody signs in with it any more."""
    at = clock.now()
    found = _managed(request, pk, at, *closing.OFFICES)
    form = ReasonForm(request.POST or None)
    if deeds.done(request, form, lambda: closing.close(user=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, found, _("The account of {name} is closed."))
    offices = found.every_appointment_on(clock.local_date(at))
    return _page(request, "people/close_account.html", found, form, offices=offices)


@login_required
@_form_page
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open again, as it was."""
    at = clock.now()
    found = _managed(request, pk, at, *closing.OFFICES)
    form = ReasonForm(request.POST or None)
    if deeds.done(request, form, lambda: closing.reopen(user=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, found, _("The account of {name} is open again."))
    offices = found.every_appointment_on(clock.local_date(at))
    return _page(request, "people/reopen_account.html", found, form, offices=offices)


def rights(by: User, found: User, at: dt.datetime) -> dict[str, object]:
    """Which of these pages an officer may open for an account, or the sentence why an officer above must; nothing for
    whoever has nothing to do with it. Asks the database the same few questions whoever it is."""
    if by.pk == found.pk or not access.offices(by, at, *readmitting.SLIP_OFFICES):
        return {}
    standing = overseeing.standing(found, at)
    no_slip = standing.refusal(by, at, *readmitting.SLIP_OFFICES)
    above = standing.refusal(by, at, *closing.OFFICES) is None
    return {
        "may_slip": no_slip is None and found.is_active and bool(found.activated_at) and hasattr(found, "teacher"),
        "may_reset": above and Authenticator.objects.filter(user=found).exists(),
        "may_close": above and found.is_active,
        "may_reopen": above and not found.is_active,
        "why_not": str(no_slip) if isinstance(no_slip, overseeing.AnswersElsewhere) else "",
    }


def _managed(request: HttpRequest, pk: int, at: dt.datetime, *offices: str) -> User:
    accounts = User.objects.managed_by(request.user, at, *offices).exclude(pk=request.user.pk)
    return get_object_or_404(accounts.select_related("teacher"), pk=pk)


def _factors(found: User) -> list[str]:
    """The ways by which she passes the second factor, in words."""
    words = {Authenticator.Type.TOTP: _("authenticator app"), Authenticator.Type.WEBAUTHN: _("passkey")}
    return [words[each.type] for each in second_factor.ways(found).order_by("type", "pk")]


def _way(found: User) -> str:
    if hasattr(found, "teacher"):
        return reverse("people:teacher", args=[found.teacher.pk])
    return reverse("people:account", args=[found.pk])


def _back(request: HttpRequest, found: User, said: str) -> HttpResponse:
    messages.success(request, said.format(name=found))
    return redirect(_way(found))


def _page(request: HttpRequest, template: str, found: User, form, **more: object) -> HttpResponse:
    crumbs = [(_("Units and teachers"), reverse("people:units")), (str(found), _way(found))]
    return deeds.page(request, template, form, account=found, crumbs=crumbs, back=_way(found), **more)
