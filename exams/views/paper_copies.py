"""A paper as the candidate sees it and as it is printed: for those who may read it, each noted in the journal."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from exams import contents, disclosing, printed_papers, showing
from exams.models import Paper, Question
from exams.views import sitting as pages
from lms.lib import clock
from lms.lib.http import send_pdf
from lms.questions import checking

_PREVIEW = "PREVIEW"
_USUAL_MINUTES = 120


@login_required
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper in the candidate's own page, with nothing that saves or hands in."""
    at = clock.now()
    found = _paper(request, pk)
    items, _keys = disclosing.read(found, purpose="previewed", by=request.user, at=at)
    stage, sitting = found.module.stage, getattr(found.module, "sitting", None)
    data = {
        "attempt": 0,
        "preview": True,
        "items": _shown(found, items),
        "standing": {},
        "now": 0,
        "deadline": (sitting.minutes if sitting else _USUAL_MINUTES) * 60_000,
        "grace": 0,
        "zone": settings.TIME_ZONE,
        "kinds": {value: str(label) for value, label in Question.Kind.choices},
        "longest": checking.LONGEST,
    }
    context = {
        "attempt": SimpleNamespace(pk=0, deadline_at=sitting and sitting.ends_at),
        "entry": SimpleNamespace(candidate=SimpleNamespace(exam=stage.exam), stage=stage, admission_number="–"),
        "paper": found,
        "is_preview": True,
        "data": data,
        "words": pages.words(get_language()),
    }
    return render(request, "exams/attempt.html", context)


@login_required
@require_POST
def print_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper with its answer sheet as a PDF that says who printed it and when."""
    at = clock.now()
    found = _paper(request, pk)
    items, _keys = disclosing.read(found, purpose="printed", by=request.user, at=at)
    made = printed_papers.pdf(found, items, by=request.user, at=at)
    return send_pdf(made, name=f"{found.title}{found.form and ' ' + found.get_form_display()}.pdf")


def _paper(request: HttpRequest, pk: int) -> Paper:
    managed = Paper.objects.managed_by(request.user, clock.now())
    return get_object_or_404(managed.select_related("module__stage__exam__organisation", "module__sitting"), pk=pk)


def _shown(found: Paper, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    digest = found.digest or contents.digest_of(found)
    return showing.shown(items, order=found.option_order, digest=digest, script=_PREVIEW)
