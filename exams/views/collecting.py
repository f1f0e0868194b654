"""Pages of exam officers: a workbook taken into the question bank."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from exams import collecting, question_sheet
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation


class CollectForm(forms.Form):
    """A workbook, and whose bank it goes into."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("bank of"), empty_label=None, required=True
    )
    file = forms.FileField(label=gettext_lazy("workbook"))

    def __init__(self, *args, units: QuerySet[Organisation], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = units


@login_required
@require_http_methods(["GET", "POST"])
def collect(request: HttpRequest) -> HttpResponse:
    """Take a workbook into a bank, or show everything in it that needs mending."""
    at = clock.now()
    units = banks_of(request)
    if not units.exists():
        raise access.NotYourOffice()
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CollectForm(*sent, units=units, initial={"organisation": units.first()})
    faults: list[collecting.Fault] = []
    if request.method == "POST" and form.is_valid():
        file, unit = form.cleaned_data["file"], form.cleaned_data["organisation"]
        try:
            taken = collecting.collect(unit, file, file.name, by=request.user, at=at)
        except collecting.BankFaulty as refusal:
            faults = refusal.faults
            form.add_error("file", str(refusal))
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            fresh = sum(each.collected_at == at for each in taken)
            text = _("{all} questions read: {new} new or changed, {same} as they were.")
            messages.success(request, text.format(all=len(taken), new=fresh, same=len(taken) - fresh))
            return redirect("exams:bank")
    context = {
        "form": form,
        "faults": faults,
        "headings": question_sheet.HEADINGS,
        "crumbs": [(_("Question bank"), reverse("exams:bank"))],
    }
    return render(request, "exams/collect.html", context, status=422 if form.errors else 200)


def banks_of(request: HttpRequest) -> QuerySet[Organisation]:
    """The units whose banks the user may fill: bureaus and institutions below her exam offices, no schools."""
    paths = access.paths(request.user, clock.now(), Appointment.Office.EXAM_OFFICER)
    level = Organisation.Level
    units = Organisation.objects.under(*paths).exclude(level__in=[level.CLUSTER, level.SCHOOL])
    return units.filter(closed_on=None).order_by("level", "code")
