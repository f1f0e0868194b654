"""A form field in which a unit is typed by name or code; the browser offers what may be meant."""

from django import forms
from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lms.people.models import Organisation

MOST_OFFERED = 300


class UnitInput(forms.TextInput):
    """A line to type in, with a list of names that the browser completes from."""

    units: QuerySet[Organisation] = Organisation.objects.none()

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        offered = f"{(attrs or {}).get('id', name)}_offered"
        line = super().render(name, value, {**(attrs or {}), "list": offered, "autocomplete": "off"}, renderer)
        names = ((each,) for each in self.units.values_list("name", flat=True)[:MOST_OFFERED])
        return line + format_html('<datalist id="{}">{}</datalist>', offered, _options(names))


def _options(names) -> SafeString:
    return format_html_join("", '<option value="{}"></option>', names)


class UnitField(forms.CharField):
    """One of `units` (a queryset), by its code, its whole name, or a part of it that no other has; anything else is
    answered as if it did not exist."""

    widget = UnitInput
    default_error_messages = {
        "nowhere": _("No open unit within your offices has this name or code."),
        "several": _("Several units have this in their names: {names}. Type the whole name, or the code."),
    }

    def choose_from(self, units: QuerySet[Organisation]) -> None:
        """The units that may be typed."""
        self.units = self.widget.units = units

    def clean(self, value: str) -> Organisation:
        typed = " ".join(super().clean(value).replace("\x00", "").split())
        for narrow in ({"code__iexact": typed}, {"name": typed}, {"name__icontains": typed}):
            found = list(self.units.filter(**narrow)[:6])
            if len(found) == 1:
                return found[0]
            if found:
                several = "、".join(f"{each.name} {each.code}" for each in found[:5])
                raise forms.ValidationError(str(self.error_messages["several"]).format(names=several), code="several")
        raise forms.ValidationError(self.error_messages["nowhere"], code="nowhere")
