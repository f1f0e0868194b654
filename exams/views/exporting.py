"""Pages of exam officers: questions out of the bank as a file, and the pictures and sounds that questions show."""

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import exporting, question_media
from exams.models import Question
from exams.question_faults import Fault
from exams.question_files import FORMATS
from exams.views.bank import among, list_page, ticked
from exams.views.collecting import banks_of
from lms.lib import clock, sheets
from lms.lib.http import send_file
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation

_TYPES = {"gift": "text/plain; charset=utf-8", "moodle_xml": "application/xml"}


class ExportForm(forms.Form):
    """Which questions of which bank, and as what."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("bank of"), empty_label=None, required=True
    )
    format = forms.ChoiceField(
        label=gettext_lazy("format"),
        choices=[(each, FORMATS[each]) for each in exporting.ENDINGS],
        widget=forms.RadioSelect,
        initial="workbook",
    )
    kind = forms.ChoiceField(label=gettext_lazy("kind"), required=False)
    topic = forms.CharField(
        label=gettext_lazy("topic"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("With all topics below it; empty for every topic."),
    )
    usable = forms.BooleanField(label=gettext_lazy("only approved questions"), required=False, initial=True)

    def __init__(self, *args: Any, units: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = units
        self.fields["kind"].choices = [("", _("every kind")), *Question.Kind.choices]

    def questions(self) -> QuerySet[Question]:
        """The chosen questions of the bank, each in one version."""
        given = self.cleaned_data
        found = Question.objects.filter(organisation=given["organisation"])
        found = found.usable() if given["usable"] else found.newest()
        if given["kind"]:
            found = found.filter(kind=given["kind"])
        if given["topic"].strip():
            found = found.about(given["topic"].strip().strip("/"))
        return found.order_by("topic", "code")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """Choose questions and take them out as a file; what the format has no place for is shown first."""
    at = clock.now()
    units = banks_of(request)
    if not units.exists():
        raise access.NotYourOffice()
    form = ExportForm(request.POST or None, units=units, initial={"organisation": units.first()})
    left_out: list[Fault] = []
    rest = 0
    if request.method == "POST" and form.is_valid():
        kind, organisation = form.cleaned_data["format"], form.cleaned_data["organisation"]
        try:
            content = exporting.export(
                organisation, list(form.questions()), kind, rest=bool(request.POST.get("rest")), by=request.user, at=at
            )
        except exporting.SomeLeftOut as refusal:
            form.add_error(None, str(refusal))
            left_out = _faults(refusal)
            rest = refusal.rest
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return _sent(content, kind, organisation)
    context = {
        "form": form,
        "left_out": left_out,
        "rest": rest,
        "crumbs": [(_("Question bank"), reverse("exams:bank"))],
    }
    return render(request, "exams/export.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def export_ticked(request: HttpRequest) -> HttpResponse:
    """Take the ticked questions of the list out as a file; a refusal stands above the list, ticks kept, but what the
    format has no place for has a page of its own, with the others."""
    at = clock.now()
    if not access.offices(request.user, at, exporting.OFFICER):
        raise Http404
    chosen = ticked(request, at)
    kind = request.POST.get("format", "workbook")
    if kind not in exporting.ENDINGS:
        raise Http404
    try:
        found = among(Question.objects.managed_by(request.user, at), chosen)
        content, organisation = exporting.export_ticked(
            found, kind, rest=bool(request.POST.get("rest")), by=request.user, at=at
        )
    except exporting.SomeLeftOut as refusal:
        context = {
            "refusal": refusal,
            "left_out": _faults(refusal),
            "rest": refusal.rest,
            "chosen": chosen,
            "format": kind,
            "crumbs": [(_("Question bank"), f"{reverse('exams:bank')}?{request.GET.urlencode()}")],
        }
        return render(request, "exams/export_ticked.html", context, status=refusal.status)
    except Refusal as refusal:
        return list_page(request, ticked=chosen, refusal=refusal)
    return _sent(content, kind, organisation)


def _faults(refusal: exporting.SomeLeftOut) -> list[Fault]:
    return [Fault(0, "", item.code, item.stem, key, facts) for item, key, facts in refusal.left_out]


def _sent(content: bytes, kind: str, organisation: Organisation) -> HttpResponse:
    name = _("Question bank") + f" {organisation.name}.{exporting.ENDINGS[kind]}"
    if kind == "workbook":
        return sheets.send(content, name=name)
    response = HttpResponse(content, content_type=_TYPES[kind])
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response.headers["Cache-Control"] = "no-store, private"
    return response


@login_required
@require_safe
def media(request: HttpRequest, pk: int, media_id: str) -> HttpResponseBase:
    """A picture or sound of a bank, for those who read the bank, mark a paper that shows it, or sit one."""
    found = question_media.shown_to(request.user, pk, media_id, clock.now())
    if found is None:
        raise Http404
    return send_file(
        request, Path(settings.PRIVATE_ROOT) / found.file, content_type=found.content_type, name=found.name
    )
