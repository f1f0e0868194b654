"""What acts leave for after their commit: an id, read again, done once."""

from celery import shared_task

from exams import marking
from lms.lib import clock


@shared_task
def mark_attempt(attempt_id: int) -> None:
    """Mark the answers of a handed-in attempt that have a key."""
    marking.mark_by_key(attempt_id, clock.now())
