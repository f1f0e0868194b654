"""Honours: a teacher's own, an office's list, a new one, and one with what is decided of it."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.lib import clock, deeds, scans
from lms.people import access
from lms.people.models import Appointment, Teacher
from lms.records import honouring, queries
from lms.records.models import Honour
from lms.records.views.exemptions import send_scan

IN_A_PAGE = 50
State = Honour.State


class HonourForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Name of the honour"),
        max_length=120,
        error_messages={"required": gettext_lazy("Write what the honour is called and who gave it.")},
    )
    giver = forms.CharField(label=gettext_lazy("Given by"), max_length=120)
    level = forms.ChoiceField(
        label=gettext_lazy("Level of the giver"),
        choices=[("", pgettext_lazy("claim", "Choose one")), *Honour.Level.choices],
    )
    given_on = forms.CharField(
        label=gettext_lazy("Given on"),
        max_length=20,
        help_text=gettext_lazy("As far as it is known: 2019-05-20, 2019-05 or 2019."),
    )
    scan = forms.FileField(
        label=pgettext_lazy("claim", "Scan"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
    )

    def given(self) -> honouring.Given:
        """What was typed, as `honouring.enter` takes it."""
        return honouring.Given(**{name: self.cleaned_data[name] for name in ("title", "level", "giver", "given_on")})


class DecisionForm(forms.Form):
    """`act` is the button: "confirm" needs nothing, the others a reason."""

    decision = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("For turning down or striking: the teacher reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@login_required
@require_GET
def my_honours(request: HttpRequest) -> HttpResponse:
    """One's own honours, however they stand; there for teachers."""
    teacher = get_object_or_404(Teacher, user=request.user, merged_into=None)
    rows = Honour.objects.held_by(request.user).order_by("-given_on", "-pk")
    context = {
        "page": Paginator(rows, IN_A_PAGE).get_page(request.GET.get("page")),
        "teacher": teacher,
        "crumbs": [(_("Hours and trainings"), reverse("records:mine"))],
    }
    return render(request, "records/my_honours.html", context)


@login_required
@require_GET
def honours(request: HttpRequest) -> HttpResponse:
    """The honours of the teachers whose records one's offices keep, by state; to others the page is not there."""
    at = clock.now()
    if not access.offices(request.user, at, *Appointment.RECORD_OFFICES):
        raise Http404
    asked = request.GET.get("state", "")
    shown = asked if asked in State.values else State.SUBMITTED
    counts = queries.honour_counts(request.user, at)
    context = {
        "page": Paginator(queries.honours(request.user, at, shown), IN_A_PAGE).get_page(request.GET.get("page")),
        "tabs": [
            {"label": each.label, "address": f"?state={each}", "current": each == shown, "count": counts.get(each, 0)}
            for each in State
        ],
        "brings": bool(access.offices(request.user, at, *Honour.ENTERS)),
        "crumbs": [(_("Hours of teachers"), reverse("records:people"))],
    }
    return render(request, "records/honours.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def enter_honour(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter an honour; there for the teacher herself and the officers of her school and her bureau."""
    at = clock.now()
    teacher = get_object_or_404(_enterable(request, at), pk=pk)
    own = teacher.user_id == request.user.pk
    form = HonourForm(request.POST or None, request.FILES or None)
    made, status = deeds.done(
        request,
        form,
        lambda: honouring.enter(
            teacher=teacher, given=form.given(), scan=form.cleaned_data["scan"], by=request.user, at=at
        ),
    )
    if made:
        messages.success(request, _("The honour is entered. It stands on the record when the bureau has confirmed it."))
        return redirect("records:honour", pk=made.pk)
    crumbs = (
        [(_("My honours"), reverse("records:my_honours"))]
        if own
        else [(teacher.full_name, reverse("records:person", args=[teacher.pk]))]
    )
    context = {"form": form, "teacher": teacher, "own": own, "crumbs": crumbs}
    return render(request, "records/honour_form.html", context, status=status)


@login_required
@require_GET
def honour(request: HttpRequest, pk: int) -> HttpResponse:
    """One honour; for the bureau the way to decide about it."""
    at = clock.now()
    return _page(request, _visible(request, pk, at), at)


@login_required
@require_POST
def decide_honour(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm, turn down, or strike."""
    at = clock.now()
    managed = Honour.objects.managed_by(request.user, at)
    found = get_object_or_404(managed.select_related("teacher__merged_into"), pk=pk)
    form = DecisionForm(request.POST)
    said, status = deeds.done(request, form, lambda: _decide(request, found, form.cleaned_data["decision"], at))
    if said:
        messages.success(request, said)
        return redirect("records:honour", pk=pk)
    return _page(request, _visible(request, pk, at), at, form=form, status=status)


@login_required
@require_GET
def honour_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan of the paper."""
    found = get_object_or_404(Honour.objects.visible_to(request.user, clock.now()).exclude(file=""), pk=pk)
    return send_scan(found.file, found.digest, found.title)


def _decide(request: HttpRequest, found: Honour, decision: str, at: dt.datetime) -> str:
    """Do what the button says; what is said of it afterwards. An unknown button is refused as a page out of date."""
    who = {"honour": found, "by": request.user, "at": at}
    act = request.POST.get("act")
    if act == "confirm":
        honouring.confirm(**who)
        return _("Confirmed. The honour stands on the record, and the teacher has been told.")
    if act == "reject":
        honouring.turn_down(**who, decision=decision)
        return _("Turned down. The teacher has been told the reason.")
    if act == "strike":
        honouring.strike(**who, decision=decision)
        return _("Struck. The teacher has been told the reason.")
    raise honouring.HonourDecided()


def _enterable(request: HttpRequest, at: dt.datetime) -> QuerySet[Teacher]:
    own = Teacher.objects.filter(user=request.user, merged_into=None)
    return own | Teacher.objects.managed_by(request.user, at, *Honour.ENTERS)


def _visible(request: HttpRequest, pk: int, at: dt.datetime) -> Honour:
    rows = Honour.objects.visible_to(request.user, at)
    return get_object_or_404(rows.select_related("teacher__merged_into", "entered_by", "decided_by"), pk=pk)


def _page(
    request: HttpRequest, found: Honour, at: dt.datetime, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    own = found.person.user_id == request.user.pk
    context = {
        "honour": found,
        "may": honouring.may(found, request.user, at),
        "is_pdf": found.file.endswith(scans.PDF),
        "school": found.person.last_school_on(clock.local_date(at)),
        "form": form or DecisionForm(),
        "crumbs": [
            (_("My honours"), reverse("records:my_honours")) if own else (_("Honours"), reverse("records:honours"))
        ],
    }
    return render(request, "records/honour.html", context, status=status)
