"""Between sign-in and the pages: for which office one acts, and nothing for staff until a second factor was passed."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from lms.lib import clock
from lms.lib.http import refusal_json
from lms.people import acting, second_factor

GetResponse = Callable[[HttpRequest], HttpResponse]


class AccountMiddleware(AuthenticationMiddleware):
    """`request.user`, from the account that came with the session; checked as Django checks it, and asked of it
    wherever that does not hold: an epoch or password of before, a session that was just opened."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _account(request))


def _account(request: HttpRequest) -> Any:
    if not hasattr(request, "_cached_user"):
        request._cached_user = _of_session(request) or auth.get_user(request)
    return request._cached_user


def _of_session(request: HttpRequest) -> Any:
    """The account that was read with the session, if the session is still hers; None leaves the question to Django."""
    session = request.session
    if (
        not session.get(auth.SESSION_KEY)
        or session.get(auth.BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS
    ):
        return None
    account = getattr(session, "account", None)
    if account is None or str(account.pk) != session[auth.SESSION_KEY] or not account.is_active:
        return None
    given = session.get(auth.HASH_SESSION_KEY, "")
    return account if constant_time_compare(given, account.get_session_auth_hash()) else None


class ActingMiddleware:
    """Lets the session's choice of one office count wherever the user is asked for her offices. One that ended falls
    away, and all she still holds count again. Asks the database only where a choice was made."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _has_session(request) and acting.KEY in request.session and request.user.is_authenticated:
            acting.apply(request.session, request.user, clock.now())
        return self.get_response(request)


class SecondFactorMiddleware:
    """The holder of a staff office reaches the pages of her account, the choice of language and the way out, and
    nothing else, until this session has passed a second factor. Asks the database nothing (lms/people/backends.py),
    but for whoever is stopped."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not _has_session(request) or not request.user.is_authenticated:
            return None
        if not second_factor.is_needed(request.user, clock.now()) or second_factor.has_passed(request):
            return None
        request.second_factor_missing = True  # the pages of the account say why one is there
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name.startswith(("account_", "mfa_")) or name == "desks:language":
            return None
        if "application/json" in (request.headers.get("Accept", ""), request.content_type):
            return refusal_json(second_factor.SecondFactorMissing())
        return _lead_on(request)


def _lead_on(request: HttpRequest) -> HttpResponse:
    """To the page that takes a code, and then back here; or to the one where a second factor is set up."""
    if not second_factor.ways(request.user).exists():
        return redirect("mfa_index")
    back = request.get_full_path() if request.method == "GET" else reverse("desks:home")
    return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': back})}")


def _has_session(request: HttpRequest) -> bool:
    """Whoever brings no session is nobody; public answers stay the same for all, and none is asked for."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES
