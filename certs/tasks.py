"""What the queue does for certificates."""

from celery import shared_task

from certs import rendering, telling
from lms.lib import clock
from lms.lib.printing import PrintingError


@shared_task(autoretry_for=(PrintingError, OSError), max_retries=3, retry_backoff=True)
def render(*credential_ids: int) -> None:
    """Draw these certificates, unless they are drawn already. One that cannot be drawn holds up none of the others;
    after the last of them the task fails and is tried again."""
    failed: Exception | None = None
    for credential_id in credential_ids:
        try:
            rendering.render(credential_id)
        except (PrintingError, OSError) as error:
            failed = error
    if failed is not None:
        raise failed


@shared_task
def tell(batch_id: int) -> None:
    """Tell the holders of an issued list, unless they have been told."""
    telling.tell(batch_id, at=clock.now())
