"""The hours that authorities demand: the rule sets of one's own units and of those above; the bureau lays them down."""

from decimal import Decimal

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

from lms.lib import clock, deeds
from lms.people import access
from lms.people.models import Appointment, Organisation
from lms.people.record_forms import DayField
from lms.records import ruling
from lms.records.models import Conversion, HourEntry, RuleSet

IN_A_PAGE = 50
_DEMAND = ("yearly", "general", "professional", "elective", "daily_cap", "minutes_per_hour", "cycle_hours")
_DEMAND += ("cycle_years", "year_month", "year_day")


def _hours(label, initial: int | None = 0, *, required: bool = True) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.5", "min": "0", "class": "short"})
    return forms.DecimalField(
        label=label, initial=initial, max_digits=5, decimal_places=1, widget=widget, required=required
    )


def _count(label, initial: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "min": "1", "class": "short"})
    return forms.IntegerField(label=label, initial=initial, min_value=0, max_value=999, widget=widget)


class RuleSetForm(forms.Form):
    """What is demanded; and three fields for every kind of deed, named `<kind>_category`, `_each` and `_cap`."""

    authority = forms.ModelChoiceField(
        queryset=None,
        label=pgettext_lazy("rules", "Authority"),
        empty_label=None,
        help_text=gettext_lazy(
            "The rules hold for the teachers of its schools, unless a nearer authority has its own."
        ),
    )
    name = forms.CharField(label=gettext_lazy("Name of the rules"), max_length=120)
    source = forms.CharField(
        label=pgettext_lazy("rules", "Source"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The document that says so, with its number."),
    )
    from_on = DayField(label=gettext_lazy("From"))
    until_on = DayField(
        label=pgettext_lazy("rules", "Last day"), required=False, help_text=gettext_lazy("Empty: until it is ended.")
    )
    yearly = _hours(gettext_lazy("Hours in a training year"), 90)
    general = _hours(gettext_lazy("Of these, general subjects"), 30)
    professional = _hours(gettext_lazy("Of these, professional subjects"), 42)
    elective = _hours(gettext_lazy("Of these, electives"), 18)
    daily_cap = _hours(gettext_lazy("Most hours that one day earns"), 8)
    minutes_per_hour = _count(gettext_lazy("Minutes in an hour"), 45)
    cycle_hours = _hours(gettext_lazy("Hours in the cycle"), 360)
    cycle_years = _count(gettext_lazy("Years of the cycle"), 5)
    year_month = _count(gettext_lazy("Month in which the training year begins"), 1)
    year_day = _count(gettext_lazy("Day on which the training year begins"), 1)

    def __init__(self, *args, authorities, **more) -> None:
        super().__init__(*args, **more)
        self.fields["authority"].queryset = authorities
        for kind in Conversion.Kind:
            self.fields[f"{kind}_category"] = forms.ChoiceField(
                label=gettext_lazy("Earns hours in"),
                required=False,
                choices=[("", gettext_lazy("earns none")), *HourEntry.Category.choices],
            )
            self.fields[f"{kind}_each"] = _hours(gettext_lazy("Hours each (empty: as stated)"), None, required=False)
            self.fields[f"{kind}_cap"] = _hours(
                gettext_lazy("At most in a year (empty: no limit)"), None, required=False
            )

    def facts(self) -> list[forms.BoundField]:
        """Whose rules they are, what they are called, and when they hold."""
        return [self[name] for name in type(self).base_fields if name not in _DEMAND]

    def demanded(self) -> list[forms.BoundField]:
        """The numbers of what is demanded."""
        return [self[name] for name in _DEMAND]

    def credits(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Every kind of deed with its three fields."""
        return [
            (str(kind.label), [self[f"{kind}_{part}"] for part in ("category", "each", "cap")])
            for kind in Conversion.Kind
        ]

    def given(self) -> dict[str, object]:
        """What was typed, as `ruling.lay_down` takes it."""
        typed = self.cleaned_data
        return {
            **{name: typed[name] for name in ("authority", "name", "source", "from_on", "until_on")},
            "demand": ruling.Demand(**{name: typed[name] for name in _DEMAND}),
            "credits": [
                ruling.Credit(kind, typed[f"{kind}_category"], typed[f"{kind}_each"], typed[f"{kind}_cap"])
                for kind in Conversion.Kind.values
                if typed[f"{kind}_category"]
            ],
        }


class EndForm(forms.Form):
    until_on = DayField(
        label=pgettext_lazy("rules", "Last day"),
        help_text=gettext_lazy("Training years that began by then are judged by these rules to their end."),
    )


@login_required
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The rule sets that bind one's teachers, the latest first; there for offices that look after records."""
    at = clock.now()
    if not access.offices(request.user, at, *Appointment.RECORD_OFFICES):
        raise Http404
    rows = RuleSet.objects.visible_to(request.user, at).select_related("authority").order_by("-from_on", "-pk")
    day = clock.local_date(at)
    page = Paginator(rows, IN_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(each, _standing(each, day)) for each in page],
        "may_lay_down": _authorities(request, at).exists(),
    }
    return render(request, "records/rules.html", context)


@login_required
@require_GET
def rule_set(request: HttpRequest, pk: int) -> HttpResponse:
    """One rule set with what it demands and credits; for the bureau the way to end it."""
    return _page(request, pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_rules(request: HttpRequest) -> HttpResponse:
    """Lay a rule set down; to those without the office the page is not there."""
    at = clock.now()
    authorities = _authorities(request, at)
    if not authorities.exists():
        raise Http404
    first = {"authority": authorities.first(), "from_on": clock.local_date(at)}
    form = RuleSetForm(request.POST or None, authorities=authorities, initial=first)
    made, status = deeds.done(request, form, lambda: ruling.lay_down(**form.given(), by=request.user, at=at))
    if made:
        messages.success(request, _("Laid down: {name}, {dates}.").format(name=made.name, dates=ruling.dates(made)))
        return redirect("records:rule_set", pk=made.pk)
    return render(request, "records/rules_form.html", {"form": form, "crumbs": _crumbs()}, status=status)


@login_required
@require_POST
def end_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a rule set hold for the last time on a day."""
    at = clock.now()
    found = get_object_or_404(RuleSet.objects.managed_by(request.user, at), pk=pk)
    form = EndForm(request.POST)
    ended, status = deeds.done(
        request, form, lambda: ruling.end(rules=found, **form.cleaned_data, by=request.user, at=at)
    )
    if ended:
        messages.success(request, _("Ends: {name}, {dates}.").format(name=ended.name, dates=ruling.dates(ended)))
        return redirect("records:rule_set", pk=pk)
    return _page(request, pk, form=form, status=status)


@login_required
@require_POST
def take_back_rules(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a rule set that has not begun."""
    at = clock.now()
    found = get_object_or_404(RuleSet.objects.managed_by(request.user, at), pk=pk)
    name = found.name
    ruling.take_back(rules=found, by=request.user, at=at)
    messages.success(request, _("Taken back: {name}.").format(name=name))
    return redirect("records:rules")


def _page(request: HttpRequest, pk: int, *, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
    at = clock.now()
    day = clock.local_date(at)
    rows = RuleSet.objects.visible_to(request.user, at).select_related("authority", "set_by")
    found = get_object_or_404(rows, pk=pk)
    managed = RuleSet.objects.managed_by(request.user, at).filter(pk=pk).exists()
    context = {
        "rules": found,
        "dates": ruling.dates(found),
        "standing": _standing(found, day),
        "credits": found.conversions.order_by("pk"),
        "sums": [(HourEntry.Category(name).label, getattr(found, name)) for name in HourEntry.Category.values],
        "open_hours": found.yearly - sum((getattr(found, name) for name in HourEntry.Category.values), Decimal(0)),
        "may_end": managed and (found.until_on is None or found.until_on > day),
        "may_take_back": managed and found.from_on > day,
        "form": form or EndForm(initial={"until_on": max(day, found.from_on)}),
        "crumbs": _crumbs(),
    }
    return render(request, "records/rule_set.html", context, status=status)


def _standing(rules: RuleSet, day) -> str:
    if rules.from_on > day:
        return "to_come"
    return "ended" if rules.until_on and rules.until_on < day else "in_force"


def _authorities(request: HttpRequest, at):
    """The units for which this person may lay rules down: those of her bureau offices, and the divisions below them."""
    below = access.under("path", access.paths(request.user, at, ruling.OFFICE))
    divisions = Organisation.objects.filter(below, level__lte=Organisation.Level.CLUSTER)
    return divisions.filter(closed_on=None).order_by("path")


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Rules of hours"), reverse("records:rules"))]
