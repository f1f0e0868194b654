"""Scans that prove an excuse, for those who decide and the person herself; to anybody else they are not there."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lms.lib import clock, scans
from lms.lib.http import send_pdf
from lms.training.models import AttendanceAppeal, AttendanceMark, Enrolment, Session


@login_required
@require_GET
def mark_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """What was shown when an absence was excused or a mark corrected."""
    taken = Q(attendance__session__in=Session.objects.taken_by(request.user, clock.now()))
    own = Q(attendance__enrolment__in=Enrolment.objects.held_by(request.user))
    return _send(get_object_or_404(AttendanceMark.objects.filter(taken | own).exclude(file=""), pk=pk))


@login_required
@require_GET
def appeal_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """What a teacher added to her appeal."""
    taken = Q(session__in=Session.objects.taken_by(request.user, clock.now()))
    own = Q(enrolment__in=Enrolment.objects.held_by(request.user))
    return _send(get_object_or_404(AttendanceAppeal.objects.filter(taken | own).exclude(file=""), pk=pk))


def _send(row: AttendanceMark | AttendanceAppeal) -> HttpResponse:
    """A picture to look at, or a PDF to save; never anything that a browser would run."""
    kept = scans.read(row.file, row.digest)
    if kept is None:
        raise Http404
    if kept.ending == scans.PDF:
        return send_pdf(kept.content, name=_("proof of an excuse.pdf"))
    response = HttpResponse(kept.content, content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    return response
