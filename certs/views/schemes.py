"""Schemes of certificates and their levels: looked at, founded, added to."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from certs import queries, regulating
from certs.models import Scheme
from certs.views import deeds
from lms.lib import clock
from lms.people import access

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


class SchemeForm(forms.Form):
    authority = forms.ModelChoiceField(
        queryset=None,
        label=pgettext_lazy("scheme", "Authority"),
        help_text=gettext_lazy("Its code begins every certificate number of the scheme."),
        error_messages={"required": gettext_lazy("Choose the authority that certifies.")},
    )
    name = forms.CharField(label=gettext_lazy("Name of the scheme"), max_length=120)
    code = forms.CharField(
        label=pgettext_lazy("scheme", "Code"),
        max_length=30,
        help_text=gettext_lazy("A short word for tables, for example mental_health."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    mark = forms.CharField(
        label=gettext_lazy("Letters in the number"),
        max_length=4,
        help_text=gettext_lazy("One to four capital letters or digits, for example MH; those of the level follow."),
        widget=forms.TextInput(attrs={"class": "short", "autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args, authorities, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = authorities


class LevelForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the level"),
        max_length=120,
        help_text=gettext_lazy("As it is printed on the certificate."),
    )
    code = forms.CharField(
        label=gettext_lazy("Letters of the level"),
        max_length=4,
        help_text=gettext_lazy("Capital letters or digits, for example B; they stand in every number."),
        widget=forms.TextInput(attrs={"class": "short", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    rank = forms.IntegerField(
        label=gettext_lazy("Rank"),
        min_value=1,
        max_value=99,
        help_text=gettext_lazy("A higher rank counts for the lower ones."),
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )
    validity_months = forms.IntegerField(
        label=gettext_lazy("Validity in months"),
        required=False,
        min_value=0,
        max_value=9999,
        help_text=gettext_lazy("Empty means for good."),
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )


@login_required
@require_safe
def schemes(request: HttpRequest) -> HttpResponse:
    """The schemes of one's authorities and of those above, with their levels."""
    at = clock.now()
    if not access.offices(request.user, at, *regulating.OFFICES):
        raise Http404
    context = {
        "schemes": queries.schemes(request.user, at),
        "may_found": queries.authorities(request.user, at).exists(),
        "crumbs": _crumbs()[:1],
    }
    return render(request, "certs/schemes.html", context)


@login_required
@_GET_OR_POST
def new_scheme(request: HttpRequest) -> HttpResponse:
    """Found a scheme; to those without the office the page is not there."""
    at = clock.now()
    authorities = queries.authorities(request.user, at)
    if not authorities.exists():
        raise Http404
    form = SchemeForm(request.POST or None, authorities=authorities, initial={"authority": authorities.first()})
    scheme, status = deeds.done(
        request, form, lambda: regulating.found_scheme(**form.cleaned_data, by=request.user, at=at)
    )
    if scheme:
        messages.success(request, _("“{scheme}” is founded. Add its levels next.").format(scheme=scheme.name))
        return redirect("certs:schemes")
    return _form_page(request, form, _("New scheme"), _("Found the scheme"), status=status)


@login_required
@_GET_OR_POST
def new_level(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a level to a scheme."""
    at = clock.now()
    managed = Scheme.objects.managed_by(request.user, at).select_related("authority")
    scheme = get_object_or_404(managed, pk=pk)
    form = LevelForm(request.POST or None)
    level, status = deeds.done(
        request,
        form,
        lambda: regulating.add_level(scheme=scheme, **form.cleaned_data, by=request.user, at=at),
        mark="code",
    )
    if level:
        messages.success(request, _("“{level}” is added.").format(level=level.name))
        return redirect("certs:schemes")
    return _form_page(request, form, _("New level"), _("Add the level"), scheme.name, status=status)


def _form_page(
    request: HttpRequest, form: forms.Form, title: str, verb: str, sub: str = "", *, status: int
) -> HttpResponse:
    context = {"form": form, "title": title, "verb": verb, "sub": sub, "crumbs": _crumbs()}
    return render(request, "certs/scheme_form.html", context, status=status)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Certificates"), reverse("certs:mine")), (_("Schemes and levels"), reverse("certs:schemes"))]
