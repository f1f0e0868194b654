"""Pages of a question bank: the list with what is decided about many at once, one question, its tree of topics, its
look-alikes."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from exams import analysing, editing, exporting, question_text, reviewing, versioning
from exams.models import ItemFigures, Question
from exams.question_files import FORMATS
from exams.views import collecting
from exams.views.bank_forms import BankFilter
from lms.lib import clock, deeds
from lms.lib.http import row_ids
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Organisation
from lms.questions import statistics

IN_A_PAGE = 25
_State = Question.State


class NotForYou(Refusal):
    sentence = gettext_lazy("{n} of the ticked are not yours to do this with. Take their ticks off and do it again.")


class TopicForm(forms.Form):
    """A topic of a bank, and where it goes."""

    start = forms.ChoiceField(label=gettext_lazy("topic"))
    to = forms.CharField(
        label=gettext_lazy("becomes"),
        max_length=200,
        help_text=gettext_lazy("A new name, or another place: its steps parted by “/”."),
    )

    def __init__(self, *args: Any, start: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].choices = [(each, each) for each in start]


@login_required
@require_GET
def questions(request: HttpRequest) -> HttpResponse:
    """Every question of the banks that the user reads: the last version of each, or those in one state."""
    return list_page(request)


@login_required
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Send to review, approve or retire the ticked questions, all of them or none; a refusal stands above the list,
    ticks kept."""
    at = clock.now()
    name, reason = request.POST.get("step", ""), request.POST.get("reason", "")
    chosen = ticked(request, at)
    if name == "send":
        allowed = Question.objects.visible_to(request.user, at).filter(
            organisation__in=versioning.banks_of(request.user, at)
        )
    elif access.offices(request.user, at, reviewing.OFFICER):
        allowed = Question.objects.managed_by(request.user, at)
    else:
        raise Http404
    try:
        found = among(allowed, chosen)
        if name == "send":
            done = reviewing.send_many(found, by=request.user, at=at)
            text = ngettext("{n} question waits for review now.", "{n} questions wait for review now.", len(done))
        elif name == "retire":
            done = reviewing.retire(found, reason, by=request.user, at=at)
            text = ngettext("{n} question is retired.", "{n} questions are retired.", len(done))
        else:
            done = reviewing.approve(found, by=request.user, at=at)
            text = ngettext("{n} question is usable now.", "{n} questions are usable now.", len(done))
    except Refusal as refusal:
        return list_page(request, ticked=chosen, refusal=refusal)
    messages.success(request, text.format(n=len(done)))
    return redirect(f"{reverse('exams:bank')}?{request.GET.urlencode()}")


def ticked(request: HttpRequest, at: dt.datetime) -> list[int]:
    """The numbers of the questions ticked on the list; 404 where the reader may not see one."""
    chosen = row_ids(request.POST.getlist("chosen"))
    if Question.objects.visible_to(request.user, at).filter(pk__in=chosen).count() < len(set(chosen)):
        raise Http404
    return chosen


def among(allowed: QuerySet[Question], chosen: list[int]) -> list[Question]:
    """The ticked questions. Refuses (NotForYou) where one is seen but not of those for which this may be done."""
    found = list(allowed.filter(pk__in=chosen).select_related("organisation").order_by("topic", "code"))
    if len(found) < len(set(chosen)):
        raise NotForYou(n=len(set(chosen)) - len(found))
    return found


@login_required
@require_GET
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """One version of one question with its key, what became of it, the other versions, its figures, its look-alikes."""
    return _question_page(request, _visible(request, pk))


@login_required
@require_POST
def step(request: HttpRequest, pk: int) -> HttpResponse:
    """One step of one version: sent to review, approved, sent back, retired, taken up again."""
    at = clock.now()
    found = _visible(request, pk)
    name, reason = request.POST.get("step", ""), request.POST.get("reason", "")
    steps = {
        "send": (lambda: reviewing.send(found, by=request.user, at=at), _("It waits for review now.")),
        "approve": (lambda: reviewing.approve([found], by=request.user, at=at), _("The question is usable now.")),
        "send_back": (
            lambda: reviewing.send_back(found, reason, by=request.user, at=at),
            _("It went back to its author, who reads the reason."),
        ),
        "retire": (
            lambda: reviewing.retire([found], reason, by=request.user, at=at),
            _("The question is retired: no new paper takes it."),
        ),
        "take_up": (
            lambda: reviewing.take_up(found, reason, by=request.user, at=at),
            _("The question is usable again."),
        ),
    }
    if name not in steps:
        raise Http404
    act, text = steps[name]
    try:
        act()
    except Refusal as refusal:
        return _question_page(request, found, refused={"step": name, "sentence": str(refusal), "reason": reason})
    messages.success(request, text)
    return redirect("exams:question", pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def topics(request: HttpRequest, pk: int) -> HttpResponse:
    """The tree of topics of one bank; an exam officer renames a branch or hangs it elsewhere."""
    at = clock.now()
    bank = _bank(request, pk)
    placed = Question.objects.filter(organisation=bank).newest().values_list("topic", "cognitive_level")
    branches = BankFilter({}, banks=Organisation.objects.none(), placed=list(placed)).branches
    manages = Question.objects.managed_by(request.user, at).filter(organisation=bank).exists()
    form = TopicForm(request.POST or None, start=[each.path for each in branches])
    moved, status = deeds.done(
        request, form, lambda: editing.move_topic(bank, **form.cleaned_data, by=request.user, at=at)
    )
    if moved:
        messages.success(request, _("The topic is moved, with everything below it."))
        return redirect("exams:bank_topics", pk=pk)
    context = {"bank": bank, "branches": branches, "form": form if manages else None, "crumbs": _crumbs()}
    return render(request, "exams/bank_topics.html", context, status=status)


@login_required
@require_GET
def alike(request: HttpRequest, pk: int) -> HttpResponse:
    """Every pair of questions of one bank whose stems are much alike."""
    bank = _bank(request, pk)
    page = Paginator(reviewing.alike_in(bank), IN_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "exams/bank_alike.html", {"bank": bank, "page": page, "crumbs": _crumbs()})


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Question bank"), reverse("exams:bank"))]


def _visible(request: HttpRequest, pk: int) -> Question:
    visible = Question.objects.visible_to(request.user, clock.now()).with_figures()
    return get_object_or_404(visible.select_related("organisation", "collected_by", "reviewed_by"), pk=pk)


def _bank(request: HttpRequest, pk: int) -> Organisation:
    read = Question.objects.visible_to(request.user, clock.now())
    return get_object_or_404(Organisation.objects.filter(pk__in=read.order_by().values("organisation")), pk=pk)


def list_page(request: HttpRequest, *, ticked: list[int] | None = None, refusal: Refusal | None = None) -> HttpResponse:
    """The list as it was narrowed; with `tick=all` in the address every question of the page is ticked."""
    at = clock.now()
    read = Question.objects.visible_to(request.user, at)
    banks = Organisation.objects.filter(pk__in=read.order_by().values("organisation").distinct()).order_by("code")
    placed = list(read.newest().values_list("topic", "cognitive_level"))
    asked = {**dict.fromkeys(BankFilter.base_fields, ""), **request.GET.dict()}
    narrowing = BankFilter(asked, banks=banks, placed=placed)
    found = narrowing.narrow(read).select_related("organisation")
    page = Paginator(found, IN_A_PAGE).get_page(request.GET.get("page"))
    managed = set(
        Question.objects.managed_by(request.user, at)
        .filter(pk__in=[each.pk for each in page])
        .values_list("pk", flat=True)
    )
    writes = set(versioning.banks_of(request.user, at).values_list("pk", flat=True))
    tickable = [each.pk for each in page if each.pk in managed or each.organisation_id in writes]
    if ticked is None:
        ticked = tickable if request.GET.get("tick") == "all" else []
    query = request.GET.copy()
    query.pop("tick", None)
    listed = list(banks)
    chosen = narrowing.cleaned_data.get("bank") or (listed[0] if len(listed) == 1 else None)
    context = {
        "form": narrowing,
        "page": page,
        "banks": listed,
        "chosen": chosen,
        "narrowed": any(request.GET.get(name) for name in narrowing.fields),
        "may_collect": collecting.banks_of(request).exists(),
        "may_write": bool(writes),
        "managed": managed,
        "tickable": tickable,
        "ticked": ticked,
        "list_address": reverse("exams:bank"),
        "formats": [(each, FORMATS[each]) for each in exporting.ENDINGS],
        "refusal": refusal,
        "reason": request.POST.get("reason", ""),
        "query": query.urlencode(),
    }
    return render(request, "exams/bank.html", context, status=refusal.status if refusal else 200)


def _question_page(request: HttpRequest, found: Question, *, refused: dict[str, str] | None = None) -> HttpResponse:
    at = clock.now()
    versions = Question.objects.filter(organisation=found.organisation, code=found.code)
    versions = list(versions.select_related("collected_by", "reviewed_by").order_by("-version"))
    before = next((each for each in versions if each.version < found.version), None)
    manages = Question.objects.managed_by(request.user, at).filter(pk=found.pk).exists()
    context = {
        "question": found,
        "options": question_text.options_of(found),
        "pairs": question_text.pairs_of(found),
        "strays": question_text.strays_of(found),
        "ordered": question_text.ordered(found),
        "parts": question_text.parts_of(found),
        "transcripts": question_text.transcripts_of(found),
        "policy": question_text.POLICIES.get(question_text.policy_of(found), ""),
        "versions": versions,
        "is_last": versions[0].pk == found.pk,
        "before": before,
        "differences": question_text.differences(before, found) if before else [],
        "steps": found.steps.select_related("by").order_by("-pk"),
        "alike": reviewing.alike(found),
        "figures": _figures(found),
        "manages": manages,
        "own": found.collected_by_id == request.user.pk,
        "writes": versioning.banks_of(request.user, at).filter(pk=found.organisation_id).exists(),
        "refused": refused,
        "crumbs": _crumbs(),
    }
    return render(request, "exams/question.html", context, status=409 if refused else 200)


def _figures(found: Question) -> dict[str, Any] | None:
    """How a version did over all sittings, or None where it was never sat."""
    rows = list(ItemFigures.objects.filter(place__question=found).select_related("place__paper").order_by("-sat_on"))
    if not rows:
        return None
    sums = analysing.sums_of(rows)
    index = statistics.discrimination(sums)
    return {
        "scripts": sums.scripts,
        "papers": len(rows),
        "sat_on": rows[0].sat_on,
        "facility": statistics.facility(sums.earned, sums.possible),
        "discrimination": index,
        "word": _WORDS.get(statistics.word_for(index), ""),
        "sizes": sums.sizes,
        "choices": _choices(found, sums),
    }


def _choices(found: Question, sums: statistics.Sums) -> list[dict[str, Any]]:
    """Each option with the shares of the lower, middle and upper group that chose it, those of no answer last."""
    if not sums.choices:
        return []
    if found.kind == Question.Kind.TRUE_FALSE:
        right = found.key.get("right")
        named = [("true", _("True"), right is True), ("false", _("False"), right is False)]
    else:
        options = question_text.options_of(found)
        named = [(str(each["id"]), f"{each['id']}. {each['text']}", bool(each["right"])) for each in options]
    named.append(("", _("no answer"), False))
    nobody = [0, 0, 0]
    return [
        {"label": label, "right": right, "shares": statistics.shares(sums.choices.get(option, nobody), sums.sizes)}
        for option, label, right in named
    ]


_WORDS = {
    "good": gettext_lazy("good"),
    "fair": gettext_lazy("fair"),
    "weak": gettext_lazy("weak"),
    "poor": gettext_lazy("poor"),
}
