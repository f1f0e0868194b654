"""A candidate's photo: handed in, and shown to herself, to those who review her and to those who watch the exam."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from exams import picturing, portraits
from exams.models import Candidate
from exams.views.candidacy import came_from, own_or_reviewed
from lms.lib import clock
from lms.lib.refusals import Refusal
from lms.people import photos


def _slider(label: str, least: int, most: int, initial: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"type": "range", "step": 1, "min": least, "max": most})
    return forms.IntegerField(label=label, initial=initial, min_value=least, max_value=most, widget=widget)


class PhotoForm(forms.Form):
    """A picture, and what to cut out of it."""

    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={
            "required": gettext_lazy("Choose a photo."),
            "empty": gettext_lazy("The file is empty. Choose another."),
        },
    )
    zoom = _slider(gettext_lazy("Nearer"), 100, 400, 100)
    across = _slider(gettext_lazy("From left to right"), 0, 100, 50)
    down = _slider(gettext_lazy("From top to bottom"), 0, 100, 50)
    anyway = forms.BooleanField(
        label=gettext_lazy("Use it although the ground seems dark or uneven; the reviewer decides"), required=False
    )


@login_required
@require_http_methods(["GET", "POST"])
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand in a photo: choose, cut out, and see what stands now."""
    at = clock.now()
    found = own_or_reviewed(request, pk, at)
    own = found.teacher.user_id == request.user.pk
    form = PhotoForm(request.POST or None, request.FILES or None)
    not_plain = "anyway" in request.POST
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        cut = portraits.Cut(typed["zoom"], typed["across"], typed["down"])
        try:
            picturing.set_photo(
                candidate=found, file=typed["photo"], cut=cut, anyway=typed["anyway"], by=request.user, at=at
            )
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
            not_plain = isinstance(refusal, picturing.GroundNotPlain)
        else:
            messages.success(request, _("The photo is handed in. Look at it once more."))
            return redirect("exams:candidate_photo", pk=pk)
    context = {
        "candidate": found,
        "exam": found.exam,
        "form": form,
        "own": own,
        "not_plain": not_plain,
        "back": came_from(found, own)[1],
        "crumbs": [came_from(found, own)],
    }
    return render(request, "exams/candidate_photo.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def photo_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture itself, kept nowhere on the way."""
    found = get_object_or_404(Candidate.objects.visible_to(request.user, clock.now()), pk=pk)
    path = photos.path_of(found.photo)
    if not found.photo or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type="image/jpeg")
    response["Cache-Control"] = "no-store, private"
    return response
