"""Publishes what was approved for a later moment, and withdraws what was to be read until one."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from wagtail.models import Page, Revision

log = logging.getLogger(__name__)


def run(*, at: dt.datetime) -> int:
    """Do what is due at a moment, each page for itself: one that cannot be published holds up none of the others. How
    many it did. What was done is not due any more, so a second run finds nothing."""
    expired = Page.objects.live().filter(expire_at__lte=at).order_by("expire_at", "pk")
    approved = Revision.objects.filter(approved_go_live_at__lte=at).order_by("approved_go_live_at", "pk")
    done = sum(_tried(_withdraw, pk) for pk in expired.values_list("pk", flat=True))
    return done + sum(_tried(_publish, pk) for pk in approved.values_list("pk", flat=True))


def _tried(act: Callable[[Any], None], pk: Any) -> bool:
    try:
        with transaction.atomic():
            act(pk)
    except Exception:  # whatever is wrong with this one, the others are due as well
        log.exception("%s of %s failed", act.__name__, pk)
        return False
    return True


def _withdraw(pk: int) -> None:
    page = Page.objects.select_for_update().get(pk=pk)
    page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


def _publish(pk: int) -> None:
    revision = Revision.objects.select_for_update().filter(pk=pk, approved_go_live_at__isnull=False).first()
    if revision is not None:
        revision.publish(log_action="wagtail.publish.scheduled")
