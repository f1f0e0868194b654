"""A teacher's record in one timeline: for herself and for those who look after it; on paper, and as her own file."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lms.desks import record as records
from lms.desks import record_copies
from lms.desks.record_row import KINDS
from lms.lib import clock
from lms.lib.http import send_pdf
from lms.people import noting
from lms.people.models import Teacher
from lms.people.views.records import crumbs_to


@login_required
@require_GET
def my_record(request: HttpRequest) -> HttpResponse:
    """One's own record; there for teachers."""
    return _page(request, _oneself(request), clock.now())


@login_required
@require_GET
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """One teacher's record, for herself and for the record offices over her; that somebody else read it is noted. One
    that was merged leads to the one that stays."""
    at = clock.now()
    found = get_object_or_404(_visible(request, at), pk=pk)
    if found.merged_into_id:
        return redirect("desks:record", pk=found.merged_into_id)
    return _page(request, found, at)


@login_required
@require_GET
def print_record(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as PDF, whole; noted likewise."""
    at = clock.now()
    found = get_object_or_404(_visible(request, at).filter(merged_into=None), pk=pk)
    noting.note_reading(teacher=found, by=request.user, at=at)
    with record_copies.language():
        content = record_copies.pdf(records.record(found, at, own=found.user_id == request.user.pk))
    return send_pdf(content, name=f"{_file_name(found, at)}.pdf")


@login_required
@require_GET
def record_file(request: HttpRequest) -> HttpResponse:
    """One's own record as a file to take away; nobody takes away another's."""
    at = clock.now()
    found = _oneself(request)
    with record_copies.language():
        content = record_copies.file(records.record(found, at, own=True))
    name = content_disposition_header(True, f"{_file_name(found, at)}.json")
    return HttpResponse(content, content_type="application/json", headers={"Content-Disposition": name})


def _page(request: HttpRequest, found: Teacher, at: dt.datetime) -> HttpResponse:
    own = found.user_id == request.user.pk
    noting.note_reading(teacher=found, by=request.user, at=at)
    shown = records.record(found, at, own=own)
    asked = request.GET.get("kind", "")
    kind = asked if shown.counts[asked] else ""
    context = {
        "record": shown,
        "teacher": found,
        "own": own,
        "by_year": shown.by_year(kind),
        "tabs": _tabs(shown, kind),
        "crumbs": [] if own else _crumbs(request, found, at),
    }
    return render(request, "desks/record.html", context)


def _tabs(shown: records.Record, kind: str) -> list[dict[str, object]]:
    """All rows, then each kind of which there are any."""
    kinds = [("", _("All"), len(shown.rows))]
    kinds += [(each, label, shown.counts[each]) for each, label in KINDS.items() if shown.counts[each]]
    return [
        {"label": label, "count": count, "current": each == kind, "address": f"?kind={each}" if each else "?"}
        for each, label, count in kinds
    ]


def _crumbs(request: HttpRequest, found: Teacher, at: dt.datetime) -> list[tuple[str, str]]:
    school = found.last_school_on(clock.local_date(at))
    return [*crumbs_to(school, request, at), (found.full_name, reverse("people:teacher", args=[found.pk]))]


def _visible(request: HttpRequest, at: dt.datetime):
    return Teacher.objects.visible_to(request.user, at).select_related("user", "merged_into")


def _oneself(request: HttpRequest) -> Teacher:
    own = Teacher.objects.select_related("user", "merged_into")
    return get_object_or_404(own, user=request.user, merged_into=None)


def _file_name(found: Teacher, at: dt.datetime) -> str:
    return _("Professional record {name} {day}").format(name=found.full_name, day=clock.local_date(at))
