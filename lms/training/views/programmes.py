"""A programme is founded, and what it says of itself is changed."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from certs.models import Level
from lms.lib import clock, deeds
from lms.people import access
from lms.people.models import Organisation
from lms.training import planning, revising
from lms.training.models import PLANNERS, Programme
from lms.training.views.period_forms import AudienceForm, LevelField, hours_fields, hours_typed, levels_of

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_SAID = ("title", "title_en", "summary", "posts", "stages", "requires", "tags")


class RevisionForm(AudienceForm):
    """What a programme says of itself."""

    field_order = _SAID

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        error_messages={"required": revising.ProgrammeUntitled.sentence},
    )
    title_en = forms.CharField(label=gettext_lazy("Title in English"), required=False, max_length=160)
    summary = forms.CharField(
        label=pgettext_lazy("programme", "What it is about"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    tags = forms.MultipleChoiceField(
        label=gettext_lazy("Embedded in the training of"),
        choices=Programme.Tag,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def said(self) -> dict[str, Any]:
        """What was typed of it, as the acts take it."""
        return {name: self.cleaned_data[name] for name in _SAID}


class FoundingForm(RevisionForm):
    """A new programme: what stays as it is, too."""

    organisation = forms.ModelChoiceField(
        label=gettext_lazy("Unit"), queryset=Organisation.objects.none(), empty_label=None
    )
    code = forms.CharField(
        label=pgettext_lazy("programme", "Code"),
        max_length=40,
        help_text=gettext_lazy("Letters, figures and hyphens; workbooks name the programme by it. It stays."),
        widget=forms.TextInput(attrs={"class": "short"}),
    )
    level = LevelField(
        label=gettext_lazy("Certificate it leads to"),
        queryset=Level.objects.none(),
        required=False,
        empty_label=pgettext_lazy("leads to", "none"),
        help_text=gettext_lazy("Whoever completes it is proposed for this certificate. It stays."),
    )
    track = forms.CharField(
        label=gettext_lazy("What it trains for"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("A word under which completions are recorded, where it leads to no certificate."),
    )

    def __init__(self, *args: Any, units: list[Organisation], **more: Any) -> None:
        super().__init__(*args, units=units, **more)
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=[each.pk for each in units])
        self.fields["level"].queryset = levels_of(units)
        hours = hours_fields(gettext_lazy("Hours of 45 minutes that completing it is worth."))
        self.fields |= hours
        self.order_fields(["organisation", "title", "title_en", "code", "summary", "level", "track", *hours, *_SAID])

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        if not typed.get("level") and not typed.get("track"):
            self.add_error("track", _("Choose the certificate that it leads to, or write what it trains for."))
        return typed

    def plan(self) -> planning.Plan:
        """What was typed, as the act takes it; what leads to a certificate is recorded under that."""
        typed = self.cleaned_data
        level = typed["level"]
        track = level.track if level else typed["track"]
        return planning.Plan(code=typed["code"], level=level, track=track, hours=hours_typed(typed), **self.said())


@login_required
@_GET_OR_POST
def found(request: HttpRequest) -> HttpResponse:
    """Found a programme for a unit in which one plans; to others the page is not there."""
    at = clock.now()
    units = _units(request, at)
    form = FoundingForm(request.POST or None, units=units, initial={"organisation": units[0]})
    made, status = deeds.done(
        request,
        form,
        lambda: planning.found(
            organisation=form.cleaned_data["organisation"], plan=form.plan(), by=request.user, at=at
        ),
        hours="hours_general",
    )
    if made:
        messages.success(request, _("“{title}” is founded. Open its first period next.").format(title=made))
        return redirect("training:programmes")
    return render(request, "training/programme_found.html", {"form": form, "crumbs": _crumbs()}, status=status)


@login_required
@_GET_OR_POST
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what a programme says of itself."""
    at = clock.now()
    rows = Programme.objects.managed_by(request.user, at).select_related("organisation", "level", "requires__scheme")
    programme = get_object_or_404(rows, pk=pk)
    initial = {name: getattr(programme, name) for name in _SAID} | {
        "tags": list(programme.tags.values_list("tag", flat=True))
    }
    form = RevisionForm(request.POST or None, units=[programme.organisation], initial=initial)
    done, status = deeds.done(
        request,
        form,
        lambda: revising.revise(programme=programme, revision=revising.Revision(**form.said()), by=request.user, at=at),
    )
    if done:
        messages.success(request, _("The programme is changed."))
        return redirect("training:programmes")
    context = {"programme": programme, "form": form, "crumbs": _crumbs()}
    return render(request, "training/programme_revise.html", context, status=status)


def _units(request: HttpRequest, at: dt.datetime) -> list[Organisation]:
    """The units in which the user plans trainings, from the top of the tree; 404 where there is none."""
    units = {each.organisation for each in access.offices(request.user, at, *PLANNERS)}
    if not units:
        raise Http404
    return sorted(units, key=lambda unit: unit.path)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Programmes and periods"), reverse("training:programmes"))]
