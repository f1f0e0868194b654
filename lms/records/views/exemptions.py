"""Exemptions from the hours demanded: an office's list, a new one for a teacher, and one with what is decided of it."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.lib import clock, deeds, scans
from lms.lib.http import send_pdf
from lms.people import access
from lms.people.models import Teacher
from lms.people.record_forms import DayField
from lms.records import exempting, queries
from lms.records.models import Exemption

IN_A_PAGE = 50
State = Exemption.State


class ExemptionForm(forms.Form):
    ground = forms.ChoiceField(
        label=gettext_lazy("Ground"),
        choices=[("", pgettext_lazy("claim", "Choose one")), *Exemption.Ground.choices],
    )
    from_on = DayField(label=pgettext_lazy("span", "First day"))
    until_on = DayField(
        label=pgettext_lazy("span", "Last day"),
        help_text=gettext_lazy("As much less is demanded of a training year as these days are of all its days."),
    )
    reason = forms.CharField(
        label=gettext_lazy("What it rests on"),
        max_length=1000,
        help_text=gettext_lazy("The leave that was granted or the written application; the teacher reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": gettext_lazy("Write what the exemption rests on: the teacher and the bureau read it.")
        },
    )
    scan = forms.FileField(
        label=gettext_lazy("Scan of the application"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
    )


class DecisionForm(forms.Form):
    """`act` is the button: "grant" needs nothing, the others a reason."""

    decision = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("For turning down or withdrawing."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@login_required
@require_GET
def exemptions(request: HttpRequest) -> HttpResponse:
    """The exemptions of the teachers whom one's offices look after, by state; to others the page is not there."""
    at = clock.now()
    if not access.offices(request.user, at, *Exemption.OFFICES):
        raise Http404
    asked = request.GET.get("state", "")
    shown = asked if asked in State.values else State.PROPOSED
    counts = queries.exemption_counts(request.user, at)
    context = {
        "page": Paginator(queries.exemptions(request.user, at, shown), IN_A_PAGE).get_page(request.GET.get("page")),
        "tabs": [
            {"label": each.label, "address": f"?state={each}", "current": each == shown, "count": counts.get(each, 0)}
            for each in State
        ],
        "crumbs": [(_("Hours of teachers"), reverse("records:people"))],
    }
    return render(request, "records/exemptions.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def propose_exemption(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose an exemption for a teacher; there for the officers of her school and her bureau."""
    at = clock.now()
    teacher = get_object_or_404(Teacher.objects.managed_by(request.user, at, *Exemption.PROPOSES), pk=pk)
    form = ExemptionForm(request.POST or None, request.FILES or None)
    made, status = deeds.done(
        request, form, lambda: exempting.propose(teacher=teacher, **form.cleaned_data, by=request.user, at=at)
    )
    if made:
        messages.success(request, _("The exemption is proposed. Another officer of the bureau decides about it."))
        return redirect("records:exemption", pk=made.pk)
    crumbs = [(teacher.full_name, reverse("records:person", args=[teacher.pk]))]
    context = {"form": form, "teacher": teacher, "crumbs": crumbs}
    return render(request, "records/exemption_form.html", context, status=status)


@login_required
@require_GET
def exemption(request: HttpRequest, pk: int) -> HttpResponse:
    """One exemption; for the bureau the way to decide about it."""
    at = clock.now()
    return _page(request, _visible(request, pk, at), at)


@login_required
@require_POST
def decide_exemption(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant, turn down, or withdraw."""
    at = clock.now()
    managed = Exemption.objects.managed_by(request.user, at)
    found = get_object_or_404(managed.select_related("teacher__merged_into"), pk=pk)
    form = DecisionForm(request.POST)
    said, status = deeds.done(request, form, lambda: _decide(request, found, form.cleaned_data["decision"], at))
    if said:
        messages.success(request, said)
        return redirect("records:exemption", pk=pk)
    return _page(request, _visible(request, pk, at), at, form=form, status=status)


@login_required
@require_GET
def exemption_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan of the application."""
    found = get_object_or_404(Exemption.objects.visible_to(request.user, clock.now()).exclude(file=""), pk=pk)
    return send_scan(found.file, found.digest, str(found))


def send_scan(file: str, digest: str, title: str) -> HttpResponse:
    """A kept scan: a picture to look at, or a PDF to save; 404 where it is lost."""
    kept = scans.read(file, digest)
    if kept is None:
        raise Http404
    if kept.ending == scans.PDF:
        return send_pdf(kept.content, name=f"{title}.pdf")
    response = HttpResponse(kept.content, content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    return response


def _decide(request: HttpRequest, found: Exemption, decision: str, at: dt.datetime) -> str:
    """Do what the button says; what is said of it afterwards. An unknown button is refused as a page out of date."""
    who = {"exemption": found, "by": request.user, "at": at}
    act = request.POST.get("act")
    if act == "grant":
        exempting.grant(**who)
        return _("Granted. Less is demanded from now on, and the teacher has been told.")
    if act == "reject":
        exempting.turn_down(**who, decision=decision)
        return _("Turned down. Whoever proposed it has been told the reason.")
    if act == "withdraw":
        exempting.withdraw(**who, decision=decision)
        return _("Withdrawn. The hours are demanded again, and the teacher has been told.")
    raise exempting.DecidedMeanwhile()


def _visible(request: HttpRequest, pk: int, at: dt.datetime) -> Exemption:
    rows = Exemption.objects.visible_to(request.user, at)
    return get_object_or_404(rows.select_related("teacher__merged_into", "proposed_by", "decided_by"), pk=pk)


def _page(
    request: HttpRequest, found: Exemption, at: dt.datetime, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    own = found.person.user_id == request.user.pk
    context = {
        "exemption": found,
        "may": exempting.may(found, request.user, at),
        "is_pdf": found.file.endswith(scans.PDF),
        "school": found.person.last_school_on(clock.local_date(at)),
        "form": form or DecisionForm(),
        "crumbs": [
            (_("Hours and trainings"), reverse("records:mine"))
            if own
            else (_("Exemptions"), reverse("records:exemptions"))
        ],
    }
    return render(request, "records/exemption.html", context, status=status)
