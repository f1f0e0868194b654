"""The pages of announcements: those for everybody, and for the enrolled those of their institutions."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from cms import queries
from lms.lib import clock

_A_PAGE = 20


@require_safe
def announcements(request: HttpRequest) -> HttpResponse:
    """All live announcements that one may read."""
    page = Paginator(queries.announcements_for(request.user, clock.now()), _A_PAGE).get_page(request.GET.get("page"))
    return render(request, "cms/announcements.html", {"announcements": page})


@require_safe
def announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """One announcement; a draft, a withdrawn one or one for others is not there."""
    page = get_object_or_404(queries.announcements_for(request.user, clock.now()), id=pk)
    return render(request, "cms/announcement.html", {"page": page})
