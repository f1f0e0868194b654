"""Publishes announcements and policy documents without the editor: for an officer's act and for the demo."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.html import linebreaks
from django.utils.translation import gettext_lazy as _

from cms import founding, searching
from cms.models import AnnouncementPage, CourseFile, InstitutionPage, LibraryPage, PolicyDocument
from lms.journal import writing as journal
from lms.lib.crypto import token
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment

PUBLISHING_OFFICES = (Appointment.Office.BUREAU_OFFICER, Appointment.Office.EXAM_OFFICER)


class NothingToAnnounce(Refusal):
    sentence = _("An announcement needs a title and a text. Write both, then publish it.")
    field = "title"


class DocumentIncomplete(Refusal):
    sentence = _("A document needs its title and who issued it.")
    field = "title"


class InTheLibrary(Refusal):
    sentence = _("{number} is in the library already.")
    field = "number"


@transaction.atomic
def announce(
    *, title: str, body: str, institution: InstitutionPage | None = None, by: Any, at: dt.datetime
) -> AnnouncementPage:
    """Publish plain text under a title; blank lines part the paragraphs, and markup in it is shown as typed. Everybody
    reads it, or only the enrolled of an institution. Refuses an empty one (NothingToAnnounce), and whoever holds no
    office that publishes, for an institution one that covers it (NotYourOffice); `by` None is the installation."""
    if by is not None and not by.is_superuser and not _may_publish(by, institution, at):
        raise access.NotYourOffice
    if not title.strip() or not body.strip():
        raise NothingToAnnounce
    page = AnnouncementPage(
        title=title.strip(),
        # The address of an announcement is its number; a title without letters makes no slug.
        slug=token(),
        body=linebreaks(body.strip(), autoescape=True),
        owner=by,
        first_published_at=at,
        last_published_at=at,
    )
    (institution or founding.home()).add_child(instance=page)
    page.save_revision(user=by, log_action=False)
    searching.bring_up_to_date(page=page)
    journal.write("cms.announcement_published", by=by, at=at, about=page)
    return page


@transaction.atomic
def add_policy_document(
    *,
    title: str,
    issuer: str,
    issued_on: dt.date,
    number: str = "",
    summary: str = "",
    file: CourseFile | None = None,
    by: Any,
    at: dt.datetime,
) -> PolicyDocument:
    """Put a regulation or circular into the library, where everybody reads it, with its file if it has one; the first
    makes the library. Refuses: NotYourOffice (whoever holds no office that publishes), DocumentIncomplete,
    InTheLibrary (another of this number); `by` None is the installation itself."""
    if by is not None and not by.is_superuser and not _may_publish(by, None, at):
        raise access.NotYourOffice
    title, issuer, number = title.strip(), issuer.strip(), number.strip()
    if not title or not issuer:
        raise DocumentIncomplete
    library = _library(by)
    if number and library.documents.filter(number=number).exists():
        raise InTheLibrary(number=number)
    facts = {"number": number, "issuer": issuer, "issued_on": issued_on, "summary": summary.strip(), "file": file}
    document = PolicyDocument(title=title, sort_order=library.documents.count(), **facts)
    # As a revision: the editor goes on from the latest one, and would lose what stands in none.
    library.documents.add(document)
    library.documents.commit()
    revision = library.save_revision(user=by, log_action=False)
    revision.publish(user=by, log_action=False, skip_permission_checks=True)
    journal.write("cms.document_added", by=by, at=at, about=document)
    return document


def _may_publish(by: Any, institution: InstitutionPage | None, at: dt.datetime) -> bool:
    if institution is None:
        return bool(access.offices(by, at, *PUBLISHING_OFFICES))
    return access.covers(by, institution.organisation, at, *PUBLISHING_OFFICES)


def _library(by: Any) -> LibraryPage:
    """The one library, locked."""
    found = LibraryPage.objects.select_for_update(of=("self",)).first()
    if found is None:
        found = LibraryPage(title=str(_("Policy documents")), slug="library", owner=by)
        founding.home().add_child(instance=found)
    return found
