"""Pages on which a question is written or revised, a form for each kind."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from exams import editing, versioning
from exams.models import Question
from exams.views.question_forms import QuestionForm
from lms.lib import clock
from lms.lib.refusals import Refusal

_GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_ABOUT: dict[str, Any] = {
    Question.Kind.SINGLE: gettext_lazy("One of several options is right."),
    Question.Kind.MULTIPLE: gettext_lazy("Several options are right; what some of them earn is your choice."),
    Question.Kind.TRUE_FALSE: gettext_lazy("One statement to judge."),
    Question.Kind.FILL_IN: gettext_lazy("Words or numbers are missing in a sentence."),
    Question.Kind.MATCHING: gettext_lazy("Items at the left belong to items at the right."),
    Question.Kind.ORDERING: gettext_lazy("Steps are brought into their order."),
    Question.Kind.SHORT_ANSWER: gettext_lazy("A free answer, marked by people."),
    Question.Kind.CASE: gettext_lazy("A case with several parts, marked by people."),
}


@login_required
@require_GET
def kinds(request: HttpRequest) -> HttpResponse:
    """Which kind of question it shall be."""
    if not versioning.banks_of(request.user, clock.now()).exists():
        raise Http404
    rows = [{"kind": kind, "label": label, "about": _ABOUT[kind]} for kind, label in Question.Kind.choices]
    return render(request, "exams/question_kinds.html", {"kinds": rows, "crumbs": _crumbs()})


@login_required
@_GET_OR_POST
def write(request: HttpRequest, kind: str) -> HttpResponse:
    """Write a new question of a kind, as a draft or straight to review."""
    at = clock.now()
    banks = versioning.banks_of(request.user, at).order_by("level", "code")
    if not banks.exists():
        raise Http404
    if kind not in Question.Kind.values:
        raise Http404
    form = QuestionForm(
        request.POST or None, request.FILES or None, kind=kind, initial={"code": editing.next_code(banks[0], kind)}
    )
    form.fields["bank"] = forms.ModelChoiceField(
        banks, label=gettext_lazy("bank of"), empty_label=None, initial=banks[0]
    )

    def act() -> Question:
        typed = form.cleaned_data
        send = request.POST.get("step") == "send"
        facts = {"by": request.user, "at": at, "send": send, "upload": form.upload()}
        return editing.write(typed["bank"], typed["code"], form.content(), **facts)

    made, status = _done(request, form, act)
    if made:
        return _written(request, made)
    title = _("Write a question: {kind}").format(kind=Question.Kind(kind).label)
    return _form_page(request, form, title, _crumbs(), status)


@login_required
@_GET_OR_POST
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the next version of a question, beginning with what the last one says."""
    at = clock.now()
    visible = Question.objects.visible_to(request.user, at).select_related("organisation")
    found = get_object_or_404(visible, pk=pk)
    form = QuestionForm(request.POST or None, request.FILES or None, kind=found.kind, before=found)

    def act() -> Question:
        send = request.POST.get("step") == "send"
        return editing.revise(found, form.content(), by=request.user, at=at, send=send, upload=form.upload())

    made, status = _done(request, form, act)
    if made:
        return _written(request, made)
    crumbs = [*_crumbs(), (found.code, reverse("exams:question", args=[pk]))]
    return _form_page(request, form, _("Revise {code}").format(code=found.code), crumbs, status, before=found)


def _done(request: HttpRequest, form: QuestionForm, act: Any) -> tuple[Question | None, int]:
    """Do the act where the form can be read; what is wrong with the question stands where it is mended."""
    if request.method != "POST":
        return None, 200
    if not form.is_valid():
        return None, 422
    try:
        return act(), 200
    except editing.QuestionFaulty as faulty:
        form.tell(list(faulty.problems))
        return None, faulty.status
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return None, refusal.status


def _written(request: HttpRequest, made: Question) -> HttpResponse:
    if made.state == Question.State.IN_REVIEW:
        messages.success(request, _("Version {n} of {code} waits for review.").format(n=made.version, code=made.code))
    else:
        messages.success(request, _("Version {n} of {code} is kept as a draft.").format(n=made.version, code=made.code))
    return redirect("exams:question", pk=made.pk)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Question bank"), reverse("exams:bank"))]


def _form_page(
    request: HttpRequest,
    form: QuestionForm,
    title: str,
    crumbs: list[tuple[str, str]],
    status: int,
    before: Question | None = None,
) -> HttpResponse:
    read = Question.objects.visible_to(request.user, clock.now())
    known = read.exclude(topic="").order_by("topic").values_list("topic", flat=True).distinct()
    context = {
        "form": form,
        "title": title,
        "before": before,
        "topics": known,
        "levels": Question.CognitiveLevel.values,
        "crumbs": crumbs,
    }
    return render(request, "exams/question_form.html", context, status=status)
