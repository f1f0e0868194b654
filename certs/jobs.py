"""What the clock does for certificates."""

import logging
from collections.abc import Callable, Iterable

from celery import shared_task

from certs import rendering, telling
from certs.models import Batch, Credential
from lms.lib import clock

log = logging.getLogger(__name__)

AT_ONCE = 200


@shared_task
def sweep() -> int:
    """Tell the holders whom nobody has told, and draw what was issued and never drawn, because the queue or the server
    was gone; how many it drew. A bounded number at a time, in no order, so that one certificate that cannot be drawn
    holds nothing up."""
    at = clock.now()
    untold = Batch.objects.untold().order_by("decided_at").values_list("pk", flat=True)
    _try_each(untold, lambda pk: telling.tell(pk, at=at), "the holders of list %s could not be told")
    waiting = Credential.objects.not_drawn().order_by("?").values_list("pk", flat=True)[:AT_ONCE]
    return _try_each(waiting, rendering.render, "certificate %s could not be drawn")


def _try_each(ids: Iterable[int], act: Callable[[int], None], failed: str) -> int:
    done = 0
    for pk in ids:
        try:
            act(pk)
            done += 1
        except Exception:  # whatever is wrong with this one, the others can still be done
            log.exception(failed, pk)
    return done
