"""A programme is planned in batches: the officer says how many, looks at the proposal, and opens the periods."""

import datetime as dt
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from lms.lib import clock, deeds
from lms.lib.refusals import Refusal
from lms.training import batching, unplanning
from lms.training.models import Period, Programme
from lms.training.views.periods import DayField


class NumberForm(forms.Form):
    """How many batches, or how many teachers in each."""

    number = forms.IntegerField(
        label=gettext_lazy("Number of batches"),
        required=False,
        min_value=1,
        max_value=batching.MOST_BATCHES,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )
    size = forms.IntegerField(
        label=gettext_lazy("or at most so many teachers in each"),
        required=False,
        min_value=1,
        max_value=100_000,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )

    def batches(self, people: int) -> int:
        """How many batches are asked for; 0 where nothing is."""
        typed = self.cleaned_data
        if typed["size"] and not typed["number"]:
            return -(-people // typed["size"])
        return typed["number"] or 0


class PlanForm(forms.Form):
    """When the batches are held, and until when schools name their teachers. `seen` is what was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    enrol_until_on = DayField(
        label=gettext_lazy("Schools name their teachers until"),
        help_text=gettext_lazy(
            "Until the end of this day each school has its seats; then unused ones go to who waits."
        ),
    )
    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=Period.Mode)
    place = forms.CharField(label=pgettext_lazy("training", "Place"), required=False, max_length=120)

    def __init__(self, number: int, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.number = number
        for each in range(1, number + 1):
            self.fields[f"first_{each}"] = DayField(label=_("Batch {n}: first day").format(n=each))
            self.fields[f"last_{each}"] = DayField(label=_("Batch {n}: last day").format(n=each))

    def plan(self) -> batching.Plan:
        """What was typed, as the act takes it."""
        typed = self.cleaned_data
        dates = [batching.Dates(typed[f"first_{n}"], typed[f"last_{n}"]) for n in range(1, self.number + 1)]
        return batching.Plan(dates, typed["enrol_until_on"], typed["mode"], typed["place"])


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the plan is taken back"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": unplanning.PlanUnexplained.sentence},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose who goes in which batch, and open the periods once dates are given."""
    at = clock.now()
    rows = Programme.objects.managed_by(request.user, at).select_related("organisation", "level", "requires")
    programme = get_object_or_404(rows, pk=pk)
    people = batching.candidates(programme, clock.local_date(at))
    asked = NumberForm(request.GET)
    context: dict[str, Any] = {"programme": programme, "people": len(people), "asked": asked, "crumbs": _crumbs(pk)}
    number = asked.batches(len(people)) if asked.is_valid() else 0
    status = 200
    if number:
        try:
            proposed = batching.propose(people, number)
        except Refusal as refusal:
            context["refused"], status = refusal, refusal.status
        else:
            form = _form(request, programme, proposed)
            opened, status = deeds.done(request, form, lambda: _open(request, programme, form, at))
            if opened:
                text = ngettext(
                    "{n} batch is open; schools are told.", "{n} batches are open; schools are told.", number
                )
                messages.success(request, text.format(n=number))
                return redirect("training:needs", pk=pk)
            context |= _shown(form, proposed)
    return render(request, "training/batches.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the plan of batches to which a period belongs; of a period opened by itself the page is not there."""
    at = clock.now()
    rows = Period.objects.managed_by(request.user, at).filter(planned__isnull=False).distinct()
    period = get_object_or_404(rows.select_related("programme__organisation"), pk=pk)
    programme = period.programme
    form = TakeBackForm(request.POST or None)
    done, status = deeds.done(
        request, form, lambda: unplanning.take_back(period=period, **form.cleaned_data, by=request.user, at=at)
    )
    if done:
        messages.success(request, _("The plan is taken back; the schools are told."))
        return redirect("training:needs", pk=programme.pk)
    context = {
        "programme": programme,
        "periods": unplanning.of(period).annotate(meant=Count("planned")),
        "form": form,
        "crumbs": _crumbs(programme.pk),
    }
    return render(request, "training/take_back_batches.html", context, status=status)


def _form(request: HttpRequest, programme: Programme, proposed: list[list[batching.Candidate]]) -> PlanForm:
    last = programme.periods.order_by("-number").first()
    initial = {"mode": last.mode, "place": last.place} if last else {"mode": Period.Mode.FACE_TO_FACE}
    return PlanForm(len(proposed), request.POST or None, initial=initial | {"seen": batching.digest(proposed)})


def _open(request: HttpRequest, programme: Programme, form: PlanForm, at: dt.datetime) -> list[Period]:
    seen = form.cleaned_data["seen"]
    return batching.open_batches(programme=programme, plan=form.plan(), seen=seen, by=request.user, at=at)


def _shown(form: PlanForm, proposed: list[list[batching.Candidate]]) -> dict[str, Any]:
    """The batches with the people of each, by school, and the fields of its dates; what is confirmed next is what the
    page shows now."""
    if form.is_bound:
        form.data = form.data.copy()
        form.data["seen"] = batching.digest(proposed)
    rows = []
    for number, batch in enumerate(proposed, start=1):
        schools = [(school, list(people)) for school, people in groupby(batch, key=lambda each: each.school)]
        rows.append((number, len(batch), schools, form[f"first_{number}"], form[f"last_{number}"]))
    return {"form": form, "rows": rows}


def _crumbs(pk: int) -> list[tuple[str, str]]:
    return [
        (_("Programmes and periods"), reverse("training:programmes")),
        (_("Who still needs it"), reverse("training:needs", args=[pk])),
    ]
