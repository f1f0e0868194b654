"""One-click sign-in as a demo person, and the page that shows every component."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from lms.demo import people, samples
from lms.people import second_factor


@require_POST
def enter(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demo people, the second factor included; anybody else's account, or a site that is no demo,
    is not found."""
    asked = request.POST.get("user")
    person, account = next((pair for pair in people.accounts() if str(pair[1].pk) == asked), (None, None))
    if not settings.DEMO_SIGN_IN or person is None:
        raise Http404
    login(request, account)
    second_factor.mark_passed(request.session, account)
    return redirect(person.home_address)


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """Every component with its states."""
    if not settings.DEMO_SIGN_IN:
        raise Http404
    return render(request, "demo/style.html", samples.context())
