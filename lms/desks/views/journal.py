"""The journal as each office may see it: the lines of the units below it."""

import datetime as dt

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from lms.desks import acts
from lms.journal import sealing
from lms.journal.models import Line, LineQuerySet
from lms.lib import clock
from lms.people import access, noting
from lms.people.models import Appointment

JOURNAL_OFFICES = Appointment.RECORD_OFFICES
_A_PAGE = 50


class Filter(forms.Form):
    """What to look for; the choices are those that occur in the lines one may see."""

    act = forms.ChoiceField(label=_("Act"), required=False)
    unit = forms.ChoiceField(label=_("Unit"), required=False)
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    before = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data, lines: LineQuerySet) -> None:
        super().__init__(data)
        kinds = lines.order_by("act").values_list("act", flat=True).distinct()
        units = lines.order_by("unit_path").values_list("unit_path", "unit_name").distinct()
        self.fields["act"].choices = [("", _("all acts but readings")), *((act, acts.name(act)) for act in kinds)]
        self.fields["unit"].choices = [("", _("all units")), *dict(units).items()]

    def apply(self, lines: LineQuerySet) -> LineQuerySet:
        """The lines that fit what is filled in rightly, the newest first. That records were read, which happens all
        day, is shown where it is asked for."""
        chosen = getattr(self, "cleaned_data", {})
        lines = lines.filter(act=chosen["act"]) if chosen.get("act") else lines.exclude(act=noting.READ)
        if chosen.get("unit"):
            lines = lines.filter(unit_path__startswith=chosen["unit"])
        if chosen.get("day"):
            first = clock.local_moment(chosen["day"])
            lines = lines.filter(at__gte=first, at__lt=clock.local_moment(chosen["day"] + dt.timedelta(days=1)))
        if chosen.get("before"):
            lines = lines.filter(pk__lt=chosen["before"])
        return lines.order_by("-pk")


@login_required
@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    """The lines of one's subtree, filtered, a page at a time; nobody without a record office finds the page."""
    paths = access.paths(request.user, clock.now(), *JOURNAL_OFFICES)
    if not paths:
        raise Http404
    lines = Line.objects.under(*paths)
    asked = Filter(request.GET, lines)
    asked.is_valid()
    found = list(asked.apply(lines)[: _A_PAGE + 1])
    place, head = sealing.head()
    shown = found[:_A_PAGE]
    older = request.GET.copy()
    if len(found) > _A_PAGE:
        older["before"] = str(shown[-1].pk)
    context = {
        "form": asked,
        # As pairs: a template that asks a dictionary for its items gets the value of a key of that name, if it has one.
        "lines": [{"line": each, "act": acts.name(each.act), "facts": list(each.facts.items())} for each in shown],
        "older": older.urlencode() if len(found) > _A_PAGE else "",
        "place": place,
        "head": head,
    }
    return render(request, "desks/journal.html", context)
