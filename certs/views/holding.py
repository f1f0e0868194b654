"""What a holder does with her certificates: see, download, show."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certs import handing_out, queries, rendering
from certs.models import Batch, Credential
from lms.lib import clock
from lms.lib.http import send_pdf
from lms.lib.printing import qr_path, qr_rows
from lms.people import access
from lms.people.models import Teacher

_QUIET_ZONE = 4  # modules around a QR code, as its standard asks


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """A teacher's own certificates as cards; officers find the way to the lists and the register."""
    at = clock.now()
    context = {
        "cards": queries.held(request.user, at),
        "elsewhere": queries.held_elsewhere(request.user),
        "is_teacher": Teacher.objects.filter(user=request.user).exists(),
        "certifies": bool(access.offices(request.user, at, *Batch.OFFICES)),
    }
    return render(request, "certs/mine.html", context)


@login_required
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The document as PDF."""
    found = visible(request, pk, clock.now())
    name = _("Certificate %(name)s %(number)s") % {"name": found.facts["holder"], "number": found.number}
    return send_pdf(handing_out.document(found), name=f"{name}.pdf")


@login_required
@require_GET
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The document as a picture, for the page."""
    response = HttpResponse(handing_out.picture(visible(request, pk, clock.now())), content_type="image/png")
    response["Cache-Control"] = "no-store, private"
    return response


@login_required
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The code alone, large, to be scanned from the phone."""
    at = clock.now()
    found = visible(request, pk, at)
    return render(request, "certs/show.html", {"card": queries.card(found, at), **code(found)})


def code(credential: Credential) -> dict[str, object]:
    """What a template needs to draw the QR code: its path and its box."""
    address = rendering.verify_address(credential)
    side = len(qr_rows(address)) + 2 * _QUIET_ZONE
    return {"qr": qr_path(address), "qr_box": f"-{_QUIET_ZONE} -{_QUIET_ZONE} {side} {side}", "qr_address": address}


def visible(request: HttpRequest, pk: int, at: dt.datetime) -> Credential:
    """The issued certificate, if this person may see it; otherwise 404, as for one that does not exist."""
    rows = Credential.objects.visible_to(request.user, at).issued()
    return get_object_or_404(rows.select_related("batch", "level__scheme__authority", "teacher"), pk=pk)
