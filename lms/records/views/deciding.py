"""The claims of hours that officers decide about: the school whether it is true, the bureau whether it counts."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lms.lib import clock, deeds
from lms.people import access
from lms.records import queries, recognising
from lms.records.models import HourClaim
from lms.records.views import claims

IN_A_PAGE = 50
State = HourClaim.State
STATES = (
    State.SUBMITTED,
    State.VERIFIED,
    State.RECOGNISED,
    State.EXPORTED,
    State.RETURNED,
    State.REJECTED,
    State.REVERSED,
)


class QueueFilter(forms.Form):
    q = forms.CharField(required=False, max_length=60)


@login_required
@require_GET
def claim_queue(request: HttpRequest) -> HttpResponse:
    """The claims of one's teachers by state, those that wait longest first; a school sees those that wait for it, a
    bureau those that its schools have verified. To whoever has no office over claims the page is not there."""
    at = clock.now()
    if not access.offices(request.user, at, *HourClaim.OFFICES):
        raise Http404
    form = QueueFilter(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    bureau = access.offices(request.user, at, HourClaim.RECOGNISES)
    asked = request.GET.get("state", "")
    shown = asked if asked in STATES else (State.VERIFIED if bureau else State.SUBMITTED)
    every = queries.claims(request.user, at, words=words).order_by()
    counts = dict(every.values_list("state").annotate(n=Count("pk")))
    rows = queries.claims(request.user, at, state=shown, words=words)
    context = {
        "page": Paginator(rows, IN_A_PAGE).get_page(request.GET.get("page")),
        "tabs": [
            {
                "label": State(each).label,
                "address": f"?state={each}",
                "current": each == shown,
                "count": counts.get(each, 0),
            }
            for each in STATES
        ],
        "hands_up": bool(bureau),
        "shown": shown,
        "words": words,
    }
    return render(request, "records/claim_queue.html", context)


@login_required
@require_POST
def decide_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify, recognise, return, turn down, or take back."""
    at = clock.now()
    managed = HourClaim.objects.managed_by(request.user, at)
    found = get_object_or_404(managed.select_related("teacher__merged_into", "entry"), pk=pk)
    form = claims.DecideForm(request.POST)
    said, status = deeds.done(request, form, lambda: _decide(request, found, form.cleaned_data["reason"], at))
    if said:
        messages.success(request, said)
        return redirect("records:claim_queue")
    found.refresh_from_db()
    return claims.page(request, found, at, form=form, status=status)


def _decide(request: HttpRequest, found: HourClaim, reason: str, at: dt.datetime) -> str:
    """Do what the button says; what is said of it afterwards. An unknown button is refused as a page out of date."""
    who = {"claim": found, "by": request.user, "at": at}
    act = request.POST.get("act")
    if act == "verify":
        recognising.verify(**who)
        return _("Verified. The bureau decides next; the teacher has been told.")
    if act == "recognise":
        done = recognising.recognise(**who)
        return _("Recognised: {n} hours stand in the ledger, and the teacher has been told.").format(
            n=f"{done.entry.hours.normalize():f}"
        )
    if act == "return":
        recognising.send_back(**who, reason=reason)
        return _("Returned. The teacher has been told the reason and may put it right.")
    if act == "reject":
        recognising.turn_down(**who, reason=reason)
        return _("Turned down. The teacher has been told the reason.")
    if act == "take_back":
        recognising.take_back(**who, reason=reason)
        return _("The hours are taken back. The teacher has been told the reason.")
    raise recognising.MovedMeanwhile()
