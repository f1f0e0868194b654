"""A teacher's own pages: the exams open to her, her registration, its correction, her ticket and her result."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from exams import applying, eligibility, needs, on_record, pledging, roll, tickets
from exams.models import Candidate, Exam, Stage, StageEntry
from exams.views import next_steps
from exams.views.registration_forms import FactsForm, WithdrawForm
from lms.lib import clock
from lms.lib.http import send_pdf
from lms.lib.refusals import Refusal
from lms.people.models import Teacher

_HAS_TICKET = (StageEntry.State.TICKETED, StageEntry.State.PRESENT, StageEntry.State.MARKED)


@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """A teacher's exams: those she is registered for with what she can do now, and those she may register for."""
    at = clock.now()
    teacher = Teacher.objects.filter(user=request.user).first()
    cards = [_card(each, at) for each in roll.own_candidacies(request.user)]
    cards.sort(key=lambda card: not card["correctable"])  # what she must do comes first
    need = needs.of_teachers([teacher.pk], clock.local_date(at)).get(teacher.pk) if teacher else None
    context = {
        "granted": needs.words(need) if need else [],
        "need": need,
        "candidacies": cards,
        "open_exams": roll.open_exams(teacher, at) if teacher else [],
        "at": at,
        "teacher": teacher,
    }
    return render(request, "exams/mine.html", context)


def _card(candidate: Candidate, at: dt.datetime) -> dict:
    """One candidacy as her page shows it. A score stands here only once the stage's list has been public."""
    stages = list(candidate.exam.stages.all())
    first = stages[0]
    state = Candidate.State
    standing = candidate.state in (state.SUBMITTED, state.RETURNED, state.APPROVED)
    return {
        "candidate": candidate,
        "findings": applying.findings(candidate) if candidate.state in (state.RETURNED, state.REJECTED) else [],
        "correctable": candidate.state == state.RETURNED and first.state in next_steps.REVIEWING,
        "withdrawable": standing and first.state in next_steps.BEFORE_SITTING,
        "photo": standing and candidate.exam.asks_photo and first.state in next_steps.BEFORE_SITTING,
        "pledge_due": standing and first.state in next_steps.BEFORE_SITTING and pledging.is_due(candidate),
        "at_school": candidate.exam.asks_school and candidate.school_confirmed_at is None,
        "entries": [_entry_row(entry, at) for entry in candidate.entries.all()],
    }


def _entry_row(entry: StageEntry, at: dt.datetime) -> dict:
    """One stage of a candidacy: the ticket, on the day of the sitting the way in, and later the result."""
    decided = roll.is_out(entry.stage, entry.opens_on, at)
    has_ticket = entry.room_id is not None and entry.state in _HAS_TICKET
    sitting = entry.room.sitting if has_ticket else None
    return {
        "entry": entry,
        "has_ticket": has_ticket,
        "sits_today": sitting is not None
        and clock.local_date(sitting.starts_at) == clock.local_date(at)
        and at < sitting.ends_at,
        "results": list(entry.results.all()) if decided else [],
        "decided": decided,
        "final": entry.stage.state == Stage.State.FINALISED,
    }


@login_required
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """The registration form, filled from her record. What is typed is measured by the rules before it is sent: what
    she can mend is shown beside its field; what she cannot is explained, and sent only if she asks for it again."""
    at = clock.now()
    teacher = get_object_or_404(Teacher, user=request.user)
    found = get_object_or_404(Exam, pk__in=[each.pk for each in roll.open_exams(teacher, at)], pk=pk)
    if request.method != "POST":
        form = FactsForm(initial=known_facts(teacher, at))
        return _apply_page(request, found, teacher, form, at)
    form = FactsForm(request.POST)
    if not form.is_valid():
        return _apply_page(request, found, teacher, form, at, status=422)
    facts = applying.clean(form.facts()) | on_record.facts(found, [teacher], clock.local_date(at))[teacher.pk]
    last = applying.last_day(found)
    final = form.point_out(eligibility.findings(facts, found.eligibility, last))
    if form.errors or (final and "confirmed" not in request.POST):
        return _apply_page(request, found, teacher, form, at, final, status=422)
    try:
        made = applying.register(
            exam=found, teacher=teacher, facts=facts, pledged="pledged" in request.POST, by=request.user, at=at
        )
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _apply_page(request, found, teacher, form, at, status=refusal.status)
    if found.asks_photo:
        messages.success(request, _("Your registration has been handed in. Add your photo now, or later."))
        return redirect("exams:candidate_photo", pk=made.pk)
    messages.success(request, _("Your registration has been handed in and waits for review."))
    return redirect("exams:mine")


def _apply_page(request, found, teacher, form, at, final=(), status=200) -> HttpResponse:
    context = {
        "exam": found,
        "teacher": teacher,
        "school": teacher.school_on(clock.local_date(at)),
        "form": form,
        "final": final,
        "pledged": "pledged" in request.POST,
        "not_yet": at < found.registration_opens_at,
        "crumbs": [(_("My exams"), reverse("exams:mine"))],
    }
    return render(request, "exams/apply.html", context, status=status)


def known_facts(teacher: Teacher, at: dt.datetime) -> dict:
    """What her record says of the facts: those of her last registration, under her present post, school and phone."""
    before = teacher.candidacies.order_by("-pk").values_list("facts", flat=True).first() or {}
    known = FactsForm.initial_of(before) if before else {"has_certificate": True}
    held = teacher.posts.held_on(clock.local_date(at)).order_by("-from_on").first()
    if held:
        known |= {"post": held.post, "stage": held.stage}
    return known | {"in_service": True, "phone": teacher.user.phone or known.get("phone", "")}


def own_or_reviewed(request: HttpRequest, pk: int, at: dt.datetime) -> Candidate:
    """A registration that is the user's own, or one that she reviews; any other is not there for her."""
    mine = Candidate.objects.filter(teacher__user=request.user)
    reviewed = Candidate.objects.reviewed_by(request.user, at)
    both = Candidate.objects.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=reviewed.values("pk")))
    return get_object_or_404(both.select_related("exam__organisation", "teacher__user", "school"), pk=pk)


def came_from(found: Candidate, own: bool) -> tuple[str, str]:
    """The page that leads here and to which one returns: her own exams, or the officer's page of the candidate."""
    if own:
        return _("My exams"), reverse("exams:mine")
    return str(found.teacher), reverse("exams:candidate", args=[found.pk])


@login_required
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Mend a returned registration and hand it in again: the teacher herself, or an officer who reviews it. What can be
    mended and still is not as the rules ask is shown beside its field."""
    at = clock.now()
    found = own_or_reviewed(request, pk, at)
    own = found.teacher.user_id == request.user.pk
    form = FactsForm(request.POST if request.method == "POST" else None, initial=FactsForm.initial_of(found.facts))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            facts = applying.clean(form.facts())
            facts |= on_record.facts(found.exam, [found.teacher], clock.local_date(at))[found.teacher_id]
            form.point_out(eligibility.findings(facts, found.exam.eligibility, applying.last_day(found.exam)))
        if not form.errors:
            try:
                applying.correct(candidate=found, facts=facts, by=request.user, at=at)
            except Refusal as refusal:
                form.add_error(refusal.field, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The registration is corrected and waits for review again."))
                return redirect(came_from(found, own)[1])
    context = {
        "candidate": found,
        "exam": found.exam,
        "form": form,
        "own": own,
        "findings": applying.findings(found),
        "crumbs": [came_from(found, own)],
    }
    return render(request, "exams/correct.html", context, status=status)


@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a registration back, with a reason; the page names what follows before it is done."""
    at = clock.now()
    found = own_or_reviewed(request, pk, at)
    own = found.teacher.user_id == request.user.pk
    form = WithdrawForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                applying.withdraw(candidate=found, reason=form.cleaned_data["reason"], by=request.user, at=at)
            except Refusal as refusal:
                form.add_error(refusal.field, str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The registration is withdrawn."))
                return redirect(came_from(found, own)[1])
    context = {"candidate": found, "exam": found.exam, "form": form, "own": own, "crumbs": [came_from(found, own)]}
    return render(request, "exams/withdraw.html", context, status=status)


@login_required
@require_GET
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """The admission ticket as PDF: for its candidate, once she has agreed to the pledge, and for exam officers of the
    exam; once it is published."""
    at = clock.now()
    managed = Exam.objects.managed_by(request.user, at)
    entries = StageEntry.objects.exclude(ticketed_at=None).exclude(room=None).exclude(state=StageEntry.State.WITHDRAWN)
    mine_or_managed = entries.filter(candidate__teacher__user=request.user) | entries.filter(stage__exam__in=managed)
    entry = get_object_or_404(
        mine_or_managed.select_related(
            "candidate__teacher", "candidate__school", "candidate__exam__organisation", "stage", "room__site"
        ),
        pk=pk,
    )
    if entry.candidate.teacher.user_id == request.user.pk and pledging.is_due(entry.candidate):
        return redirect("exams:pledge", pk=entry.candidate_id)
    return send_pdf(tickets.pdf(entry), name=f"{entry.admission_number}.pdf")
