"""What the clock does for what people read: publishes what is due, tells the enrolled what is new, draws PDFs, and
keeps the search up to date."""

import logging

from celery import shared_task

from cms import announcing, drawing, scheduling, searching, tasks
from lms.lib import clock

log = logging.getLogger(__name__)


@shared_task
def announce() -> int:
    """Tell of new lessons, all of a course in one message, and of the announcements of institutions: how many courses
    and announcements. One that cannot be told holds none of the others up."""
    if clock.is_held():
        return 0
    at = clock.now()
    errands = [(announcing.tell_lessons, {"course_id": pk}) for pk in announcing.courses_with_news()]
    errands += [(announcing.tell_announcement, {"page_id": pk}) for pk in announcing.untold_announcements()]
    for act, about in errands:
        try:
            act(**about, at=at)
        except Exception:  # whatever is wrong with this one, the others can still be told
            log.exception("%s %s failed", act.__name__, about)
    return len(errands)


@shared_task
def sweep_search() -> int:
    """Make the entries that an interrupted process left out or behind; how many pages."""
    return searching.sweep()


@shared_task
def publish_due() -> int:
    """Publish what was approved for this moment, withdraw what was to be read until it; how many pages."""
    return 0 if clock.is_held() else scheduling.run(at=clock.now())


@shared_task
def draw_waiting() -> None:
    """Draw the pages of PDFs that nobody has drawn, because the queue or the server was gone."""
    if waiting := drawing.waiting():
        tasks.draw(*waiting)
