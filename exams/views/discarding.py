"""Pages of exam officers that throw away what was only drafted: each says first what goes and what stays."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from exams import discarding
from exams.models import Exam, Module, Paper, Specification
from lms.lib import clock
from lms.lib.refusals import Refusal


@login_required
@require_http_methods(["GET", "POST"])
def discard_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    at = clock.now()
    managed = Paper.objects.managed_by(request.user, at).select_related("module__stage__exam__organisation")
    found = get_object_or_404(managed, pk=pk)
    refusal = None
    if request.method == "POST":
        try:
            discarding.discard_paper(paper=found, by=request.user, at=at)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The draft “%(title)s” is discarded.") % {"title": found.title})
            return redirect("exams:papers")
    context = {
        "title": _("Discard the draft"),
        "what": _("The draft is thrown away, both forms if it has two, and cannot be brought back."),
        "stays": _("Its questions stay in the bank. The journal keeps that the draft was discarded, by whom and when."),
        "name": found.title,
        "over": found.module.stage.exam.name,
        "open": found.state == Paper.State.DRAFT,
        "refusal": refusal,
        "back": reverse("exams:paper", args=[pk]),
        "crumbs": [(_("Papers"), reverse("exams:papers")), (found.title, reverse("exams:paper", args=[pk]))],
    }
    return render(request, "exams/discard.html", context, status=refusal.status if refusal else 200)


@login_required
@require_http_methods(["GET", "POST"])
def discard_table(request: HttpRequest, pk: int, table: int) -> HttpResponse:
    """Throw a kept table away, from the page of a module that offers it."""
    at = clock.now()
    modules = Module.objects.filter(stage__exam__in=Exam.objects.managed_by(request.user, at))
    module = get_object_or_404(modules.select_related("stage__exam__organisation"), pk=pk)
    kept = Specification.objects.managed_by(request.user, at).select_related("organisation")
    found = get_object_or_404(kept, organisation=module.stage.exam.organisation, pk=table)
    back = reverse("exams:draft", args=[pk])
    refusal = None
    if request.method == "POST":
        try:
            discarding.discard_table(table=found, by=request.user, at=at)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("The table “%(title)s” is discarded.") % {"title": found.title})
            return redirect(back)
    context = {
        "title": _("Discard the table"),
        "what": _("The table is no longer offered for any exam of this authority."),
        "stays": _("Papers that were composed from it keep their own copy."),
        "name": found.title,
        "over": found.organisation.name,
        "open": True,
        "refusal": refusal,
        "back": back,
        "crumbs": [(_("Papers"), reverse("exams:papers")), (_("Compose a paper by a table"), back)],
    }
    return render(request, "exams/discard.html", context, status=refusal.status if refusal else 200)
