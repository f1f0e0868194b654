"""The programmes of an office and the periods that it plans."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from lms.lib import clock, deeds
from lms.people import access
from lms.training import planning, queries, roll
from lms.training.models import PLANNERS, Period, Programme, Requirement
from lms.training.views.period_forms import TermsForm, TrainersForm, terms_typed, trainers_typed

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_FIRST_DAY, _LAST_DAY = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
_DAY = {"invalid": gettext_lazy("Enter the day, for example 2024-03-05."), "required": gettext_lazy("Choose a day.")}


class DayField(forms.DateField):
    """A day of this century, in the browser's own calendar."""

    def __init__(self, **more: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")
        super().__init__(widget=widget, error_messages=_DAY, **more)

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        if value and not _FIRST_DAY <= value <= _LAST_DAY:
            raise forms.ValidationError(_("Enter a day between 2000 and 2099."))


class PeriodForm(TrainersForm, TermsForm):
    """A period as an officer writes it: enrolment opens at the beginning of a day and closes with the end of one."""

    MAIN = (
        *("number", "mode", "place", "enrol_from_on", "enrol_until_on", "starts_on", "ends_on", "capacity"),
        *("admission", "selection", "offer_hours"),
    )

    number = forms.IntegerField(
        label=gettext_lazy("Number of the period"),
        widget=forms.NumberInput(attrs={"class": "short", "min": 1, "max": planning.HIGHEST_NUMBER}),
    )
    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=Period.Mode, initial=Period.Mode.SELF_STUDY)
    place = forms.CharField(
        label=pgettext_lazy("training", "Place"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Where people come together, if they do."),
    )
    enrol_from_on = DayField(label=gettext_lazy("Enrolment opens on"))
    enrol_until_on = DayField(
        label=gettext_lazy("Enrolment closes on"),
        help_text=gettext_lazy("It is open until the end of this day, 24:00."),
    )
    starts_on = DayField(label=gettext_lazy("First day of training"))
    ends_on = DayField(
        label=gettext_lazy("Last day of training"),
        help_text=gettext_lazy("Whoever has finished everything by then has completed it."),
    )
    capacity = forms.IntegerField(
        label=pgettext_lazy("training", "Seats"),
        required=False,
        widget=forms.NumberInput(attrs={"class": "short", "min": 1, "max": planning.MOST_SEATS}),
        help_text=gettext_lazy("Empty: seats for all."),
    )

    admission = forms.ChoiceField(
        label=gettext_lazy("How one enrols"),
        choices=Period.Admission,
        initial=Period.Admission.OPEN,
        help_text=gettext_lazy("Through the school: it recommends who applied, or names teachers itself."),
    )
    selection = forms.ChoiceField(
        label=gettext_lazy("How seats go"), choices=Period.Selection, initial=Period.Selection.BY_ORDER
    )
    offer_hours = forms.IntegerField(
        label=gettext_lazy("Hours to accept a seat"),
        required=False,
        widget=forms.NumberInput(attrs={"class": "short", "min": 1, "max": planning.LONGEST_OFFER}),
        help_text=gettext_lazy(
            "Who moves up from the waiting list is asked, and has so long to answer. Empty: she has the seat at once."
        ),
    )

    def facts(self) -> dict[str, Any]:
        """What was typed, as the act takes it."""
        typed = {name: self.cleaned_data[name] for name in self.MAIN}
        typed |= {"terms": self.terms(), "trainers": self.staff()}
        typed["enrol_from_at"] = clock.local_moment(typed.pop("enrol_from_on"))
        typed["enrol_until_at"] = clock.local_moment(typed.pop("enrol_until_on") + dt.timedelta(days=1))
        return typed

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MAIN]

    @property
    def is_own_wrong(self) -> bool:
        """Whether something is wrong beside the main fields."""
        return bool(set(self.errors) - {*self.MAIN, "__all__"}) if self.is_bound else False


class DemandsForm(forms.Form):
    percent = forms.IntegerField(
        label=gettext_lazy("Least attendance, percent"),
        required=False,
        widget=forms.NumberInput(attrs={"class": "short", "min": 1, "max": 100}),
        help_text=gettext_lazy("Of the minutes of all sessions of a period. Empty: attendance is not demanded."),
    )


@login_required
@require_GET
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes of one's planning offices with their periods, or those of one tag; to those without such an office
    it is not there."""
    at = clock.now()
    _require_planner(request, at)
    tag = request.GET.get("tag", "")
    tag = tag if tag in Programme.Tag.values else ""
    context = {
        "programmes": queries.managed(request.user, at, tag=tag),
        "tags": Programme.Tag.choices,
        "tag": tag,
        "at": at,
        "today": clock.local_date(at),
    }
    return render(request, "training/programmes.html", context)


@login_required
@_GET_OR_POST
def open_period(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the next period of a programme."""
    at = clock.now()
    rows = Programme.objects.managed_by(request.user, at).select_related("organisation")
    programme = get_object_or_404(rows, pk=pk)
    form = PeriodForm(
        request.POST or None,
        programme=programme,
        among=roll.trainers(programme.organisation, at),
        initial=_next_period(programme, at),
    )
    period, status = deeds.done(
        request,
        form,
        lambda: planning.open_period(programme=programme, by=request.user, at=at, **form.facts()),
        hours="hours_general",
    )
    if period:
        messages.success(request, _("{period} is announced.").format(period=period))
        return redirect("training:programmes")
    context = {
        "programme": programme,
        "form": form,
        "crumbs": [(_("Programmes and periods"), reverse("training:programmes"))],
    }
    return render(request, "training/open_period.html", context, status=status)


@login_required
@_GET_OR_POST
def demands(request: HttpRequest, pk: int) -> HttpResponse:
    """What finishing a programme demands: its lessons, as they are published, and the least attendance."""
    at = clock.now()
    programme = get_object_or_404(Programme.objects.managed_by(request.user, at), pk=pk)
    standing = programme.requirements.standing()
    least = standing.filter(kind=Requirement.Kind.ATTENDANCE).values_list("percent", flat=True).first()
    form = DemandsForm(request.POST or None, initial={"percent": least})

    def demand() -> Programme:
        planning.demand_attendance(programme=programme, by=request.user, at=at, **form.cleaned_data)
        return programme

    done, status = deeds.done(request, form, demand)
    if done:
        messages.success(request, _("What is demanded is changed."))
        return redirect("training:demands", pk=pk)
    context = {
        "programme": programme,
        "form": form,
        "lessons": standing.filter(kind=Requirement.Kind.LESSON).order_by("pk"),
        "crumbs": [(_("Programmes and periods"), reverse("training:programmes"))],
    }
    return render(request, "training/demands.html", context, status=status)


def _next_period(programme: Programme, at: dt.datetime) -> dict[str, Any]:
    """What the form of the next period begins with: all that the last one can lend it."""
    last = programme.periods.order_by("-number").first()
    lent = terms_typed(last or programme) | (trainers_typed(last) if last else {})
    return queries.next_period(programme, at) | lent


def _require_planner(request: HttpRequest, at: dt.datetime) -> None:
    if not access.offices(request.user, at, *PLANNERS):
        raise Http404
