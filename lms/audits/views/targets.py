"""What is to be reached below a unit: its targets, and how many pupils there may be to one full-time teacher."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lms.audits import queries, targeting
from lms.audits.forms import NormForm, TargetForm
from lms.audits.models import Target
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def targets(request: HttpRequest, pk: int) -> HttpResponse:
    """The targets that hold at a unit; its bureau sets further ones."""
    at = clock.now()
    unit = _unit(request, pk, at)
    form = TargetForm(queries.levels(unit), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            targeting.set_target(authority=unit, by=request.user, at=at, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The target is set. It stands as a mark on the figures from now on."))
            return redirect("audits:targets", pk=pk)
    return _page(request, unit, at, form=form, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw_target(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a target back."""
    at = clock.now()
    target = get_object_or_404(
        Target.objects.filter(access.under("authority__path", access.paths(request.user, at, *targeting.OFFICES))),
        pk=pk,
    )
    targeting.withdraw_target(target=target, by=request.user, at=at)
    messages.success(request, _("The target is withdrawn."))
    return redirect("audits:targets", pk=target.authority_id)


@login_required
@require_POST
def set_norm(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how many pupils there may be to one full-time teacher."""
    at = clock.now()
    unit = _unit(request, pk, at)
    form = NormForm(request.POST)
    if form.is_valid():
        try:
            targeting.set_staffing_norm(authority=unit, by=request.user, at=at, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The norm is set. The coverage page shows how many teachers it asks for."))
            return redirect("audits:targets", pk=pk)
    return _page(request, unit, at, norm_form=form, status=422)


def _unit(request: HttpRequest, pk: int, at: dt.datetime) -> Organisation:
    unit = get_object_or_404(queries.units(request.user, at), pk=pk)
    if unit.level >= Organisation.Level.SCHOOL or not access.covers(request.user, unit, at, *targeting.OFFICES):
        raise Http404
    return unit


def _page(
    request: HttpRequest,
    unit: Organisation,
    at: dt.datetime,
    *,
    form: TargetForm | None = None,
    norm_form: NormForm | None = None,
    status: int = 200,
) -> HttpResponse:
    day = clock.local_date(at)
    levels = queries.levels(unit)
    context = {
        "unit": unit,
        "targets": queries.targets(unit),
        "norms": queries.norms(unit),
        "has_levels": bool(levels),
        "form": form or TargetForm(levels),
        "norm_form": norm_form or NormForm(initial={"from_on": day}),
        "crumbs": [(_("Certified and covered"), reverse("audits:coverage", args=[unit.pk]))],
    }
    return render(request, "audits/targets.html", context, status=status)
