"""A teacher's claims of hours: drafted, proved by scans, handed in; and one claim as everybody sees it who may."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.lib import clock, deeds, scans
from lms.lib.http import send_pdf
from lms.lib.refusals import Refusal
from lms.people.models import Teacher
from lms.people.record_forms import DayField
from lms.records import claiming, queries, recognising
from lms.records.models import Conversion, HourClaim, HourClaimProof

IN_A_PAGE = 50
_CHOOSE = ("", pgettext_lazy("claim", "Choose one"))


class DeedForm(forms.Form):
    kind = forms.ChoiceField(label=pgettext_lazy("claim", "Kind"), choices=[])
    title = forms.CharField(label=gettext_lazy("What it was"), max_length=160)
    organiser = forms.CharField(
        label=gettext_lazy("Held or published by"),
        max_length=120,
        help_text=gettext_lazy("The journal, the jury, or whoever held the training."),
    )
    level = forms.ChoiceField(label=gettext_lazy("Level of the organiser"), choices=[_CHOOSE, *HourClaim.Level.choices])
    begun_on = DayField(label=pgettext_lazy("claim", "First day"))
    done_on = DayField(
        label=pgettext_lazy("claim", "Last day"),
        help_text=gettext_lazy("The hours belong to the training year of this day. One day earns only so many."),
    )
    hours = forms.DecimalField(
        label=gettext_lazy("Hours claimed"),
        max_digits=4,
        decimal_places=1,
        help_text=gettext_lazy(
            "Of 45 minutes, as the paper states them. Where the rules give a number, that one counts."
        ),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.5", "min": "0.5"}),
    )

    def __init__(self, *args, kinds: list[Conversion], **more) -> None:
        super().__init__(*args, **more)
        self.fields["kind"].choices = [_CHOOSE, *((each.kind, each.get_kind_display()) for each in kinds)]


class ProofForm(forms.Form):
    scan = forms.FileField(
        label=pgettext_lazy("claim", "Scan"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        error_messages={"required": gettext_lazy("Add a picture of the paper, or a PDF.")},
    )


class DecideForm(forms.Form):
    """`act` is the button: "verify" and "recognise" need nothing, the others a reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("For returning, turning down or taking back: the teacher reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@login_required
@require_GET
def my_claims(request: HttpRequest) -> HttpResponse:
    """One's own claims, the newest first, and what earns hours at one's school; there for teachers."""
    teacher = _oneself(request)
    rows = HourClaim.objects.held_by(request.user).select_related("entry").order_by("-drafted_at", "-pk")
    context = {
        "page": Paginator(rows, IN_A_PAGE).get_page(request.GET.get("page")),
        "credits": queries.credits(teacher, clock.local_date(clock.now())),
        "crumbs": [(_("Hours and trainings"), reverse("records:mine"))],
    }
    return render(request, "records/my_claims.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_claim(request: HttpRequest) -> HttpResponse:
    """Begin a claim."""
    at = clock.now()
    teacher = _oneself(request)
    credits = queries.credits(teacher, clock.local_date(at))
    form = DeedForm(request.POST or None, kinds=credits)
    made, status = deeds.done(
        request, form, lambda: claiming.draft(teacher=teacher, deed=_deed(form), by=request.user, at=at)
    )
    if made:
        messages.success(request, _("The draft is kept. Add the scans that prove it, then hand it in."))
        return redirect("records:claim", pk=made.pk)
    crumbs = [(_("My claims of hours"), reverse("records:my_claims"))]
    return render(
        request, "records/claim_form.html", {"form": form, "credits": credits, "crumbs": crumbs}, status=status
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a draft or a returned claim right; there for its teacher while it is in her hands."""
    at = clock.now()
    found = _own_open(request, pk)
    credits = queries.credits(found.person, clock.local_date(at))
    kept = {name: getattr(found, name) for name in DeedForm.base_fields}
    form = DeedForm(request.POST or None, kinds=credits, initial=kept)
    changed, status = deeds.done(
        request, form, lambda: claiming.change(claim=found, deed=_deed(form), by=request.user, at=at)
    )
    if changed:
        messages.success(request, _("The claim is changed."))
        return redirect("records:claim", pk=pk)
    crumbs = [(found.title, reverse("records:claim", args=[pk]))]
    context = {"form": form, "credits": credits, "crumbs": crumbs, "claim": found}
    return render(request, "records/claim_form.html", context, status=status)


@login_required
@require_GET
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """One claim with its scans and its steps; for its teacher the way to hand it in, for officers to decide."""
    at = clock.now()
    return page(request, _visible(request, pk, at), at)


@login_required
@require_POST
def add_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a scan."""
    at = clock.now()
    found = _own_open(request, pk)
    form = ProofForm(request.POST, request.FILES)
    added, status = deeds.done(
        request,
        form,
        lambda: claiming.add_proof(claim=found, scan=form.cleaned_data["scan"], by=request.user, at=at),
    )
    if added:
        messages.success(request, _("The scan is added."))
        return redirect("records:claim", pk=pk)
    return page(request, found, at, proof_form=form, status=status)


@login_required
@require_POST
def remove_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a scan out again."""
    rows = HourClaimProof.objects.filter(claim__in=HourClaim.objects.held_by(request.user))
    proof = get_object_or_404(rows.select_related("claim"), pk=pk)
    claiming.remove_proof(proof=proof, by=request.user, at=clock.now())
    messages.success(request, _("The scan is removed."))
    return redirect("records:claim", pk=proof.claim_id)


@login_required
@require_POST
def submit_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a claim in."""
    at = clock.now()
    found = _own_open(request, pk)
    try:
        claiming.submit(claim=found, by=request.user, at=at)
    except Refusal as refusal:
        return page(request, found, at, sentence=str(refusal), status=refusal.status)
    messages.success(request, _("The claim is handed in. Your school looks at it first, then the bureau."))
    return redirect("records:claim", pk=pk)


@login_required
@require_GET
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """A scan: a picture to look at, or a PDF to save; never anything that a browser would run."""
    visible = HourClaim.objects.visible_to(request.user, clock.now())
    found = get_object_or_404(HourClaimProof.objects.filter(claim__in=visible).select_related("claim"), pk=pk)
    kept = scans.read(found.file, found.digest)
    if kept is None:
        raise Http404
    if kept.ending == scans.PDF:
        return send_pdf(kept.content, name=f"{found.claim.title}.pdf")
    response = HttpResponse(kept.content, content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    return response


def page(
    request: HttpRequest,
    found: HourClaim,
    at: dt.datetime,
    *,
    proof_form: forms.Form | None = None,
    form: forms.Form | None = None,
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of a claim, also where something was refused."""
    own = found.person.user_id == request.user.pk
    may = recognising.may(found, request.user, at)
    context = {
        "claim": found,
        "own": own,
        "is_open": own and found.state in HourClaim.OPEN,
        "may": may,
        "worth": _worth(found) if "recognise" in may or "verify" in may else None,
        "proofs": [(each, each.file.endswith(scans.PDF)) for each in found.proofs.order_by("pk")],
        "most_proofs": claiming.MOST_PROOFS,
        "events": [_event(each) for each in found.steps.select_related("by").order_by("pk")],
        "school": found.person.school_on(clock.local_date(at)),
        "proof_form": proof_form or ProofForm(),
        "form": form or DecideForm(),
        "sentence": sentence,
        "crumbs": [
            (_("My claims of hours"), reverse("records:my_claims"))
            if own
            else (_("Claims of hours"), reverse("records:claim_queue"))
        ],
    }
    return render(request, "records/claim.html", context, status=status)


def _worth(found: HourClaim) -> recognising.Worth | None:
    """What it would earn now; None where the rules of its day give it nothing any more."""
    try:
        return recognising.worth(found)
    except Refusal:
        return None


def _event(step) -> dict[str, object]:
    back = step.state in (HourClaim.State.RETURNED, HourClaim.State.REJECTED, HourClaim.State.REVERSED)
    what = step.get_state_display()
    return {"what": what, "text": step.reason, "who": step.by, "at": step.at, "kind": "back" if back else ""}


def _deed(form: DeedForm) -> claiming.Deed:
    return claiming.Deed(**form.cleaned_data)


def _oneself(request: HttpRequest) -> Teacher:
    return get_object_or_404(Teacher, user=request.user, merged_into=None)


def _own_open(request: HttpRequest, pk: int) -> HourClaim:
    rows = HourClaim.objects.held_by(request.user).filter(state__in=HourClaim.OPEN)
    return get_object_or_404(rows.select_related("teacher__merged_into"), pk=pk)


def _visible(request: HttpRequest, pk: int, at: dt.datetime) -> HourClaim:
    rows = HourClaim.objects.visible_to(request.user, at)
    related = ("teacher__merged_into", "entry")
    return get_object_or_404(rows.select_related(*related), pk=pk)
