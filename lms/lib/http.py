"""Between the browser and the views: refusals become messages once, private pages are never stored, files are sent."""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme

from lms.lib.refusals import Refusal

_PIECE = 64 * 1024
GetResponse = Callable[[HttpRequest], HttpResponse]


class NoStoreMiddleware:
    """Pages about people are never kept by a browser or a proxy; public pages may say otherwise themselves."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response


class RefusalMiddleware:
    """A refusal that a view did not show beside its form: JSON for a script, otherwise a message on the page before.

    A GET that is refused has no page before it to return to, so it gets a page of its own with the sentence.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if "application/json" in (request.headers.get("Accept", ""), request.content_type):
            return refusal_json(exception)
        before = request.headers.get("Referer", "")
        if request.method == "POST" and url_has_allowed_host_and_scheme(before, {request.get_host()}):
            messages.error(request, str(exception))
            return redirect(before)
        return render(request, "refused.html", {"refusal": exception}, status=exception.status)


def row_id(text: str) -> int | None:
    """The number of a row as an address or a form gives it; None for what is none and for more than any row has."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def row_ids(texts: Iterable[str]) -> list[int]:
    """Those among these that are numbers of rows, in their order."""
    return [found for found in map(row_id, texts) if found is not None]


def refusal_json(refusal: Refusal, **more: object) -> JsonResponse:
    """A refusal for a script: {"refused": name, "sentence": text, …}."""
    return JsonResponse({"refused": refusal.code, "sentence": str(refusal), **more}, status=refusal.status)


def send_pdf(content: bytes, *, name: str, attachment: bool = True) -> HttpResponse:
    """A PDF as a download (or shown in the page), under a file name in any script, never sniffed or stored."""
    response = FileResponse(
        io.BytesIO(content), content_type="application/pdf", as_attachment=attachment, filename=name
    )
    response["Cache-Control"] = "no-store, private"
    return response


def send_file(
    request: HttpRequest, file: Path, *, content_type: str, name: str, attachment: bool = False
) -> HttpResponseBase:
    """A private file, read in pieces and never as a whole: all of it, or the one range of bytes that the browser asks
    for (206; 416 for one outside the file). Never sniffed, stored by a proxy or run as a page of this site."""
    size = file.stat().st_size
    span = _span(request.headers.get("Range", ""), size)
    if span is None:
        response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        first, last = span
        content = _pieces(file, first, last - first + 1) if request.method != "HEAD" else ()
        response = StreamingHttpResponse(content, content_type=content_type)
        response["Content-Length"] = str(last - first + 1)
        if "Range" in request.headers and size:
            response.status_code = 206
            response["Content-Range"] = f"bytes {first}-{last}/{size}"
        kept = content_disposition_header(attachment, name)
        response["Content-Disposition"] = kept or "inline"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "no-store, private"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that a Range header asks for; the whole file without one or with several; None where it
    lies outside the file."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip())
    if not found or found.groups() == ("", ""):
        return 0, size - 1
    begin, end = found.groups()
    first = int(begin) if begin else max(0, size - int(end))
    last = min(int(end), size - 1) if begin and end else size - 1
    return (first, last) if first <= last else None


def _pieces(file: Path, first: int, length: int) -> Iterator[bytes]:
    with file.open("rb") as source:
        source.seek(first)
        while length > 0 and (piece := source.read(min(_PIECE, length))):
            length -= len(piece)
            yield piece
