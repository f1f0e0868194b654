"""What a school has to do with trainings: applications to decide, and teachers to name."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib import clock
from lms.lib.http import row_ids
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Teacher
from lms.training import applicants, nominating
from lms.training.models import SENDERS, Enrolment, Period

_A_PAGE = 50


class Filter(forms.Form):
    q = forms.CharField(required=False, max_length=60)


@login_required
@require_safe
def school(request: HttpRequest) -> HttpResponse:
    """The applications that wait for one's school, and the periods into which it may send teachers."""
    at = clock.now()
    if not access.offices(request.user, at, Appointment.Office.SCHOOL_OFFICER):
        raise Http404
    page = Paginator(applicants.to_approve(request.user, at), _A_PAGE).get_page(request.GET.get("page"))
    sent = Enrolment.objects.sent_by(request.user, at).select_related("teacher", "period__programme")
    context = {
        "page": page,
        "invitations": applicants.invitations(request.user, at),
        "sent": sent.exclude(state=Enrolment.State.SUBMITTED).order_by("-applied_at", "-pk")[:_A_PAGE],
    }
    return render(request, "training/school.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def nominate(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick teachers of one's school who meet the rules, and send them."""
    at = clock.now()
    if not access.offices(request.user, at, *SENDERS):
        raise Http404
    seen = Period.objects.visible_to(request.user, at).filter(admission=Period.Admission.SCHOOL)
    period = get_object_or_404(seen.select_related("programme__organisation", "programme__level__scheme"), pk=pk)
    form = Filter(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    ids = row_ids(request.POST.getlist("teacher"))
    status, refused = 200, None
    if request.method == "POST":
        found = Teacher.objects.managed_by(request.user, at, *SENDERS).filter(pk__in=ids)
        named = sorted(found.select_related("user"), key=lambda each: ids.index(each.pk))
        try:
            made = nominating.nominate(teachers=named, period=period, by=request.user, at=at)
        except Refusal as refusal:
            status, refused = refusal.status, refusal
        else:
            seats = sum(each.state == Enrolment.State.CONFIRMED for each in made)
            text = ngettext(
                "{n} teacher named, {seats} with a seat.", "{n} teachers named, {seats} with a seat.", len(made)
            )
            messages.success(request, text.format(n=len(made), seats=seats))
            return redirect("training:school" if _is_school(request, at) else "training:programmes")
    rows = applicants.may_name(period, request.user, at, words=words)
    page = Paginator(rows, _A_PAGE).get_page(request.GET.get("page"))
    meant = {each.pk for each in page if each.is_meant}
    context = {
        "period": period,
        "page": page,
        "words": words,
        "ticked": set(ids) if request.method == "POST" else meant,
        "meant": meant,
        "refused": refused,
        "crumbs": [(_("Trainings of the school"), reverse("training:school"))]
        if _is_school(request, at)
        else [(_("Programmes and periods"), reverse("training:programmes"))],
    }
    return render(request, "training/nominate.html", context, status=status)


def _is_school(request: HttpRequest, at: dt.datetime) -> bool:
    return bool(access.offices(request.user, at, Appointment.Office.SCHOOL_OFFICER))
