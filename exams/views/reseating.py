"""Pages of the exam officer after the draw: who comes late, and two who change seats."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from exams import applying, reseating
from exams.models import Candidate, Exam, Stage, StageEntry
from exams.views.candidacy import known_facts
from exams.views.registration_forms import FactsForm
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import directory
from lms.people.models import Teacher

MOST_FOUND = 20
_REASON = {"label": gettext_lazy("Reason"), "max_length": 200}


class LateForm(FactsForm):
    """The facts of a late-comer as the officer states them, and why she is taken in."""

    reason = forms.CharField(**_REASON, widget=forms.Textarea(attrs={"rows": 2}))


class SwapForm(forms.Form):
    other = forms.CharField(
        label=gettext_lazy("Admission number of the other"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = forms.CharField(**_REASON, widget=forms.Textarea(attrs={"rows": 2}))


@login_required
@require_GET
def find_late(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for the teacher who comes late, among those below the exam's authority; none that has a seat."""
    at = clock.now()
    stage = _stage(request, pk, at)
    asked = " ".join(directory.words(request.GET.get("q", "")))
    found = []
    if asked:
        rows = directory.with_places(directory.matching(_teachers(request, stage, at), asked, at), at)
        found = list(rows.exclude(candidacies__entries__stage=stage)[:MOST_FOUND])
    context = {"stage": stage, "exam": stage.exam, "asked": asked, "found": found, "crumbs": _crumbs(stage)}
    return render(request, "exams/late.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def add_late(request: HttpRequest, pk: int, teacher: int) -> HttpResponse:
    """State a late-comer's facts and put her behind the last seat."""
    at = clock.now()
    stage = _stage(request, pk, at)
    found = get_object_or_404(_teachers(request, stage, at), pk=teacher)
    before = Candidate.objects.filter(exam=stage.exam, teacher=found).first()
    known = FactsForm.initial_of(before.facts) if before else known_facts(found, at)
    form = LateForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        facts = applying.clean(form.facts())
        try:
            entry = reseating.add_late(
                stage=stage, teacher=found, facts=facts, reason=form.cleaned_data["reason"], by=request.user, at=at
            )
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            told = _("{name} is taken in: room {room}, seat {seat}. Publish her ticket next.")
            room = f"{entry.room.number:03d}"
            messages.success(request, told.format(name=found.full_name, room=room, seat=f"{entry.seat:02d}"))
            return redirect("exams:rooms", pk=pk)
    context = {"stage": stage, "exam": stage.exam, "teacher": found, "form": form, "crumbs": _crumbs(stage)}
    context["school"] = found.school_on(clock.local_date(at))
    return render(request, "exams/late_facts.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def swap(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a candidate change seats with another, named by admission number."""
    at = clock.now()
    managed = Exam.objects.managed_by(request.user, at)
    rows = StageEntry.objects.filter(stage__exam__in=managed).exclude(room=None)
    entry = get_object_or_404(
        rows.select_related("stage__exam__organisation", "room", "candidate__teacher", "candidate__school"), pk=pk
    )
    form = SwapForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["other"].strip()
        other = rows.filter(stage=entry.stage, admission_number=number).exclude(pk=pk).first()
        try:
            if other is None:
                raise reseating.SeatUnfit()
            reseating.swap(entry=entry, other=other, reason=form.cleaned_data["reason"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The two have changed seats, and both have been told."))
            return redirect("exams:rooms", pk=entry.stage_id)
    context = {"entry": entry, "exam": entry.stage.exam, "form": form, "crumbs": _crumbs(entry.stage)}
    return render(request, "exams/swap_seats.html", context, status=422 if form.errors else 200)


def _stage(request: HttpRequest, pk: int, at: dt.datetime) -> Stage:
    written = Stage.objects.filter(kind=Stage.Kind.WRITTEN, exam__in=Exam.objects.managed_by(request.user, at))
    return get_object_or_404(written.select_related("exam__organisation"), pk=pk)


def _teachers(request: HttpRequest, stage: Stage, at: dt.datetime):
    kept = Teacher.objects.managed_by(request.user, at, reseating.seating.OFFICER)
    below = Teacher.objects.filter(postings__organisation__path__startswith=stage.exam.organisation.path)
    return kept.filter(pk__in=below.values("pk")).exclude(user=request.user)


def _crumbs(stage: Stage) -> list[tuple[str, str]]:
    return [
        (_("Exams"), reverse("exams:list")),
        (stage.exam.name, reverse("exams:exam", args=[stage.exam_id])),
        (_("Rooms and seats"), reverse("exams:rooms", args=[stage.pk])),
    ]
