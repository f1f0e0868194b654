"""Tells the enrolled what is new: the lessons of their courses, and what their institution announces; each once."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from wagtail.models import Page

from cms import outline, queries
from cms.models import AnnouncementPage, CoursePage, InstitutionPage, LessonPage, ProgrammePage, Told
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.people.models import User
from lms.training import queries as training

MOST_NAMED = 5  # lessons that a message names
_COURSE_STEPS = 2 * LessonPage.steplen  # of a lesson's path, to its course


def courses_with_news() -> list[int]:
    """The live courses with lessons to be read that nobody was told of."""
    paths = outline.lessons().filter(told=None).values_list("path", flat=True)
    courses = CoursePage.objects.live().filter(path__in={path[:-_COURSE_STEPS] for path in paths})
    return list(courses.order_by("pk").values_list("pk", flat=True))


def untold_announcements() -> list[int]:
    """The live announcements of institutions that nobody was told of."""
    found = AnnouncementPage.objects.live().filter(told=None).exclude(pk__in=queries.announcements().values("pk"))
    return list(found.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def tell_lessons(*, course_id: int, at: dt.datetime) -> int:
    """Tell those who are learning now in a programme that uses the course of all its lessons that are new, in one
    message; how many were told. Of a lesson nobody is told twice: not when it is published again, and not when this
    runs twice at once."""
    course = CoursePage.objects.select_for_update(of=("self",)).filter(pk=course_id).first()
    if course is None or not course.live:
        return 0
    lessons = list(outline.lessons().descendant_of(course).filter(told=None).defer_streamfields().order_by("path"))
    programmes = ProgrammePage.objects.live().filter(courses__course=course).values_list("programme", flat=True)
    people = list(training.learners(programmes, at, begun=True)) if lessons else []
    facts = {"course": course.title, "lessons": len(lessons), "titles": [each.title for each in lessons[:MOST_NAMED]]}
    inbox.send_all(kind="cms.lessons_new", to=people, at=at, address=course.address, facts_of=lambda _user: facts)
    _note(lessons, people, at)
    if people:
        counted = {"lessons": len(lessons), "people": len(people)}
        journal.write("cms.lessons_told", by=None, at=at, about=course, facts=counted)
    return len(people)


@transaction.atomic
def tell_announcement(*, page_id: int, at: dt.datetime) -> int:
    """Tell everybody who holds a seat in one of the institution's programmes; how many were told. Nobody is told
    twice."""
    page = AnnouncementPage.objects.select_for_update(of=("self",)).filter(pk=page_id).first()
    room = InstitutionPage.objects.live().ancestor_of(page).first() if page else None
    if page is None or not page.live or room is None or Told.objects.filter(page=page_id).exists():
        return 0
    programmes = ProgrammePage.objects.live().child_of(room).values_list("programme", flat=True)
    people = list(training.learners(programmes, at))
    facts = {"title": page.title, "institution": room.title}
    inbox.send_all(kind="cms.announced", to=people, at=at, address=page.address, facts_of=lambda _user: facts)
    _note([page], people, at)
    if people:
        journal.write("cms.announcement_told", by=None, at=at, about=page, facts={"people": len(people)})
    return len(people)


def _note(pages: Iterable[Page], people: list[User], at: dt.datetime) -> None:
    Told.objects.bulk_create([Told(page_id=each.pk, told_at=at, people=len(people)) for each in pages])
