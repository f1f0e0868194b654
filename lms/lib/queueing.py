"""Hands a task to the queue once the act's transaction has been committed."""

import logging

from celery import Task
from django.db import transaction

log = logging.getLogger(__name__)


def after_commit(task: Task, *ids: int) -> None:
    """Queue `task(*ids)` on commit. The row is the record: where the queue cannot be reached the act still stands,
    and the sweep that the clock runs finds the row again."""
    transaction.on_commit(lambda: _send(task, ids))


def _send(task: Task, ids: tuple[int, ...]) -> None:
    try:
        task.apply_async(args=ids, retry=False)
    except Exception:  # any failure of the queue, whatever the transport raises
        log.warning("The queue did not take %s%s; the next sweep will find it.", task.name, ids, exc_info=True)
