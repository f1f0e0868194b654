"""Hears from Wagtail that pages were published, withdrawn, moved or deleted, and passes it on."""

from typing import Any

from django.dispatch import receiver
from wagtail.models import Page, TaskState
from wagtail.signals import (
    page_published,
    page_unpublished,
    post_page_move,
    task_approved,
    task_rejected,
    task_submitted,
)

from cms import lessons, reviewing, searching
from cms.models import CoursePage, LessonPage, ModulePage, ProgrammePage
from lms.lib import clock

_OF_COURSES = (LessonPage, ModulePage, CoursePage, ProgrammePage)


@receiver(page_published)
def note_published(sender: type, instance: Any, revision: Any = None, **kwargs: Any) -> None:
    """A lesson is demanded from now on; of a programme, module or course everything below."""
    by, at = getattr(revision, "user", None), clock.now()
    if isinstance(instance, LessonPage):
        lessons.published(page=instance, by=by, at=at)
    elif isinstance(instance, ModulePage | CoursePage):
        lessons.shown(page=instance, by=by, at=at)
    elif isinstance(instance, ProgrammePage):
        lessons.bring_up_to_date(page=instance, by=by, at=at)


@receiver(page_unpublished)
def note_withdrawn(sender: type, instance: Any, **kwargs: Any) -> None:
    """Withdrawn, or about to be deleted: nobody is asked for it any more."""
    if isinstance(instance, _OF_COURSES):
        lessons.withdrawn(page=instance, by=None, at=clock.now())


@receiver(post_page_move)
def note_moved(sender: type, instance: Page, parent_page_before: Page, parent_page_after: Page, **kwargs: Any) -> None:
    """What went to another course is demanded there, and no longer where it was. The page comes without its kind; who
    sends says it."""
    if issubclass(sender, LessonPage | ModulePage) and parent_page_before.pk != parent_page_after.pk:
        lessons.moved(before=parent_page_before, after=parent_page_after, by=None, at=clock.now())


@receiver(page_published)
def note_to_be_found(sender: type, instance: Page, **kwargs: Any) -> None:
    """What is read is found by its words."""
    searching.bring_up_to_date(page=instance)


@receiver(page_unpublished)
def note_not_to_be_found(sender: type, instance: Page, **kwargs: Any) -> None:
    """Withdrawn, or about to be deleted: it is found no more."""
    searching.remove(page=instance)


@receiver(post_page_move)
def note_found_elsewhere(sender: type, instance: Page, parent_page_before: Page, **kwargs: Any) -> None:
    """What went elsewhere is found by those who may read it there."""
    searching.moved(page=instance, before=parent_page_before)


@receiver(task_submitted)
def note_handed_in(sender: type, instance: TaskState, user: Any = None, **kwargs: Any) -> None:
    """A page waits for its reviewers."""
    reviewing.handed_in(state=instance, by=user, at=clock.now())


@receiver(task_rejected)
def note_returned(sender: type, instance: TaskState, user: Any = None, **kwargs: Any) -> None:
    """A reviewer wants something changed."""
    reviewing.returned(state=instance, by=user, at=clock.now())


@receiver(task_approved)
def note_approved(sender: type, instance: TaskState, user: Any = None, **kwargs: Any) -> None:
    """A reviewer approved a page."""
    reviewing.approved(state=instance, by=user, at=clock.now())
