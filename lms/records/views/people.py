"""The hours of an office's teachers against what is demanded of them; one of them; and the statistical form."""

import datetime as dt
from collections.abc import Iterable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from lms.lib import clock, deeds, sheets
from lms.people import access
from lms.people.models import Appointment, Organisation, Posting, Teacher
from lms.people.record_forms import DayField
from lms.records import exporting, queries, wording
from lms.records import ledger as ledgers
from lms.records.models import Exemption, HourEntry
from lms.records.views.own import shown

IN_A_PAGE = 50


class PeopleFilter(forms.Form):
    q = forms.CharField(required=False, max_length=60)
    missing = forms.BooleanField(required=False, label=gettext_lazy("Only those who miss hours"))


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the hours are wrong"),
        max_length=1000,
        help_text=gettext_lazy("The teacher reads it; it stays beside the entry."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write why the hours are taken back: the teacher reads it.")},
    )


class SpanForm(forms.Form):
    unit = forms.ModelChoiceField(queryset=None, label=gettext_lazy("Unit"), empty_label=None)
    from_on = DayField(label=pgettext_lazy("span", "First day"))
    until_on = DayField(label=pgettext_lazy("span", "Last day"))

    def __init__(self, *args, units: QuerySet[Organisation], **more) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].queryset = units


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The teachers now at a school below one's record offices, each with this training year; on request those who miss
    hours alone. To others the page is not there."""
    at = clock.now()
    day = clock.local_date(at)
    form = PeopleFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "missing": False}
    teachers = _teachers(request, at).filter(full_name__contains=asked["q"].strip())
    page, rows = _missing(request, teachers, day) if asked["missing"] else _everybody(request, teachers, day)
    context = {
        "page": page,
        "rows": [(each, wording.name(each.judged.year)) for each in rows],
        "form": form,
        "words": asked["q"],
        "missing": asked["missing"],
        "sees_exemptions": bool(access.offices(request.user, at, *Exemption.OFFICES)),
    }
    return render(request, "records/people.html", context)


@login_required
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One teacher's hours of a training year, as she sees them herself."""
    at = clock.now()
    day = clock.local_date(at)
    kept = Teacher.objects.managed_by(request.user, at, *Appointment.RECORD_OFFICES)
    teacher = get_object_or_404(kept, pk=pk)
    ledger = queries.ledger(teacher, day, request.GET.get("year", ""))
    context = {
        "teacher": teacher,
        "school": teacher.last_school_on(day),
        "takes_back": Teacher.objects.managed_by(request.user, at, *ledgers.OFFICES).filter(pk=pk).exists(),
        "sees_exemptions": Exemption.objects.visible_to(request.user, at).filter(teacher=pk).exists(),
        "proposes": Teacher.objects.managed_by(request.user, at, *Exemption.PROPOSES).filter(pk=pk).exists(),
        "crumbs": [(_("Hours of teachers"), reverse("records:people"))],
        **shown(ledger),
    }
    return render(request, "records/person.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take_back_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an entry of the ledger back by a reversal; there for the bureau of its teacher."""
    at = clock.now()
    managed = Teacher.objects.managed_by(request.user, at, *ledgers.OFFICES)
    rows = HourEntry.objects.filter(Q(teacher__in=managed) | Q(teacher__merged_into__in=managed))
    entry = get_object_or_404(rows.select_related("teacher__merged_into"), pk=pk)
    teacher = entry.teacher.merged_into or entry.teacher
    form = TakeBackForm(request.POST or None)
    done, status = deeds.done(
        request, form, lambda: ledgers.reverse(entry=entry, **form.cleaned_data, by=request.user, at=at)
    )
    if done:
        messages.success(request, _("The hours are taken back. The teacher has been told the reason."))
        return redirect("records:person", pk=teacher.pk)
    crumbs = [(teacher.full_name, reverse("records:person", args=[teacher.pk]))]
    context = {"entry": entry, "teacher": teacher, "form": form, "crumbs": crumbs}
    return render(request, "records/take_back_hours.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """The statistical form of a unit of one's offices, as a workbook."""
    at = clock.now()
    day = clock.local_date(at)
    held = access.offices(request.user, at, *exporting.OFFICES)
    if not held:
        raise Http404
    units = Organisation.objects.filter(pk__in=[each.organisation_id for each in held]).order_by("path")
    first = {"unit": units.first(), "from_on": dt.date(day.year, 1, 1), "until_on": day}
    form = SpanForm(request.POST or None, units=units, initial=first)
    content, status = deeds.done(
        request, form, lambda: exporting.statistical_form(**form.cleaned_data, by=request.user, at=at)
    )
    if content:
        unit = form.cleaned_data["unit"]
        return sheets.send(content, name=_("Teachers trained {unit} {day}.xlsx").format(unit=unit.name, day=day))
    crumbs = [(_("Hours of teachers"), reverse("records:people"))]
    return render(request, "records/export.html", {"form": form, "crumbs": crumbs}, status=status)


def _everybody(
    request: HttpRequest, teachers: QuerySet[Teacher], day: dt.date
) -> tuple[Page, Iterable[queries.Person]]:
    """A page of all; only those on it are judged."""
    page = Paginator(queries.by_name(teachers), IN_A_PAGE).get_page(request.GET.get("page"))
    return page, queries.people(Teacher.objects.filter(pk__in=[each.pk for each in page]), day)


def _missing(request: HttpRequest, teachers: QuerySet[Teacher], day: dt.date) -> tuple[Page, Iterable[queries.Person]]:
    """A page of those who miss hours, for which all have to be judged."""
    found = [each for each in queries.people(teachers, day) if each.judged.missing]
    page = Paginator(found, IN_A_PAGE).get_page(request.GET.get("page"))
    return page, page


def _teachers(request: HttpRequest, at: dt.datetime) -> QuerySet[Teacher]:
    """The teachers now posted below one's record offices."""
    paths = access.paths(request.user, at, *Appointment.RECORD_OFFICES)
    if not paths:
        raise Http404
    posted = Posting.objects.held_on(clock.local_date(at)).filter(access.under("organisation__path", paths))
    return Teacher.objects.filter(merged_into=None, pk__in=posted.values("teacher"))
