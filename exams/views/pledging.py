"""A candidate's page of the pledge: for her whom another registered, before her ticket."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from exams import pledging
from exams.models import Candidate
from lms.lib import clock
from lms.lib.refusals import Refusal


@login_required
@require_http_methods(["GET", "POST"])
def pledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the pledge of her exam and agree to it."""
    own = Candidate.objects.held_by(request.user).select_related("exam", "teacher")
    found = get_object_or_404(own, pk=pk)
    refusal = None
    if request.method == "POST":
        try:
            version = request.POST.get("pledged", "")
            pledging.agree(candidate=found, version=version, by=request.user, at=clock.now())
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("You have agreed to the pledge."))
            return redirect("exams:mine")
    context = {
        "candidate": found,
        "exam": found.exam,
        "due": pledging.is_due(found),
        "refusal": refusal,
        "crumbs": [(_("My exams"), reverse("exams:mine"))],
    }
    return render(request, "exams/pledge.html", context, status=refusal.status if refusal else 200)
