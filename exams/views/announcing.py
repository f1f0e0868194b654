"""An exam's announcement: as the officer writes it, and as teachers read it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from exams import announcing, roll, wording
from exams.models import Exam, Sitting
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people.models import Teacher


class AnnouncementForm(forms.Form):
    """What is told of an exam, and what registration asks."""

    announcement = forms.CharField(
        label=gettext_lazy("Announcement"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 6})
    )
    places = forms.IntegerField(
        label=gettext_lazy("Places"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=gettext_lazy("How many are meant to take part; it is told and turns nobody away."),
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )
    contact = forms.CharField(label=gettext_lazy("Whom to ask"), required=False, max_length=200)
    pledge = forms.CharField(
        label=gettext_lazy("Pledge"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Each teacher reads and ticks it when she registers; empty asks for none."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    asks_photo = forms.BooleanField(label=gettext_lazy("Each candidate hands in a photo"), required=False)
    asks_school = forms.BooleanField(
        label=gettext_lazy("The school confirms each registration before the review"), required=False
    )

    NAMES = ("announcement", "places", "contact", "pledge", "asks_photo", "asks_school")


@login_required
@require_http_methods(["GET", "POST"])
def describe(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the announcement; what registration asks stands once it is announced."""
    at = clock.now()
    found = get_object_or_404(Exam.objects.managed_by(request.user, at).select_related("organisation"), pk=pk)
    form = AnnouncementForm(
        request.POST or None, initial={name: getattr(found, name) for name in AnnouncementForm.NAMES}
    )
    if request.method == "POST" and form.is_valid():
        try:
            announcing.describe(exam=found, **form.cleaned_data, by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The announcement is written."))
            return redirect("exams:announcement", pk)
    crumbs = [(_("Exams"), reverse("exams:list")), (found.name, reverse("exams:exam", args=[pk]))]
    context = {"exam": found, "form": form, "crumbs": crumbs}
    return render(request, "exams/describe.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def announcement(request: HttpRequest, pk: int) -> HttpResponse:
    """An exam as teachers below its authority read it: text, window, rules in words, what is asked, places, contact."""
    at = clock.now()
    teacher = Teacher.objects.filter(user=request.user).first()
    open_exams = [each.pk for each in roll.open_exams(teacher, at)] if teacher else []
    seen = Q(pk__in=open_exams) | Q(pk__in=roll.visible_exams(request.user, at).values("pk"))
    if teacher:
        seen |= Q(candidates__teacher=teacher)
    rows = Exam.objects.filter(seen).select_related("organisation", "level__scheme").distinct()
    found = get_object_or_404(rows, pk=pk)
    sitting = Sitting.objects.filter(module__stage__exam=found).prefetch_related("sites").first()
    context = {
        "exam": found,
        "rules": wording.figure_labels(found.eligibility),
        "sitting": sitting,
        "sites": list(sitting.sites.all()) if sitting else [],
        "may_register": pk in open_exams and at >= found.registration_opens_at,
        "managed": Exam.objects.managed_by(request.user, at).filter(pk=pk).exists(),
        "crumbs": [(_("My exams"), reverse("exams:mine"))],
    }
    return render(request, "exams/announcement.html", context)
