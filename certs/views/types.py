"""The certificates of others that one's authorities know, and what each counts as: named, mapped, ended."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from certs import queries, recognising
from certs.models import ExternalType
from certs.views import dated, deeds
from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment

WHEN = {
    queries.IN_FORCE: pgettext_lazy("kinds", "Taken in now"),
    queries.TO_COME: pgettext_lazy("kinds", "To come"),
    queries.ENDED: pgettext_lazy("kinds", "Ended"),
}
LAST_DAY = {
    "label": gettext_lazy("Taken in until"),
    "hint": gettext_lazy("Those that were verified go on counting."),
}
_NONE = gettext_lazy("nothing: it is kept, and counts for no level")


class TypeForm(forms.Form):
    authority = forms.ModelChoiceField(
        queryset=None,
        label=pgettext_lazy("rules", "Authority"),
        help_text=gettext_lazy("Teachers of its schools may submit this certificate."),
        error_messages={"required": gettext_lazy("Choose the authority that knows this certificate.")},
    )
    name = forms.CharField(label=gettext_lazy("Name of the certificate"), max_length=120)
    issuer = forms.CharField(label=gettext_lazy("Issued by"), max_length=120)
    equals = dated.LevelChoice(queryset=None, label=gettext_lazy("Counts as"), required=False, empty_label=_NONE)
    from_on = dated.DayField(label=gettext_lazy("Taken in from"))

    def __init__(self, *args, authorities, levels, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = authorities
        self.fields["equals"].queryset = levels


class MapForm(forms.Form):
    equals = dated.LevelChoice(queryset=None, label=gettext_lazy("Counts as"), required=False, empty_label=_NONE)

    def __init__(self, *args, levels, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["equals"].queryset = levels


@login_required
@require_GET
def types(request: HttpRequest) -> HttpResponse:
    """The certificates of others, taken in now, to come or ended; there for record offices only."""
    at = clock.now()
    if not access.offices(request.user, at, *Appointment.RECORD_OFFICES):
        raise Http404
    context = dated.listed(request, queries.external_types(request.user, at), WHEN)
    managed = set(ExternalType.objects.managed_by(request.user, at).values_list("pk", flat=True))
    context |= {
        "types": [{"type": each, "is_managed": each.pk in managed} for each in context["page"]],
        "may_name": queries.authorities(request.user, at, recognising.OFFICE).exists(),
        "crumbs": _crumbs()[:1],
    }
    return render(request, "certs/types.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_type(request: HttpRequest) -> HttpResponse:
    """Name a certificate of somebody else; to those without the office the page is not there."""
    at = clock.now()
    authorities = queries.authorities(request.user, at, recognising.OFFICE)
    if not authorities.exists():
        raise Http404
    form = TypeForm(
        request.POST or None,
        authorities=authorities,
        levels=queries.usable_levels(request.user, at, recognising.OFFICE),
        initial={"authority": authorities.first(), "from_on": clock.local_date(at)},
    )
    made, status = deeds.done(
        request, form, lambda: recognising.name_type(**form.cleaned_data, by=request.user, at=at), level="equals"
    )
    if made:
        messages.success(request, _("“{name}” is known now; teachers may submit it.").format(name=made.name))
        return redirect("certs:types")
    return render(request, "certs/type_form.html", {"form": form, "crumbs": _crumbs()}, status=status)


@login_required
@require_GET
def type_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate of somebody else: what it counts as, until when it is taken in."""
    return _page(request, _managed(request, pk))


@login_required
@require_POST
def map_type(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it count as another level, or as none."""
    at = clock.now()
    found = _managed(request, pk)
    form = MapForm(request.POST, levels=queries.usable_levels(request.user, at, recognising.OFFICE))
    mapped, status = deeds.done(
        request,
        form,
        lambda: recognising.map_type(kind=found, **form.cleaned_data, by=request.user, at=at),
        level="equals",
    )
    if mapped:
        messages.success(request, _("What it counts as is changed; coverage is counted so from now on."))
        return redirect("certs:type", pk=pk)
    return _page(request, found, map_form=form, status=status)


@login_required
@require_POST
def end_type(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it in for the last time on a day."""
    at = clock.now()
    found = _managed(request, pk)
    form = dated.EndForm(request.POST, **LAST_DAY)
    ended, status = deeds.done(
        request, form, lambda: recognising.end_type(kind=found, **form.cleaned_data, by=request.user, at=at)
    )
    if ended:
        messages.success(request, _("The last day is set; those that were verified go on counting."))
        return redirect("certs:type", pk=pk)
    return _page(request, found, end_form=form, status=status)


def _managed(request: HttpRequest, pk: int) -> ExternalType:
    rows = ExternalType.objects.managed_by(request.user, clock.now())
    return get_object_or_404(rows.select_related("authority", "equals__scheme__authority"), pk=pk)


def _page(request: HttpRequest, found: ExternalType, *, map_form=None, end_form=None, status: int = 200):
    at = clock.now()
    levels = queries.usable_levels(request.user, at, recognising.OFFICE)
    counts = {state: found.credentials.filter(state=state).count() for state in ("verified", "to_be_verified")}
    context = {
        "type": found,
        "counts": counts,
        "map_form": map_form or MapForm(levels=levels, initial={"equals": found.equals_id}),
        "end_form": end_form or dated.EndForm(initial={"until_on": found.until_on or clock.local_date(at)}, **LAST_DAY),
        "crumbs": _crumbs(),
    }
    return render(request, "certs/type.html", context, status=status)


def _crumbs() -> list[tuple[str, str]]:
    return [
        (_("Certificates from elsewhere"), reverse("certs:external_list")),
        (_("Kinds taken in"), reverse("certs:types")),
    ]
