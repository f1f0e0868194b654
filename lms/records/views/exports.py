"""Hours handed up to the authority above: what waits, what was handed up when, and the workbook of each."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from lms.lib import clock, deeds, sheets
from lms.people import access
from lms.people.models import Organisation
from lms.records import handing_up
from lms.records.models import HourClaim, HourExport

IN_A_PAGE = 50


class HandUpForm(forms.Form):
    unit = forms.ModelChoiceField(queryset=None, label=gettext_lazy("Unit"), empty_label=None)
    receiver = forms.CharField(
        label=gettext_lazy("Handed up to"),
        max_length=120,
        help_text=gettext_lazy("The authority above or its system, as it is called."),
        error_messages={"required": gettext_lazy("Write to which authority or system the hours are handed up.")},
    )

    def __init__(self, *args, units: QuerySet[Organisation], **more) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].queryset = units


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """What was handed up, the newest first, and the way to hand up what waits; there for bureaus."""
    at = clock.now()
    held = access.offices(request.user, at, HourClaim.RECOGNISES)
    if not held:
        raise Http404
    units = Organisation.objects.filter(pk__in=[each.organisation_id for each in held]).order_by("path")
    last = HourExport.objects.managed_by(request.user, at).order_by("-pk").first()
    first = {"unit": units.first(), "receiver": last.receiver if last else ""}
    form = HandUpForm(request.POST or None, units=units, initial=first)
    made, status = deeds.done(request, form, lambda: handing_up.hand_up(**form.cleaned_data, by=request.user, at=at))
    if made:
        messages.success(request, _("Handed up. Save the workbook and pass it on; it stays here as it is."))
        return redirect("records:exports")
    rows = HourExport.objects.managed_by(request.user, at).select_related("unit", "made_by")
    rows = rows.annotate(count=Count("lines")).order_by("-made_at", "-pk")
    context = {
        "page": Paginator(rows, IN_A_PAGE).get_page(request.GET.get("page")),
        "waiting": [(each.name, handing_up.waits(each, at).count()) for each in units[:IN_A_PAGE]],
        "form": form,
        "crumbs": [(_("Claims of hours"), reverse("records:claim_queue"))],
    }
    return render(request, "records/exports.html", context, status=status)


@login_required
@require_POST
def take_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The workbook of one handing up."""
    at = clock.now()
    rows = HourExport.objects.managed_by(request.user, at).select_related("unit", "made_by")
    found = get_object_or_404(rows, pk=pk)
    content = handing_up.take(export=found, by=request.user, at=at)
    day = clock.local_date(found.made_at)
    return sheets.send(content, name=_("Hours handed up {unit} {day}.xlsx").format(unit=found.unit.name, day=day))
