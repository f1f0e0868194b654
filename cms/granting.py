"""Makes a user's Wagtail groups equal to her offices before each request to the editor.

The editor decides by groups: each institution has one of trainers and one of reviewers, with rights on its own pages
and files and nowhere else. Who is in them is not kept but derived, so an office that ended yesterday opens nothing.
"""

import datetime as dt

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Workflow, WorkflowPage, WorkflowTask

from cms import reading
from cms.models import InstitutionPage, Review
from lms.people.models import Appointment, User

Office = Appointment.Office
# What each office may do with pages; with files both may do everything.
_PAGES = {
    Office.TRAINER: ("add_page", "change_page"),
    Office.CONTENT_REVIEWER: ("add_page", "change_page", "publish_page"),
}
_FILES = {
    "wagtailimages": ("add_image", "change_image", "choose_image"),
    "wagtaildocs": ("add_document", "change_document", "choose_document"),
}
_NAME = "{office} {pk}"


def grant(user: User, at: dt.datetime) -> list[InstitutionPage]:
    """Put the user into the groups of the institutions that her offices cover on that day, and out of all others; a
    superuser needs none. Returns those institutions, in the order of the tree. Writes only where something changed."""
    covered: dict[int, InstitutionPage] = {}
    names: dict[str, InstitutionPage] = {}
    for office in _PAGES:
        for page in reading.institutions(user, at, office):
            covered[page.pk] = page
            if not user.is_superuser:
                names[_name(page, office)] = page
    wanted = dict(Group.objects.filter(name__in=names).values_list("name", "pk"))
    if missing := names.keys() - wanted.keys():
        for page in {names[each] for each in missing}:
            equip(page)
        wanted = dict(Group.objects.filter(name__in=names).values_list("name", "pk"))
    if set(user.groups.values_list("pk", flat=True)) != set(wanted.values()):
        with transaction.atomic():
            user.groups.set(wanted.values())
    return sorted(covered.values(), key=lambda page: page.path)


@transaction.atomic
def equip(page: InstitutionPage) -> None:
    """Give an institution its two groups with their rights, and its review; what is there already stays."""
    for office, rights in _PAGES.items():
        group, _made = Group.objects.get_or_create(name=_name(page, office))
        for right in _permissions("wagtailcore", rights):
            GroupPagePermission.objects.get_or_create(group=group, page_id=page.pk, permission=right)
        for app, names in _FILES.items():
            for right in _permissions(app, names):
                GroupCollectionPermission.objects.get_or_create(
                    group=group, collection_id=page.collection_id, permission=right
                )
        group.permissions.add(*_permissions("wagtailadmin", ("access_admin",)))
    review = Review.objects.filter(institution=page).first() or _found_review(page)
    review.groups.add(Group.objects.get(name=_name(page, Office.CONTENT_REVIEWER)))


def _found_review(page: InstitutionPage) -> Review:
    """One step: a reviewer decides."""
    review = Review(name=page.title, institution_id=page.pk)
    review.save()
    workflow = Workflow.objects.create(name=page.title)
    WorkflowTask.objects.create(workflow=workflow, task=review, sort_order=0)
    WorkflowPage.objects.create(workflow=workflow, page_id=page.pk)
    return review


def _name(page: InstitutionPage, office: str) -> str:
    return _NAME.format(office=office, pk=page.pk)


def _permissions(app: str, names: tuple[str, ...]) -> list[Permission]:
    return list(Permission.objects.filter(Q(content_type__app_label=app), codename__in=names).order_by("pk"))
