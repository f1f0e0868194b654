"""One page for each thing that changes a unit: a newcomer registered, a unit founded below it, moved in the tree, named
anew, merged into another, closed and opened again."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.lib import clock
from lms.people import access, directory, organising, queries, registering, unit_forms, uniting
from lms.people.models import Organisation
from lms.people.record_forms import RegisterForm
from lms.people.views import deeds

_form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@_form_page
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """A teacher who is new to the register."""
    at = clock.now()
    schools = directory.open_schools(request.user, at, *registering.REGISTER_OFFICES)
    found = get_object_or_404(schools.select_related("parent"), pk=pk)
    form = RegisterForm(request.POST or None)
    made = []

    def act():
        made.append(registering.register(school=found, by=request.user, at=at, **form.cleaned_data))

    if deeds.done(request, form, act):
        messages.success(request, _("The teacher is registered. Print a slip so that she can come in."))
        return redirect("people:teacher", pk=made[0].pk)
    return _page(request, "people/register.html", found, form)


@login_required
@_form_page
def found(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit below this one."""
    at = clock.now()
    units = Organisation.objects.under(*access.paths(request.user, at, *organising.OFFICES))
    above = get_object_or_404(units.filter(closed_on=None, level__lt=Organisation.Level.SCHOOL), pk=pk)
    form = unit_forms.FoundForm(above, request.POST or None)
    made = []

    def act():
        made.append(organising.found(parent=above, by=request.user, at=at, **form.cleaned_data))

    if deeds.done(request, form, act):
        said = _("The unit is founded. Give the offices at it, so that somebody looks after it.")
        return _back(request, made[0].pk, said)
    return _page(request, "people/found_unit.html", above, form)


@login_required
@_form_page
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Below another unit, with everything it has."""
    at = clock.now()
    found = _managed(request, pk, at)
    form = unit_forms.MoveForm(directory.possible_parents(found, request.user, at), request.POST or None)
    if deeds.done(request, form, lambda: organising.move(unit=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, pk, _("The unit has moved, with everything below it."))
    return _page(request, "people/move_unit.html", found, form)


@login_required
@_form_page
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name."""
    at = clock.now()
    found = _managed(request, pk, at)
    form = unit_forms.RenameUnitForm(request.POST or None, initial={"name": found.name})
    if deeds.done(request, form, lambda: organising.rename(unit=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, pk, _("The unit has its new name."))
    return _page(request, "people/rename_unit.html", found, form)


@login_required
@_form_page
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Closed from a day on."""
    at = clock.now()
    found = _managed(request, pk, at)
    form = unit_forms.CloseForm(request.POST or None)
    if deeds.done(request, form, lambda: organising.close(unit=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, pk, _("The unit is closed; its history stays."))
    return _page(request, "people/close_unit.html", found, form)


@login_required
@_form_page
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Into another unit of its level, which stays."""
    at = clock.now()
    found = _managed(request, pk, at)
    others = directory.possible_successors(found, request.user, at)
    form = unit_forms.MergeUnitForm(others, request.POST or None)
    if deeds.done(request, form, lambda: uniting.unite(lesser=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, form.cleaned_data["greater"].pk, _("The two units are one now; everybody was told."))
    counts = {
        "teachers": queries.teachers_at(found, at).count(),
        "offices": len(queries.offices_at([found], at)),
        "below": found.children.count(),
    }
    return _page(request, "people/merge_unit.html", found, form, **counts)


@login_required
@_form_page
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open again, as it was."""
    at = clock.now()
    closed = _below(request, at).filter(closed_on__isnull=False, successor=None)
    found = get_object_or_404(closed, pk=pk)
    form = unit_forms.ReopenForm(request.POST or None)
    if deeds.done(request, form, lambda: organising.reopen(unit=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, pk, _("The unit is open again."))
    return _page(request, "people/reopen_unit.html", found, form)


def rights(request: HttpRequest, found: Organisation, at: dt.datetime) -> dict[str, bool]:
    """Which of these pages a person may open for a unit. Asks the database nothing."""
    user, is_open, is_school = request.user, found.closed_on is None, found.level >= Organisation.Level.SCHOOL
    keeps = access.covers(user, found, at, *registering.REGISTER_OFFICES)
    above = found.parent is not None and access.covers(user, found.parent, at, *organising.OFFICES)
    return {
        "may_register": is_open and is_school and keeps,
        "may_found": is_open and not is_school and access.covers(user, found, at, *organising.OFFICES),
        "may_change": is_open and above,
        "may_reopen": not is_open and found.successor_id is None and above,
    }


def _below(request: HttpRequest, at: dt.datetime) -> QuerySet[Organisation]:
    """The units below those that the officer's bureau or exam offices cover."""
    paths = access.paths(request.user, at, *organising.OFFICES)
    return Organisation.objects.filter(access.under("parent__path", paths)).select_related("parent")


def _managed(request: HttpRequest, pk: int, at: dt.datetime) -> Organisation:
    """One of them that is not closed yet."""
    return get_object_or_404(_below(request, at).filter(closed_on=None), pk=pk)


def _back(request: HttpRequest, pk: int, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("people:unit", pk=pk)


def _page(request: HttpRequest, template: str, found: Organisation, form, **more: object) -> HttpResponse:
    back = reverse("people:unit", args=[found.pk])
    crumbs = [(_("Units and teachers"), reverse("people:units")), (found.name, back)]
    return deeds.page(request, template, form, unit=found, crumbs=crumbs, back=back, **more)
