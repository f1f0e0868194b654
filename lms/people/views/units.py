"""The units in one's care, with their teachers, and the slips."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from lms.lib import clock
from lms.lib.http import send_pdf
from lms.people import activating, directory, figures, offices, queries, slips
from lms.people.forms import SlipsForm
from lms.people.models import Organisation, Teacher, User
from lms.people.views import unit_changes

IN_A_PAGE = 50


@login_required
@require_safe
def units(request: HttpRequest) -> HttpResponse:
    """The units in the care of one's offices, with their offices and how many teachers they have."""
    at = clock.now()
    asked = request.GET.get("q", "").replace("\x00", "").strip()
    found = queries.units(request.user, at)
    if asked:
        found = found.filter(name__icontains=asked[:60])
    page = Paginator(found, IN_A_PAGE).get_page(request.GET.get("page"))
    counts = queries.teacher_counts(page.object_list, at)
    held: dict[int, list] = {}
    for each in queries.offices_at(page.object_list, at):
        held.setdefault(each.organisation_id, []).append(each)
    rows = [(unit, held.get(unit.pk, []), counts[unit.pk]) for unit in page.object_list]
    return render(request, "people/units.html", {"page": page, "rows": rows, "asked": asked})


@login_required
@require_safe
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: its offices, the units below, and the teachers posted at it."""
    at = clock.now()
    found = _unit(request, pk, at)
    below = list(found.children.order_by("path"))
    year = figures.latest(found) if found.level == Organisation.Level.SCHOOL else None
    asked = " ".join(directory.words(request.GET.get("q", "")))
    here = directory.matching(queries.teachers_at(found, at), asked, at)
    page = Paginator(here, IN_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **unit_changes.rights(request, found, at),
        "unit": found,
        "asked": asked,
        "above": queries.units(request.user, at).filter(pk__in=found.ancestor_ids),
        "board": offices.board(found, at, request.user),
        "may_give": bool(offices.givable(request.user, found, at)),
        "below": _with_counts(below, at),
        "page": page,
        "year_figures": year,
        "year_name": year and f"{year.year}–{year.year + 1}",
        "waiting": queries.to_activate(_accounts(found, at), request.user, at).count(),
        "form": SlipsForm(),
        "crumbs": [(_("Units and teachers"), reverse("people:units"))],
    }
    return render(request, "people/unit.html", context)


@login_required
@require_POST
def unit_slips(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue codes for the teachers of a unit who never came in: print their slips, or have them sent."""
    at = clock.now()
    found = _unit(request, pk, at)
    form = SlipsForm(request.POST)
    new = not form.is_valid() or form.cleaned_data["whom"] == "new"
    accounts = list(queries.to_activate(_accounts(found, at), request.user, at, without_slip=new))
    if not accounts:
        messages.info(request, _("Nobody here needs a slip."))
        return redirect("people:unit", pk=pk)
    if form.is_valid() and form.cleaned_data["how"] == "send":
        return _send_codes(request, found, accounts, at)
    codes = activating.issue_codes(users=accounts, by=request.user, at=at)
    return send_pdf(slips.pdf(codes, at), name=_("Activation slips") + f" {found.name}.pdf")


def _send_codes(request: HttpRequest, unit: Organisation, accounts: list[User], at: dt.datetime) -> HttpResponse:
    """Have the codes sent to whoever has a telephone on record, and say for whom a slip is left to print."""
    reached = [each for each in accounts if each.phone]
    if reached:
        activating.send_codes(users=reached, by=request.user, at=at)
        said = ngettext("A code is on its way to {n} teacher.", "Codes are on their way to {n} teachers.", len(reached))
        messages.success(request, said.format(n=len(reached)))
    if left := len(accounts) - len(reached):
        said = ngettext(
            "{n} has no telephone on record; print the slip.",
            "{n} have no telephone on record; print their slips.",
            left,
        )
        messages.warning(request, said.format(n=left))
    return redirect("people:unit", pk=unit.pk)


@login_required
@require_POST
def teacher_slip(request: HttpRequest, pk: int) -> HttpResponse:
    """A new code for one teacher, printed or sent; her older ones stop working."""
    at = clock.now()
    found = get_object_or_404(Teacher.objects.visible_to(request.user, at).select_related("user"), pk=pk)
    if found.user is None:
        raise activating.NoRecord(name=found.full_name)
    if request.POST.get("how") == "send":
        activating.send_codes(users=[found.user], by=request.user, at=at)
        messages.success(request, _("A code is on its way to the telephone on record."))
        return redirect("people:teacher", pk=pk)
    codes = {found.user_id: activating.issue_code(user=found.user, by=request.user, at=at)}
    return send_pdf(slips.pdf(codes, at), name=_("Activation slips") + f" {found.full_name}.pdf")


def _unit(request: HttpRequest, pk: int, at: dt.datetime) -> Organisation:
    return get_object_or_404(queries.units(request.user, at).select_related("parent", "successor"), pk=pk)


def _accounts(unit: Organisation, at: dt.datetime):
    """The accounts of the teachers posted at a unit."""
    return User.objects.filter(teacher__in=queries.teachers_at(unit, at).order_by().values("pk"))


def _with_counts(found: list[Organisation], at: dt.datetime) -> list[tuple[Organisation, int]]:
    counts = queries.teacher_counts(found, at)
    return [(each, counts[each.pk]) for each in found]
