"""What a teacher is enrolled in, and the ways in and out."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.lib import clock, deeds
from lms.people.models import Teacher
from lms.training import enrolling, queries, roll
from lms.training.models import Enrolment, Period

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why you withdraw"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": enrolling.WithdrawalUnexplained.sentence},
    )


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What one is enrolled in: what goes on with what is still missing and the sessions one was at, and the past."""
    at = clock.now()
    teacher = Teacher.objects.filter(user=request.user).first()
    cards = queries.cards(teacher, at) if teacher else []
    sessions = roll.own([card.enrolment for card in cards], at)
    for card in cards:
        card.enrolment.own_sessions = sessions.get(card.enrolment.pk, [])
    context = {
        "current": [card for card in cards if card.is_current],
        "past": [card for card in cards if not card.is_current],
        "today": clock.local_date(at),
    }
    return render(request, "training/mine.html", context)


@login_required
@require_POST
def enrol(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a seat; a refusal is told on the page where the button stood (lms.lib.http)."""
    at = clock.now()
    teacher = get_object_or_404(Teacher, user=request.user)
    period = get_object_or_404(Period.objects.visible_to(request.user, at), pk=pk)
    enrolment = enrolling.enrol(teacher=teacher, period=period, by=request.user, at=at)
    messages.success(request, _outcome(enrolment, at))
    return redirect("training:mine")


@login_required
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the seat that is offered."""
    at = clock.now()
    enrolling.accept(enrolment=_own(request, pk), by=request.user, at=at)
    messages.success(request, _("The seat is yours."))
    return redirect("training:mine")


@login_required
@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave the seat that is offered to the next."""
    enrolling.decline(enrolment=_own(request, pk), by=request.user, at=clock.now())
    messages.success(request, _("The seat goes to the next who waits."))
    return redirect("training:mine")


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a returned application in again."""
    enrolling.hand_in_again(enrolment=_own(request, pk), by=request.user, at=clock.now())
    messages.success(request, _("Your application waits for your school again."))
    return redirect("training:mine")


@login_required
@_GET_OR_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why, and give the seat back; nobody finds the page of another's enrolment."""
    at = clock.now()
    found = _own(request, pk)
    form = WithdrawForm(request.POST or None)
    done, status = deeds.done(
        request,
        form,
        lambda: enrolling.withdraw(enrolment=found, reason=form.cleaned_data["reason"], by=request.user, at=at),
    )
    if done:
        messages.success(request, _("You have withdrawn. The time you spent on lessons stays on your record."))
        return redirect("training:mine")
    context = {"enrolment": found, "form": form, "crumbs": [(_("My learning"), reverse("training:mine"))]}
    return render(request, "training/withdraw.html", context, status=status)


def _own(request: HttpRequest, pk: int) -> Enrolment:
    rows = Enrolment.objects.held_by(request.user)
    return get_object_or_404(
        rows.select_related("period__programme__organisation", "teacher__merged_into", "school"), pk=pk
    )


def _outcome(enrolment: Enrolment, at: dt.datetime) -> str:
    """What an application has led to at once."""
    state = Enrolment.State
    if enrolment.state == state.SUBMITTED:
        return _("Your application waits for your school; you are told what it decides.")
    if enrolment.state == state.APPROVED:
        return _("Your application is in. The organiser picks who has a seat; you are told.")
    if enrolment.state == state.WAITING:
        return _("All seats are taken: you are on the waiting list, and are told when one falls free.")
    if enrolment.period.starts_on <= clock.local_date(at):
        return _("You have a seat. Its lessons are open.")
    return _("You have a seat. Its lessons open on the first day of the period.")
