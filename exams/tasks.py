"""What acts leave for after their commit: an id, read again, done once."""

from celery import shared_task

from exams import marking, print_runs
from lms.lib import clock


@shared_task
def mark_attempt(attempt_id: int) -> None:
    """Mark the answers of a handed-in attempt that have a key."""
    marking.mark_by_key(attempt_id, clock.now())


@shared_task(time_limit=580)  # a hall of thousands on a slow machine; below what the queue takes for lost
def set_room_papers(run_id: int) -> None:
    """Set the papers of rooms that were asked for, unless they are set already."""
    print_runs.set_papers(run_id, clock.now(), lambda done: print_runs.note_progress(run_id, done, clock.now()))
