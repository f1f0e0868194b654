"""What the pages of dated things have in common: the fields of a day and of a level, the tabs, the form of an end."""

from collections.abc import Mapping

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certs import queries
from certs.models import Level

IN_A_PAGE = 50


class LevelChoice(forms.ModelChoiceField):
    """A level by its scheme and authority: the same letters mean something else elsewhere."""

    def __init__(self, *args, **more) -> None:
        super().__init__(*args, **{"empty_label": _("Choose a level"), **more})

    def label_from_instance(self, level: Level) -> str:
        return f"{level.name} · {level.scheme.name} · {level.scheme.authority.name}"


class DayField(forms.DateField):
    """A day, in the browser's own calendar."""

    def __init__(self, **more) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


class EndForm(forms.Form):
    """The last day of something; each page says in its own words what that day means."""

    until_on = DayField()

    def __init__(self, *args, label: str | Promise, hint: str | Promise, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until_on"].label, self.fields["until_on"].help_text = label, hint


def listed(
    request: HttpRequest, found: Mapping[str, QuerySet], labels: Mapping[str, str | Promise]
) -> dict[str, object]:
    """What a list under tabs needs (in force, to come, ended, each with how many): what the address asks for, or what
    is in force."""
    asked = request.GET.get("when", "")
    shown = asked if asked in found else queries.IN_FORCE
    tabs = [
        {"label": label, "address": f"?when={name}", "current": name == shown, "count": found[name].count()}
        for name, label in labels.items()
    ]
    page = Paginator(found[shown], IN_A_PAGE).get_page(request.GET.get("page"))
    return {"shown": shown, "tabs": tabs, "page": page}
