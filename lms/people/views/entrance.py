"""The way in: from a one-time code to a password, a telephone of one's own, and a new password by telephone."""

import datetime as dt

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from lms.inbox import texting
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import activating, phoning, second_factor
from lms.people.forms import ActivateForm, NewPasswordForm, PhoneCodeForm, PhoneForm, ResetByPhoneForm
from lms.people.models import User

_RESETTING = "reset_by_phone"  # in a visitor's session: whose password, and under what her tries are counted


@never_cache
@sensitive_post_parameters("password1", "password2")
def activate(request: HttpRequest) -> HttpResponse:
    """A teacher comes in with her one-time code and sets her password; signed in, she is led to confirm her phone."""
    at = clock.now()
    form = ActivateForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                user = _activate(request, form, at)
            except Refusal as refusal:
                status = _show(refusal, form)
            else:
                return _let_in(request, user, at)
    return render(request, "people/activate.html", {"form": form}, status=status)


def _activate(request: HttpRequest, form: ActivateForm, at: dt.datetime) -> User:
    return activating.activate(
        code=form.cleaned_data["code"],
        id_last_four=form.cleaned_data["id_last_four"],
        password=form.cleaned_data["password1"],
        at=at,
        address=_address(request),
    )


def _let_in(request: HttpRequest, user: User, at: dt.datetime) -> HttpResponse:
    """Sign her in at once; but a slip is no second factor, so who has one signs in with it."""
    if user.activated_at == at:
        text = _("Your account is active. Your user name for the next time: {username}")
    else:
        text = _("Your new password is set. Your user name: {username}")
    messages.success(request, text.format(username=user.username))
    if second_factor.ways(user).exists():
        return redirect("account_login")
    login(request, user)
    wants_phone = texting.is_possible() and not user.phone_confirmed_at
    return redirect("people:phone" if wants_phone else "desks:home")


@login_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """One's own telephone: have digits sent to the number on record, or to another with the password."""
    on_record = "on_record" in request.POST
    form = PhoneForm(request.POST if request.method == "POST" and not on_record else None)
    refused, status = "", 200
    if request.method == "POST":
        status = 422
        if on_record or form.is_valid():
            try:
                phoning.ask(
                    user=request.user,
                    phone=request.user.phone if on_record else form.cleaned_data["phone"],
                    password="" if on_record else form.cleaned_data["password"],
                    at=clock.now(),
                    address=_address(request),
                )
            except Refusal as refusal:
                refused = str(refusal) if on_record else ""
                status = refusal.status if on_record else _show(refusal, form)
            else:
                return redirect("people:phone_code")
    context = {"form": form, "refused": refused, "texts": texting.is_possible()}
    return render(request, "people/phone.html", context, status=status)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone_code(request: HttpRequest) -> HttpResponse:
    """The six digits that were sent to one's telephone."""
    at = clock.now()
    awaited = phoning.awaited(request.user, at)
    if awaited is None:
        return redirect("people:phone")
    form = PhoneCodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                phoning.confirm(user=request.user, code=form.cleaned_data["code"], at=at)
            except Refusal as refusal:
                status = _show(refusal, form)
            else:
                messages.success(request, _("Your telephone is confirmed. You can sign in with its number, too."))
                return redirect("desks:home")
    return render(request, "people/phone_code.html", {"form": form, "awaited": awaited}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset_by_phone(request: HttpRequest) -> HttpResponse:
    """Have digits for a new password sent; the answer is the same whether there is such an account or not."""
    form = ResetByPhoneForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                asked = phoning.ask_reset(phone=form.cleaned_data["phone"], at=clock.now(), address=_address(request))
            except Refusal as refusal:
                status = _show(refusal, form)
            else:
                request.session[_RESETTING] = asked
                return redirect("account_reset_by_phone_code")
    return render(request, "account/reset_by_phone.html", {"form": form}, status=status)


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def reset_by_phone_code(request: HttpRequest) -> HttpResponse:
    """The digits that came, and the new password."""
    if _RESETTING not in request.session:
        return redirect("account_reset_by_phone")
    user_id, counted_as = request.session[_RESETTING]
    form = NewPasswordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                phoning.reset(
                    user_id=user_id,
                    counted_as=counted_as,
                    code=form.cleaned_data["code"],
                    password=form.cleaned_data["password1"],
                    at=clock.now(),
                    address=_address(request),
                )
            except Refusal as refusal:
                status = _show(refusal, form)
            else:
                del request.session[_RESETTING]
                return redirect("account_reset_password_from_key_done")
    return render(request, "account/reset_by_phone_code.html", {"form": form}, status=status)


def _show(refusal: Refusal, form: forms.Form) -> int:
    """Put a refusal beside what was typed; gives the status of the answer."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    return refusal.status


def _address(request: HttpRequest) -> str:
    return get_adapter(request).get_client_ip(request)
