"""The home page of an installation, and a room below it for each training institution."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Collection, Locale, Page, Site

from cms import granting
from cms.models import HomePage, InstitutionPage
from lms.journal import writing as journal
from lms.lib.crypto import token
from lms.lib.refusals import Refusal
from lms.people import access
from lms.people.models import Appointment, Organisation

OFFICES = (Appointment.Office.BUREAU_OFFICER,)


class HasARoom(Refusal):
    sentence = _("{unit} has its room for courses already.")
    field = "organisation"


def lay_ground() -> None:
    """The language, the root of the pages and the root of the collections, as the editor's own migrations lay them:
    they are gone once a database was emptied of all rows. What stands is left as it is."""
    Locale.objects.get_or_create(language_code=get_supported_content_language_variant(settings.LANGUAGE_CODE))
    if Page.get_first_root_node() is None:
        Page.add_root(title="Root", slug="root")
    if Collection.get_first_root_node() is None:
        Collection.add_root(name="Root")


def home() -> HomePage:
    """The one home page; the first that asks for it makes it and shows the site to it."""
    found = HomePage.objects.first()
    if found is None:
        lay_ground()
        found = HomePage(title=str(_("Announcements")), slug="announcements")
        Page.get_first_root_node().add_child(instance=found)
        Site.objects.update_or_create(
            is_default_site=True, defaults={"hostname": "localhost", "root_page": found, "site_name": ""}
        )
    return found


@transaction.atomic
def found_institution(*, organisation: Organisation, by: Any, at: dt.datetime) -> InstitutionPage:
    """Give a unit a room for its courses and files; `by` None is the installation. Refuses: NotYourOffice, HasARoom."""
    if by is not None and not by.is_superuser:
        access.require(by, organisation, at, *OFFICES)
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    if InstitutionPage.objects.filter(organisation=organisation).exists():
        raise HasARoom(unit=organisation)
    collection = Collection.get_first_root_node().add_child(name=organisation.name)
    page = InstitutionPage(
        title=organisation.name, slug=token(), organisation=organisation, collection=collection, owner=by
    )
    home().add_child(instance=page)
    granting.equip(page)
    journal.write("cms.institution_founded", by=by, at=at, about=page)
    return page
