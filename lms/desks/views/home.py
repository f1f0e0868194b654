"""The home of whoever is signed in: what waits for her offices, and what she herself must do next."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.desks import agenda, oversight, waiting
from lms.lib import clock
from lms.people import access


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this person must do next."""
    at = clock.now()
    officer = bool(access.offices(request.user, at))
    own = agenda.agenda(request.user, at)
    work = waiting.work(request.user, at) if officer else []
    context = {
        "at": at,
        "officer": officer,
        "work": work,
        "overview": oversight.overview(request.user, at) if officer else None,
        "exams": waiting.exams_under_way(request.user, at) if officer else [],
        "own": own,
        "to_do": len(work) + (len(own.tasks) if own else 0),
    }
    return render(request, "desks/home.html", context)
