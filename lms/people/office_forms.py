"""What is typed where an office is given or withdrawn; the acts decide whether it may stand."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.people.models import Appointment

_DAY = {"type": "date", "class": "short"}
_STANDS_IN = "deputy-"


class GiveForm(forms.Form):
    """An office of the list, or somebody's whose deputy the person is to be."""

    office = forms.ChoiceField(label=_("Office"))
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        help_text=_("Only in a leading group or a counselling centre."),
        choices=[("", "–"), *Appointment.Role.choices],
    )
    from_on = forms.DateField(
        label=pgettext_lazy("office", "First day"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    until_on = forms.DateField(
        label=pgettext_lazy("office", "Last day"),
        required=False,
        help_text=_("Empty: until it is withdrawn. A deputy needs one."),
        widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
    )

    def __init__(self, offices: Iterable[str], deputies: Iterable[Appointment], *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        named = dict(Appointment.Office.choices)
        self.stood_for = {f"{_STANDS_IN}{each.pk}": each for each in deputies}
        choices = [("", "–"), *((each, named[each]) for each in offices)]
        if self.stood_for:
            some = [(key, f"{each.get_office_display()} · {each.user}") for key, each in self.stood_for.items()]
            choices.append((_("To stand in for"), some))
        self.fields["office"].choices = choices


class WithdrawForm(forms.Form):
    """The last day of an office."""

    until_on = forms.DateField(
        label=pgettext_lazy("office", "Last day"),
        help_text=_("The office counts through this day."),
        widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
    )
