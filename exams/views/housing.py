"""The page of a sitting's sites and rooms."""

import re

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from exams import housing
from exams.models import Exam, Sitting
from lms.lib import clock
from lms.lib.refusals import Refusal

_ROOMS = re.compile(r"([0-9]{1,3})(?:[×xX*]([0-9]{1,3}))?")
_BETWEEN = re.compile(r"[,，、\s]+")


class SitesForm(forms.Form):
    """One site a line: name | address | seats of its rooms."""

    sites = forms.CharField(
        label=gettext_lazy("Sites and their rooms"),
        required=False,
        max_length=8000,
        help_text=gettext_lazy(
            "One site a line: name | address | rooms. Rooms are written as seats×number: 30×4 25 are four rooms of 30 "
            "seats and one of 25. Leave it empty to hold the sitting at its one site."
        ),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    seats_across = forms.IntegerField(
        label=gettext_lazy("Seats side by side in a row"),
        min_value=0,
        max_value=20,
        help_text=gettext_lazy("Seats are numbered row by row. 0: all in one line, nobody in front of another."),
        widget=forms.NumberInput(attrs={"class": "short", "inputmode": "numeric"}),
    )

    def places(self) -> list[housing.Place]:
        """The lines as the act takes them; a line that cannot be read has no rooms, and the act says so."""
        return [_place(line) for line in self.cleaned_data["sites"].splitlines() if line.strip()]

    @staticmethod
    def typed_of(sitting: Sitting) -> dict[str, object]:
        lines = [f"{each.name} | {each.address} | {_rooms_text(each.room_sizes)}" for each in sitting.sites.all()]
        return {"sites": "\n".join(lines), "seats_across": sitting.seats_across}


def _place(line: str) -> housing.Place:
    parts = [part.strip() for part in re.split(r"[|｜]", line)]
    name, rooms = parts[0][:120], parts[-1] if len(parts) > 1 else ""
    address = parts[1][:160] if len(parts) > 2 else ""
    return housing.Place(name, address, _sizes(rooms))


def _sizes(text: str) -> list[int]:
    sizes: list[int] = []
    for word in _BETWEEN.split(text):
        match = _ROOMS.fullmatch(word)
        if word and not match:
            return []
        if match:
            sizes += [int(match[1])] * min(int(match[2] or 1), housing.MOST_ROOMS + 1)
    return sizes


def _rooms_text(sizes: list[int]) -> str:
    words: list[list[int]] = []
    for size in sizes:
        if words and words[-1][0] == size:
            words[-1][1] += 1
        else:
            words.append([size, 1])
    return " ".join(f"{size}×{number}" if number > 1 else str(size) for size, number in words)


@login_required
@require_http_methods(["GET", "POST"])
def sites(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the sitting is held, planned until the seats are drawn."""
    at = clock.now()
    managed = Exam.objects.managed_by(request.user, at)
    rows = Sitting.objects.filter(module__stage__exam__in=managed).select_related("module__stage__exam__organisation")
    sitting = get_object_or_404(rows, module__stage__id=pk)
    exam = sitting.module.stage.exam
    form = SitesForm(request.POST or None, initial=SitesForm.typed_of(sitting))
    if request.method == "POST" and form.is_valid():
        across = form.cleaned_data["seats_across"]
        try:
            housing.plan_sites(sitting=sitting, sites=form.places(), seats_across=across, by=request.user, at=at)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(request, _("Sites and rooms are planned."))
            return redirect("exams:sites", pk=pk)
    planned = list(sitting.sites.all())
    context = {
        "exam": exam,
        "stage": sitting.module.stage,
        "sitting": sitting,
        "form": form,
        "planned": [(each, _rooms_text(each.room_sizes), sum(each.room_sizes)) for each in planned],
        "seats": sum(sum(each.room_sizes) for each in planned),
        "crumbs": [
            (_("Exams"), reverse("exams:list")),
            (exam.name, reverse("exams:exam", args=[exam.pk])),
            (_("Arrange rooms and seats"), reverse("exams:arrange", args=[pk])),
        ],
    }
    return render(request, "exams/sites.html", context, status=422 if form.errors else 200)
