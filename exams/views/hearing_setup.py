"""The officer's preparation of a performance stage: panels, topics, days, the call; recusals and lots to look at."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from exams import boards, empanelling
from exams.models import HearingDay, Panel, Stage, StageEntry
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import SchoolStage, User


def _stage(request: HttpRequest, pk: int, at: dt.datetime) -> Stage:
    return get_object_or_404(boards.stages_watched(request.user, at), pk=pk)


def _managed(request: HttpRequest, pk: int, at: dt.datetime) -> Stage:
    """The stage, if the user prepares it as an exam officer; to those who only watch, the page is not there."""
    paths = access.paths(request.user, at, empanelling.OFFICER)
    managed = boards.stages_watched(request.user, at).filter(access.under("exam__organisation__path", paths))
    return get_object_or_404(managed, pk=pk)


def _crumbs(stage: Stage, *, inner: bool = True) -> list[tuple[str, str]]:
    crumbs = [(stage.exam.name, reverse("exams:exam", args=[stage.exam_id]))]
    return [*crumbs, (stage.name, reverse("exams:hearing_setup", args=[stage.pk]))] if inner else crumbs


@login_required
@require_safe
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan of a performance stage, what it still needs, and once candidates are called how far it is."""
    at = clock.now()
    stage = _stage(request, pk, at)
    return _overview(request, stage, at)


def _overview(request: HttpRequest, stage: Stage, at: dt.datetime, *, refusal: Refusal | None = None) -> HttpResponse:
    previous = Stage.objects.filter(exam=stage.exam_id, number=stage.number - 1).first()
    passed = previous.entries.filter(state=StageEntry.State.PASSED).count() if previous else 0
    hearings = list(boards.hearings_of(stage))
    groups: dict[str, list] = {}
    for topic in stage.topics.order_by("group", "code"):
        groups.setdefault(topic.group, []).append(topic)
    context = {
        "stage": stage,
        "exam": stage.exam,
        "modules": stage.modules.select_related("rubric"),
        "panels": boards.panels_of(stage),
        "labels": dict(SchoolStage.choices),
        "groups": groups,
        "days": boards.days_of(stage),
        "size": empanelling.panel_size(stage),
        "previous": previous,
        "passed": passed,
        "hearings": hearings,
        "heard": sum(each.state in ("scored", "acknowledged") for each in hearings),
        "is_planning": stage.state == Stage.State.PLANNING,
        "is_unchecked": stage.state in (Stage.State.ARRANGED, Stage.State.IN_PROGRESS, Stage.State.MARKING),
        "may_manage": access.covers(request.user, stage.exam.organisation, at, empanelling.OFFICER),
        "has_board": HearingDay.objects.watched_by(request.user, at).filter(stage=stage).exists(),
        "reopenings": boards.reopenings_waiting(request.user, stage),
        "crumbs": _crumbs(stage, inner=False),
        "refusal": refusal,
    }
    return render(request, "exams/hearing_setup.html", context, status=refusal.status if refusal else 200)


class PanelForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("Code"), max_length=10, initial="P1")
    name = forms.CharField(
        label=gettext_lazy("Name of the room"), max_length=60, help_text=gettext_lazy("For example: Hearing room 1")
    )
    group = forms.CharField(
        label=gettext_lazy("Group of topics"),
        max_length=40,
        help_text=gettext_lazy("Its candidates draw their topics from this group."),
    )
    stages = forms.MultipleChoiceField(
        label=gettext_lazy("School stages"),
        choices=SchoolStage.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one school stage.")},
    )
    judges = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(), label=gettext_lazy("Judges"), widget=forms.CheckboxSelectMultiple
    )
    reserves = forms.ModelMultipleChoiceField(
        queryset=User.objects.none(),
        label=gettext_lazy("Reserves"),
        required=False,
        help_text=gettext_lazy("They step in by order of name where a judge may not judge a candidate."),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, people, size: int, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judges"].queryset = self.fields["reserves"].queryset = people
        exactly = _("Exactly {n}: those listed hold the office and sit on no panel yet.")
        self.fields["judges"].help_text = exactly.format(n=size)


@login_required
def new_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """Form a panel."""
    at = clock.now()
    stage = _managed(request, pk, at)
    people = boards.judges_free(stage, at)
    form = PanelForm(request.POST or None, people=people, size=empanelling.panel_size(stage))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        given |= {"judges": list(given["judges"]), "reserves": list(given["reserves"])}
        try:
            panel = empanelling.form_panel(stage=stage, **given, by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("“{panel}” is formed.").format(panel=panel.name))
            return redirect("exams:hearing_setup", pk)
    return _form_page(request, stage, form, _("Form a panel"), _("Form the panel"))


def _form_page(request: HttpRequest, stage: Stage, form: forms.Form, title: str, verb: str, sub="") -> HttpResponse:
    context = {"stage": stage, "form": form, "title": title, "verb": verb, "sub": sub, "crumbs": _crumbs(stage)}
    return render(request, "exams/hearing_form.html", context, status=422 if form.errors else 200)


class ReserveForm(forms.Form):
    judges = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=gettext_lazy("Judge"),
        error_messages={"required": gettext_lazy("Choose a judge.")},
    )

    def __init__(self, *args, people, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judges"].queryset = people


@login_required
def add_reserve(request: HttpRequest, pk: int) -> HttpResponse:
    """One more reserve for a panel."""
    at = clock.now()
    panel = get_object_or_404(Panel.objects.select_related("stage"), pk=pk)
    stage = _managed(request, panel.stage_id, at)
    form = ReserveForm(request.POST or None, people=boards.judges_free(stage, at))
    if request.method == "POST" and form.is_valid():
        try:
            empanelling.add_reserve(panel=panel, judge=form.cleaned_data["judges"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The reserve is added to “{panel}”.").format(panel=panel.name))
            return redirect("exams:hearing_setup", stage.pk)
    return _form_page(request, stage, form, _("Add a reserve"), _("Add the reserve"), panel.name)


class TopicsForm(forms.Form):
    topics = forms.CharField(
        label=gettext_lazy("Topics"),
        help_text=gettext_lazy(
            "One topic a line: group, code and text, separated by tabs or by commas, as copied from a workbook."
        ),
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": gettext_lazy("Enter at least one topic.")},
    )

    def rows(self) -> list[dict[str, str]]:
        """The lines as the act takes them; what is missing on a line stays empty."""
        found = []
        for line in self.cleaned_data["topics"].splitlines():
            if line.strip():
                separator = "\t" if "\t" in line else ("，" if "，" in line and "," not in line else ",")
                parts = [part.strip() for part in line.split(separator, 2)]
                found.append(dict(zip(("group", "code", "text"), [*parts, "", ""], strict=False)))
        return found


@login_required
def topics(request: HttpRequest, pk: int) -> HttpResponse:
    """Add topics, many at once."""
    at = clock.now()
    stage = _managed(request, pk, at)
    form = TopicsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = empanelling.add_topics(stage=stage, topics=form.rows(), by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            said = ngettext("%(count)d topic is added.", "%(count)d topics are added.", len(made))
            messages.success(request, said % {"count": len(made)})
            return redirect("exams:hearing_setup", pk)
    return _form_page(request, stage, form, _("Add topics"), _("Add these topics"))


class DayForm(forms.Form):
    starts_at = forms.DateTimeField(
        label=gettext_lazy("Begins at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": gettext_lazy("Enter date and time, for example 2024-03-24 08:30.")},
    )
    site = forms.CharField(label=gettext_lazy("Site"), max_length=120)
    slot_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes from one candidate of a panel to the next"), initial=20
    )
    prepare_minutes = forms.IntegerField(label=gettext_lazy("Minutes to prepare"), initial=30)
    present_minutes = forms.IntegerField(label=gettext_lazy("Minutes to present"), initial=15)
    defend_minutes = forms.IntegerField(label=gettext_lazy("Minutes for questions"), initial=5)


@login_required
def new_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a day of hearings."""
    at = clock.now()
    stage = _managed(request, pk, at)
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            empanelling.schedule_day(stage=stage, **form.cleaned_data, by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The day is added."))
            return redirect("exams:hearing_setup", pk)
    return _form_page(request, stage, form, _("Add a hearing day"), _("Add the day"))


@login_required
@require_POST
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Call everyone who passed the stage before."""
    at = clock.now()
    stage = _managed(request, pk, at)
    try:
        called = empanelling.call_candidates(stage=stage, by=request.user, at=at)
    except Refusal as refusal:
        return _overview(request, stage, at, refusal=refusal)
    said = ngettext("%(count)d candidate is called.", "%(count)d candidates are called.", len(called))
    messages.success(request, said % {"count": len(called)})
    return redirect("exams:hearing_setup", pk)


@login_required
@require_safe
def recusals(request: HttpRequest, pk: int) -> HttpResponse:
    """Who stepped aside for whom, and why."""
    at = clock.now()
    stage = _stage(request, pk, at)
    may_recuse = access.covers(request.user, stage.exam.organisation, at, empanelling.OFFICER)
    context = {
        "stage": stage,
        "recusals": boards.recusals_of(stage),
        "hearings": boards.hearings_of(stage) if may_recuse else [],
        "crumbs": _crumbs(stage),
    }
    return render(request, "exams/recusals.html", context)


@login_required
@require_safe
def lots(request: HttpRequest, pk: int) -> HttpResponse:
    """Every lot of a stage: its commitment, its seed once drawn, and whether it replays."""
    at = clock.now()
    stage = _stage(request, pk, at)
    return render(request, "exams/lots.html", {"stage": stage, "lots": boards.lots_of(stage), "crumbs": _crumbs(stage)})
