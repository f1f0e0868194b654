"""Yearly figures: a school reports and corrects them, its bureau confirms or returns them and sees who owes theirs."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access, figures, reporting
from lms.people.models import Appointment, Organisation, YearlyFigures

IN_A_PAGE = 50
_STANDINGS = {
    "submitted": gettext_lazy("waiting for confirmation"),
    "returned": gettext_lazy("returned"),
    "missing": gettext_lazy("not reported"),
    "confirmed": gettext_lazy("confirmed"),
}


class FiguresForm(forms.ModelForm):
    """How a school stands on a day of a school year; the act says what cannot be."""

    class Meta:
        model = YearlyFigures
        fields = reporting.FIGURES
        widgets = {
            "as_of_on": forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
            **{
                name: forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"})
                for name in ("pupils", "classes", "full_time_posts", "part_time_posts")
            },
        }
        error_messages = {"as_of_on": {"invalid": gettext_lazy("Enter the day, for example 2024-03-05.")}}

    def __init__(self, today: dt.date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = reporting.school_year(today)
        years = [(year, year_name(year)) for year in range(latest, latest - 4, -1)]
        self.fields["year"] = forms.TypedChoiceField(label=gettext_lazy("School year"), choices=years, coerce=int)

    def _post_clean(self) -> None:
        """The model's own checks belong to the act, which writes the row."""


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("What is to be corrected"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Only where you return them; the school reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def year_name(year: int) -> str:
    """A school year as people call it."""
    return f"{year}–{year + 1}"


@login_required
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """The schools in one's care and how each stands in a year: reported, returned, missing, confirmed."""
    at = clock.now()
    year, found = _year(request, at), _dues(request, at)
    counts = figures.tally(found)
    state = request.GET.get("state", "")
    shown = [each for each in found if each.standing == state] if state in _STANDINGS else found
    order = {standing: place for place, standing in enumerate(figures.STANDINGS)}
    shown = sorted(shown, key=lambda each: order[each.standing])
    context = {
        "year": year,
        "year_name": year_name(year),
        "years": _years(request, year, at),
        "tabs": _tabs(year, state, counts, len(found)),
        "page": Paginator(shown, IN_A_PAGE).get_page(request.GET.get("page")),
        "labels": _STANDINGS,
        "owing": counts["missing"] + counts["returned"],
        "may_confirm": bool(access.offices(request.user, at, Appointment.Office.BUREAU_OFFICER)),
    }
    return render(request, "people/figures_work.html", context)


@login_required
@require_safe
def reminder(request: HttpRequest) -> HttpResponse:
    """The schools that owe their figures as plain text, to be pasted into a message."""
    at = clock.now()
    found = _dues(request, at)
    owing = [each for each in found if each.standing in ("missing", "returned")]
    context = {"owing": owing, "year_name": year_name(_year(request, at)), "day": clock.local_date(at)}
    return render(request, "people/figures_reminder.txt", context, content_type="text/plain; charset=utf-8")


def _dues(request: HttpRequest, at: dt.datetime) -> list[figures.Due]:
    if not access.offices(request.user, at, *Appointment.RECORD_OFFICES):
        raise Http404
    return figures.dues(figures.schools(request.user, at), _year(request, at))


def _year(request: HttpRequest, at: dt.datetime) -> int:
    """The school year asked for, if it is one of those on offer; else the present one."""
    latest = reporting.school_year(clock.local_date(at))
    asked = request.GET.get("year", "")
    years = {str(year): year for year in range(latest - reporting.YEARS_BACK, latest + 1)}
    return years.get(asked, latest)


def _years(request: HttpRequest, year: int, at: dt.datetime) -> list[dict[str, Any]]:
    latest = reporting.school_year(clock.local_date(at))
    return [
        {"label": year_name(each), "address": f"?year={each}", "current": each == year}
        for each in range(latest, latest - 4, -1)
    ]


def _tabs(year: int, state: str, counts: dict[str, int], count: int) -> list[dict[str, Any]]:
    every = {"label": _("All"), "address": f"?year={year}", "current": state not in _STANDINGS, "count": count}
    return [
        every,
        *(
            {
                "label": label,
                "address": f"?year={year}&state={key}",
                "current": key == state,
                "count": counts[key],
            }
            for key, label in _STANDINGS.items()
        ),
    ]


@login_required
@require_safe
def unit_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything a school ever reported; and, for its bureau, what waits for a decision."""
    at = clock.now()
    return _school_page(request, _school(request, pk, at), at)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Report how the school stands; the form begins with what was reported last."""
    at = clock.now()
    school = _school(request, pk, at, *reporting.REPORTERS)
    today = clock.local_date(at)
    form = FiguresForm(today, request.POST or None, initial=_begin_with(school, today))
    if request.method == "POST" and form.is_valid():
        try:
            reporting.report_figures(school=school, by=request.user, at=at, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Reported. The bureau confirms the figures or returns them with a reason."))
            return redirect("people:unit_figures", pk=pk)
    return _form_page(request, school, form, _("Report yearly figures"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct figures that nobody has decided yet."""
    at = clock.now()
    schools = figures.schools(request.user, at, *reporting.REPORTERS)
    found = get_object_or_404(YearlyFigures.objects.select_related("organisation"), pk=pk, organisation__in=schools)
    form = FiguresForm(clock.local_date(at), request.POST or None, initial=_typed(found))
    form.fields["year"].disabled = True
    form.fields["year"].choices = [(found.year, year_name(found.year))]
    if request.method == "POST" and form.is_valid():
        try:
            reporting.correct_figures(figures=found, by=request.user, at=at, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Corrected. The figures wait for confirmation."))
            return redirect("people:unit_figures", pk=found.organisation_id)
    return _form_page(request, found.organisation, form, _("Correct yearly figures"))


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm what a school reported, or return it with a reason."""
    at = clock.now()
    schools = figures.schools(request.user, at, Appointment.Office.BUREAU_OFFICER)
    found = get_object_or_404(YearlyFigures.objects.select_related("organisation"), pk=pk, organisation__in=schools)
    form = ReturnForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            _decide(request, found, form.cleaned_data["reason"], at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            status = refusal.status
        else:
            return redirect("people:unit_figures", pk=found.organisation_id)
    return _school_page(request, found.organisation, at, form=form, status=status)


def _decide(request: HttpRequest, found: YearlyFigures, reason: str, at: dt.datetime) -> None:
    if request.POST.get("act") == "return":
        reporting.return_figures(figures=found, reason=reason, by=request.user, at=at)
        messages.success(request, _("Returned. Whoever reported them has been told the reason."))
        return
    reporting.confirm_figures(figures=found, by=request.user, at=at)
    messages.success(request, _("Confirmed. The figures count from now on."))


def _school(request: HttpRequest, pk: int, at: dt.datetime, *offices: str) -> Organisation:
    return get_object_or_404(figures.schools(request.user, at, *offices), pk=pk)


def _school_page(
    request: HttpRequest,
    school: Organisation,
    at: dt.datetime,
    *,
    form: ReturnForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = list(figures.of_school(school))
    waiting = next((each for each in rows if each.state == YearlyFigures.State.SUBMITTED), None)
    confirms = reporting.may_confirm(request.user, school, at)
    context = {
        "school": school,
        "rows": [(each, year_name(each.year)) for each in rows],
        "waiting": waiting,
        "waiting_year": waiting and year_name(waiting.year),
        "may_decide": confirms and waiting is not None and waiting.submitted_by_id != request.user.pk,
        "own": waiting is not None and waiting.submitted_by_id == request.user.pk,
        "may_report": access.covers(request.user, school, at, *reporting.REPORTERS),
        "form": form or ReturnForm(),
        "crumbs": [
            (_("Units and teachers"), reverse("people:units")),
            (school.name, reverse("people:unit", args=[school.pk])),
        ],
    }
    return render(request, "people/unit_figures.html", context, status=status)


def _form_page(request: HttpRequest, school: Organisation, form: FiguresForm, title: str) -> HttpResponse:
    context = {
        "school": school,
        "form": form,
        "title": title,
        "crumbs": [
            (school.name, reverse("people:unit", args=[school.pk])),
            (_("Yearly figures"), reverse("people:unit_figures", args=[school.pk])),
        ],
    }
    return render(request, "people/figures_form.html", context, status=422 if form.errors else 200)


def _begin_with(school: Organisation, today: dt.date) -> dict[str, Any]:
    """What a new return begins with: the numbers last reported, for the present year and today."""
    last = figures.of_school(school).first()
    return {**(_typed(last) if last else {}), "year": reporting.school_year(today), "as_of_on": today}


def _typed(found: YearlyFigures) -> dict[str, Any]:
    return {name: getattr(found, name) for name in reporting.FIGURES}
