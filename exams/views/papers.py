"""Pages of exam officers: papers composed, read on demand, and frozen by a second person."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from exams import composing, contents, disclosing
from exams.models import Exam, Module, Paper, Question
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import signing

IN_A_PAGE = 25
_CODES = re.compile(r"[\s,，、;；]+")


class ComposeForm(forms.Form):
    """A paper's title and, for each kind of question, a section: its name, the points of each, the codes."""

    title = forms.CharField(label=gettext_lazy("title"), max_length=120)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in Question.Kind.choices:
            self.fields[f"{kind}_name"] = forms.CharField(
                label=_("Heading"), max_length=40, initial=label, required=False
            )
            self.fields[f"{kind}_points"] = forms.CharField(label=_("Points for each"), max_length=6, required=False)
            self.fields[f"{kind}_codes"] = forms.CharField(
                label=_("Codes"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
            )

    def rows(self) -> list[dict[str, Any]]:
        """The fields of each section, for the page."""
        return [
            {
                "label": label,
                "name": self[f"{kind}_name"],
                "points": self[f"{kind}_points"],
                "codes": self[f"{kind}_codes"],
            }
            for kind, label in Question.Kind.choices
        ]

    def sections(self) -> list[dict[str, Any]]:
        """The sections that name any question, as `composing.compose` takes them."""
        typed = self.cleaned_data
        found = [
            {
                "name": typed[f"{kind}_name"] or str(label),
                "kind": kind,
                "points": typed[f"{kind}_points"] or "0",
                "codes": [code for code in _CODES.split(typed[f"{kind}_codes"]) if code],
            }
            for kind, label in Question.Kind.choices
        ]
        return [each for each in found if each["codes"]]

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal: about sections at the top of the form, where it names its section."""
        self.add_error("title" if refusal.field == "title" else None, str(refusal))


class FreezeForm(forms.Form):
    """The second person's signature: her password, and the digest of what she read."""

    password = forms.CharField(
        label=gettext_lazy("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    seen_digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


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
            made = composing.compose(module, form.cleaned_data["title"], form.sections(), by=request.user, at=at)
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
    if request.method == "GET" and found.state == Paper.State.FROZEN:
        return redirect("exams:paper", pk=pk)
    form = ComposeForm(request.POST or None, initial=_typed(found))
    if request.method == "POST" and form.is_valid():
        try:
            composing.recompose(found, form.cleaned_data["title"], form.sections(), by=request.user, at=at)
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
    form = FreezeForm(request.POST)
    if form.is_valid():
        try:
            signing.confirm(request.user, form.cleaned_data["password"], at)
            composing.freeze(found, by=request.user, at=at, seen_digest=form.cleaned_data["seen_digest"])
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
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
    items, _keys = contents.of(found)
    digest = found.digest or contents.digest_of(found)
    draft = found.state == Paper.State.DRAFT
    own = found.composed_by_id == request.user.pk
    context = {
        "paper": found,
        "module": found.module,
        "exam": found.module.stage.exam,
        "sections": _structure(items),
        "digest": [digest[place : place + 8] for place in range(0, 64, 8)],
        "shown": shown,
        "form": form or FreezeForm(initial={"seen_digest": digest}),
        "own": own,
        "mine": draft and not own,
        "draft": draft,
        "in_use": getattr(found.module, "sitting", None) and found.module.sitting.paper_id == found.pk,
        "crumbs": [(_("Papers"), reverse("exams:papers"))],
    }
    return render(request, "exams/paper.html", context, status=422 if form is not None else 200)


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
    return {**item, "options": options, "parts": parts, "key": right}


def _typed(found: Paper) -> dict[str, str]:
    """A draft as it would have been typed into the form."""
    typed: dict[str, str] = {"title": found.title}
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
