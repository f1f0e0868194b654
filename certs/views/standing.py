"""One certificate with its history; and, for those who certify, its suspension, lifting, cancellation, revocation."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from certs import queries, revoking, wording
from certs.models import Credential, StateChange
from certs.views import deeds
from certs.views.holding import code, visible
from lms.lib import clock
from lms.people import access, signing

WAYS = {
    "suspended": gettext_lazy("Suspend: not valid until the suspension is lifted"),
    "issued": gettext_lazy("Lift the suspension: valid again"),
    "cancelled": gettext_lazy("Cancel: ended for good, without blame"),
    "revoked": gettext_lazy("Revoke: ended for good, as a sanction"),
}
# The button that approves names what it does.
DEEDS = {
    "suspended": pgettext_lazy("deed", "Suspend this certificate"),
    "issued": pgettext_lazy("deed", "Lift the suspension"),
    "cancelled": pgettext_lazy("deed", "Cancel this certificate"),
    "revoked": pgettext_lazy("deed", "Revoke this certificate"),
}


class ProposeForm(forms.Form):
    to_state = forms.ChoiceField(
        label=gettext_lazy("What is to happen"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is to happen to the certificate.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        help_text=gettext_lazy("Kept in the journal and shown to the holder; the public never sees it."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write the reason.")},
    )

    def __init__(self, credential: Credential, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        ways = revoking.WAYS.get(Credential.State(credential.state), ())
        self.fields["to_state"].choices = [(str(way), WAYS[way]) for way in ways]


class DecideForm(deeds.SecondPersonForm):
    reason_hint = gettext_lazy("Only where you return the proposal: why.")


@login_required
@require_GET
def credential(request: HttpRequest, pk: int) -> HttpResponse:
    """One certificate: what it says, how it stands, what happened to it."""
    at = clock.now()
    return _page(request, visible(request, pk, at), at)


@login_required
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose a change of standing; a second person decides."""
    at = clock.now()
    found = get_object_or_404(Credential.objects.managed_by(request.user, at).issued(), pk=pk)
    form = ProposeForm(found, request.POST)
    proposed, status = deeds.done(
        request, form, lambda: revoking.propose(credential=found, by=request.user, at=at, **form.cleaned_data)
    )
    if proposed:
        messages.success(request, _("The change is proposed. It takes effect when another person approves it."))
        return redirect("certs:credential", pk=pk)
    return _page(request, visible(request, pk, at), at, propose_form=form, status=status)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a proposed change with one's password, or return it with a reason."""
    at = clock.now()
    change = get_object_or_404(StateChange.objects.managed_by(request.user, at), pk=pk)
    form = DecideForm(request.POST)
    decided, status = deeds.done(request, form, lambda: _decide(request, change, form.cleaned_data, at))
    if decided:
        return redirect("certs:credential", pk=change.credential_id)
    return _page(request, visible(request, change.credential_id, at), at, decide_form=form, status=status)


def _decide(request: HttpRequest, change: StateChange, typed: dict, at: dt.datetime) -> StateChange | Credential:
    if request.POST.get("act") == "return":
        returned = revoking.give_back(change=change, reason=typed["reason"], by=request.user, at=at)
        messages.success(request, _("The proposal is returned. The certificate stands as before."))
        return returned
    signing.confirm(request.user, typed["password"], at)
    changed = revoking.approve(change=change, by=request.user, at=at)
    said = _("The certificate is now: %(standing)s. The verification page says so at once, and the holder is told.")
    messages.success(request, said % {"standing": wording.STANDINGS[changed.state]})
    return changed


def _page(
    request: HttpRequest, found: Credential, at: dt.datetime, *, propose_form=None, decide_form=None, status: int = 200
) -> HttpResponse:
    acts = access.covers(request.user, found.level.scheme.authority, at, *revoking.OFFICES)
    manages = Credential.objects.managed_by(request.user, at).filter(pk=found.pk).exists()
    change = queries.open_change(found) if manages else None
    own = change is not None and change.proposed_by_id == request.user.pk
    context = {
        "card": queries.card(found, at),
        "credential": found,
        "holder": found.teacher.user_id == request.user.pk,
        "manages": manages,
        "withdrawn": found.state in Credential.WITHDRAWN,
        "verified": found.verifications.count(),
        "history": queries.history(found),
        "change": change,
        "change_title": change and WAYS[change.to_state],
        "deed": change and DEEDS[change.to_state],
        "own": own,
        "may_decide": acts and change is not None and not own,
        "may_propose": acts and change is None and bool(revoking.WAYS.get(Credential.State(found.state))),
        "propose_form": propose_form or ProposeForm(found),
        "decide_form": decide_form or DecideForm(),
        "crumbs": _crumbs(found, manages),
        **code(found),
    }
    return render(request, "certs/credential.html", context, status=status)


def _crumbs(found: Credential, manages: bool) -> list[tuple[str, str]]:
    crumbs = [(_("Certificates"), reverse("certs:mine"))]
    if manages:
        crumbs += [
            (_("Certificate lists"), reverse("certs:batches")),
            (found.batch.title, reverse("certs:batch", args=[found.batch_id])),
        ]
    return crumbs
