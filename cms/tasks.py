"""What the queue does for courses."""

import logging

from celery import shared_task

from cms import drawing, searching

log = logging.getLogger(__name__)


@shared_task
def draw(*file_ids: int) -> None:
    """Draw the pages of these PDFs, unless they are drawn already. One that cannot be drawn holds up none of the
    others, and is tried again by the sweep."""
    for file_id in file_ids:
        try:
            drawing.draw(file_id)
            searching.note_drawn(file_id=file_id)
        except (drawing.DrawingError, OSError):
            log.exception("the pages of course file %s could not be drawn", file_id)
