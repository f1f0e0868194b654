"""Who must hold what: the duty rules of one's authorities and of those above; bureau officers set, end, take back."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certs import queries, requiring
from certs.models import DutyRule
from certs.views import dated, deeds
from lms.lib import clock
from lms.people import access
from lms.people.models import Appointment, PostHeld, SchoolStage

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
WHEN = {
    queries.IN_FORCE: pgettext_lazy("rules", "In force"),
    queries.TO_COME: pgettext_lazy("rules", "To come"),
    queries.ENDED: pgettext_lazy("rules", "Ended"),
}
LAST_DAY = {
    "label": pgettext_lazy("rules", "Last day"),
    "hint": gettext_lazy("From the next day on it binds nobody."),
}


class RuleForm(forms.Form):
    authority = forms.ModelChoiceField(
        queryset=None,
        label=pgettext_lazy("rules", "Authority"),
        help_text=gettext_lazy("The rule holds for everybody in this post at its schools."),
        error_messages={"required": gettext_lazy("Choose the authority that sets the rule.")},
    )
    post = forms.ChoiceField(label=gettext_lazy("Post"), choices=PostHeld.Post)
    stage = forms.ChoiceField(
        label=gettext_lazy("School stage"),
        required=False,
        choices=[("", gettext_lazy("every stage")), *SchoolStage.choices],
    )
    level = dated.LevelChoice(
        queryset=None,
        label=gettext_lazy("Level to hold"),
        help_text=gettext_lazy("A higher level of the same scheme counts as well."),
        error_messages={"required": gettext_lazy("Choose the level.")},
    )
    is_required = forms.TypedChoiceField(
        label=gettext_lazy("How strict"),
        widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("Required")), ("no", gettext_lazy("Only a target"))],
        coerce=lambda chosen: chosen == "yes",
        initial="yes",
    )
    from_on = dated.DayField(label=gettext_lazy("From"))
    until_on = dated.DayField(
        label=pgettext_lazy("rules", "Last day"), required=False, help_text=gettext_lazy("Empty: until it is ended.")
    )
    source = forms.CharField(
        label=pgettext_lazy("rules", "Source"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The document that says so, with its number."),
    )

    def __init__(self, *args, authorities, levels, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["authority"].queryset = authorities
        self.fields["level"].queryset = levels


@login_required
@require_safe
def duties(request: HttpRequest) -> HttpResponse:
    """The rules in force, to come or ended; to those without a record office the page is not there."""
    at = clock.now()
    if not access.offices(request.user, at, *Appointment.RECORD_OFFICES):
        raise Http404
    context = dated.listed(request, queries.rules(request.user, at), WHEN)
    managed = set(DutyRule.objects.managed_by(request.user, at).values_list("pk", flat=True))
    ended = context["shown"] == queries.ENDED
    context |= {
        "rules": [{"rule": each, "may_end": each.pk in managed and not ended} for each in context["page"]],
        "may_set": queries.authorities(request.user, at, requiring.OFFICE).exists(),
    }
    return render(request, "certs/duties.html", context)


@login_required
@_GET_OR_POST
def new_duty(request: HttpRequest) -> HttpResponse:
    """Set a rule; to those without the office the page is not there."""
    at = clock.now()
    authorities = queries.authorities(request.user, at, requiring.OFFICE)
    if not authorities.exists():
        raise Http404
    form = RuleForm(
        request.POST or None,
        authorities=authorities,
        levels=queries.usable_levels(request.user, at, requiring.OFFICE),
        initial={"authority": authorities.first(), "from_on": clock.local_date(at)},
    )
    rule, status = deeds.done(request, form, lambda: requiring.set_rule(**form.cleaned_data, by=request.user, at=at))
    if rule:
        messages.success(request, _("The rule is set: {rule}, {dates}.").format(rule=rule, dates=requiring.dates(rule)))
        return _to_list(rule, at)
    return render(request, "certs/duty_form.html", {"form": form, "crumbs": _crumbs()}, status=status)


@login_required
@_GET_OR_POST
def end_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a rule hold for the last time on a day; from here one that has not begun is taken back."""
    at = clock.now()
    rule, today = _managed(request, pk, at), clock.local_date(at)
    form = dated.EndForm(request.POST or None, initial={"until_on": max(today, rule.from_on)}, **LAST_DAY)
    ended, status = deeds.done(
        request, form, lambda: requiring.end_rule(rule=rule, **form.cleaned_data, by=request.user, at=at)
    )
    if ended:
        messages.success(request, _("The rule ends: {rule}, {dates}.").format(rule=rule, dates=requiring.dates(ended)))
        return _to_list(ended, at)
    context = {
        "rule": rule,
        "dates": requiring.dates(rule),
        "is_to_come": rule.from_on > today,
        "form": form,
        "crumbs": _crumbs(),
    }
    return render(request, "certs/duty_end.html", context, status=status)


@login_required
@require_POST
def take_back_duty(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a rule that has not begun."""
    at = clock.now()
    rule = _managed(request, pk, at)
    said = _("The rule is taken back: {rule}, {dates}.").format(rule=rule, dates=requiring.dates(rule))
    requiring.take_back_rule(rule=rule, by=request.user, at=at)
    messages.success(request, said)
    return redirect(f"{reverse('certs:duties')}?when={queries.TO_COME}")


def _managed(request: HttpRequest, pk: int, at: dt.datetime) -> DutyRule:
    rows = DutyRule.objects.managed_by(request.user, at).select_related("authority", "level__scheme", "set_by")
    return get_object_or_404(rows, pk=pk)


def _to_list(rule: DutyRule, at: dt.datetime) -> HttpResponse:
    """Back to the list, under the tab where the rule stands."""
    today = clock.local_date(at)
    when = queries.TO_COME if rule.from_on > today else queries.IN_FORCE
    if rule.until_on and rule.until_on < today:
        when = queries.ENDED
    return redirect(f"{reverse('certs:duties')}?when={when}")


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Who must hold what"), reverse("certs:duties"))]
