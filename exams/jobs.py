"""What the clock drives in examinations: the end of sittings, marking that a lost message left undone, figures,
papers to print."""

from celery import shared_task

from exams import analysing, invigilating, marking, preparing, sitting
from exams.models import Attempt
from lms.lib import clock

AT_ONCE = 200  # scripts in one transaction


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
    """Mark every handed-in attempt that is still unmarked, so many in one transaction."""
    pending = Attempt.objects.filter(state=Attempt.State.HANDED_IN, marked_at=None).order_by("pk")
    waiting = list(pending.values_list("pk", flat=True))
    for first in range(0, len(waiting), AT_ONCE):
        marking.mark_many_by_key(waiting[first : first + AT_ONCE], clock.now())


@shared_task
def reckon_figures() -> None:
    """Reckon how the questions did on every paper whose scores were settled since."""
    analysing.reckon_due(clock.now())


@shared_task
def sweep_prints() -> None:
    """Queue papers of rooms again whose task was lost, and clear the old ones away."""
    at = clock.now()
    preparing.requeue_lost(at)
    preparing.clear(at)
