"""The pages of programmes and courses: what there is to learn, for whom, and how far one has come."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms import progress, reading
from lms.lib import clock
from lms.people.models import PostHeld, SchoolStage
from lms.training import queries as training


@login_required
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes that concern the reader, and where she goes on in those that run."""
    at = clock.now()
    context = {"running": progress.running(request.user, at), "listed": progress.programmes(request.user, at)}
    return render(request, "cms/programmes.html", context)


@login_required
@require_safe
def programme(request: HttpRequest, pk: int) -> HttpResponse:
    """One programme: for whom it is, what it takes, which periods there are, and why one can or cannot join."""
    at = clock.now()
    page = get_object_or_404(progress.visible(request.user, at), id=pk)
    teacher = reading.teacher_of(request.user)
    courses, paths = progress.way(teacher, page)
    offers = training.offers(page.programme, teacher, at)
    readable = set(reading.courses(request.user, at).values_list("pk", flat=True))
    context = {
        "page": page,
        "programme": page.programme,
        "teacher": teacher,
        "posts": [PostHeld.Post(each).label for each in page.programme.posts],
        "stages": [SchoolStage(each).label for each in page.programme.stages],
        "courses": [
            {"page": course, "path": paths[course.pk], "is_readable": course.pk in readable} for course in courses
        ],
        "whole": progress.Path([part for course in courses for part in paths[course.pk].parts]),
        "offers": offers,
        "own": next((each.enrolment for each in offers if each.enrolment), None),
        "today": clock.local_date(at),
        "crumbs": [(_("Courses"), reverse("cms:programmes"))],
    }
    return render(request, "cms/programme.html", context)


@login_required
@require_safe
def course(request: HttpRequest, pk: int) -> HttpResponse:
    """One course: its lessons, how one stands in each, and where to go on."""
    at = clock.now()
    page = get_object_or_404(reading.courses(request.user, at), id=pk)
    learner = progress.learner(request.user, page, at)
    context = {
        "page": page,
        "learner": learner,
        "path": progress.paths(learner, [page])[page.pk],
        "enrolment": progress.enrolments(learner, page).first() if learner else None,
        "today": clock.local_date(at),
        "crumbs": [(_("Courses"), reverse("cms:programmes"))],
    }
    return render(request, "cms/course.html", context)
