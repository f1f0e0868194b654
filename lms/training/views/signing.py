"""Attendance as a teacher gives it: the page that her telephone opens from the code, and her word against what is
noted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.training import appealing, attending, signing_codes
from lms.training.models import Attendance, Session

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


class ScanField(forms.FileField):
    """A picture or a PDF, if there is one."""

    def __init__(self, **more: Any) -> None:
        widget = forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"})
        super().__init__(required=False, widget=widget, **more)


class AppealForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("How it was"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("For example where you sat and who saw you."),
        error_messages={"required": appealing.AppealUnexplained.sentence},
    )
    scan = ScanField(
        label=gettext_lazy("Picture or PDF that proves it"),
        help_text=gettext_lazy("For example a doctor's note. Seen by you and by those who decide, nobody else."),
    )


@login_required
@_GET_OR_POST
def sign(request: HttpRequest, token: str) -> HttpResponse:
    """A GET says to which session the scanned code leads and gives the one button; the POST signs with the proof that
    came with it, which is hers alone and holds for two minutes."""
    at = clock.now()
    try:
        if request.method == "POST":
            row = attending.sign(proof=request.POST.get("proof", ""), by=request.user, at=at)
            messages.success(request, _said(row))
            return redirect("training:mine")
        session, way, proof = attending.look_at_code(text=token, by=request.user, at=at)
    except Refusal as refusal:
        return render(request, "training/sign.html", {"refusal": refusal}, status=refusal.status)
    context = {"session": session, "is_out": way == signing_codes.OUT, "proof": proof, "at": at}
    return render(request, "training/sign.html", context)


@login_required
@_GET_OR_POST
def appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that one was there; nobody finds the page of a session of others."""
    at = clock.now()
    rows = Session.objects.attended_by(request.user).select_related("period__programme")
    session = get_object_or_404(rows, pk=pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AppealForm(*sent)
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and form.is_valid():
        try:
            appealing.appeal(session=session, **form.cleaned_data, by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Sent. The decision comes as a message."))
            return redirect("training:mine")
    context = {"session": session, "form": form, "crumbs": [(_("My learning"), reverse("training:mine"))]}
    return render(request, "training/appeal.html", context, status=status)


def _said(row: Attendance) -> str:
    """What the telephone shows after she signed."""
    state, moment = Attendance.State, timezone.localtime(row.out_at or row.in_at).strftime("%H:%M")
    facts = {"session": row.session, "time": moment}
    if row.out_at:
        words = _("Signed out of “{session}” at {time}. Before the end: it counts as left early.")
        if row.state != state.LEFT_EARLY:
            words = _("Signed out of “{session}” at {time}.")
    elif row.state == state.ABSENT:
        words = _("Signed in to “{session}” at {time}: so late that it counts as absent. Speak to the clerk.")
    elif row.state == state.LATE:
        words = _("Signed in to “{session}” at {time}, late.")
    else:
        words = _("Signed in to “{session}” at {time}.")
    return words.format(**facts)
