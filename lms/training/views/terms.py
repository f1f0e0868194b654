"""What a period says otherwise than its programme, and who trains in it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.lib import clock, deeds
from lms.training import roll, staffing, tailoring
from lms.training.views.period import head, managed
from lms.training.views.period_forms import TermsForm, TrainersForm, terms_typed, trainers_typed

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@_GET_OR_POST
def terms(request: HttpRequest, pk: int) -> HttpResponse:
    """Change who may join and what completing it is worth."""
    at = clock.now()
    found = managed(request, pk, at)
    form = TermsForm(request.POST or None, programme=found.programme, initial=terms_typed(found))
    done, status = deeds.done(
        request,
        form,
        lambda: tailoring.tailor(period=found, terms=form.terms(), by=request.user, at=at),
        hours="hours_general",
    )
    if done:
        messages.success(request, _("Who may join and what it is worth is changed."))
        return redirect("training:period", pk=pk)
    applied = found.enrolments.live().count()
    context = {"period": found, "form": form, "applied": applied, **head(found)}
    return render(request, "training/terms.html", context, status=status)


@login_required
@_GET_OR_POST
def trainers(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who trains."""
    at = clock.now()
    found = managed(request, pk, at)
    among = roll.trainers(found.programme.organisation, at, found)
    form = TrainersForm(request.POST or None, among=among, initial=trainers_typed(found))
    done, status = deeds.done(
        request, form, lambda: staffing.staff(period=found, trainers=form.staff(), by=request.user, at=at)
    )
    if done:
        messages.success(request, _("The trainers are named."))
        return redirect("training:period", pk=pk)
    return render(request, "training/trainers.html", {"period": found, "form": form, **head(found)}, status=status)
