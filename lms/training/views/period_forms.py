"""What the pages that plan a period and those that change it have in common: for whom, worth what, and who trains."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from certs.models import Level
from lms.people.models import Organisation, PostHeld, SchoolStage, User
from lms.records.models import HourEntry
from lms.training import staffing, tailoring
from lms.training.models import Period, Programme

_HOURS = {f"hours_{each.value}": each for each in HourEntry.Category}


class LevelField(forms.ModelChoiceField):
    def label_from_instance(self, level: Level) -> str:
        return str(level)


class TrainersField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, user: User) -> str:
        return user.full_name


class AudienceForm(forms.Form):
    """For whom something is."""

    posts = forms.MultipleChoiceField(
        label=gettext_lazy("For these posts"),
        choices=PostHeld.Post,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: for all."),
    )
    stages = forms.MultipleChoiceField(
        label=gettext_lazy("For these school stages"),
        choices=SchoolStage,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: for all."),
    )
    requires = LevelField(
        label=gettext_lazy("Certificate needed to join"),
        queryset=Level.objects.none(),
        required=False,
        empty_label=pgettext_lazy("certificate", "none"),
    )

    def __init__(self, *args: Any, units: Iterable[Organisation], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["requires"].queryset = levels_of(units)


class TermsForm(AudienceForm):
    """Who may join and what it is worth; what is left as the programme says it follows the programme."""

    def __init__(self, *args: Any, programme: Programme, **more: Any) -> None:
        super().__init__(*args, units=[programme.organisation], **more)
        self.programme = programme
        self.fields |= hours_fields(
            gettext_lazy("Hours of 45 minutes that completing it is worth. All empty: as the programme says.")
        )

    def terms(self) -> tailoring.Terms:
        """What was typed, as the acts take it: only what differs from the programme is the period's own."""
        typed, programme = self.cleaned_data, self.programme
        hours = hours_typed(typed)
        if hours == {each.category: each.hours for each in programme.hours.all()}:
            hours = {}
        audience = set(typed["posts"]), set(typed["stages"]), typed["requires"]
        if audience == (set(programme.posts), set(programme.stages), programme.requires):
            return tailoring.Terms(hours=hours)
        return tailoring.Terms(True, typed["posts"], typed["stages"], typed["requires"], hours)

    @property
    def terms_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("posts", "stages", "requires", *_HOURS)]


class TrainersForm(forms.Form):
    """Who trains: accounts, and names."""

    trainers = TrainersField(
        label=gettext_lazy("Trainers with an account here"),
        queryset=User.objects.none(),
        required=False,
        help_text=gettext_lazy("From the first day they take its attendance, set its work and grade it."),
    )
    trainer_names = forms.CharField(
        label=gettext_lazy("Other trainers"),
        required=False,
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One name a line, for example of experts from outside."),
    )

    def __init__(self, *args: Any, among: QuerySet[User], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["trainers"].queryset = among

    def staff(self) -> staffing.Staff:
        """What was typed, as the acts take it."""
        lines = [each.strip() for each in self.cleaned_data["trainer_names"].splitlines()]
        return staffing.Staff(list(self.cleaned_data["trainers"]), [each for each in lines if each])

    @property
    def trainers_fields(self) -> list[forms.BoundField]:
        return [self["trainers"], self["trainer_names"]]


def levels_of(units: Iterable[Organisation]) -> QuerySet[Level]:
    """The levels of the authorities that these units are or lie below."""
    above = {pk for unit in units for pk in (*unit.ancestor_ids, unit.pk)}
    return Level.objects.filter(scheme__authority__in=above).select_related("scheme").order_by("scheme", "rank")


def hours_fields(hint: str | Promise) -> dict[str, forms.Field]:
    """A field for the hours of each category, the first with the hint."""
    made: dict[str, forms.Field] = {
        name: forms.DecimalField(
            label=pgettext_lazy("hours of a category", "Hours: {category}").format(category=category.label),
            required=False,
            widget=forms.NumberInput(attrs={"class": "short", "min": 0, "step": "0.1"}),
        )
        for name, category in _HOURS.items()
    }
    made[next(iter(_HOURS))].help_text = hint
    return made


def hours_typed(typed: Mapping[str, Any]) -> dict[str, Decimal]:
    """What was typed into these fields, by category."""
    return {each.value: typed[name] for name, each in _HOURS.items() if typed[name] is not None}


def terms_typed(given: Programme | Period) -> dict[str, Any]:
    """How the form shows for whom a programme or a period is, and what it is worth."""
    rows = given.worth if isinstance(given, Period) else given.hours.all()
    typed = {f"hours_{each.category}": each.hours for each in rows}
    return {"posts": given.posts, "stages": given.stages, "requires": given.requires, **typed}


def trainers_typed(period: Period) -> dict[str, Any]:
    """How the form shows who trains in a period."""
    rows = list(period.trainers.all())
    names = [each.name for each in rows if each.user_id is None]
    return {"trainers": [each.user_id for each in rows if each.user_id], "trainer_names": "\n".join(names)}
