"""What the site's pages ask about announcements, and about the pages below an institution."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left, Length
from wagtail.models import TaskState, WorkflowState, WorkflowTask
from wagtail.query import PageQuerySet

from cms import reading
from cms.models import AnnouncementPage, CoursePage, InstitutionPage, LessonPage, ModulePage, ProgrammePage
from lms.people.models import User
from lms.training.models import Enrolment

# The path of the page above, in SQL.
_ABOVE = Left(OuterRef("path"), Length(OuterRef("path")) - AnnouncementPage.steplen)


def announcements() -> PageQuerySet:
    """The live ones that everybody may read, the newest first: those below the home page."""
    of_a_room = Exists(InstitutionPage.objects.filter(path=_ABOVE))
    return AnnouncementPage.objects.live().filter(~of_a_room).order_by("-first_published_at", "-pk")


def announcements_for(user: User, at: dt.datetime) -> PageQuerySet:
    """The live ones that this user may read, the newest first: those for everybody, and those of the institutions in
    whose programmes she holds a seat, or where she writes, reviews or oversees; these with the name of the
    `institution`."""
    room = InstitutionPage.objects.filter(path=_ABOVE)
    mine = Exists(room.live().filter(_rooms(user, at)))
    found = AnnouncementPage.objects.live().filter(~Exists(room) | mine)
    return found.annotate(institution=Subquery(room.values("title"))).order_by("-first_published_at", "-pk")


def _rooms(user: User, at: dt.datetime) -> Q:
    """A filter for the institutions whose announcements are for this user."""
    if not user.is_authenticated:
        return Q(pk__in=[])
    covered = reading.institutions(user, at, *reading.AUTHORS, *reading.OVERSEERS)
    programmes = Enrolment.objects.seated().held_by(user).values("period__programme")
    pages = ProgrammePage.objects.live().filter(programme__in=programmes).values_list("path", flat=True)
    return Q(pk__in=covered.values("pk")) | Q(path__in=[path[: -ProgrammePage.steplen] for path in pages])


def below(rooms: PageQuerySet) -> Q:
    """A filter for the pages below these institutions; of none, no page."""
    condition = Q(pk__in=[])
    for path in rooms.values_list("path", flat=True):
        condition |= Q(path__startswith=path)
    return condition


def drafted(course: CoursePage) -> list[tuple[ModulePage, list[LessonPage]]]:
    """A course's modules with their lessons as its authors see them, published or not, in two queries."""
    lessons = list(LessonPage.objects.descendant_of(course).defer_streamfields().order_by("path"))
    modules = ModulePage.objects.child_of(course).order_by("path")
    return [(module, [each for each in lessons if each.path.startswith(module.path)]) for module in modules]


def to_review(user: User, at: dt.datetime) -> QuerySet[TaskState]:
    """The pages that wait for this user as a reviewer; none that she handed in herself."""
    rooms = reading.institutions(user, at, reading.Office.CONTENT_REVIEWER)
    waiting = TaskState.objects.filter(
        status=TaskState.STATUS_IN_PROGRESS,
        workflow_state__status=WorkflowState.STATUS_IN_PROGRESS,
        task__review__institution__in=rooms,
    )
    return waiting.exclude(workflow_state__requested_by=user).exclude(revision__user=user)


def returned_to(user: User, at: dt.datetime) -> QuerySet[WorkflowState]:
    """The pages that a reviewer returned to this user, where she still writes."""
    rooms = reading.institutions(user, at, *reading.AUTHORS)
    return WorkflowState.objects.filter(
        status=WorkflowState.STATUS_NEEDS_CHANGES, requested_by=user, workflow__in=_workflows(rooms)
    )


def _workflows(rooms: PageQuerySet) -> QuerySet:
    return WorkflowTask.objects.filter(task__review__institution__in=rooms).values("workflow")
