"""What follows when a page is handed in for review, returned or approved: who is told, and what the journal keeps.

The steps themselves are Wagtail's; who may take which is said by cms.models.Review.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse
from wagtail.models import Page, TaskState

from cms.models import InstitutionPage
from lms.inbox import writing as inbox
from lms.journal import writing as journal
from lms.lib import clock
from lms.people.models import Appointment, Organisation, User


@transaction.atomic
def handed_in(*, state: TaskState, by: User | None, at: dt.datetime) -> None:
    """A page waits for review: the institution's reviewers are told, all but the one who handed it in."""
    page = _page(state)
    room = InstitutionPage.objects.ancestor_of(page).select_related("organisation").first()
    if room is None:
        return
    journal.write("cms.page_handed_in", by=by, at=at, about=page)
    told = [each for each in reviewers(room.organisation, at) if each != by]
    facts = {"title": page.title, "name": str(by or "")}
    inbox.send_all(kind="cms.page_handed_in", to=told, at=at, address=_address(page), facts_of=lambda _user: facts)


@transaction.atomic
def returned(*, state: TaskState, by: User | None, at: dt.datetime) -> None:
    """A page goes back with a comment, to those who handed it in."""
    page = _page(state)
    journal.write("cms.page_returned", by=by, at=at, about=page, reason=state.comment)
    for each in _authors(state, by):
        facts = {"title": page.title, "name": str(by or ""), "comment": state.comment}
        inbox.send(kind="cms.page_returned", to=each, at=at, address=_address(page), **facts)


@transaction.atomic
def approved(*, state: TaskState, by: User | None, at: dt.datetime) -> None:
    """A page is public from now on, or from the moment that was set for it; those who handed it in are told."""
    page = _page(state)
    facts: dict[str, Any] = {"title": page.title, "name": str(by or ""), "comment": state.comment}
    if page.go_live_at and page.go_live_at > at:
        facts["live_at"] = page.go_live_at.isoformat()
    journal.write("cms.page_approved", by=by, at=at, about=page, reason=state.comment)
    for each in _authors(state, by):
        inbox.send(kind="cms.page_approved", to=each, at=at, address=_address(page), **facts)


def reviewers(unit: Organisation, at: dt.datetime) -> list[User]:
    """The people whose office as a reviewer covers a unit on that day."""
    above = [int(step) for step in unit.path.split("/") if step]
    held = Appointment.objects.held_on(clock.local_date(at)).filter(
        office=Appointment.Office.CONTENT_REVIEWER, organisation__in=above, user__is_active=True
    )
    return list(User.objects.filter(pk__in=held.values("user")).order_by("pk"))


def _authors(state: TaskState, by: User | None) -> list[User]:
    asked = {state.workflow_state.requested_by, state.revision.user} - {None, by}
    return sorted(asked, key=lambda user: user.pk)


def _page(state: TaskState) -> Page:
    """The page with the words that were handed in."""
    return Page.objects.get(pk=state.revision.object_id).get_latest_revision_as_object()


def _address(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])
