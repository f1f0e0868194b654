"""One teacher's record: for those who keep it, for herself, with who looked at it; and her photo."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from lms.lib import clock
from lms.lib.masking import mask_phone
from lms.people import (
    access,
    activating,
    assigning,
    correcting,
    directory,
    moving,
    noting,
    photographing,
    photos,
    queries,
    relating,
)
from lms.people.models import Appointment, Organisation, Teacher
from lms.people.views import accounts

IN_A_PAGE = 50


@login_required
@require_GET
def teacher(request: HttpRequest, pk: int) -> HttpResponse:
    """One teacher's record; the identity number is covered. That somebody else read it is noted."""
    at = clock.now()
    seen = Teacher.objects.visible_to(request.user, at).select_related("user", "merged_into")
    found = get_object_or_404(seen, pk=pk)
    noting.note_reading(teacher=found, by=request.user, at=at)
    day = clock.local_date(at)
    school = found.last_school_on(day)
    context = {**_record(found, day), **_rights(request, found, school, at), "crumbs": crumbs_to(school, request, at)}
    if found.user and not found.merged_into_id:
        context |= accounts.rights(request.user, found.user, at)
    return render(request, "people/teacher.html", context)


@login_required
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """One's own record, and who looked at it."""
    at = clock.now()
    found = get_object_or_404(Teacher.objects.select_related("user"), user=request.user)
    page = Paginator(directory.readings(found), IN_A_PAGE).get_page(request.GET.get("page"))
    context = {**_record(found, clock.local_date(at)), "page": page, "own": True, "phone": found.user.phone}
    return render(request, "people/me.html", context)


@login_required
@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A teacher's photo, for whoever may see her record; kept nowhere on the way."""
    found = get_object_or_404(Teacher.objects.visible_to(request.user, clock.now()), pk=pk)
    path = photos.path_of(found.photo)
    if not found.photo or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    return response


def crumbs_to(school: Organisation | None, request: HttpRequest, at: dt.datetime) -> list[tuple[str, str]]:
    """The way to a record through its school, for whoever may see the school."""
    if not school or not queries.units(request.user, at).filter(pk=school.pk).exists():
        return []
    return [
        (_("Units and teachers"), reverse("people:units")),
        (school.name, reverse("people:unit", args=[school.pk])),
    ]


def _record(found: Teacher, day: dt.date) -> dict[str, object]:
    """What every page of a record shows."""
    return {
        "teacher": found,
        "postings": found.postings.select_related("organisation").order_by("-from_on", "-pk"),
        "posts": found.posts.select_related("organisation").order_by("-from_on", "-pk"),
        "former_names": found.former_names.order_by("-until_on", "-pk"),
        "relations": directory.relations(found, day),
        "relations_by_others": directory.relations_by_others(found, day),
        "offices": found.user.appointments.held_on(day).select_related("organisation") if found.user else [],
    }


def _rights(request: HttpRequest, found: Teacher, school: Organisation | None, at: dt.datetime) -> dict[str, object]:
    """What this person may do with the record, and how much of the telephone she sees."""
    user, own = request.user, found.user_id == request.user.pk

    def may(*offices: str) -> bool:
        return bool(school) and not found.merged_into_id and access.covers(user, school, at, *offices)

    keeps = may(*Appointment.RECORD_KEEPERS)
    posted = found.postings.filter(until_on=None).exists()
    phone = found.user.phone if found.user else ""
    never_came = found.user is not None and found.user.is_active and found.user.activated_at is None
    return {
        "own": own,
        "keeps": keeps,
        "posted": posted,
        "phone": phone if own or keeps else mask_phone(phone),
        "may_issue": never_came and posted and may(*activating.OFFICES),
        "may_correct": may(*correcting.OFFICES),
        "may_correct_posts": may(*correcting.POST_OFFICES),
        "may_change_posts": posted and may(*assigning.OFFICES),
        "may_move": may(*moving.OFFICES),
        "may_relate": own or may(*relating.OFFICES),
        "may_photograph": own or may(*photographing.OFFICES),
    }
