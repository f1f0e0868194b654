"""Pages of exam officers: the question bank, and one question with its versions."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from exams.models import Question
from exams.views import collecting
from lms.lib import clock

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
        "may_collect": collecting.banks_of(request).exists(),
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
