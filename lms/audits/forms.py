"""What is asked on the pages of coverage: the day, what to rank and how, a target, a norm."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certs.models import Level
from lms.audits import ranking
from lms.audits.models import Target
from lms.audits.queries import Report
from lms.people.models import PostHeld, SchoolStage

_DAY = {"invalid": _("Enter the day, for example 2024-03-05."), "required": _("Choose a day.")}


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")


class DayForm(forms.Form):
    """Of which day the figures are; none means today."""

    on = forms.DateField(label=_("As of"), required=False, error_messages=_DAY, widget=_day_input())


class RankingForm(forms.Form):
    """How the units below are ranked and which are shown; whatever is not on offer is left aside."""

    SORTS = {
        "lowest": _("lowest first"),
        "highest": _("highest first"),
        "lacking": _("most persons missing first"),
        "name": _("by name"),
    }

    q = forms.CharField(label=_("Name or pinyin initials"), required=False, max_length=60)
    within = forms.ChoiceField(label=_("Within"), required=False)
    stage = forms.ChoiceField(
        label=_("School stage"), required=False, choices=[("", _("every stage")), *SchoolStage.choices]
    )
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=list(SORTS.items()))
    short = forms.BooleanField(label=_("Only those short of the goal"), required=False)

    def __init__(self, data: Any, report: Report) -> None:
        super().__init__(data)
        self.divisions = {str(each.pk): each for each in ranking.divisions(report)}
        self.fields["within"].choices = [
            ("", _("everywhere")),
            *((key, each.name) for key, each in self.divisions.items()),
        ]
        for name, field in self.fields.items():
            if name != "short":
                field.widget.attrs["class"] = "inp" if name == "q" else "sel"
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label

    def chosen(self) -> dict[str, Any]:
        """What was asked for rightly, as `ranking.chosen` takes it."""
        self.is_valid()
        asked = self.cleaned_data
        return {
            "words": asked.get("q", ""),
            "within": self.divisions.get(asked.get("within", "")),
            "stage": asked.get("stage", ""),
            "short": bool(asked.get("short")),
        }

    def order(self) -> str:
        return self.cleaned_data.get("sort") or "lowest"


class TargetForm(forms.Form):
    """A share to be reached by a day."""

    post = forms.ChoiceField(label=_("Of those in the post"), choices=PostHeld.Post.choices)
    level = forms.ModelChoiceField(label=_("Level"), queryset=Level.objects.none(), empty_label=None)
    measure = forms.ChoiceField(
        label=_("What they are to have"),
        choices=Target.Measure.choices,
        initial=Target.Measure.CERTIFIED,
        widget=forms.RadioSelect,
    )
    percent = forms.DecimalField(
        label=_("Percent to be reached"),
        max_digits=5,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "short", "step": "0.01"}),
        error_messages={"invalid": _("Write a number of percent, such as 95 or 92.5.")},
    )
    due_on = forms.DateField(label=pgettext_lazy("target", "By"), error_messages=_DAY, widget=_day_input())

    def __init__(self, levels: list[Level], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = Level.objects.filter(pk__in=[each.pk for each in levels]).select_related(
            "scheme__authority"
        )


class NormForm(forms.Form):
    """How many pupils there may be to one full-time teacher."""

    pupils_per_teacher = forms.IntegerField(
        label=_("Pupils to one full-time teacher"),
        widget=forms.NumberInput(attrs={"class": "short"}),
        help_text=_("For example 1000 where the document says 1 : 1000."),
    )
    source = forms.CharField(
        label=_("Document that says so"), max_length=200, help_text=_("Its name and number; shown beside the figure.")
    )
    from_on = forms.DateField(label=_("In force from"), error_messages=_DAY, widget=_day_input())
