"""A lesson between its page and the record: what it demands of whom, and what finishing it sets going."""

import datetime as dt
import hashlib
import json
import uuid
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from wagtail.models import Page

from cms import outline
from cms.models import CoursePage, LessonPage, ProgrammePage
from lms.people.models import Teacher
from lms.records import learning
from lms.records.models import LessonCompletion
from lms.training import completing, planning
from lms.training.models import Requirement


def questions(page: LessonPage) -> list[tuple[str, Any]]:
    """The questions in a lesson's body: id and value, in order."""
    return [(block.id, block.value) for block in page.body if block.block_type == "question"]


def as_recorded(page: LessonPage, course: CoursePage) -> learning.Lesson:
    """A live lesson as the records know it."""
    return learning.Lesson(
        key=page.key,
        title=page.title,
        course=course.translation_key,
        course_title=course.title,
        minutes=page.minutes,
        asks=bool(questions(page)),
        version=page.version,
    )


def course_of(page: LessonPage) -> CoursePage:
    """The course that a lesson belongs to."""
    return CoursePage.objects.ancestor_of(page).get()


def version_of(page: LessonPage) -> str:
    """A fingerprint of what a lesson says and asks."""
    said = [page.title, page.sources, page.body.get_prep_value()]
    return hashlib.sha256(json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def published(*, page: LessonPage, by: Any, at: dt.datetime) -> None:
    """A lesson was published: note what it says now, and let every programme that uses its course demand it."""
    version = version_of(page)
    LessonPage.objects.filter(pk=page.pk).update(version=version)
    page.version = version
    shown(page=page, by=by, at=at)


@transaction.atomic
def shown(*, page: Page, by: Any, at: dt.datetime) -> None:
    """What stands at or below a page of a course is to be read now: the programmes that use the course demand it."""
    for each in _programmes_with(page):
        bring_up_to_date(page=each, by=by, at=at)


@transaction.atomic
def moved(*, before: Page, after: Page, by: Any, at: dt.datetime) -> None:
    """A lesson or a module went from below one page to below another: it is demanded there, and here no longer."""
    shown(page=before, by=by, at=at)
    shown(page=after, by=by, at=at)


@transaction.atomic
def withdrawn(*, page: Page, by: Any, at: dt.datetime) -> None:
    """A lesson, a module, a course or a programme's page is no longer to be read: no programme demands what is gone.
    What is deleted is told while it is still in its place, each page for itself; so nothing is demanded here anew."""
    pages = [page] if isinstance(page, ProgrammePage) else _programmes_with(page)
    for each in pages:
        staying = live_lessons(each) if each.live and each.pk != page.pk else []
        _retire(each, {lesson.key for lesson in staying if not lesson.path.startswith(page.path)}, by, at)


@transaction.atomic
def bring_up_to_date(*, page: ProgrammePage, by: Any, at: dt.datetime) -> None:
    """Make what a programme demands equal to the live lessons of its live courses; nothing while its page is not
    published. What somebody finished stays finished."""
    wanted = {each.key: each for each in live_lessons(page)} if page.live else {}
    _retire(page, set(wanted), by, at)
    for key, lesson in wanted.items():
        planning.demand_lesson(
            programme=page.programme, key=key, title=lesson.title, minutes=lesson.minutes, by=by, at=at
        )


def _retire(page: ProgrammePage, staying: set[uuid.UUID], by: Any, at: dt.datetime) -> None:
    standing = Requirement.objects.standing().filter(programme=page.programme, kind=Requirement.Kind.LESSON)
    for key in set(standing.values_list("key", flat=True)) - staying:
        planning.retire_lesson(programme=page.programme, key=key, by=by, at=at)


def live_lessons(page: ProgrammePage) -> list[LessonPage]:
    """The lessons that a programme consists of now, in order, without their bodies."""
    courses = list(CoursePage.objects.live().filter(used_by__page=page).order_by("used_by__sort_order"))
    parts = outline.of(courses)
    return [lesson for course in courses for part in parts[course.pk] for lesson in part.lessons]


@transaction.atomic
def report(
    *,
    page: LessonPage,
    course: CoursePage,
    teacher: Teacher,
    token: str,
    number: int,
    places: dict[str, int],
    away: bool,
    at: dt.datetime,
) -> tuple[learning.Standing, LessonCompletion | None]:
    """Count the time that a page reports (`learning.report`), and finish the lesson if nothing is missing any more.
    Refuses: NotOpened."""
    lesson = as_recorded(page, course)
    standing = learning.report(
        teacher=teacher, lesson=lesson, token=token, number=number, places=places, away=away, at=at
    )
    is_spent = standing.seconds >= lesson.minutes * 60
    return standing, try_to_finish(page=page, course=course, teacher=teacher, at=at) if is_spent else None


@transaction.atomic
def try_to_finish(
    *, page: LessonPage, course: CoursePage, teacher: Teacher, at: dt.datetime
) -> LessonCompletion | None:
    """Finish the lesson if its time is spent and its questions are passed; None while something is missing. The
    completion of a programme follows from it at once. What was finished before stays as it was."""
    before = LessonCompletion.objects.filter(teacher=teacher, lesson=page.key).first()
    if before:
        return before
    try:
        done = learning.finish(teacher=teacher, lesson=as_recorded(page, course), at=at)
    except (learning.NotOpened, learning.TooShort, learning.NotPassed):
        return None
    completing.reconsider(teacher=teacher, lesson=page.key, at=at)
    return done


def _programmes_with(page: Page) -> list[ProgrammePage]:
    """The pages of the programmes that use the course at or above a page."""
    courses = CoursePage.objects.ancestor_of(page, inclusive=True)
    return list(ProgrammePage.objects.filter(courses__course__in=courses).select_related("programme"))
