"""What the queue does for the inbox."""

from celery import shared_task

from lms.inbox import delivering
from lms.lib import clock


@shared_task
def deliver(*message_ids: int) -> None:
    """Send these messages over the installation's backends; those already sent are left alone."""
    for message_id in message_ids:
        delivering.deliver(message_id, at=clock.now())
