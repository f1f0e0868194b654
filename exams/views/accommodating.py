"""Pages of the exam officer: what teachers need at exams, granted and withdrawn."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from exams import accommodating, needs
from exams.models import Accommodation
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access, directory

IN_A_PAGE = 30


class GrantForm(forms.Form):
    """What is granted, on what it rests, and for which days."""

    extra_percent = forms.IntegerField(
        label=gettext_lazy("More time, percent of the paper's length"),
        initial=0,
        min_value=0,
        max_value=accommodating.MOST_PERCENT,
        help_text=gettext_lazy("0 to 100; 25 of a paper of 120 minutes are 30 minutes more."),
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )
    large_print = forms.BooleanField(label=gettext_lazy("Large print"), required=False)
    separate_room = forms.BooleanField(label=gettext_lazy("A separate room"), required=False)
    screen_reader = forms.BooleanField(label=gettext_lazy("A screen reader"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("What it rests on"),
        max_length=500,
        help_text=gettext_lazy("The office's words, for example: papers seen on 5 March. Never a diagnosis."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    from_on = forms.DateField(
        label=pgettext_lazy("accommodation", "From"),
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
    )
    until_on = forms.DateField(
        label=pgettext_lazy("accommodation", "Until"),
        required=False,
        help_text=gettext_lazy("The last day; empty for good."),
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
    )


class EndForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), required=True
    )


@login_required
@require_GET
def accommodations(request: HttpRequest) -> HttpResponse:
    """What stands and what was withdrawn, and a search for the teacher to whom something is to be granted."""
    at = clock.now()
    if not access.offices(request.user, at, accommodating.OFFICER):
        raise Http404
    asked = " ".join(directory.words(request.GET.get("q", "")))
    past = request.GET.get("which") == "withdrawn"
    listed = needs.listed(request.user, at, standing=not past)
    page = Paginator(listed, IN_A_PAGE).get_page(request.GET.get("page"))
    found = needs.matching(request.user, at, asked)[:IN_A_PAGE] if asked else []
    context = {
        "page": page,
        "rows": [(each, needs.words(each)) for each in page],
        "past": past,
        "asked": asked,
        "found": found,
        "tabs": [
            {"label": pgettext("accommodation", "Standing"), "address": "?", "current": not past},
            {"label": pgettext("accommodation", "Withdrawn"), "address": "?which=withdrawn", "current": past},
        ],
        "crumbs": [(_("Exams"), reverse("exams:list"))],
    }
    return render(request, "exams/accommodations.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what a teacher needs; it holds at every sitting from then on."""
    at = clock.now()
    teacher = get_object_or_404(needs.kept(request.user, at), pk=pk)
    today = clock.local_date(at)
    form = GrantForm(request.POST or None, initial={"from_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            accommodating.grant(teacher=teacher, **form.cleaned_data, by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("It is granted and holds at every sitting; she has been told."))
            return redirect("exams:accommodations")
    standing = teacher.accommodations.filter(withdrawn_at=None).first()
    more = {"teacher": teacher, "school": teacher.last_school_on(today), "standing": standing}
    return _form_page(request, "exams/accommodation_grant.html", form, more)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """End an accommodation, with a reason."""
    at = clock.now()
    kept = Accommodation.objects.filter(teacher__in=needs.kept(request.user, at))
    found = get_object_or_404(kept.select_related("teacher"), pk=pk)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            accommodating.withdraw(accommodation=found, reason=reason, by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The accommodation is withdrawn; she has been told."))
            return redirect("exams:accommodations")
    more = {"teacher": found.teacher, "accommodation": found, "words": needs.words(found)}
    return _form_page(request, "exams/accommodation_end.html", form, more)


def _form_page(request: HttpRequest, template: str, form: forms.Form, more: dict[str, Any]) -> HttpResponse:
    crumbs = [(_("Exams"), reverse("exams:list")), (_("Accommodations"), reverse("exams:accommodations"))]
    context = {"form": form, "crumbs": crumbs, **more}
    return render(request, template, context, status=422 if form.errors else 200)
