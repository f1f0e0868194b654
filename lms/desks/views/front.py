"""The front page, the choice of language, and the page for a form that was too old."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from cms import queries as cms

_ANNOUNCEMENTS = 4


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """The public page: what one can do here, what was announced, and the sign-in."""
    return render(request, "desks/front.html", {"announcements": cms.announcements()[:_ANNOUNCEMENTS]})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read on in Chinese or English."""
    return set_language(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was too old or not ours: say so, and how to go on."""
    return render(request, "csrf_failure.html", status=403)
