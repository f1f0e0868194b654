"""Assignments as those see them who set and grade them: a period's work, what was handed in, and one piece of it."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from lms.lib import clock, deeds
from lms.training import assigning, grading, roll, works
from lms.training.models import Assignment, Period, Submission, taught_by
from lms.training.views.periods import DayField

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_A_PAGE = 50
_UNIT = "period__programme__organisation"


class AssignmentForm(forms.Form):
    """Work as its author writes it, due with the end of a day."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    task = forms.CharField(
        label=pgettext_lazy("assignment", "What is to be done"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    due_on = DayField(label=pgettext_lazy("assignment", "Due with the end of"))
    takes_text = forms.BooleanField(label=gettext_lazy("Takes words written on the page"), required=False, initial=True)
    takes_file = forms.BooleanField(
        label=gettext_lazy("Takes a file (Word, PDF or picture)"), required=False, initial=True
    )
    is_required = forms.BooleanField(
        label=gettext_lazy("Must be passed to complete the period"), required=False, initial=True
    )
    revising_days = forms.IntegerField(
        label=gettext_lazy("Days for revising what is returned"),
        initial=assigning.Task.revising_days,
        widget=forms.NumberInput(attrs={"class": "short", "min": 1, "max": assigning.MOST_REVISING}),
    )

    def typed_task(self) -> assigning.Task:
        """What was typed, as the act takes it."""
        typed = dict(self.cleaned_data)
        due_at = clock.local_moment(typed.pop("due_on") + dt.timedelta(days=1))
        return assigning.Task(due_at=due_at, **typed)


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it is withdrawn"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": assigning.WithdrawalUnexplained.sentence},
    )


class GradeForm(forms.Form):
    """`act` is the button; `version` the number of what was on the page."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    act = forms.ChoiceField(choices=[(each, each) for each in ("pass", "return", "not_pass")])
    feedback = forms.CharField(
        label=gettext_lazy("Feedback"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("The teacher reads it. Needed for returning and for not passing."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class Filter(forms.Form):
    state = forms.ChoiceField(choices=[("", ""), *Submission.State.choices], required=False)


@login_required
@require_GET
def assignments(request: HttpRequest, pk: int) -> HttpResponse:
    """A period's assignments, with how much was handed in, waits to be read and is passed."""
    at = clock.now()
    period = _period(request, pk, at)
    context = {
        "period": period,
        "assignments": works.assignments(period),
        "seats": works.seats(period),
        "is_closed": period.state == Period.State.CLOSED,
        "crumbs": _crumbs(request, at),
    }
    return render(request, "training/assignments.html", context)


@login_required
@_GET_OR_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Set work."""
    at = clock.now()
    period = _period(request, pk, at)
    form = AssignmentForm(request.POST or None)
    made, status = deeds.done(
        request, form, lambda: assigning.assign(period=period, task=form.typed_task(), by=request.user, at=at)
    )
    if made:
        messages.success(request, _("“{title}” is set; those in the period are told.").format(title=made))
        return redirect("training:assignments", pk=pk)
    context = {"period": period, "form": form, "crumbs": _crumbs(request, at, period)}
    return render(request, "training/assignment_form.html", context, status=status)


@login_required
@_GET_OR_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Set it otherwise, as long as nobody handed in."""
    at = clock.now()
    found = _assignment(request, pk, at)
    initial = {name: getattr(found, name) for name in AssignmentForm.base_fields}
    form = AssignmentForm(request.POST or None, initial=initial)
    changed, status = deeds.done(
        request, form, lambda: assigning.change(assignment=found, task=form.typed_task(), by=request.user, at=at)
    )
    if changed:
        messages.success(request, _("“{title}” is changed; those in the period are told.").format(title=changed))
        return redirect("training:assignments", pk=found.period_id)
    crumbs = _crumbs(request, at, found.period)
    context = {"period": found.period, "assignment": found, "form": form, "crumbs": crumbs}
    return render(request, "training/assignment_form.html", context, status=status)


@login_required
@_GET_OR_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw it and say why."""
    at = clock.now()
    found = _assignment(request, pk, at)
    form = WithdrawForm(request.POST or None)

    def act() -> Assignment:
        reason = form.cleaned_data["reason"]
        return assigning.withdraw(assignment=found, reason=reason, by=request.user, at=at)

    done, status = deeds.done(request, form, act)
    if done:
        messages.success(request, _("“{title}” is withdrawn; those in the period are told.").format(title=done))
        return redirect("training:assignments", pk=found.period_id)
    context = {"assignment": found, "form": form, "crumbs": _crumbs(request, at, found.period)}
    return render(request, "training/assignment_withdraw.html", context, status=status)


@login_required
@require_GET
def submissions(request: HttpRequest, pk: int) -> HttpResponse:
    """What was handed in for one assignment, by state."""
    at = clock.now()
    found = get_object_or_404(Assignment.objects.graded_by(request.user, at).select_related(_UNIT), pk=pk)
    form = Filter(request.GET)
    chosen = form.cleaned_data["state"] if form.is_valid() else ""
    rows = works.submissions(found, chosen)
    context = {
        "assignment": found,
        "page": Paginator(rows, _A_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "states": Submission.State.choices,
        "crumbs": _crumbs(request, at, found.period),
    }
    return render(request, "training/submissions.html", context)


@login_required
@_GET_OR_POST
def submission(request: HttpRequest, pk: int) -> HttpResponse:
    """One piece of work with all its versions; pass it, return it once, or not pass it."""
    at = clock.now()
    rows = Submission.objects.graded_by(request.user, at)
    related = rows.select_related(f"assignment__{_UNIT}", "enrolment__teacher__merged_into", "enrolment__school")
    found = get_object_or_404(related, pk=pk)
    versions = works.versions(found)
    form = GradeForm(request.POST or None, initial={"version": len(versions)})
    done, status = deeds.done(request, form, lambda: _graded(request, found, form.cleaned_data, at))
    if done:
        name, state = done.enrolment.person.full_name, done.get_state_display()
        messages.success(request, _("{name}: {state}").format(name=name, state=state))
        return redirect("training:submissions", pk=done.assignment_id)
    found.refresh_from_db(fields=["state", "returned_once"])
    is_own = found.enrolment.person.user_id == request.user.pk
    is_standing = found.assignment.withdrawn_at is None
    context = {
        "submission": found,
        "assignment": found.assignment,
        "versions": versions,
        "may_grade": found.state == Submission.State.HANDED_IN and not is_own and is_standing,
        "form": form,
        "crumbs": [
            *_crumbs(request, at, found.assignment.period),
            (found.assignment.title, reverse("training:submissions", args=[found.assignment_id])),
        ],
    }
    return render(request, "training/submission.html", context, status=status)


def _graded(request: HttpRequest, found: Submission, typed: dict[str, Any], at: dt.datetime) -> Submission:
    given = {"submission": found, "version": typed["version"], "by": request.user, "at": at}
    if typed["act"] == "return":
        return grading.send_back(reason=typed["feedback"], **given)
    return grading.grade(is_passed=typed["act"] == "pass", feedback=typed["feedback"], **given)


def _period(request: HttpRequest, pk: int, at: dt.datetime) -> Period:
    return get_object_or_404(taught_by(request.user, at).select_related("programme__organisation"), pk=pk)


def _assignment(request: HttpRequest, pk: int, at: dt.datetime) -> Assignment:
    """One that stands; what was withdrawn is changed no more."""
    rows = Assignment.objects.graded_by(request.user, at).standing()
    return get_object_or_404(rows.select_related(_UNIT), pk=pk)


def _crumbs(request: HttpRequest, at: dt.datetime, period: Period | None = None) -> list[tuple[str, str]]:
    """Where one comes from: planners from their programmes, trainers from these days' sessions."""
    first = (_("Attendance"), reverse("training:near"))
    if roll.plans(request.user, at):
        first = (_("Programmes and periods"), reverse("training:programmes"))
    return [first, (_("Assignments"), reverse("training:assignments", args=[period.pk]))] if period else [first]
