"""A trainer brings a course in as a folder, and reads what was not understood."""

from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cms import collecting, queries, reading
from cms.formats.lesson import Remark
from cms.models import CoursePage
from lms.lib import clock
from lms.lib.refusals import Refusal

MOST_BYTES = 50 * 2**20


class FolderForm(forms.Form):
    """A zipped folder, and the institution for which it is brought where there are several."""

    institution = forms.ModelChoiceField(queryset=None, label=gettext_lazy("For which institution"))
    file = forms.FileField(label=gettext_lazy("Folder, packed as a ZIP file"))

    def __init__(self, institutions: Any, *given: Any) -> None:
        super().__init__(*given)
        self.fields["institution"].queryset = institutions
        if len(institutions) == 1:
            del self.fields["institution"]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The ZIP file is larger than %(limit)s MB. Leave videos out; add them in the editor.")
                % {"limit": MOST_BYTES // 2**20}
            )
        return file


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def collect(request: HttpRequest) -> HttpResponse:
    """Bring a folder; its course stands as drafts at once."""
    at = clock.now()
    rooms = reading.institutions(request.user, at, *reading.AUTHORS).order_by("path")
    if not rooms:
        raise Http404
    form = FolderForm(rooms, *((request.POST, request.FILES) if request.method == "POST" else ()))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                found = collecting.collect(
                    institution=form.cleaned_data.get("institution") or rooms[0],
                    files=collecting.unpack(file.read()),
                    name=PurePosixPath(file.name).stem[:200],
                    by=request.user,
                    at=at,
                )
            except Refusal as refusal:
                form.add_error("file" if refusal.field == "file" else None, str(refusal))
                status = refusal.status
            else:
                return redirect("cms:collected", pk=found.course.pk)
    return render(request, "cms/collect.html", {"form": form, "crumbs": _crumbs()}, status=status)


@login_required
@require_safe
def collected(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a folder: the lessons as they stand now, and what was not understood."""
    rooms = reading.institutions(request.user, clock.now(), *reading.AUTHORS)
    course = get_object_or_404(CoursePage.objects.filter(queries.below(rooms)), id=pk)
    context = {
        "course": course,
        "modules": queries.drafted(course),
        "remarks": [Remark(**each) for each in course.remarks],
        "crumbs": _crumbs(),
    }
    return render(request, "cms/collected.html", context)


def _crumbs() -> list[tuple[str, str]]:
    return [(_("Courses"), reverse("cms:programmes"))]
