"""The clock's errands for people."""

from celery import shared_task

from lms.lib import clock
from lms.people import importing, sending


@shared_task
def send_waiting_codes() -> None:
    """Send the codes whose task was lost, or whose sending failed."""
    at = clock.now()
    slips, phones = sending.waiting(at)
    for code_id in slips:
        sending.send_activation(code_id, at=at)
    for code_id in phones:
        sending.send_confirmation(code_id, at=at)


@shared_task
def sweep_imports() -> None:
    """Queue files again whose task was lost, and remove those that nothing speaks of."""
    at = clock.now()
    importing.requeue_lost(at)
    importing.clear_orphans(at)
