"""The clock's errands for the inbox."""

from celery import shared_task

from lms.inbox import delivering
from lms.lib import clock


@shared_task
def sweep() -> None:
    """Try again what waits: messages whose task was lost, and those whose last try failed a while ago."""
    at = clock.now()
    for message_id in delivering.due(at):
        delivering.deliver(message_id, at=at)
