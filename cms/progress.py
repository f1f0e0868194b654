"""How far a teacher has come in her courses, and where she goes on."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from cms import outline, reading
from cms.models import CoursePage, LessonPage, ModulePage, ProgrammeCourse, ProgrammePage
from lms.lib import clock
from lms.people.models import Teacher, User
from lms.records import queries as records
from lms.records.models import LessonCompletion, LessonProgress, Reflection
from lms.training import queries as training
from lms.training.models import Enrolment, Period, Programme


@dataclass(frozen=True)
class Standing:
    """A lesson as one teacher stands in it."""

    lesson: LessonPage
    progress: LessonProgress | None = None
    completion: LessonCompletion | None = None

    @property
    def minutes(self) -> int:
        """Whole minutes learnt."""
        return self.progress.minutes if self.progress else 0

    @property
    def is_finished(self) -> bool:
        return self.completion is not None

    @property
    def is_newer(self) -> bool:
        """Whether the lesson says something else than what she finished."""
        return self.completion is not None and self.completion.version != self.lesson.version


@dataclass(frozen=True)
class Part:
    """A module with how she stands in each of its lessons."""

    module: ModulePage
    standings: list[Standing]


@dataclass(frozen=True)
class Path:
    """One course or several, one after another, as one teacher walks them."""

    parts: list[Part]

    @property
    def standings(self) -> list[Standing]:
        return [each for part in self.parts for each in part.standings]

    @property
    def finished(self) -> int:
        return sum(each.is_finished for each in self.standings)

    @property
    def minutes(self) -> int:
        """Whole minutes learnt in all of them."""
        return sum(each.progress.seconds for each in self.standings if each.progress) // 60

    @property
    def minutes_needed(self) -> int:
        return sum(each.lesson.minutes for each in self.standings)

    @property
    def is_begun(self) -> bool:
        return any(each.progress for each in self.standings)

    @property
    def next_lesson(self) -> LessonPage | None:
        """Where to go on: the first unfinished lesson from the one seen last on, else the first unfinished of all."""
        way = self.standings
        seen = [place for place, each in enumerate(way) if each.progress]
        last = max(seen, key=lambda place: way[place].progress.seen_at, default=0)
        return next((each.lesson for each in [*way[last:], *way[:last]] if not each.is_finished), None)


@dataclass(frozen=True)
class Running:
    """A seat in a period that runs, with the page of its programme and how far its holder has come."""

    enrolment: Enrolment
    page: ProgrammePage
    path: Path


@dataclass(frozen=True)
class Listed:
    """A programme in the list: what it is worth, how long it is, the user's enrolment in it, and the period that can
    be joined now, as far as its time of enrolment goes."""

    page: ProgrammePage
    hours: Decimal
    lessons: int
    enrolment: Enrolment | None
    open_period: Period | None


def learner(user: User, course: CoursePage, at: dt.datetime) -> Teacher | None:
    """The teacher who learns here: she holds a seat in a programme that uses the course. Whoever reads it by office
    alone has nothing counted."""
    teacher = reading.teacher_of(user)
    if teacher is None:
        return None
    seated = training.seated_programmes(teacher, at)
    return teacher if course.used_by.filter(page__live=True, page__programme__in=seated).exists() else None


def paths(teacher: Teacher | None, courses: Iterable[CoursePage]) -> dict[int, Path]:
    """A teacher's way through each of these courses, by the id of its page, in four queries; for nobody in particular
    (None), the courses as they are."""
    parts = outline.of(courses)
    lessons = [lesson for found in parts.values() for part in found for lesson in part.lessons]
    standings = _standings(teacher, lessons)
    return {
        pk: Path([Part(part.module, [standings[each.key] for each in part.lessons]) for part in found])
        for pk, found in parts.items()
    }


def standing(teacher: Teacher | None, lesson: LessonPage) -> Standing:
    """How a teacher stands in one lesson."""
    return _standings(teacher, [lesson])[lesson.key]


def written(teacher: Teacher | None, lesson: LessonPage) -> dict[str, str]:
    """What a teacher wrote last in answer to each invitation of a lesson, by the id of its block."""
    rows = Reflection.objects.filter(teacher=teacher, lesson=lesson.key) if teacher else Reflection.objects.none()
    return {str(block): text for block, text in rows.order_by("written_at", "pk").values_list("block", "text")}


def enrolments(teacher: Teacher, course: CoursePage) -> QuerySet[Enrolment]:
    """The seats of a teacher in programmes that use a course, the latest first."""
    using = course.used_by.filter(page__live=True).values("page__programme")
    rows = Enrolment.objects.seated().of(teacher).filter(period__programme__in=using)
    return rows.select_related("period__programme").order_by("-period__starts_on", "-pk")


def running(user: User, at: dt.datetime) -> list[Running]:
    """The user's seats in periods that run and have a page, in the order in which the periods end; the queries do not
    grow with them."""
    today = clock.local_date(at)
    seats = Enrolment.objects.held_by(user).filter(state=Enrolment.State.CONFIRMED)
    rows = seats.filter(period__starts_on__lte=today, period__ends_on__gte=today)
    found = list(rows.select_related("period__programme").order_by("period__ends_on", "pk"))
    teacher = reading.teacher_of(user) if found else None
    if teacher is None:
        return []
    pages = {each.programme_id: each for each in _pages(each.period.programme_id for each in found)}
    ways = _ways(teacher, pages.values())
    return [
        Running(each, pages[each.period.programme_id], ways[each.period.programme_id])
        for each in found
        if each.period.programme_id in pages
    ]


def way(teacher: Teacher | None, page: ProgrammePage) -> tuple[list[CoursePage], dict[int, Path]]:
    """The live courses of a programme in their order, and the teacher's way through each."""
    courses = _courses([page])[page.pk]
    return courses, paths(teacher, courses)


def programmes(user: User, at: dt.datetime) -> list[Listed]:
    """The programmes that concern the user: those she is in first, then those that can be joined, then by title; one
    that is offered no longer only where she is in it. The queries do not grow with them."""
    pages = list(visible(user, at).order_by("title", "pk"))
    courses = _courses(pages)
    parts = outline.of(course for each in courses.values() for course in each)
    mine = Enrolment.objects.live().held_by(user).select_related("period")
    own = {each.period.programme_id: each for each in mine.order_by("period__starts_on", "pk")}
    now_open = Period.objects.filter(state=Period.State.OPEN, enrol_from_at__lte=at, enrol_until_at__gt=at)
    periods = {each.programme_id: each for each in now_open.order_by("-enrol_until_at", "-pk")}
    today = clock.local_date(at)
    listed = [
        Listed(
            page=each,
            hours=sum((row.hours for row in each.programme.hours.all()), Decimal(0)),
            lessons=sum(len(part.lessons) for course in courses[each.pk] for part in parts[course.pk]),
            enrolment=own.get(each.programme_id),
            open_period=periods.get(each.programme_id),
        )
        for each in pages
    ]
    offered = [
        each
        for each in listed
        if each.enrolment or each.page.programme.ended_on is None or each.page.programme.ended_on >= today
    ]
    return sorted(offered, key=lambda each: (each.enrolment is None, each.open_period is None))


def visible(user: User, at: dt.datetime) -> QuerySet[ProgrammePage]:
    """The live pages of the programmes that concern the user."""
    rows = ProgrammePage.objects.live().filter(programme__in=Programme.objects.visible_to(user, at))
    related = rows.select_related("programme__organisation", "programme__level", "programme__requires")
    return related.prefetch_related("programme__hours")


def _standings(teacher: Teacher | None, lessons: list[LessonPage]) -> dict[uuid.UUID, Standing]:
    keys = [each.key for each in lessons]
    if teacher is None:
        return {each.key: Standing(each) for each in lessons}
    begun = LessonProgress.objects.filter(teacher=teacher, lesson__in=keys)
    progress = {each.lesson: each for each in begun}
    completions = {each.lesson: each for each in records.finished(teacher).filter(lesson__in=keys)}
    return {each.key: Standing(each, progress.get(each.key), completions.get(each.key)) for each in lessons}


def _pages(programmes: Iterable[int]) -> list[ProgrammePage]:
    return list(ProgrammePage.objects.live().filter(programme__in=list(programmes)).select_related("programme"))


def _courses(pages: Iterable[ProgrammePage]) -> dict[int, list[CoursePage]]:
    """The live courses of each of these pages, by the page's id, in one query."""
    found: dict[int, list[CoursePage]] = {each.pk: [] for each in pages}
    uses = ProgrammeCourse.objects.filter(page__in=found, course__live=True)
    for each in uses.select_related("course").order_by("page", "sort_order", "pk"):
        found[each.page_id].append(each.course)
    return found


def _ways(teacher: Teacher, pages: Iterable[ProgrammePage]) -> dict[int, Path]:
    """A teacher's way through each of these programmes, by the programme's id."""
    pages = list(pages)
    courses = _courses(pages)
    each_way = paths(teacher, {course.pk: course for found in courses.values() for course in found}.values())
    return {
        page.programme_id: Path([part for course in courses[page.pk] for part in each_way[course.pk].parts])
        for page in pages
    }
