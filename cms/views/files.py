"""The one door to the files of courses: whoever may not read one finds nothing there."""

import mimetypes
from pathlib import Path

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from cms import reading
from cms.models import CourseFile, CourseImage, CourseRendition, SlidePicture
from lms.lib import clock
from lms.lib.http import send_file

# What a page shows in its place; everything else is a download.
_SHOWN = ("image/jpeg", "image/png", "image/webp", "video/mp4", "audio/mpeg", "audio/mp4", "text/vtt")
_TYPES = {".m4a": "audio/mp4", ".vtt": "text/vtt"}


@require_safe
def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of a course, whole or in ranges."""
    owner = _owner(name)
    if owner is None or not reading.may_read_file(request.user, owner, clock.now()):
        raise Http404
    path = Path(CourseFile._meta.get_field("file").storage.path(name))
    if not path.is_file():
        raise Http404
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return send_file(request, path, content_type=kind, name=_name(owner, path), attachment=kind not in _SHOWN)


def _owner(name: str) -> CourseFile | CourseImage | None:
    """Whose file this is: a course file or a picture, also by one of its sizes or slides."""
    room = name.split("/", 1)[0]
    if room == "files":
        return CourseFile.objects.filter(file=name).first()
    if room == "slides":
        slide = SlidePicture.objects.filter(file=name).select_related("source").first()
        return slide.source if slide else None
    if room == "sizes":
        size = CourseRendition.objects.filter(file=name).select_related("image").first()
        return size.image if size else None
    return CourseImage.objects.filter(file=name).first()


def _name(owner: CourseFile | CourseImage, path: Path) -> str:
    return owner.title if owner.title.lower().endswith(path.suffix.lower()) else f"{owner.title}{path.suffix}"
