"""Pages about what came after the end of a sitting, and the receipt that anybody concerned may check."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from exams import accepting, receipts, scripts
from exams.models import Attempt, Exam, LateAnswers, Stage
from exams.views.conduct import crumbs
from lms.lib import clock, deeds
from lms.people import signing


class LateForm(forms.Form):
    """Why these answers should count or not; the second person types her password too."""

    seen_digest = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(label=gettext_lazy("reason"), required=False, widget=forms.Textarea, max_length=2000)
    password = forms.CharField(
        label=gettext_lazy("your password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@login_required
@require_GET
def scripts_with_late(request: HttpRequest, pk: int) -> HttpResponse:
    """The scripts of a sitting to which answers came after the end."""
    at = clock.now()
    managed = Exam.objects.managed_by(request.user, at)
    stage = get_object_or_404(Stage.objects.select_related("exam"), exam__in=managed, pk=pk)
    context = {"stage": stage, "rows": accepting.scripts_with_late(stage), "crumbs": crumbs(stage)}
    return render(request, "exams/late_scripts.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def late(request: HttpRequest, pk: int) -> HttpResponse:
    """One script: what came after the end beside what stands; one exam officer proposes that it counts, another
    decides."""
    at = clock.now()
    managed = Exam.objects.managed_by(request.user, at)
    attempt = get_object_or_404(
        Attempt.objects.select_related("entry__stage__exam__organisation", "entry__room", "paper"),
        entry__stage__exam__in=managed,
        pk=pk,
    )
    proposals = list(attempt.late_answers.select_related("proposed_by", "decided_by").order_by("-pk"))
    waiting = next((each for each in proposals if each.state == LateAnswers.State.PROPOSED), None)
    form = LateForm(request.POST or None, initial={"seen_digest": waiting.seen_digest if waiting else ""})
    made, status = deeds.done(request, form, lambda: _act(request, attempt, waiting, form.cleaned_data, at))
    if made:
        return redirect("exams:late", pk=pk)
    asked = scripts.items(attempt.paper)
    rows = [
        {**each, "about": asked[each["item"]], "received_at": dt.datetime.fromisoformat(each["received_at"])}
        for each in accepting.kept_aside(attempt)
    ]
    context = {
        "attempt": attempt,
        "entry": attempt.entry,
        "rows": rows,
        "waiting": waiting,
        "decided": [each for each in proposals if each is not waiting],
        "own": bool(waiting and waiting.proposed_by_id == request.user.pk),
        "form": form,
        "crumbs": [
            *crumbs(attempt.entry.stage),
            (_("After the end"), reverse("exams:scripts_with_late", args=[attempt.entry.stage_id])),
        ],
    }
    return render(request, "exams/late_answers.html", context, status=status)


def _act(
    request: HttpRequest, attempt: Attempt, waiting: LateAnswers | None, said: dict[str, Any], at: dt.datetime
) -> LateAnswers:
    if waiting is None:
        late = accepting.propose(attempt=attempt, reason=said["reason"], by=request.user, at=at)
        messages.success(request, _("Proposed. A second exam officer decides."))
    elif request.POST.get("act") == "decline":
        late = accepting.decline(late=waiting, reason=said["reason"], by=request.user, at=at)
        messages.success(request, _("What was handed in stands."))
    else:
        signing.confirm(request.user, said["password"], at)
        late = accepting.accept(late=waiting, seen_digest=said["seen_digest"], by=request.user, at=at)
        messages.success(request, _("These answers count now."))
    return late


@login_required
@require_GET
def check_receipt(request: HttpRequest) -> HttpResponse:
    """Whether a receipt is that of a script, and whether the script still is what it says: for the candidate, and for
    exam officers of the exam. Nobody else learns whether there is such a receipt."""
    at = clock.now()
    typed = "".join(request.GET.get("receipt", "").split()).lower()
    found = None
    if typed:
        own = Attempt.objects.sat_by(request.user)
        managed = Attempt.objects.filter(entry__stage__exam__in=Exam.objects.managed_by(request.user, at))
        found = (own | managed).select_related("paper", "entry__stage__exam").filter(receipt=typed).first()
    context = {
        "typed": typed,
        "found": found,
        "holds": bool(found and receipts.holds(found)),
        "late": bool(found and found.late_answers.filter(state=LateAnswers.State.APPROVED).exists()),
    }
    return render(request, "exams/check_receipt.html", context)
