"""Pages of exam officers: the question bank, one question with its versions, and a workbook taken in."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from exams import collecting
from exams.models import Question
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation

IN_A_PAGE = 25


class BankFilter(forms.Form):
    """What the list is narrowed to; every choice stands in the address."""

    kind = forms.ChoiceField(label=gettext_lazy("kind"), required=False)
    topic = forms.ChoiceField(label=gettext_lazy("topic"), required=False)
    q = forms.CharField(label=gettext_lazy("code or stem"), required=False, max_length=60)

    def __init__(self, *args, topics: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("every kind")), *Question.Kind.choices]
        for name, look in (("kind", "sel"), ("topic", "sel"), ("q", "inp")):
            self.fields[name].widget.attrs["class"] = look
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label
        self.fields["topic"].choices = [("", _("every topic")), *((each, each) for each in topics)]

    def narrow(self, questions: QuerySet[Question]) -> QuerySet[Question]:
        """The questions that fit; what cannot be chosen narrows to nothing."""
        if not self.is_valid():
            return questions.none()
        if self.cleaned_data["kind"]:
            questions = questions.filter(kind=self.cleaned_data["kind"])
        if self.cleaned_data["topic"]:
            questions = questions.filter(topic=self.cleaned_data["topic"])
        if wanted := self.cleaned_data["q"].strip():
            questions = questions.filter(Q(code__icontains=wanted) | Q(stem__icontains=wanted))
        return questions


class CollectForm(forms.Form):
    """A workbook, and whose bank it goes into."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("bank of"), empty_label=None, required=True
    )
    file = forms.FileField(label=gettext_lazy("workbook"))

    def __init__(self, *args, units: QuerySet[Organisation], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = units


@login_required
@require_GET
def questions(request: HttpRequest) -> HttpResponse:
    """The newest version of every question in the banks that the user's exam offices cover."""
    bank = Question.objects.visible_to(request.user, clock.now()).newest()
    topics = list(bank.exclude(topic="").order_by("topic").values_list("topic", flat=True).distinct())
    narrowing = BankFilter({"kind": "", "topic": "", "q": "", **request.GET.dict()}, topics=topics)
    found = narrowing.narrow(bank).select_related("organisation").order_by("organisation__code", "code")
    context = {
        "form": narrowing,
        "page": Paginator(found, IN_A_PAGE).get_page(request.GET.get("page")),
        "narrowed": any(request.GET.get(name) for name in narrowing.fields),
        "may_collect": _units(request).exists(),
    }
    return render(request, "exams/bank.html", context)


@login_required
@require_GET
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """One version of one question with its key, and the other versions."""
    visible = Question.objects.visible_to(request.user, clock.now()).select_related("organisation", "collected_by")
    found = get_object_or_404(visible, pk=pk)
    versions = visible.filter(organisation=found.organisation, code=found.code).order_by("-version")
    parts = zip(found.body["parts"], found.key["parts"], strict=True) if found.kind == Question.Kind.CASE else []
    context = {
        "question": found,
        "versions": versions,
        "parts": list(parts),
        "crumbs": [(_("Question bank"), reverse("exams:bank"))],
    }
    return render(request, "exams/question.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def collect(request: HttpRequest) -> HttpResponse:
    """Take a workbook into a bank, or show everything in it that needs mending."""
    at = clock.now()
    units = _units(request)
    if not units.exists():
        raise access.NotYourOffice()
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CollectForm(*sent, units=units, initial={"organisation": units.first()})
    faults: list[collecting.Fault] = []
    if request.method == "POST" and form.is_valid():
        file, unit = form.cleaned_data["file"], form.cleaned_data["organisation"]
        try:
            taken = collecting.collect(unit, file, file.name, by=request.user, at=at)
        except collecting.BankFaulty as refusal:
            faults = refusal.faults
            form.add_error("file", str(refusal))
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            fresh = sum(each.collected_at == at for each in taken)
            text = _("{all} questions read: {new} new or changed, {same} as they were.")
            messages.success(request, text.format(all=len(taken), new=fresh, same=len(taken) - fresh))
            return redirect("exams:bank")
    context = {
        "form": form,
        "faults": faults,
        "headings": collecting.HEADINGS,
        "crumbs": [(_("Question bank"), reverse("exams:bank"))],
    }
    return render(request, "exams/collect.html", context, status=422 if form.errors else 200)


def _units(request: HttpRequest) -> QuerySet[Organisation]:
    """The units whose banks the user may fill: bureaus and institutions below her exam offices, no schools."""
    paths = access.paths(request.user, clock.now(), Appointment.Office.EXAM_OFFICER)
    level = Organisation.Level
    units = Organisation.objects.under(*paths).exclude(level__in=[level.CLUSTER, level.SCHOOL])
    return units.filter(closed_on=None).order_by("level", "code")
