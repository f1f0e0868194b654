"""The school's page of registrations that wait for its word."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from exams import applying, confirming, wording
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access


class SchoolForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Needed to return it: the teacher reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@login_required
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """The registrations that wait for the school."""
    at = clock.now()
    if not access.offices(request.user, at, confirming.OFFICER):
        raise Http404
    return render(request, "exams/school_word.html", {"rows": list(confirming.waiting(request.user, at))})


@login_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """What she stated and what the rules say to it; the school confirms it or returns it with a reason."""
    at = clock.now()
    found = get_object_or_404(confirming.waiting(request.user, at), pk=pk)
    form = SchoolForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("act") == "return":
                reason = form.cleaned_data["reason"]
                confirming.give_back(candidate=found, reason=reason, by=request.user, at=at)
                messages.success(request, _("The registration is returned for correction; the teacher has been told."))
            else:
                confirming.confirm(candidate=found, by=request.user, at=at)
                messages.success(request, _("The registration is confirmed; the bureau reviews it now."))
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            return redirect("exams:school_word")
    context = {
        "candidate": found,
        "exam": found.exam,
        "form": form,
        "stated": wording.fact_labels(found.facts),
        "findings": applying.findings(found),
    }
    return render(request, "exams/school_confirm.html", context, status=422 if form.errors else 200)
