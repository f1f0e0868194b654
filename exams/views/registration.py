"""Pages of officers: the exams, one exam with its next act, and the review of registrations."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from exams import applying, convening, eligibility, outline, queries, roll, wording
from exams.models import Candidate, Exam
from exams.models.panel import BOARD_OFFICES
from exams.views import next_steps
from exams.views.registration_forms import DecisionForm, QueueFilter, WithdrawForm
from lms.lib import clock, masking
from lms.lib.http import row_ids
from lms.lib.refusals import Refusal
from lms.people import access

IN_A_PAGE = 30


@login_required
@require_GET
def exam_list(request: HttpRequest) -> HttpResponse:
    """The exams a user watches over or reviews; a teacher without such an office gets her own page instead."""
    at = clock.now()
    if not roll.may_review(request.user, at):
        return redirect("exams:mine")
    page = Paginator(roll.exam_list(request.user, at), IN_A_PAGE).get_page(request.GET.get("page"))
    may_convene = outline.authorities(request.user, at).exists()
    return render(request, "exams/list.html", {"page": page, "at": at, "may_convene": may_convene})


@login_required
@require_GET
def exam(request: HttpRequest, pk: int) -> HttpResponse:
    """One exam: its stages with their state and figures, and the one next act."""
    at = clock.now()
    found = get_object_or_404(roll.visible_exams(request.user, at).select_related("organisation", "level"), pk=pk)
    managed = Exam.objects.managed_by(request.user, at).filter(pk=pk).exists()
    outcomes = queries.stages_with_results(request.user, at).filter(exam=found).exists()
    may_review = Candidate.objects.reviewed_by(request.user, at).filter(exam=found).exists()
    stages = roll.stage_views(found)
    counts = roll.candidate_counts(Candidate.objects.visible_to(request.user, at).filter(exam=found))
    step = next_steps.next_step(found, stages, counts, request.user, at)
    context = {
        "exam": found,
        "stages": [(each, next_steps.facts(each, outcomes), *next_steps.phases(each.stage)) for each in stages],
        "counts": counts,
        "funnel": next_steps.funnel(queries.funnel(found)) if outcomes else [],
        "managed": managed,
        "attends": access.covers(request.user, found.organisation, at, *BOARD_OFFICES),
        "watched": Exam.objects.watched_by(request.user, at).filter(pk=pk).exists(),
        "step": step if managed or step.is_for(decides=outcomes, reviews=may_review) else None,
        "may_review": may_review,
        "crumbs": [(_("Exams"), reverse("exams:list"))],
    }
    return render(request, "exams/exam.html", context)


@login_required
@require_POST
def open_registration(request: HttpRequest, pk: int) -> HttpResponse:
    """Announce the exam."""
    at = clock.now()
    found = get_object_or_404(Exam.objects.managed_by(request.user, at), pk=pk)
    convening.open_registration(exam=found, by=request.user, at=at)
    messages.success(request, _("Registration is announced. Teachers see the exam and register within its window."))
    return redirect("exams:exam", pk=pk)


@login_required
@require_POST
def close_registration(request: HttpRequest, pk: int) -> HttpResponse:
    """End registration after its window."""
    at = clock.now()
    found = get_object_or_404(Exam.objects.managed_by(request.user, at), pk=pk)
    convening.close_registration(exam=found, by=request.user, at=at)
    messages.success(request, _("Registration is closed. Decide what still waits, then arrange the seats."))
    return redirect("exams:exam", pk=pk)


@login_required
def candidates(request: HttpRequest, pk: int) -> HttpResponse:
    """The review queue: filtered by the address, in pages; the selected ones without findings approved at once."""
    at = clock.now()
    found = get_object_or_404(roll.visible_exams(request.user, at).select_related("organisation"), pk=pk)
    everyone = roll.candidates(request.user, at, found)
    if request.method == "POST":
        _approve_selected(request, found, at)
        return redirect(request.get_full_path())
    chosen = QueueFilter(roll.units_of(found), request.GET)
    wanted = chosen.cleaned_data if chosen.is_valid() else {"state": "", "unit": "", "q": ""}
    listed = roll.search(everyone, state=wanted["state"], unit=wanted["unit"], words=wanted["q"].strip())
    page = Paginator(listed, IN_A_PAGE).get_page(request.GET.get("page"))
    reviewable = set(
        Candidate.objects.reviewed_by(request.user, at)
        .filter(pk__in=[each.pk for each in page], state=Candidate.State.SUBMITTED)
        .values_list("pk", flat=True)
    )
    rows = []
    for each in page:
        # Only what waits is measured: what was decided shows its decision, not today's arithmetic.
        findings = applying.findings(each) if each.state == Candidate.State.SUBMITTED else []
        rows.append((each, findings, each.pk in reviewable and not findings))
    context = {
        "exam": found,
        "form": chosen,
        "page": page,
        "rows": rows,
        "selectable": any(clean for *_row, clean in rows),
        "counts": roll.candidate_counts(everyone),
        "crumbs": _crumbs(found),
    }
    return render(request, "exams/candidates.html", context)


def _approve_selected(request: HttpRequest, found: Exam, at: dt.datetime) -> None:
    chosen = row_ids(request.POST.getlist("candidate"))
    mine = Candidate.objects.reviewed_by(request.user, at).filter(exam=found, pk__in=chosen[:IN_A_PAGE])
    approved = refused = 0
    for each in mine.select_related("teacher__user", "exam"):
        try:
            applying.approve(candidate=each, by=request.user, at=at)
            approved += 1
        except Refusal as refusal:
            refused += 1
            messages.error(request, f"{each.teacher.full_name}: {refusal}")
    if approved:
        text = ngettext("{n} registration approved.", "{n} registrations approved.", approved)
        messages.success(request, text.format(n=approved))
    elif not refused:
        messages.error(request, _("Nothing was selected. Tick the registrations to approve first."))


@login_required
@require_GET
def candidate(request: HttpRequest, pk: int) -> HttpResponse:
    """One registration: what was stated, what the rules say to it, its history, and the decision."""
    at = clock.now()
    return _candidate_page(request, _seen_candidate(request, pk, at), at)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, return or decide against a registration; a refusal is shown beside what was typed."""
    at = clock.now()
    found = _seen_candidate(request, pk, at)
    act = request.POST.get("act", "")
    kind = {"return": "fixable", "reject": "final"}.get(act)
    form = DecisionForm(applying.findings(found), kind, request.POST) if kind else None
    try:
        if form is None:
            applying.approve(candidate=found, by=request.user, at=at)
        elif not form.is_valid():
            return _candidate_page(request, found, at, form, status=422)
        else:
            verb = applying.give_back if act == "return" else applying.reject
            typed = form.cleaned_data
            verb(candidate=found, rule=typed["rule"], reason=typed["reason"], by=request.user, at=at)
    except Refusal as refusal:
        if form is None:
            messages.error(request, str(refusal))
            return redirect("exams:candidate", pk=pk)
        form.add_error(refusal.field, str(refusal))
        return _candidate_page(request, found, at, form, status=refusal.status)
    messages.success(request, _done(found))
    return redirect("exams:candidate", pk=pk)


def _done(found: Candidate) -> str:
    return {
        Candidate.State.APPROVED: _("The registration is approved; the teacher has been told."),
        Candidate.State.RETURNED: _("The registration is returned for correction; the teacher has been told."),
        Candidate.State.REJECTED: _("The registration is not approved; the teacher has been told."),
    }[found.state]


def _seen_candidate(request: HttpRequest, pk: int, at: dt.datetime) -> Candidate:
    """A candidate that the user sees as an officer: her own registration she finds on her own page."""
    seen = Candidate.objects.visible_to(request.user, at).of_others(request.user)
    return get_object_or_404(seen.select_related("teacher__user", "school", "exam__organisation", "reviewed_by"), pk=pk)


def _candidate_page(
    request: HttpRequest, found: Candidate, at: dt.datetime, bound=None, status: int = 200
) -> HttpResponse:
    findings = applying.findings(found)
    first = found.exam.stages.get(number=1)
    reviewer = Candidate.objects.reviewed_by(request.user, at).filter(pk=found.pk).exists()
    deciding = reviewer and found.state == Candidate.State.SUBMITTED and first.state in next_steps.REVIEWING
    forms = {kind: DecisionForm(findings, kind) for kind in ("fixable", "final")}
    if bound is not None:
        forms[bound.prefix] = bound
    withdrawable = (Candidate.State.SUBMITTED, Candidate.State.RETURNED, Candidate.State.APPROVED)
    context = {
        "candidate": found,
        "exam": found.exam,
        "findings": findings,
        "suggested": _suggested(findings),
        "stated": wording.fact_labels(found.facts if reviewer else _without_phone(found.facts)),
        "rules": next_steps.rule_states(found, findings),
        "history": next_steps.history(roll.history(found)),
        "deciding": deciding,
        "correctable": reviewer and found.state == Candidate.State.RETURNED and first.state in next_steps.REVIEWING,
        "withdrawable": reviewer and found.state in withdrawable and first.state in next_steps.BEFORE_SITTING,
        "withdraw_form": WithdrawForm(),
        "return_form": forms["fixable"],
        "reject_form": forms["final"],
        "crumbs": [
            *_crumbs(found.exam),
            (_("Registrations"), reverse("exams:candidates", args=[found.exam_id])),
        ],
    }
    return render(request, "exams/candidate.html", context, status=status)


def _without_phone(facts: dict) -> dict:
    """What those who only look on may read: the telephone number is for who reviews."""
    return {**facts, "phone": masking.mask_phone(facts.get("phone", ""))}


def _suggested(findings: list[eligibility.Finding]) -> str:
    """The decision that the findings ask for; its form stands open."""
    if any(each.kind == "final" for each in findings):
        return "reject"
    return "return" if findings else "approve"


def _crumbs(found: Exam) -> list[tuple[str, str]]:
    return [(_("Exams"), reverse("exams:list")), (found.name, reverse("exams:exam", args=[found.pk]))]
