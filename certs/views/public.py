"""Anyone verifies a certificate: by the code on it, or by its number and the holder's full name."""

import datetime as dt

from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from certs import limiting, numbers, verifying
from lms.lib import clock
from lms.lib.refusals import Refusal


class VerifyForm(forms.Form):
    number = forms.CharField(
        label=pgettext_lazy("certificate", "Certificate number"),
        max_length=60,
        help_text=_("As printed at the lower left, for example 990608-MB-2024-000217-X."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Enter the certificate number.")},
    )
    name = forms.CharField(
        label=_("Full name of the holder"),
        max_length=120,
        help_text=_("As printed on the certificate, complete."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the full name of the holder.")},
    )


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The form, and the answer to it. Nothing of what was typed goes into an address or a log."""
    at = clock.now()
    form = VerifyForm(request.POST or None)
    if request.method == "GET":
        return _form(request, form)
    if not form.is_valid():
        return _form(request, form, status=422)
    number, name = form.cleaned_data["number"], form.cleaned_data["name"]
    try:
        limiting.count_address(_address(request), at=at)
        limiting.count_number(numbers.normal(number), at=at)
        verdict = verifying.by_number(number=number, name=name, at=at)
    except Refusal as refusal:
        form.add_error(refusal.field, str(refusal))
        return _form(request, form, status=refusal.status)
    if verdict.standing == verifying.UNKNOWN:
        return _form(request, form, unknown=True)
    return _verdict(request, verdict, at)


@require_GET
def verify_token(request: HttpRequest, token: str) -> HttpResponse:
    """The answer to the code on a certificate."""
    at = clock.now()
    try:
        limiting.count_address(_address(request), at=at)
        verdict = verifying.by_token(token=token, at=at)
    except Refusal as refusal:
        return _no_store(render(request, "refused.html", {"refusal": refusal}, status=refusal.status))
    return _verdict(request, verdict, at, status=404 if verdict.standing == verifying.UNKNOWN else 200)


def _form(request: HttpRequest, form: VerifyForm, *, unknown: bool = False, status: int = 200) -> HttpResponse:
    return _no_store(render(request, "certs/verify.html", {"form": form, "unknown": unknown}, status=status))


def _verdict(request: HttpRequest, verdict: verifying.Verdict, at: dt.datetime, status: int = 200) -> HttpResponse:
    return _no_store(render(request, "certs/verdict.html", {"verdict": verdict, "at": at}, status=status))


def _no_store(response: HttpResponse) -> HttpResponse:
    """No browser and no proxy keeps the answer: a revocation shows at the next look. No search engine lists it."""
    response["Cache-Control"] = "no-store, private"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _address(request: HttpRequest) -> str:
    return get_adapter().get_client_ip(request)
