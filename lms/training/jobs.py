"""What the clock does for training."""

from celery import shared_task

from lms.lib import clock
from lms.training import completing, enrolling, seating


@shared_task
def complete_ready() -> None:
    """Complete whoever has nothing left to do."""
    if not clock.is_held():
        completing.sweep(at=clock.now())


@shared_task
def lapse_offers() -> None:
    """Give seats that were offered and not accepted in time, and those that fell free by themselves, to the next who
    waits."""
    if not clock.is_held():
        enrolling.lapse(at=clock.now())
        seating.refill(at=clock.now())
