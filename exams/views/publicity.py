"""The public list of a stage: proposed, decided by another, read by anyone; final results and awards."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.views.decorators.http import require_GET, require_POST

from exams import awarding, releasing, roll
from exams.models import Exam, PublicNotice, Stage, StageEntry
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access, signing

IN_A_PAGE = 50


class OpensForm(forms.Form):
    opens_on = forms.DateField(
        label=_later("First day of publicity"),
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )


class SignForm(forms.Form):
    """The second person's yes; `seen` is the digest of the list that stood on her page."""

    seen = forms.CharField(widget=forms.HiddenInput)
    password = forms.CharField(
        label=_later("Your password, to sign"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ReturnForm(forms.Form):
    """Her no, with the reason that the proposer reads."""

    reason = forms.CharField(
        label=_later("Reason for returning it"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class IssueForm(forms.Form):
    issue_on = forms.DateField(
        label=_later("Date of issue"),
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )


@login_required
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """What the public would see, and from which day to which, before it is proposed."""
    at = clock.now()
    stage = _managed_stage(request, pk, at)
    standing = stage.notices.exclude(state=PublicNotice.State.RETURNED).first()
    if standing is not None:
        return redirect("exams:notice", pk=standing.pk)
    today = clock.local_date(at)
    form = OpensForm(request.POST or request.GET or None, initial={"opens_on": today})
    status = 200
    opens_on = form.cleaned_data["opens_on"] if form.is_bound and form.is_valid() else today
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                notice = releasing.propose_publicity(stage=stage, opens_on=opens_on, by=request.user, at=at)
            except Refusal as refusal:
                form.add_error(refusal.field, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The list is proposed. A second person decides on it."))
                return redirect("exams:notice", pk=notice.pk)
    context = {"stage": stage, "exam": stage.exam, "form": form, "crumbs": _crumbs(stage.exam)}
    context |= _preview(stage, opens_on)
    return render(request, "exams/propose_publicity.html", context, status=status)


def _preview(stage: Stage, opens_on: dt.date) -> dict:
    """The rows as they would stand, or the sentence why there are none yet."""
    try:
        seen = releasing.what_is_seen(stage, opens_on)
    except Refusal as refusal:
        return {"rows": [], "missing": str(refusal)}
    return {
        "rows": seen["rows"],
        "passed": sum(row["passed"] for row in seen["rows"]),
        "opens_on": opens_on,
        "closes_on": dt.date.fromisoformat(seen["closes_on"]),
    }


@login_required
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """A proposed list with its two-person box; deciding asks for the password again."""
    at = clock.now()
    watched = Exam.objects.watched_by(request.user, at)
    found = get_object_or_404(
        PublicNotice.objects.filter(stage__exam__in=watched).select_related(
            "stage__exam__organisation", "proposed_by", "decided_by"
        ),
        pk=pk,
    )
    if request.method != "POST":
        return _notice_page(request, found, at)
    form = (ReturnForm if request.POST.get("act") == "return" else SignForm)(request.POST)
    if not form.is_valid():
        return _notice_page(request, found, at, form, 422)
    try:
        if isinstance(form, ReturnForm):
            releasing.return_publicity(notice=found, reason=form.cleaned_data["reason"], by=request.user, at=at)
            messages.success(request, _("The list is returned to its proposer."))
        else:
            signing.confirm(request.user, form.cleaned_data["password"], at)
            releasing.open_publicity(notice=found, seen_digest=form.cleaned_data["seen"], by=request.user, at=at)
            messages.success(request, _("The list opens on its first day; the candidates have been told."))
    except Refusal as refusal:
        field = refusal.field if refusal.field in form.fields else None
        form.add_error(field, str(refusal))
        return _notice_page(request, found, at, form, refusal.status)
    return redirect("exams:notice", pk=pk)


def _notice_page(
    request: HttpRequest, found: PublicNotice, at: dt.datetime, bound: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    covers = access.covers(request.user, found.stage.exam.organisation, at, *releasing.DECIDERS)
    own = found.proposed_by_id == request.user.pk
    context = {
        "notice": found,
        "stage": found.stage,
        "exam": found.stage.exam,
        "sign_form": bound if isinstance(bound, SignForm) else SignForm(initial={"seen": found.seen_digest}),
        "return_form": bound if isinstance(bound, ReturnForm) else ReturnForm(),
        "page": Paginator(found.rows, IN_A_PAGE).get_page(request.GET.get("page")),
        "own": own,
        "may_decide": covers and not own and found.state == PublicNotice.State.PROPOSED,
        "is_public": found.state == PublicNotice.State.APPROVED
        and found.opens_on <= clock.local_date(at) <= found.closes_on,
        "crumbs": _crumbs(found.stage.exam),
    }
    return render(request, "exams/notice.html", context, status=status)


@login_required
@require_POST
def finalise(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a stage's results final after its publicity."""
    at = clock.now()
    stage = _managed_stage(request, pk, at)
    releasing.finalise(stage=stage, by=request.user, at=at)
    messages.success(request, _("The results are final; the candidates have been told."))
    return redirect("exams:exam", pk=stage.exam_id)


@login_required
def award(request: HttpRequest, pk: int) -> HttpResponse:
    """Who would be certified, and the date of issue, before the list is proposed."""
    at = clock.now()
    exam = get_object_or_404(
        Exam.objects.managed_by(request.user, at).select_related("organisation", "level__scheme"), pk=pk
    )
    form = IssueForm(request.POST or None, initial={"issue_on": clock.local_date(at)})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                awarding.propose(exam=exam, issue_on=form.cleaned_data["issue_on"], by=request.user, at=at)
            except Refusal as refusal:
                field = refusal.field if refusal.field in form.fields else None
                form.add_error(field, str(refusal))
                status = refusal.status
            else:
                messages.success(
                    request, _("The list is proposed. Another person signs it, and the certificates are issued.")
                )
                return redirect("exams:exam", pk=pk)
    passers = (
        StageEntry.objects.filter(stage=exam.stages.last(), state=StageEntry.State.PASSED)
        .select_related("candidate__teacher", "candidate__school")
        .order_by("candidate__number")
    )
    context = {
        "exam": exam,
        "form": form,
        "page": Paginator(passers, IN_A_PAGE).get_page(request.GET.get("page")),
        "crumbs": _crumbs(exam),
    }
    return render(request, "exams/award.html", context, status=status)


@require_GET
def public_notices(request: HttpRequest) -> HttpResponse:
    """The lists that are public today, for anyone."""
    notices = roll.public_notices(clock.local_date(clock.now()))
    return render(request, "exams/public_notices.html", {"notices": notices})


@require_GET
def public_notice(request: HttpRequest, token: str) -> HttpResponse:
    """One public list, from its first to its last day; before and after it is not there."""
    found = get_object_or_404(roll.public_notices(clock.local_date(clock.now())), token=token)
    return render(request, "exams/public_notice.html", {"notice": found, "exam": found.stage.exam})


def _managed_stage(request: HttpRequest, pk: int, at: dt.datetime) -> Stage:
    managed = Exam.objects.managed_by(request.user, at)
    return get_object_or_404(Stage.objects.filter(exam__in=managed).select_related("exam__organisation"), pk=pk)


def _crumbs(exam: Exam) -> list[tuple[str, str]]:
    return [(_("Exams"), reverse("exams:list")), (exam.name, reverse("exams:exam", args=[exam.pk]))]
