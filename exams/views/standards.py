"""Setting a standard: the judge rates item by item on her own sheet; the exam officer names, opens, closes, freezes."""

import json
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from exams import queries, rating, stages, standards
from exams.models import Exam, Module, RatingSheet, StandardSetting
from lms.lib import charts, clock
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment

_FIELD = "r-"


# The judge


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """My sheets: those that wait for my signature first."""
    at = clock.now()
    found = list(standards.sheets_of(request.user, at))
    if not found and not access.offices(request.user, at, Appointment.Office.JUDGE):
        raise Http404
    listed = [{"sheet": each, "is_open": standards.is_open(each)} for each in found]
    listed.sort(key=lambda each: not each["is_open"])
    return render(request, "exams/rating_sheets.html", {"sheets": listed})


@login_required
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """My sheet of one round. A POST keeps the ratings, and with act=sign signs; JSON in, JSON out."""
    at = clock.now()
    own = get_object_or_404(standards.sheets_of(request.user, at), pk=pk)
    if request.content_type == "application/json":
        return _autosave(request, own)
    if request.method != "POST":
        return _sheet_page(request, own)
    typed = {name.removeprefix(_FIELD): value for name, value in request.POST.items() if name.startswith(_FIELD)}
    try:
        if request.POST.get("act") == "sign":
            rating.sign(own, typed, by=request.user, at=at)
            messages.success(request, _("Signed. Your sum counts for this round."))
            return redirect("exams:rating_sheets")
        rating.save(own, typed, by=request.user, at=at)
    except Refusal as refusal:
        return _sheet_page(request, own, typed=typed, refusal=refusal)
    messages.success(request, _("Saved. Not signed yet."))
    return redirect("exams:rating_sheet", pk)


def _autosave(request: HttpRequest, own: RatingSheet) -> HttpResponse:
    """Keep ratings sent as {"ratings": {item: "60" or null}}; answers when they were saved."""
    try:
        given = json.loads(request.body)["ratings"]
        typed = {str(item): None if value is None else str(value) for item, value in given.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponseBadRequest()
    kept = rating.save(own, typed, by=request.user, at=clock.now())
    return JsonResponse({"saved_at": _clock(kept)})


def _clock(own: RatingSheet) -> str:
    return formats.date_format(timezone.localtime(own.saved_at), "H:i:s") if own.saved_at else ""


def _sheet_page(
    request: HttpRequest, own: RatingSheet, *, typed: dict[str, str] | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    rows = standards.rows(own, typed)
    rated = [row for row in rows if row.is_rated]
    total = sum((row.weight * int(row.percent) / 100 for row in rated), Decimal(0))
    context = {
        "sheet": own,
        "setting": own.setting,
        "module": own.setting.module,
        "exam": own.setting.module.stage.exam,
        "rows": rows,
        "rated": len(rated),
        "of": len(rows),
        "sum": total.normalize() if rated else None,
        "full": sum((row.weight for row in rows), Decimal(0)),
        "has_forms": any(row.opens_form for row in rows),
        "is_open": standards.is_open(own),
        "saved_at": _clock(own),
        "refusal": refusal,
        "crumbs": [(_("Standards to set"), reverse("exams:rating_sheets"))],
    }
    return render(request, "exams/rating_sheet.html", context, status=refusal.status if refusal else 200)


# The officer


class JudgesForm(forms.Form):
    judges = forms.ModelMultipleChoiceField(
        queryset=None,
        label=gettext_lazy("Judges"),
        help_text=gettext_lazy("At least three. They see the paper and its keys when you open the first round."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least three people.")},
    )

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judges"].queryset = people


class OpenForm(forms.Form):
    show_facility = forms.BooleanField(
        required=False,
        label=gettext_lazy("Show the judges how each question did"),
        help_text=gettext_lazy("Possible when the scores are checked."),
    )


class CloseForm(forms.Form):
    without_unsigned = forms.BooleanField(
        required=False,
        label=gettext_lazy("Close without those who have not signed"),
        help_text=gettext_lazy("Their ratings do not count, and their names are kept with the round."),
    )


class DissolveForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the panel is dissolved"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Write why the panel is dissolved; the reason is kept for good.")},
    )


def _module(request: HttpRequest, at: Any, **by: Any) -> Module:
    managed = Module.objects.filter(
        kind=Module.Kind.WRITTEN, stage__exam__in=Exam.objects.managed_by(request.user, at)
    ).select_related("stage__exam__organisation", "sitting__paper")
    return get_object_or_404(managed, **by)


@login_required
def conduct(request: HttpRequest, pk: int) -> HttpResponse:
    """How the standard of a module is being set, and the next step; a POST names the judges."""
    at = clock.now()
    module = _module(request, at, pk=pk)
    people = queries.judges_of(module.stage.exam, at)
    form = JudgesForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            rating.name_judges(module, form.cleaned_data["judges"], by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("The judges are named. They see nothing until you open the first round."))
            return redirect("exams:standard", pk)
    return _page(request, module, people_form=form, status=422 if form.errors else 200)


def _page(request: HttpRequest, module: Module, *, status: int = 200, **bound: forms.Form) -> HttpResponse:
    """The page; `bound` are the forms that were sent and not carried out, under their names in the template."""
    standing = module.standard_settings.exclude(state=StandardSetting.State.DISSOLVED)
    setting = standing.select_related("frozen_by").order_by("-named_at", "-pk").first()
    if setting is not None:
        setting.module = module
    judges = standards.judges(setting) if setting else []
    rounds = [setting.rounds[number] for number in sorted(setting.rounds)] if setting else []
    past = stages.is_past(module.stage, module.stage.State.LINE_SET)
    if "people_form" not in bound:
        bound["people_form"] = JudgesForm(people=queries.judges_of(module.stage.exam, clock.now()))
    context = {
        "module": module,
        "stage": module.stage,
        "exam": module.stage.exam,
        "setting": setting,
        "judges": judges,
        "rounds": [{"number": n, **each} for n, each in enumerate(rounds, 1)],
        "dots": _dots(judges, rounds[-1]) if rounds else None,
        "items": standards.item_rows(setting) if setting else [],
        "forms": standards.forms(setting) if setting else None,
        "may_name": not past and (setting is None or setting.state == StandardSetting.State.FROZEN),
        "may_open": module.stage.state in rating.AFTER_THE_BELL,
        "open_form": OpenForm(),
        "close_form": CloseForm(),
        "dissolve_form": DissolveForm(),
        "crumbs": [(module.stage.exam.name, reverse("exams:exam", args=[module.stage.exam_id]))],
        **bound,
    }
    return render(request, "exams/standard.html", context, status=status)


def _dots(judges: list[standards.Judge], kept: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {"label": each.name, "value": each.sums[-1], "text": f"{each.sums[-1]:.2f}", "off": each.apart}
        for each in judges
        if each.sums[-1] is not None
    ]
    return charts.dots(rows, float(kept["value"]))


def _setting(request: HttpRequest, pk: int) -> StandardSetting:
    at = clock.now()
    managed = StandardSetting.objects.filter(module__stage__exam__in=Exam.objects.managed_by(request.user, at))
    return get_object_or_404(managed, pk=pk)


@login_required
@require_POST
def open_round(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the next round."""
    found = _setting(request, pk)
    form = OpenForm(request.POST)
    form.is_valid()
    try:
        rating.open_round(found, show_facility=form.cleaned_data["show_facility"], by=request.user, at=clock.now())
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _page(request, _module(request, clock.now(), pk=found.module_id), status=422, open_form=form)
    messages.success(request, _("The round is open. Every judge has been told."))
    return redirect("exams:standard", found.module_id)


@login_required
@require_POST
def close_round(request: HttpRequest, pk: int) -> HttpResponse:
    """Close the round that runs."""
    found = _setting(request, pk)
    form = CloseForm(request.POST)
    form.is_valid()
    without = form.cleaned_data["without_unsigned"]
    try:
        rating.close_round(found, without_unsigned=without, by=request.user, at=clock.now())
    except Refusal as refusal:
        form.add_error(refusal.field, str(refusal))
        return _page(request, _module(request, clock.now(), pk=found.module_id), status=422, close_form=form)
    messages.success(request, _("The round is closed."))
    return redirect("exams:standard", found.module_id)


@login_required
@require_POST
def freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """End with the first round."""
    found = _setting(request, pk)
    frozen = rating.freeze(found, by=request.user, at=clock.now())
    messages.success(request, _("The standard is frozen at {value} points.").format(value=frozen.value))
    return redirect("exams:standard", found.module_id)


@login_required
@require_POST
def dissolve(request: HttpRequest, pk: int) -> HttpResponse:
    """End a panel that cannot finish."""
    found = _setting(request, pk)
    form = DissolveForm(request.POST)
    if form.is_valid():
        try:
            rating.dissolve(found, form.cleaned_data["reason"], by=request.user, at=clock.now())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The panel is dissolved. Other judges can be named."))
            return redirect("exams:standard", found.module_id)
    return _page(request, _module(request, clock.now(), pk=found.module_id), status=422, dissolve_form=form)
