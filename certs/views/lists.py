"""Lists of people to certify: found, looked through, signed or returned; and the register of what was issued."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from certs import issuing, queries, taking_in, wording
from certs.models import Batch
from certs.views import deeds
from lms.lib import clock, printing
from lms.people import access, signing
from lms.people.models import Appointment

IN_A_PAGE = 50


class DecideForm(deeds.SecondPersonForm):
    reason_hint = gettext_lazy("Only where you return the list: what should be changed.")
    seen_digest = forms.CharField(widget=forms.HiddenInput)


class RegisterFilter(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Number or name"), required=False, max_length=60, widget=forms.TextInput({"class": "inp"})
    )
    state = forms.ChoiceField(
        label=gettext_lazy("Standing"),
        required=False,
        choices=[("", gettext_lazy("Every standing"))]
        + [(each, wording.STANDINGS[each]) for each in ("issued", "suspended", "cancelled", "revoked", "superseded")],
        widget=forms.Select({"class": "sel"}),
    )


@login_required
@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """The lists of the authorities that one certifies for, those that wait first."""
    page = Paginator(queries.batches(request.user, clock.now()), IN_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "certs/batches.html", {"page": page, "crumbs": _crumbs()[:1]})


@login_required
@require_http_methods(["GET", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One list, row by row as it will be printed, and its signing or returning by a second person."""
    at = clock.now()
    found = get_object_or_404(queries.batches(request.user, at).select_related("level__scheme__authority"), pk=pk)
    form = DecideForm(request.POST or None)
    decided, status = deeds.done(request, form, lambda: _decide(request, found, form.cleaned_data, at))
    if decided:
        return redirect("certs:batch", pk=pk)
    if request.method == "POST":
        found.refresh_from_db()
    return _page(request, found, form, at, status=status)


@login_required
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own list of paper certificates before it is signed."""
    at = clock.now()
    found = get_object_or_404(Batch.objects.visible_to(request.user, at), pk=pk)
    taking_in.take_back(batch=found, by=request.user, at=at)
    messages.success(request, _("The list is taken back. Nothing of it stands in the register."))
    return redirect("certs:batch", pk=pk)


@login_required
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """What was issued: found by number, name or standing."""
    at = clock.now()
    form = RegisterFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {"q": "", "state": ""}
    rows = queries.register(request.user, at, words=wanted["q"], state=wanted["state"])
    page = Paginator(rows, IN_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "cards": [queries.card(each, at) for each in page],
        "filtered": bool(wanted["q"] or wanted["state"]),
        "crumbs": _crumbs()[:1],
    }
    return render(request, "certs/register.html", context)


def _decide(request: HttpRequest, found: Batch, typed: dict, at: dt.datetime) -> Batch:
    if request.POST.get("act") == "return":
        returned = issuing.give_back(batch=found, reason=typed["reason"], by=request.user, at=at)
        messages.success(request, _("The list is returned to its proposer."))
        return returned
    signing.confirm(request.user, typed["password"], at)
    issued = issuing.issue(batch=found, seen_digest=typed["seen_digest"], by=request.user, at=at)
    if found.origin == Batch.Origin.HISTORICAL:
        said = ngettext(
            "%(n)s paper certificate stands in the register.",
            "%(n)s paper certificates stand in the register.",
            found.count,
        )
    else:
        said = ngettext("%(n)s certificate is issued.", "%(n)s certificates are issued.", found.count)
    messages.success(request, said % {"n": found.count} + " " + _("The holders are being told."))
    return issued


def _page(request: HttpRequest, found: Batch, form: DecideForm, at: dt.datetime, status: int = 200) -> HttpResponse:
    """The page always offers the digest of what it shows, whatever the form came in with."""
    seen = issuing.batch_view(found)
    own, is_paper = found.proposed_by_id == request.user.pk, found.origin == Batch.Origin.HISTORICAL
    signs = access.covers(request.user, found.level.scheme.authority, at, Appointment.Office.SIGNATORY)
    rows = seen["rows"]
    page = Paginator(rows, IN_A_PAGE).get_page(request.GET.get("page"))
    credentials = {each.place: each for each in found.credentials.filter(place__in=[row["place"] for row in page])}
    context = {
        "batch": found,
        "seen": seen,
        "seen_digest": issuing.view_digest(seen),
        "form": form,
        "page": page,
        "rows": [_row(row, credentials[row["place"]], at) for row in page],
        "renamed": [row for row in rows if not is_paper and row["name_now"] != row["holder"]],
        "unwritten": [row for row in rows if not is_paper and printing.missing(row["holder"])],
        "own": own,
        "is_paper": is_paper,
        "decider": found.decided_by or (found.proposed_by if found.state == Batch.State.RETURNED else None),
        "may_decide": signs and not own and found.state == Batch.State.PROPOSED,
        "too_early": clock.local_date(at) < found.issue_on,
        "crumbs": _crumbs(),
    }
    return render(request, "certs/batch.html", context, status=status)


def _row(row: dict, credential, at: dt.datetime) -> dict:
    card = queries.card(credential, at)
    issued_on = dt.date.fromisoformat(row["issued_on"])
    return {**row, "issued_on": issued_on, "credential": credential, "standing": card.standing, "label": card.label}


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Certificates"), reverse("certs:mine")), (_("Certificate lists"), reverse("certs:batches"))]
