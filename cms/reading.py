"""Who may read what: courses, their lessons and files are private."""

import datetime as dt

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from wagtail.models import Page, ReferenceIndex
from wagtail.query import PageQuerySet

from cms import outline
from cms.models import CourseFile, CourseImage, CoursePage, InstitutionPage, PolicyDocument
from lms.people import access
from lms.people.models import Appointment, Teacher, User
from lms.training import queries as training

Office = Appointment.Office
# Who writes and reviews an institution's courses, and who looks at them from above.
AUTHORS = (Office.TRAINER, Office.CONTENT_REVIEWER)
OVERSEERS = (Office.BUREAU_OFFICER, Office.EXAM_OFFICER, Office.AUDITOR)


def institutions(user: User, at: dt.datetime, *offices: str) -> PageQuerySet:
    """The institutions that the user's offices of these kinds cover; all for a superuser."""
    if user.is_active and user.is_superuser:
        return InstitutionPage.objects.all()
    return InstitutionPage.objects.filter(access.under("organisation__path", access.paths(user, at, *offices)))


def teacher_of(user: User) -> Teacher | None:
    """The teacher that an account belongs to."""
    return Teacher.objects.filter(user=user).first() if user.is_authenticated else None


def courses(user: User, at: dt.datetime) -> PageQuerySet:
    """The live courses that the user may read: those of a programme in which she holds a seat, and those of the
    institutions where she writes, reviews or which her office oversees. A course below a withdrawn institution is
    not there."""
    covered = institutions(user, at, *AUTHORS, *OVERSEERS)
    condition = Q(pk__in=[])
    for path in covered.values_list("path", flat=True):
        condition |= Q(path__startswith=path)
    teacher = teacher_of(user)
    if teacher is not None:
        condition |= Q(used_by__page__programme__in=training.seated_programmes(teacher, at), used_by__page__live=True)
    return CoursePage.objects.live().filter(condition).distinct()


def lessons(user: User, at: dt.datetime) -> PageQuerySet:
    """The live lessons of the live modules of the courses that the user may read."""
    condition = Q(pk__in=[])
    for path in courses(user, at).values_list("path", flat=True):
        condition |= Q(path__startswith=path)
    return outline.lessons().filter(condition)


def may_read_file(user: User, file: CourseFile | CourseImage, at: dt.datetime) -> bool:
    """Whether a file may be fetched: by who writes, reviews or oversees the institution it belongs to, and by who may
    read a live lesson that shows it; a file of the library by everybody."""
    if isinstance(file, CourseFile) and PolicyDocument.objects.filter(file=file, page__live=True).exists():
        return True
    if not user.is_authenticated:
        return False
    if institutions(user, at, *AUTHORS, *OVERSEERS).filter(collection=file.collection_id).exists():
        return True
    return lessons(user, at).filter(pk__in=shown_on(file)).exists()


def shown_on(file: models.Model) -> list[int]:
    """The pages whose published content refers to a file."""
    rows = ReferenceIndex.objects.filter(
        base_content_type=ContentType.objects.get_for_model(Page),
        to_content_type=ContentType.objects.get_for_model(type(file)),
        to_object_id=str(file.pk),
    )
    return [int(each) for each in rows.values_list("object_id", flat=True).distinct()]
