"""The doors of the editor that are there for trainers and reviewers, and what each of them opens.

Wagtail has some two hundred addresses, and more with each release. Those named here exist for who holds an office;
all others exist for superusers only. A door that names a page, a file or anything that hangs on them opens only if
that lies in one of her own institutions: whatever Wagtail's view behind it asks or forgets to ask, it is asked here
first, by the numbers in the address and by those that the request carries along.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models
from django.http import HttpRequest
from wagtail.models import Page, Revision, TaskState, WorkflowState, get_default_page_content_type

from cms.models import CourseFile, CourseImage, InstitutionPage, Review


@dataclass(frozen=True)
class Room:
    """The institutions in which somebody may work at a moment. The guard of the editor (cms/editor.py) hangs it on the
    user of the request as `editor_room`; a superuser has none, for she may work everywhere."""

    institutions: Sequence[InstitutionPage]
    at: dt.datetime

    @cached_property
    def collections(self) -> set[int]:
        return {each.collection_id for each in self.institutions}

    @property
    def start(self) -> Page:
        """Where her listing of pages begins: her institution; the home page if she has several."""
        first = self.institutions[0]
        return first if len(self.institutions) == 1 else first.get_parent()

    def holds(self, page: Page | None) -> bool:
        """Whether a page lies below one of the institutions."""
        return page is not None and any(
            page.path.startswith(each.path) and page.path != each.path for each in self.institutions
        )

    def reaches(self, page: Page | None) -> bool:
        """Whether a page is one of the institutions, or lies below one."""
        return page is not None and any(page.path.startswith(each.path) for each in self.institutions)

    def leads_to(self, page: Page | None) -> bool:
        """Whether a page is on the way to one of the institutions, or in it."""
        return self.reaches(page) or (
            page is not None and any(each.path.startswith(page.path) for each in self.institutions)
        )


def room_of(user: Any) -> Room | None:
    """Where the user of this request may work; None for a superuser."""
    return getattr(user, "editor_room", None)


# A lock of a door: whether it opens in this room, for this request and the numbers of its address.
Lock = Callable[[Room, HttpRequest, Sequence[Any]], bool]


def opens(room: Room, request: HttpRequest) -> bool:
    """Whether the request's address is a door that is there, and opens for this room. What the request may not carry
    it carries in vain: nobody publishes at once, past the review."""
    match = request.resolver_match
    locks = DOORS.get(match.view_name)
    if locks is None or "action-publish" in request.POST:
        return False
    numbers = [*match.args, *match.kwargs.values()]
    return all(lock(room, request, numbers) for lock in (*locks, _carries_own_pages))


def is_front(request: HttpRequest) -> bool:
    """Whether the request is for the editor's first page."""
    return request.resolver_match.view_name == "wagtailadmin_home"


def _page(number: Any) -> Page | None:
    return Page.objects.filter(pk=number).first() if str(number).isdigit() else None


def own_page(place: int = 0) -> Lock:
    """The page at this place of the address lies below the institution."""
    return lambda room, request, numbers: room.holds(_page(numbers[place]))


def own_branch(place: int = 0) -> Lock:
    """It is the institution, or lies below it."""
    return lambda room, request, numbers: room.reaches(_page(numbers[place]))


def own_way(place: int = 0) -> Lock:
    """It lies on the way to the institution, or in it."""
    return lambda room, request, numbers: room.leads_to(_page(numbers[place]))


def own(model: type[models.Model], place: int = 0) -> Lock:
    """The file or picture at this place lies in the institution's collection."""

    def lock(room: Room, request: HttpRequest, numbers: Sequence[Any]) -> bool:
        number = str(numbers[place])
        return number.isdigit() and model.objects.filter(pk=number, collection__in=room.collections).exists()

    return lock


def of_page(model: type[models.Model], place: int) -> Lock:
    """The revision or review at this place belongs to the page that the address names first."""

    def lock(room: Room, request: HttpRequest, numbers: Sequence[Any]) -> bool:
        number, page = str(numbers[place]), str(numbers[0])
        if number in ("live", "earliest", "latest"):
            return True
        prefix = "workflow_state__" if model is TaskState else ""
        about = {
            f"{prefix}base_content_type": get_default_page_content_type(),
            f"{prefix}object_id": page,
        }
        return number.isdigit() and model.objects.filter(pk=number, **about).exists()

    return lock


def own_review(place: int) -> Lock:
    """The review at this place is the institution's."""
    return lambda room, request, numbers: Review.objects.filter(
        pk=numbers[place], institution__in=room.institutions
    ).exists()


def a_page(room: Room, request: HttpRequest, numbers: Sequence[Any]) -> bool:
    """Somebody is at work on a page, not on something else; the page is the third of the address."""
    return list(numbers[:2]) == ["wagtailcore", "page"] and room.holds(_page(numbers[2]))


def own_ids(model: type[models.Model]) -> Lock:
    """Every file or picture that the query asks for is the institution's."""

    def lock(room: Room, request: HttpRequest, numbers: Sequence[Any]) -> bool:
        asked = set(request.GET.getlist("id"))
        found = model.objects.filter(pk__in=[each for each in asked if each.isdigit()], collection__in=room.collections)
        return found.count() == len(asked)

    return lock


def own_page_ids(room: Room, request: HttpRequest, numbers: Sequence[Any]) -> bool:
    """Every page that the query asks for is the institution's."""
    return all(room.holds(_page(each)) for each in request.GET.getlist("id"))


def _carries_own_pages(room: Room, request: HttpRequest, numbers: Sequence[Any]) -> bool:
    """Pages that a request names outside its address, as where to copy or move to, are the institution's."""
    named = request.POST.getlist("new_parent_page") + request.GET.getlist("parent_page_id")
    return all(room.leads_to(_page(each)) for each in named if each)


_PAGE = (own_page(),)
_REVISION = (own_page(), of_page(Revision, 1))
_TASK = (own_page(), of_page(TaskState, 2))
_FILE, _PICTURE = (own(CourseFile),), (own(CourseImage),)

DOORS: dict[str, tuple[Lock, ...]] = {
    "wagtailadmin_home": (),
    "wagtailadmin_account": (),
    "wagtailadmin_logout": (),
    "wagtailadmin_sprite": (),
    "wagtailadmin_javascript_catalog": (),
    "wagtailadmin_dismissibles": (),
    # Pages
    "wagtailadmin_explore_root": (),
    "wagtailadmin_explore": (own_way(),),
    "wagtailadmin_explore_results": (own_way(),),
    "wagtailadmin_pages:search": (),
    "wagtailadmin_pages:search_results": (),
    "wagtailadmin_pages:add": (own_branch(2),),
    "wagtailadmin_pages:preview_on_add": (own_branch(2),),
    "wagtailadmin_pages:add_subpage": (own_branch(),),
    "wagtailadmin_pages:edit": _PAGE,
    "wagtailadmin_pages:preview_on_edit": _PAGE,
    "wagtailadmin_pages:view_draft": _PAGE,
    "wagtailadmin_pages:usage": (own_branch(),),
    "wagtailadmin_pages:delete": _PAGE,
    "wagtailadmin_pages:unpublish": _PAGE,
    "wagtailadmin_pages:move": _PAGE,
    "wagtailadmin_pages:move_confirm": (own_page(), own_branch(1)),
    "wagtailadmin_pages:set_page_position": _PAGE,
    "wagtailadmin_pages:copy": _PAGE,
    "wagtailadmin_pages:lock": _PAGE,
    "wagtailadmin_pages:unlock": _PAGE,
    "wagtailadmin_pages:history": _PAGE,
    "wagtailadmin_pages:history_results": _PAGE,
    "wagtailadmin_pages:revisions_index": _PAGE,
    "wagtailadmin_pages:revisions_view": _REVISION,
    "wagtailadmin_pages:revisions_revert": _REVISION,
    "wagtailadmin_pages:revisions_unschedule": _REVISION,
    "wagtailadmin_pages:revisions_compare": (own_page(), of_page(Revision, 1), of_page(Revision, 2)),
    "wagtailadmin_pages:workflow_action": _TASK,
    "wagtailadmin_pages:collect_workflow_action_data": _TASK,
    "wagtailadmin_pages:confirm_workflow_cancellation": _PAGE,
    "wagtailadmin_pages:workflow_preview": (own_page(), own_review(1)),
    "wagtailadmin_pages:workflow_history": _PAGE,
    "wagtailadmin_pages:workflow_history_detail": (own_page(), of_page(WorkflowState, 1)),
    "wagtailadmin_editing_sessions:ping": (a_page,),
    "wagtailadmin_editing_sessions:release": (),
    # Choosing a page, or an address elsewhere
    "wagtailadmin_choose_page": (),
    "wagtailadmin_choose_page_child": (own_way(),),
    "wagtailadmin_choose_page_search": (),
    "wagtailadmin_choose_page_chosen_multiple": (own_page_ids,),
    "wagtailadmin_choose_page_external_link": (),
    # Files
    "wagtaildocs:index": (),
    "wagtaildocs:index_results": (),
    "wagtaildocs:add": (),
    "wagtaildocs:edit": _FILE,
    "wagtaildocs:delete": _FILE,
    "wagtaildocs:document_usage": _FILE,
    "editor_add_files": (),
    "wagtaildocs:edit_multiple": _FILE,
    "wagtaildocs:delete_multiple": _FILE,
    "wagtaildocs_chooser:choose": (),
    "wagtaildocs_chooser:choose_results": (),
    "wagtaildocs_chooser:chosen": _FILE,
    "wagtaildocs_chooser:chosen_multiple": (own_ids(CourseFile),),
    "wagtaildocs_chooser:create": (),
    # Pictures
    "wagtailimages:index": (),
    "wagtailimages:index_results": (),
    "wagtailimages:add": (),
    "wagtailimages:edit": _PICTURE,
    "wagtailimages:delete": _PICTURE,
    "wagtailimages:image_usage": _PICTURE,
    "wagtailimages:add_multiple": (),
    "wagtailimages:edit_multiple": _PICTURE,
    "wagtailimages:delete_multiple": _PICTURE,
    "wagtailimages_chooser:choose": (),
    "wagtailimages_chooser:choose_results": (),
    "wagtailimages_chooser:chosen": _PICTURE,
    "wagtailimages_chooser:chosen_multiple": (own_ids(CourseImage),),
    "wagtailimages_chooser:create": (),
}
