"""An assignment as a teacher in the period sees it, with the form to hand in; and the files that were handed in."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from lms.lib import clock, deeds, scans
from lms.training import handing_in, works
from lms.training.models import ATTENDING, Assignment, Enrolment, Submission

_TYPES = {
    scans.PDF: "application/pdf",
    scans.JPEG: "image/jpeg",
    handing_in.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_ACCEPTED = ".docx,application/pdf,image/jpeg,image/png,image/webp"


class HandInForm(forms.Form):
    """What a teacher hands in: the fields that the assignment takes."""

    text = forms.CharField(
        label=pgettext_lazy("assignment", "Your answer"), required=False, widget=forms.Textarea(attrs={"rows": 10})
    )
    file = forms.FileField(
        label=pgettext_lazy("assignment", "Your file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": _ACCEPTED}),
        help_text=gettext_lazy("Word (.docx), PDF or a picture, up to 10 MB"),
    )

    def __init__(self, *args: object, assignment: Assignment, **more: object) -> None:
        super().__init__(*args, **more)
        if not assignment.takes_text:
            del self.fields["text"]
        if not assignment.takes_file:
            del self.fields["file"]
        if len(self.fields) == 1:
            (only,) = self.fields.values()
            only.required, only.error_messages["required"] = True, handing_in.NothingHandedIn.sentence


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """The task, what one handed in and what became of it; the form while something can be handed in."""
    at = clock.now()
    rows = Assignment.objects.open_to(request.user).select_related("period__programme__organisation")
    found = get_object_or_404(rows, pk=pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = HandInForm(*sent, assignment=found)
    done, status = deeds.done(request, form, lambda: _handed_in(request, found, form, at), scan="file")
    if done:
        messages.success(request, _("Handed in. Your trainer reads it; you are told what becomes of it."))
        return redirect("training:assignment", pk=pk)
    own = _own(request, found, at)
    context = {
        "assignment": found,
        "own": own,
        "versions": works.versions(own.submission) if own.submission else [],
        "form": form,
        "crumbs": [(_("My learning"), reverse("training:mine"))],
    }
    return render(request, "training/assignment.html", context, status=status)


@login_required
@require_GET
def work_file(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A file that was handed in, for its teacher and those who grade: a picture to look at, anything else to save."""
    mine = Q(enrolment__in=Enrolment.objects.held_by(request.user))
    read = Q(pk__in=Submission.objects.graded_by(request.user, clock.now()).values("pk"))
    rows = Submission.objects.filter(mine | read).select_related("assignment", "enrolment__teacher__merged_into")
    found = get_object_or_404(rows, pk=pk)
    version = get_object_or_404(found.versions.exclude(file=""), number=number)
    kept = scans.read(version.file, version.digest)
    if kept is None:
        raise Http404
    response = HttpResponse(kept.content, content_type=_TYPES[kept.ending])
    name = f"{found.assignment.title} {found.enrolment.person.full_name} {number}{kept.ending}"
    response["Content-Disposition"] = content_disposition_header(kept.ending != scans.JPEG, name)
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _handed_in(request: HttpRequest, found: Assignment, form: forms.Form, at: dt.datetime) -> Submission:
    typed = form.cleaned_data
    return handing_in.hand_in(
        assignment=found, text=typed.get("text", ""), file=typed.get("file"), by=request.user, at=at
    )


def _own(request: HttpRequest, found: Assignment, at: dt.datetime) -> works.Own:
    """How one stands with it; of a seat that ended, why nothing is handed in any more."""
    seats = Enrolment.objects.held_by(request.user).filter(period=found.period_id, state__in=ATTENDING)
    seat = seats.order_by("pk").first()
    submission = Submission.objects.filter(assignment=found, enrolment=seat).first()
    return works.own_of(found, seat, submission, at)
