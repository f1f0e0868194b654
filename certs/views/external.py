"""Certificates from elsewhere: submitted by teachers or for them, looked at by officers, verified or turned down."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from certs import queries, vouching
from certs.models import ExternalCredential, ExternalType
from certs.views import deeds
from certs.views.dated import DayField
from lms.lib import clock, scans
from lms.lib.http import send_pdf
from lms.people import access
from lms.people.models import Teacher

IN_A_PAGE = 50
State = ExternalCredential.State
STATES = (State.TO_BE_VERIFIED, State.VERIFIED, State.REJECTED)


class TypeChoice(forms.ModelChoiceField):
    """A kind of certificate by its name and who issues it."""

    def __init__(self, *args, **more) -> None:
        super().__init__(*args, **{"empty_label": gettext_lazy("Choose a kind"), **more})

    def label_from_instance(self, kind: ExternalType) -> str:
        return f"{kind.name} · {kind.issuer}"


class SubmitForm(forms.Form):
    """`who` stays only for those who may submit for others; left empty it is oneself."""

    who = forms.CharField(
        label=gettext_lazy("Teacher"),
        max_length=60,
        help_text=gettext_lazy("The full name, or the identity number where several have the same name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Write whose certificate it is.")},
    )
    type = TypeChoice(
        queryset=None,
        label=gettext_lazy("Kind of certificate"),
        error_messages={"required": gettext_lazy("Choose what kind of certificate it is.")},
    )
    number = forms.CharField(
        label=gettext_lazy("Number of the certificate"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    issued_on = DayField(label=gettext_lazy("Date of issue"))
    expires_on = DayField(
        label=gettext_lazy("Valid until"), required=False, help_text=gettext_lazy("Empty where the paper names no end.")
    )
    scan = forms.FileField(
        label=gettext_lazy("Scan"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        error_messages={"required": gettext_lazy("Add a picture of the certificate, or a PDF.")},
    )

    def __init__(self, *args, for_others: bool, oneself: Teacher | None, types, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].queryset = types
        if not for_others:
            del self.fields["who"]
        elif oneself:
            self.fields["who"].required = False


class DecideForm(forms.Form):
    """`act` is "verify" or "turn_down": the one carries the digest of what was seen, the other a reason."""

    seen_digest = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason for turning it down"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Only where you turn it down: the teacher reads it and may submit again."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ListFilter(forms.Form):
    q = forms.CharField(required=False, max_length=60)


@login_required
@require_GET
def external_list(request: HttpRequest) -> HttpResponse:
    """The certificates from elsewhere of one's teachers, those that wait first; there for the offices that see them."""
    at = clock.now()
    if not access.offices(request.user, at, *ExternalCredential.OFFICES):
        raise Http404
    form = ListFilter(request.GET)
    words = form.cleaned_data["q"] if form.is_valid() else ""
    asked = request.GET.get("state", "")
    shown = asked if asked in STATES else State.TO_BE_VERIFIED
    rows = queries.external(request.user, at, state=shown, words=words)
    every = queries.external(request.user, at, words=words)
    context = {
        "page": Paginator(rows, IN_A_PAGE).get_page(request.GET.get("page")),
        "tabs": [
            {
                "label": State(each).label,
                "address": f"?state={each}",
                "current": each == shown,
                "count": every.filter(state=each).count(),
            }
            for each in STATES
        ],
        "shown": shown,
        "words": words,
        "submits": bool(access.offices(request.user, at, *vouching.SUBMITS)),
    }
    return render(request, "certs/external_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: HttpRequest) -> HttpResponse:
    """Submit one's own, or that of a teacher of one's school or bureau; to others the page is not there."""
    at = clock.now()
    oneself = Teacher.objects.filter(user=request.user, merged_into=None).first()
    offices = access.offices(request.user, at, *vouching.SUBMITS)
    if oneself is None and not offices:
        raise Http404
    types = _types(oneself, [each.organisation for each in offices], at)
    form = SubmitForm(
        request.POST or None, request.FILES or None, for_others=bool(offices), oneself=oneself, types=types
    )
    sent = request.method == "POST" and form.is_valid()
    teacher = _teacher(request, form, oneself, at) if sent else None
    made, status = deeds.done(request, form, lambda: _submit(request, teacher, form.cleaned_data, at))
    if made:
        messages.success(request, _("The certificate is submitted. It counts once an officer has verified it."))
        return redirect("certs:external", pk=made.pk)
    context = {"form": form, "types": types.exists(), "crumbs": _crumbs(request, at)}
    return render(request, "certs/external_form.html", context, status=status)


def _submit(request: HttpRequest, teacher: Teacher, typed: dict, at: dt.datetime) -> ExternalCredential:
    return vouching.submit(
        teacher=teacher,
        kind=typed["type"],
        number=typed["number"],
        issued_on=typed["issued_on"],
        expires_on=typed["expires_on"],
        scan=typed["scan"],
        by=request.user,
        at=at,
    )


@login_required
@require_GET
def external(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate from elsewhere with its scan; for officers who may decide, the way to do so."""
    at = clock.now()
    return _page(request, _visible(request, pk, at), at)


@login_required
@require_GET
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The scan: a picture to look at, or a PDF to save; never anything that a browser would run."""
    found = _visible(request, pk, clock.now())
    kept = scans.read(found.scan, found.scan_digest)
    if kept is None:
        raise Http404
    if kept.ending == scans.PDF:
        return send_pdf(kept.content, name=f"{found.type.name} {found.teacher.full_name}.pdf")
    response = HttpResponse(kept.content, content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    return response


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify it, or turn it down with a reason."""
    at = clock.now()
    managed = ExternalCredential.objects.managed_by(request.user, at)
    found = get_object_or_404(managed.select_related("type__equals", "teacher", "submitted_by"), pk=pk)
    form = DecideForm(request.POST)
    decided, status = deeds.done(request, form, lambda: _decide(request, found, form.cleaned_data, at))
    if decided:
        return redirect("certs:external_list")
    found.refresh_from_db()
    return _page(request, found, at, form=form, status=status)


def _decide(request: HttpRequest, found: ExternalCredential, typed: dict, at: dt.datetime) -> ExternalCredential:
    if request.POST.get("act") == "turn_down":
        decided = vouching.turn_down(credential=found, reason=typed["reason"], by=request.user, at=at)
        messages.success(request, _("Turned down. The teacher has been told the reason and may submit again."))
        return decided
    decided = vouching.verify(credential=found, seen_digest=typed["seen_digest"], by=request.user, at=at)
    messages.success(request, _("Verified. The teacher has been told."))
    return decided


def _page(request: HttpRequest, found: ExternalCredential, at: dt.datetime, *, form=None, status: int = 200):
    kept = scans.read(found.scan, found.scan_digest)
    manages = ExternalCredential.objects.managed_by(request.user, at).filter(pk=found.pk).exists()
    context = {
        "credential": found,
        "type": found.type,
        "scan_is": "" if kept is None else "pdf" if kept.ending == scans.PDF else "picture",
        "school": found.teacher.school_on(clock.local_date(at)),
        "over": bool(found.expires_on and found.expires_on < clock.local_date(at)),
        "own": found.teacher.user_id == request.user.pk,
        "manages": manages,
        "may_decide": vouching.may_decide(found, request.user, at),
        "seen_digest": vouching.view_digest(found),
        "form": form or DecideForm(),
        "crumbs": _crumbs(request, at),
    }
    return render(request, "certs/external.html", context, status=status)


def _visible(request: HttpRequest, pk: int, at: dt.datetime) -> ExternalCredential:
    rows = ExternalCredential.objects.visible_to(request.user, at)
    related = ("type__equals__scheme", "type__authority", "teacher__merged_into", "submitted_by", "decided_by")
    return get_object_or_404(rows.select_related(*related), pk=pk)


def _types(oneself: Teacher | None, units: list, at: dt.datetime):
    """What may be submitted: the kinds taken in at one's own school, and at the units of one's offices or below."""
    today = clock.local_date(at)
    school = oneself.school_on(today) if oneself else None
    found = queries.types_taken_at([*units, *([school] if school else [])], today)
    below = access.under("authority__path", [unit.path for unit in units])
    return (found | ExternalType.objects.held_on(today).filter(below).select_related("authority", "equals")).distinct()


def _teacher(request: HttpRequest, form: SubmitForm, oneself: Teacher | None, at: dt.datetime) -> Teacher | None:
    """Whose certificate it is; None, and said at the field, where that is not clear."""
    words = form.cleaned_data.get("who", "")
    if not words:
        return oneself
    found = list(queries.teachers_called(words, request.user, at, *vouching.SUBMITS)[:2])
    if len(found) == 1:
        return found[0]
    form.add_error(
        "who",
        _("Several teachers have this name. Write the identity number.")
        if found
        else _("Nobody of this name or number is at a school of yours. Write it as on the record."),
    )
    return None


def _crumbs(request: HttpRequest, at: dt.datetime) -> list[tuple[str, str]]:
    if access.offices(request.user, at, *ExternalCredential.OFFICES):
        return [(_("Certificates from elsewhere"), reverse("certs:external_list"))]
    return [(_("My certificates"), reverse("certs:mine"))]
