"""A lesson as it is learnt: its page, and the doors through which its time, tries and reflections come."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cms import lessons, progress, reading, tries, trying, wording
from cms.models import CoursePage, LessonPage, Try
from lms.lib import clock
from lms.lib.http import refusal_json
from lms.lib.refusals import Refusal
from lms.people.attempts import Counter
from lms.people.models import Teacher
from lms.records import learning

LARGEST = 10_000  # bytes of one report
_LONGEST_PLACE = 24 * 3600  # seconds into a video


class TooOften(Refusal):
    sentence = gettext_lazy("This page reports too often. It goes on by itself in a minute.")
    status = 429


class SignedOut(Refusal):
    sentence = gettext_lazy("You are signed out, and no minutes are counted. Sign in again.")
    status = 401


class ReportNotUnderstood(Refusal):
    sentence = gettext_lazy("The report was not understood. Load the page again.")
    status = 400


# A page reports every half minute; a dozen of them side by side are still below this.
_REPORTS = Counter("learning reports", limit=30, seconds=60, refusal=TooOften)
_OPENINGS = Counter("learning openings", limit=30, seconds=60, refusal=TooOften)


@dataclass(frozen=True)
class Desk:
    """A lesson in front of somebody: the page, its course, and the teacher whose learning counts, if one."""

    page: LessonPage
    course: CoursePage
    learner: Teacher | None


def _desk(request: HttpRequest, pk: int, at: dt.datetime) -> Desk:
    """What lies before the user; 404 for a lesson that she may not read."""
    page = get_object_or_404(reading.lessons(request.user, at), id=pk)
    course = lessons.course_of(page)
    return Desk(page, course, progress.learner(request.user, course, at))


def _learning(request: HttpRequest, pk: int, at: dt.datetime) -> tuple[LessonPage, CoursePage, Teacher]:
    """The same for who learns there; who only reads it finds no door."""
    desk = _desk(request, pk, at)
    if desk.learner is None:
        raise Http404
    return desk.page, desk.course, desk.learner


@login_required
@require_safe
def lesson(request: HttpRequest, pk: int) -> HttpResponse:
    """A lesson with what the teacher learnt, tried and wrote there."""
    at = clock.now()
    return _show(request, _desk(request, pk, at))


def _show(
    request: HttpRequest, desk: Desk, *, typed: dict[str, str] | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    """The lesson's page; with a refusal, what was `typed` under the id of its block stays."""
    page, course, learner = desk.page, desk.course, desk.learner
    _fetch_slides(page)
    path = progress.paths(learner, [course])[course.pk]
    way = path.standings
    place = next(place for place, each in enumerate(way) if each.lesson.pk == page.pk)
    asked = lessons.questions(page)
    context = {
        "page": page,
        "course": course,
        "learner": learner,
        "path": path,
        "standing": way[place],
        "place": place + 1,
        "previous": way[place - 1].lesson if place else None,
        "next": way[place + 1].lesson if place + 1 < len(way) else None,
        "places": way[place].progress.places if way[place].progress else {},
        "written": progress.written(learner, page) | (typed or {}),
        "refusal": refusal,
        "refused": next(iter(typed), "") if refusal and typed else "",
        "asks": min(page.ask or len(asked), len(asked)),
        "tried": tries.last(learner, page),
        "every": learning.REPORT_EVERY,
        "crumbs": [(_("Courses"), reverse("cms:programmes")), (wording.titled(course), course.address)],
    }
    return render(request, "cms/lesson.html", context, status=422 if refusal else 200)


def _fetch_slides(page: LessonPage) -> None:
    """Read the pages of all slides of a lesson at once."""
    files = [block.value["file"] for block in page.body if block.block_type == "slides"]
    prefetch_related_objects([each for each in files if each], "slides")


@require_POST
def open_lesson(request: HttpRequest, pk: int) -> JsonResponse:
    """Let the time run on this page: {"token"}, with which it reports."""
    at = clock.now()
    if not request.user.is_authenticated:
        return refusal_json(SignedOut())
    page, course, teacher = _learning(request, pk, at)
    try:
        _OPENINGS.require_free(str(request.user.pk), at)
    except TooOften as refusal:
        return refusal_json(refusal)
    _OPENINGS.count(str(request.user.pk), at)
    lesson = lessons.as_recorded(page, course)
    return JsonResponse({"token": learning.open_lesson(teacher=teacher, lesson=lesson, at=at)})


@require_POST
def report(request: HttpRequest, pk: int) -> JsonResponse:
    """Half a minute more: {"token", "number", "places", "away"} → {"counted", "why", "seconds", "finished"}. `places`
    says how many seconds into it a video stands, by the id of its file; `away`, that the page was out of sight."""
    at = clock.now()
    if not request.user.is_authenticated:
        return refusal_json(SignedOut())
    page, course, teacher = _learning(request, pk, at)
    try:
        _REPORTS.require_free(str(request.user.pk), at)
        _REPORTS.count(str(request.user.pk), at)
        told = _told(request, page)
        standing, done = lessons.report(page=page, course=course, teacher=teacher, at=at, **told)
    except Refusal as refusal:
        return refusal_json(refusal)
    answer = {"counted": standing.counted, "why": standing.why, "seconds": standing.seconds, "finished": bool(done)}
    return JsonResponse(answer)


def _told(request: HttpRequest, page: LessonPage) -> dict[str, Any]:
    """What a report says, of the shapes that it must have; a place in anything but a video or sound of this lesson is
    left out."""
    if request.content_type != "application/json" or int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise ReportNotUnderstood()
    try:
        said = json.loads(request.body)
        token, number, places = said["token"], said["number"], said.get("places", {})
        away = said.get("away", False) is True
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReportNotUnderstood() from error
    if not isinstance(token, str) or type(number) is not int or not isinstance(places, dict):
        raise ReportNotUnderstood()
    players = [each.value["file"] for each in page.body if each.block_type in ("video", "audio")]
    played = {str(each.pk) for each in players if each}
    kept = {
        file: seconds
        for file, seconds in places.items()
        if file in played and type(seconds) is int and 0 <= seconds <= _LONGEST_PLACE
    }
    return {"token": token, "number": number, "places": kept, "away": away}


@login_required
@require_POST
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Questions for a try, drawn anew."""
    at = clock.now()
    page, course, teacher = _learning(request, pk, at)
    drawn = trying.draw(page=page, course=course, teacher=teacher, at=at)
    if drawn.number > 1:
        messages.info(request, _("Try {n}: the questions were drawn anew.").format(n=drawn.number))
    return redirect(f"{page.address}#check")


@login_required
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The answers of the try whose number is sent with them."""
    at = clock.now()
    page, course, teacher = _learning(request, pk, at)
    own = Try.objects.filter(teacher=teacher, lesson=page.key)
    number = request.POST.get("number", "")
    drawn = get_object_or_404(own, number=int(number) if number.isdecimal() and len(number) < 6 else 0)
    trying.answer(drawn=drawn, page=page, course=course, answers=_responses(request, drawn), at=at)
    return redirect(f"{page.address}#check")


def _responses(request: HttpRequest, drawn: Try) -> dict[str, Any]:
    """What was chosen and typed, in the shapes of `lms.questions`, by the ids of the questions that were drawn."""
    found: dict[str, Any] = {}
    for each in drawn.asked:
        name = f"q-{each['id']}"
        if each["kind"] == "multiple":
            found[each["id"]] = request.POST.getlist(name)
        elif each["kind"] == "true_false":
            found[each["id"]] = {"true": True, "false": False}.get(request.POST.get(name, ""), "")
        elif each["kind"] == "fill_in":
            found[each["id"]] = request.POST.getlist(name)
        else:
            found[each["id"]] = request.POST.get(name, "")
    return found


@login_required
@require_POST
def reflect(request: HttpRequest, pk: int) -> HttpResponse:
    """What she wrote in answer to one invitation of the lesson."""
    at = clock.now()
    page, course, teacher = _learning(request, pk, at)
    asked = {each.id: str(each.value["prompt"]) for each in page.body if each.block_type == "reflection"}
    block, text = request.POST.get("block", ""), request.POST.get("text", "")
    if block not in asked:
        raise Http404
    lesson = lessons.as_recorded(page, course)
    try:
        learning.reflect(teacher=teacher, lesson=lesson, block=uuid.UUID(block), prompt=asked[block], text=text, at=at)
    except Refusal as refusal:
        return _show(request, Desk(page, course, teacher), typed={block: text}, refusal=refusal)
    messages.success(request, _("Your reflection is saved. Only you can read it."))
    return redirect(f"{page.address}#b-{block}")
