"""Pages of exam officers: a paper drafted by a table of specification, the tables kept, a question swapped."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from exams import contents, drafting, specifying
from exams.models import Exam, Module, Paper, Question, Specification
from exams.views.paper_forms import DraftForm, RowFormSet, SwapForm, typed_rows
from lms.lib import clock, crypto
from lms.lib.http import row_id
from lms.lib.refusals import Refusal


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft a paper, or two forms, by a table: typed here, or one that was kept (`?table=`)."""
    at = clock.now()
    module = _module(request, pk)
    if request.method == "GET":
        kept = _kept(request, module)
        found = kept.filter(pk=row_id(request.GET.get("table", ""))).first()
        kept_rows = found.rows.values("section", "topic", "cognitive_level", "kind", "count", "points") if found else []
        rows = [{**each, "points": contents.plain(each["points"])} for each in kept_rows]
        form = DraftForm(initial={"seed": crypto.token(), "table_title": found.title if found else ""})
        return _page(request, module, form, RowFormSet(initial=typed_rows(rows)))
    form, rows = DraftForm(request.POST), RowFormSet(request.POST)
    if form.is_valid() and rows.is_valid():
        typed = form.cleaned_data
        try:
            made = drafting.compose_from(
                module,
                specifying.read([each for _row, each in rows.asked()]),
                title=typed["title"],
                seed=typed["seed"],
                table=typed["table_title"],
                forms=typed["form_count"],
                avoid_last=typed["avoid_last"],
                shuffle=typed["shuffle"],
                by=request.user,
                at=at,
            )
        except Refusal as refusal:
            form.refuse(refusal)
            rows.mark(refusal)
        else:
            said = ngettext(
                "The paper is drafted. Another exam officer now reads and freezes it.",
                "Both forms are drafted. Another exam officer now reads and freezes them.",
                len(made),
            )
            messages.success(request, said)
            return redirect("exams:paper", pk=made[0].pk)
    return _page(request, module, form, rows, status=422)


@login_required
@require_POST
def keep_table(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the table that was typed, for other papers; one of the same title is replaced."""
    at = clock.now()
    module = _module(request, pk)
    form, rows = DraftForm(request.POST), RowFormSet(request.POST)
    form.fields["title"].required, form.fields["table_title"].required = False, True
    if form.is_valid() and rows.is_valid():
        title = form.cleaned_data["table_title"]
        try:
            kept = specifying.keep(
                organisation=module.stage.exam.organisation,
                title=title,
                rows=[each for _row, each in rows.asked()],
                instead_of=_kept(request, module).filter(title=title.strip()).first(),
                by=request.user,
                at=at,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The table “%(title)s” is kept.") % {"title": kept.title})
            return redirect(f"{reverse('exams:draft', args=[pk])}?table={kept.pk}")
    return _page(request, module, form, rows, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def swap(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The questions that may take the place of one on a draft, and the change."""
    at = clock.now()
    found = get_object_or_404(
        Paper.objects.managed_by(request.user, at).select_related("module__stage__exam__organisation"), pk=pk
    )
    if found.state == Paper.State.FROZEN and request.method == "GET":
        return redirect("exams:paper", pk=pk)
    place = drafting.place_of(found, number)
    offered = drafting.alternatives(place)
    form = SwapForm(request.POST or None, offered=offered)
    if request.method == "POST" and form.is_valid():
        try:
            drafting.swap(found, number, form.cleaned_data["code"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Question %(n)d is swapped. The other officer now freezes.") % {"n": number})
            return redirect("exams:paper", pk=pk)
    context = {
        "paper": found,
        "number": number,
        "cell": specifying.words(drafting.cell_of(place)),
        "offered": offered,
        "form": form,
        "crumbs": [
            (_("Papers"), reverse("exams:papers")),
            (found.title, reverse("exams:paper", args=[pk])),
        ],
    }
    return render(request, "exams/paper_swap.html", context, status=422 if form.errors else 200)


def _module(request: HttpRequest, pk: int) -> Module:
    managed = Exam.objects.managed_by(request.user, clock.now())
    modules = Module.objects.select_related("stage__exam__organisation")
    return get_object_or_404(modules, stage__exam__in=managed, pk=pk)


def _kept(request: HttpRequest, module: Module):
    managed = Specification.objects.managed_by(request.user, clock.now())
    return managed.filter(organisation=module.stage.exam.organisation).order_by("title")


def _page(request: HttpRequest, module: Module, form: DraftForm, rows: Any, *, status: int = 200) -> HttpResponse:
    bank = _bank(module)
    context = {
        "form": form,
        "rows": rows,
        "module": module,
        "tables": list(_kept(request, module)),
        "bank": bank,
        "kinds": Question.Kind.labels,
        "topics": list(dict.fromkeys(each["topic"] for each in bank if each["topic"])),
        "levels": _levels(bank),
        "crumbs": [(_("Papers"), reverse("exams:papers"))],
    }
    return render(request, "exams/paper_draft.html", context, status=status)


def _bank(module: Module) -> list[dict[str, Any]]:
    """What the bank holds: for each topic and level, how many usable questions of each kind."""
    usable = Question.objects.filter(organisation=module.stage.exam.organisation).usable().order_by()
    counted = usable.values_list("topic", "cognitive_level", "kind").annotate(Count("pk"))
    cells: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for topic, level, kind, count in counted:
        cells[topic, level][kind] = count
    return [
        {"topic": topic, "level": level, "counts": [kinds.get(kind) for kind in Question.Kind.values]}
        for (topic, level), kinds in sorted(cells.items())
    ]


def _levels(bank: list[dict[str, Any]]) -> list[str]:
    named = [*Question.CognitiveLevel.values, *(each["level"] for each in bank)]
    return list(dict.fromkeys(level for level in named if level))
