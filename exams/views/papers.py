"""Pages of exam officers: papers composed, read on demand, and frozen by a second person."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from exams import composing, contents, disclosing
from exams.models import Exam, Module, Paper, Question
from exams.views.paper_forms import ComposeForm, FreezeForm
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import signing

IN_A_PAGE = 25


@login_required
@require_GET
def paper_list(request: HttpRequest) -> HttpResponse:
    """The papers of the exams a user manages, and the written modules that can still get one."""
    at = clock.now()
    papers = Paper.objects.managed_by(request.user, at).defer("items", "keys").order_by("-composed_at", "-pk")
    papers = papers.select_related("module__stage__exam", "composed_by", "frozen_by")
    waiting = Module.objects.filter(
        kind=Module.Kind.WRITTEN,
        stage__exam__in=Exam.objects.managed_by(request.user, at),
        stage__state__in=composing.BEFORE_THE_BELL,
    ).select_related("stage__exam", "sitting")
    page = Paginator(papers, IN_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "exams/papers.html", {"page": page, "modules": waiting.order_by("-stage__exam__pk")})


@login_required
@require_http_methods(["GET", "POST"])
def compose(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft a paper by listing the codes of its questions, kind by kind."""
    at = clock.now()
    managed = Exam.objects.managed_by(request.user, at)
    modules = Module.objects.select_related("stage__exam__organisation")
    module = get_object_or_404(modules, stage__exam__in=managed, pk=pk)
    form = ComposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            typed = form.cleaned_data
            made = composing.compose(
                module, typed["title"], form.sections(), shuffle=typed["shuffle"], by=request.user, at=at
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The paper is drafted. Another exam officer now reads and freezes it."))
            return redirect("exams:paper", pk=made.pk)
    return _compose_page(request, module, form, _("Compose a paper"))


@login_required
@require_http_methods(["GET", "POST"])
def recompose(request: HttpRequest, pk: int) -> HttpResponse:
    """Put other questions on a draft."""
    at = clock.now()
    found = _paper(request, pk)
    if request.method == "GET" and (found.state == Paper.State.FROZEN or found.form):
        return redirect("exams:paper", pk=pk)
    form = ComposeForm(request.POST or None, initial=_typed(found))
    if request.method == "POST" and form.is_valid():
        try:
            typed = form.cleaned_data
            composing.recompose(
                found, typed["title"], form.sections(), shuffle=typed["shuffle"], by=request.user, at=at
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The draft is changed. Another exam officer now reads and freezes it."))
            return redirect("exams:paper", pk=pk)
    return _compose_page(request, found.module, form, _("Change the draft"))


@login_required
@require_GET
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper's structure and digest. The questions only on demand: see `read`."""
    return _paper_page(request, _paper(request, pk))


@login_required
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions and keys, this once; the journal keeps who read them and when."""
    found = _paper(request, pk)
    items, keys = disclosing.read(found, by=request.user, at=clock.now())
    return _paper_page(request, found, shown=[_with_keys(each, keys) for each in items])


@login_required
@require_POST
def freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze the paper as the second person, who signs with her password."""
    at = clock.now()
    found = _paper(request, pk)
    form = FreezeForm(request.POST, people=disclosing.officers_of(found.module.stage.exam, at))
    if form.is_valid():
        typed = form.cleaned_data
        try:
            signing.confirm(request.user, typed["password"], at)
            composing.freeze(found, readers=form.readers(), by=request.user, at=at, seen_digest=typed["seen_digest"])
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The paper is frozen. It opens to candidates at the bell."))
            return redirect("exams:paper", pk=pk)
    return _paper_page(request, found, form=form)


def _paper(request: HttpRequest, pk: int) -> Paper:
    managed = Paper.objects.managed_by(request.user, clock.now())
    return get_object_or_404(
        managed.select_related("module__stage__exam__organisation", "composed_by", "frozen_by"), pk=pk
    )


def _paper_page(
    request: HttpRequest, found: Paper, *, form: FreezeForm | None = None, shown: list[dict] | None = None
) -> HttpResponse:
    at = clock.now()
    items, _keys = contents.of(found)
    forms = contents.forms(found)
    digest = contents.signed_digest(found)
    draft = found.state == Paper.State.DRAFT
    own = request.user.pk in {each.composed_by_id for each in forms}
    may_read = disclosing.may_read(found, request.user, at)
    if form is None and draft and not own:
        people = disclosing.officers_of(found.module.stage.exam, at)
        unsigned = FreezeForm(initial={"seen_digest": digest}, people=people)
    else:
        unsigned = None
    context = {
        "paper": found,
        "forms": forms if found.form else [],
        "module": found.module,
        "exam": found.module.stage.exam,
        "sections": _structure(items),
        "digest": [digest[place : place + 8] for place in range(0, 64, 8)],
        "shown": shown,
        "form": form or unsigned,
        "own": own,
        "mine": draft and not own,
        "draft": draft,
        "may_read": may_read,
        "may_recompose": draft and not found.form,
        "readers": found.readers.select_related("reader", "named_by").order_by("pk"),
        "in_use": not draft and getattr(found.module, "sitting", None) is not None and _is_in_use(found),
        "crumbs": [(_("Papers"), reverse("exams:papers"))],
    }
    return render(request, "exams/paper.html", context, status=422 if form is not None else 200)


def _is_in_use(found: Paper) -> bool:
    """Whether the sitting gives this paper, or the form of which it is the other."""
    return found.module.sitting.paper_id in (found.pk, found.form_of_id)


def _structure(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sections of a paper: name, kind, how many questions, points of each."""
    found: list[dict[str, Any]] = []
    kinds = dict(Question.Kind.choices)
    for each in items:
        if not found or found[-1]["name"] != each["section"]:
            row = {"name": each["section"], "kind": kinds[each["kind"]], "points": each["points"]}
            found.append({**row, "first": each["number"], "count": 0})
        found[-1]["count"] += 1
        found[-1]["last"] = each["number"]
    return found


def _with_keys(item: dict[str, Any], keys: dict[str, Any]) -> dict[str, Any]:
    number = str(item["number"])
    right = keys.get(number, {})
    parts = [{**part, **keys[f"{number}.{part['number']}"]} for part in item["body"].get("parts", [])]
    letters = right.get("right") if isinstance(right.get("right"), list) else []
    options = [{**each, "right": each["id"] in letters} for each in item["body"].get("options", [])]
    texts = {each["id"]: each["text"] for name in ("options", "right") for each in item["body"].get(name, [])}
    matched = [
        (each["text"], texts[right["pairs"][each["id"]]])
        for each in item["body"].get("left", [])
        if each["id"] in right.get("pairs", {})
    ]
    ordered = [texts[each] for each in right.get("order", [])]
    return {
        **item,
        "options": [] if ordered else options,
        "parts": parts,
        "key": right,
        "matched": matched,
        "ordered": ordered,
    }


def _typed(found: Paper) -> dict[str, Any]:
    """A draft as it would have been typed into the form."""
    typed: dict[str, Any] = {"title": found.title, "shuffle": bool(found.option_order)}
    codes: dict[str, list[str]] = {}
    for place in found.places.select_related("question"):
        kind = place.question.kind
        typed |= {f"{kind}_name": place.section, f"{kind}_points": format(place.points.normalize(), "f")}
        codes.setdefault(kind, []).append(place.question.code)
    return typed | {f"{kind}_codes": " ".join(listed) for kind, listed in codes.items()}


def _compose_page(request: HttpRequest, module: Module, form: ComposeForm, title: str) -> HttpResponse:
    context = {
        "form": form,
        "module": module,
        "title": title,
        "crumbs": [(_("Papers"), reverse("exams:papers"))],
    }
    return render(request, "exams/compose.html", context, status=422 if form.errors else 200)
