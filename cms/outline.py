"""What a course consists of, for whoever reads it: its live modules with their live lessons, in order."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Left, Length
from wagtail.query import PageQuerySet

from cms.models import CoursePage, LessonPage, ModulePage

_STEP = ModulePage.steplen


@dataclass(frozen=True)
class Part:
    """A module and its lessons; their bodies are not read."""

    module: ModulePage
    lessons: list[LessonPage]


def lessons() -> PageQuerySet:
    """The live lessons whose module is live; whether their course is, says who asks for a course's."""
    withdrawn = ModulePage.objects.not_live().filter(path=Left(OuterRef("path"), Length(OuterRef("path")) - _STEP))
    return LessonPage.objects.live().filter(~Exists(withdrawn))


def of(courses: Iterable[CoursePage]) -> dict[int, list[Part]]:
    """The parts of each course, by the id of its page, in two queries whatever the courses hold."""
    wanted = list(courses)
    below = Q(pk__in=[])
    for course in wanted:
        below |= Q(path__startswith=course.path)
    modules = ModulePage.objects.live().filter(below).order_by("path")
    parts = {each.path: Part(each, []) for each in modules}
    for lesson in lessons().filter(below).defer_streamfields().order_by("path"):
        part = parts.get(lesson.path[:-_STEP])
        if part is not None:
            part.lessons.append(lesson)
    return {course.pk: [part for path, part in parts.items() if path.startswith(course.path)] for course in wanted}
