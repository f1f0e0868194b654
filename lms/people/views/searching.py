"""Looking for a teacher among those whose records one keeps; and two records of one person, side by side."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.lib import clock
from lms.people import access, directory, merging
from lms.people.models import Appointment, Teacher
from lms.people.record_forms import MergeForm
from lms.people.views import deeds
from lms.people.views.records import crumbs_to

IN_A_PAGE = 30


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Teachers by name, former name, sound or school, among those whom one may see."""
    at = clock.now()
    if not access.offices(request.user, at, *Appointment.RECORD_OFFICES):
        raise Http404
    asked = " ".join(directory.words(request.GET.get("q", "")))
    seen = Teacher.objects.visible_to(request.user, at).filter(merged_into=None)
    found = directory.with_places(directory.matching(seen, asked, at), at) if asked else Teacher.objects.none()
    page = Paginator(found, IN_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "people/search.html", {"page": page, "asked": asked})


@login_required
@require_safe
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Which other record is the same person's: those of the same name first of all, or whoever is looked for."""
    at = clock.now()
    found = _managed(request, pk, at)
    asked = " ".join(directory.words(request.GET.get("q", found.full_name)))
    others = Teacher.objects.managed_by(request.user, at, *merging.OFFICES).exclude(pk=pk)
    matching = directory.matching(others, asked, at) if asked else others.none()
    page = Paginator(directory.with_places(matching, at), IN_A_PAGE).get_page(request.GET.get("page"))
    context = {"teacher": found, "page": page, "asked": asked, "crumbs": _crumbs(request, found, at)}
    return render(request, "people/merge.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge_with(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """The two side by side, and which of them stays."""
    at = clock.now()
    two = {each: _managed(request, each, at) for each in (pk, other)}
    records = list(two.values())
    labels = [_label(each, at) for each in records]
    form = MergeForm(records, labels, request.POST or None)

    def act():
        greater = two[int(form.cleaned_data["greater"])]
        lesser = two[other if greater.pk == pk else pk]
        merging.merge(lesser=lesser, greater=greater, reason=form.cleaned_data["reason"], by=request.user, at=at)

    if deeds.done(request, form, act):
        messages.success(request, _("The two records are one now."))
        return redirect("people:teacher", pk=form.cleaned_data["greater"])
    crumbs = [*_crumbs(request, two[pk], at), (_("Merge two records"), reverse("people:merge", args=[pk]))]
    rows = directory.with_places(Teacher.objects.filter(pk__in=two), at)
    return deeds.page(request, "people/merge_with.html", form, teacher=two[pk], rows=rows, crumbs=crumbs)


def _label(teacher: Teacher, at: dt.datetime) -> str:
    school = teacher.last_school_on(clock.local_date(at))
    username = teacher.user.username if teacher.user else "–"
    return f"{teacher.full_name} · {school.name if school else '–'} · {username}"


def _managed(request: HttpRequest, pk: int, at: dt.datetime) -> Teacher:
    records = Teacher.objects.managed_by(request.user, at, *merging.OFFICES)
    return get_object_or_404(records.select_related("user"), pk=pk)


def _crumbs(request: HttpRequest, found: Teacher, at: dt.datetime) -> list[tuple[str, str]]:
    way = crumbs_to(found.last_school_on(clock.local_date(at)), request, at)
    return [*way, (found.full_name, reverse("people:teacher", args=[found.pk]))]
