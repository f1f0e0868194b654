"""What the clock drives in examinations: the end of sittings, marking that a lost message left undone, figures."""

from celery import shared_task

from exams import analysing, invigilating, sitting, tasks
from exams.models import Attempt
from lms.lib import clock


@shared_task
def close_overdue() -> None:
    """Hand in what the time has run out on, then send the stages that are over on to marking."""
    if clock.is_held():
        return
    at = clock.now()
    sitting.close_overdue(at)
    invigilating.close_stages(at)


@shared_task
def mark_pending() -> None:
    """Mark every handed-in attempt that is still unmarked."""
    pending = Attempt.objects.filter(state=Attempt.State.HANDED_IN, marked_at=None).order_by("pk")
    for pk in pending.values_list("pk", flat=True):
        tasks.mark_attempt(pk)


@shared_task
def reckon_figures() -> None:
    """Reckon how the questions did on every paper whose scores were settled since."""
    analysing.reckon_due(clock.now())
