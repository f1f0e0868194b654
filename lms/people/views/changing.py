"""One page for each thing that changes in a teacher's record: a form, and one act behind it."""

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
from lms.people import assigning, correcting, directory, moving, photographing, relating, renaming
from lms.people import record_forms as forms
from lms.people.models import PostHeld, Relation, Teacher
from lms.people.views import deeds
from lms.people.views.records import crumbs_to

_form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@_form_page
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """A wrong spelling or a wrong identity number."""
    at = clock.now()
    found = _managed(request, pk, at, *correcting.OFFICES)
    form = forms.CorrectForm(found, request.POST or None)
    if deeds.done(
        request, form, lambda: correcting.correct(teacher=found, by=request.user, at=at, **form.cleaned_data)
    ):
        return _back(request, pk, _("The record is corrected."))
    return _page(request, "people/correct.html", found, form, at)


@login_required
@_form_page
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """A new name."""
    at = clock.now()
    found = _managed(request, pk, at, *renaming.OFFICES)
    form = forms.RenameForm(request.POST or None)
    if deeds.done(request, form, lambda: renaming.rename(teacher=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, pk, _("The new name stands in the record; the old one still finds her."))
    return _page(request, "people/rename.html", found, form, at)


@login_required
@_form_page
def change_posts(request: HttpRequest, pk: int) -> HttpResponse:
    """Posts that end and posts that begin."""
    at = clock.now()
    found = _managed(request, pk, at, *assigning.OFFICES)
    form = forms.PostsForm(_held(found, at), request.POST or None)

    def act():
        ended, on = form.cleaned_data.get("ended", []), form.cleaned_data["on"]
        assigning.change_posts(teacher=found, ended=ended, begun=form.begun, on=on, by=request.user, at=at)

    if deeds.done(request, form, act):
        return _back(request, pk, _("The posts are changed."))
    return _page(request, "people/change_posts.html", found, form, at)


@login_required
@_form_page
def correct_post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post that was entered wrongly; or, by its own button, that she never held."""
    at = clock.now()
    held = _held_post(request, pk, at)
    form = forms.PostForm(held, request.POST or None)
    if deeds.done(
        request, form, lambda: correcting.correct_post(held=held, by=request.user, at=at, **form.cleaned_data)
    ):
        return _back(request, held.teacher_id, _("The post is corrected."))
    return _page(request, "people/correct_post.html", held.teacher, form, at, held=held)


@login_required
@_form_page
def strike_post(request: HttpRequest, pk: int) -> HttpResponse:
    """One post that she never held."""
    at = clock.now()
    held = _held_post(request, pk, at)
    form = forms.StrikeForm(request.POST or None)
    if deeds.done(
        request, form, lambda: correcting.strike_post(held=held, by=request.user, at=at, **form.cleaned_data)
    ):
        return _back(request, held.teacher_id, _("The post no longer stands in the record."))
    return _page(request, "people/strike_post.html", held.teacher, form, at, held=held)


@login_required
@_form_page
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """To another school; all posts go along unless unticked."""
    at = clock.now()
    found = _managed(request, pk, at, *moving.OFFICES)
    held = _held(found, at)
    schools = directory.open_schools(request.user, at, *moving.OFFICES)
    form = forms.TransferForm(held, schools, request.POST or None, initial={"kept": held})

    def act():
        typed = {"kept": [], **form.cleaned_data}
        moving.transfer(teacher=found, by=request.user, at=at, **typed)

    if deeds.done(request, form, act):
        return _back(request, pk, _("She is entered at the new school."))
    return _page(request, "people/transfer.html", found, form, at)


@login_required
@_form_page
def leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Retired, or left the profession."""
    at = clock.now()
    found = _managed(request, pk, at, *moving.OFFICES)
    form = forms.LeaveForm(request.POST or None)
    if deeds.done(request, form, lambda: moving.leave(teacher=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, pk, _("Her time at school is closed; the account stays."))
    return _page(request, "people/leave.html", found, form, at)


@login_required
@_form_page
def take_up(request: HttpRequest, pk: int) -> HttpResponse:
    """A school again, for one who is at none."""
    at = clock.now()
    found = _managed(request, pk, at, *moving.OFFICES)
    form = forms.TakeUpForm(directory.open_schools(request.user, at, *moving.OFFICES), request.POST or None)
    if deeds.done(request, form, lambda: moving.take_up(teacher=found, by=request.user, at=at, **form.cleaned_data)):
        return _back(request, pk, _("She is entered at the new school."))
    return _page(request, "people/take_up.html", found, form, at)


@login_required
@_form_page
def declare(request: HttpRequest, pk: int) -> HttpResponse:
    """Kin or a mentor, by the teacher herself or for her."""
    at = clock.now()
    found = _own_or_managed(request, pk, at, *relating.OFFICES)
    form = forms.RelationForm(request.POST or None)

    def act():
        typed = form.cleaned_data
        other = relating.find(full_name=typed["full_name"], unit_name=typed["unit_name"], by=request.user, at=at)
        relating.declare(teacher=found, other=other, kind=typed["kind"], by=request.user, at=at)

    if deeds.done(request, form, act):
        return _back(request, pk, _("The relation is declared. Neither will judge the other."))
    return _page(request, "people/declare.html", found, form, at)


@login_required
@require_http_methods(["POST"])
def withdraw_relation(request: HttpRequest, pk: int) -> HttpResponse:
    """A relation that is declared no longer."""
    at = clock.now()
    records = _own_or_managed_records(request, at, *relating.OFFICES)
    found = get_object_or_404(Relation.objects.filter(teacher__in=records).select_related("teacher"), pk=pk)
    relating.withdraw(relation=found, by=request.user, at=at)
    return _back(request, found.teacher_id, _("The relation ends today."))


@login_required
@_form_page
def set_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo from the phone; `act` is "remove" to take it out."""
    at = clock.now()
    found = _own_or_managed(request, pk, at, *photographing.OFFICES)
    if request.method == "POST" and request.POST.get("act") == "remove":
        photographing.remove_photo(teacher=found, by=request.user, at=at)
        return _back(request, pk, _("The photo is removed."))
    form = forms.PhotoForm(request.POST or None, request.FILES or None)

    def act():
        photographing.set_photo(teacher=found, file=form.cleaned_data["photo"], by=request.user, at=at)

    if deeds.done(request, form, act):
        return _back(request, pk, _("The photo is in the record."))
    return _page(request, "people/set_photo.html", found, form, at)


def _managed(request: HttpRequest, pk: int, at: dt.datetime, *offices: str) -> Teacher:
    records = Teacher.objects.managed_by(request.user, at, *offices)
    return get_object_or_404(records.select_related("user"), pk=pk)


def _own_or_managed_records(request: HttpRequest, at: dt.datetime, *offices: str) -> QuerySet[Teacher]:
    own = Teacher.objects.filter(user=request.user, merged_into=None)
    return own | Teacher.objects.managed_by(request.user, at, *offices)


def _own_or_managed(request: HttpRequest, pk: int, at: dt.datetime, *offices: str) -> Teacher:
    return get_object_or_404(_own_or_managed_records(request, at, *offices).select_related("user"), pk=pk)


def _held_post(request: HttpRequest, pk: int, at: dt.datetime) -> PostHeld:
    records = Teacher.objects.managed_by(request.user, at, *correcting.POST_OFFICES)
    return get_object_or_404(PostHeld.objects.filter(teacher__in=records).select_related("teacher__user"), pk=pk)


def _held(found: Teacher, at: dt.datetime) -> QuerySet[PostHeld]:
    """The posts that she holds today or will."""
    return found.posts.between(clock.local_date(at), None).order_by("pk")


def _back(request: HttpRequest, pk: int, said: str) -> HttpResponse:
    """To the record: one's own page, or the teacher's."""
    messages.success(request, said)
    own = Teacher.objects.filter(pk=pk, user=request.user).exists()
    return redirect("people:me") if own else redirect("people:teacher", pk=pk)


def _page(request: HttpRequest, template: str, found: Teacher, form, at: dt.datetime, **more: object) -> HttpResponse:
    day = clock.local_date(at)
    own = found.user_id == request.user.pk
    record = (_("My record"), reverse("people:me")) if own else (found.full_name, _address(found))
    crumbs = [record] if own else [*crumbs_to(found.last_school_on(day), request, at), record]
    context = {"teacher": found, "school": found.school_on(day), "crumbs": crumbs, "back": record[1], "own": own}
    return deeds.page(request, template, form, **context, **more)


def _address(found: Teacher) -> str:
    return reverse("people:teacher", args=[found.pk])
