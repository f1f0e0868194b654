"""What people type to change a unit; the acts decide whether it may stand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lms.people.models import Organisation, SchoolStage
from lms.people.record_forms import DayField, reason_field
from lms.people.unit_field import UnitField


class FoundForm(forms.Form):
    """A unit below another; a school says which school stages it has."""

    name = forms.CharField(label=_("Name of the unit"), max_length=120)
    code = forms.CharField(
        label=_("Code"),
        max_length=18,
        help_text=_("1 to 18 letters and digits; no other unit has it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "short"}),
    )
    level = forms.TypedChoiceField(label=_("Level"), coerce=int)
    stages = forms.MultipleChoiceField(
        label=_("School stages"),
        choices=SchoolStage,
        required=False,
        help_text=_("For schools only: all that it has."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, above: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [each for each in Organisation.Level.choices if each[0] > above.level]
        self.fields["level"].choices = levels
        self.fields["level"].initial = Organisation.Level.SCHOOL


class ReopenForm(forms.Form):
    reason = reason_field(_("Kept in the journal."))


class MoveForm(forms.Form):
    parent = UnitField(label=_("New unit above"), help_text=_("Name or code."))

    def __init__(self, units, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choose_from(units)


class MergeUnitForm(forms.Form):
    greater = UnitField(label=_("The unit that stays"), help_text=_("Name or code."))
    on = DayField(label=_("One unit from this day on"))
    reason = reason_field(_("Kept in the journal."))

    def __init__(self, units, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["greater"].choose_from(units)


class RenameUnitForm(forms.Form):
    name = forms.CharField(label=_("New name"), max_length=120)


class CloseForm(forms.Form):
    on = DayField(label=_("Closed from"))
    reason = reason_field(_("Kept in the journal."))
