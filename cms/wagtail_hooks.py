"""What the editor shows to whom, and what may be written into it: Wagtail calls these."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from draftjs_exporter.dom import DOM
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem, SubmitForModerationMenuItem
from wagtail.admin.menu import MenuItem
from wagtail.admin.rich_text.converters.html_to_contentstate import ExternalLinkElementHandler, PageLinkElementHandler
from wagtail.admin.rich_text.editors.draftail.features import EntityFeature
from wagtail.admin.site_summary import SummaryItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import (
    LockedPagesPanel,
    RecentEditsPanel,
    UserObjectsInWorkflowModerationPanel,
    WorkflowObjectsToModeratePanel,
)
from wagtail.admin.views.pages.listing import GenericPageFilterSet
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import TaskState, WorkflowState
from wagtail.query import PageQuerySet
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.signals import task_submitted, workflow_approved, workflow_rejected, workflow_submitted

from cms.doors import room_of

# Our own messages tell of reviews (cms/reviewing.py), in the inbox and from there by mail; these would tell twice.
task_submitted.disconnect(sender=TaskState, dispatch_uid="group_approval_task_submitted_email_notification")
workflow_submitted.disconnect(sender=WorkflowState, dispatch_uid="workflow_state_submitted_email_notification")
workflow_rejected.disconnect(sender=WorkflowState, dispatch_uid="workflow_state_rejected_email_notification")
workflow_approved.disconnect(sender=WorkflowState, dispatch_uid="workflow_state_approved_email_notification")


# The frame


@hooks.register("construct_main_menu")
def main_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    """Pages, files, pictures, what waits for review, and the way back; all of Wagtail's for superusers."""
    back = MenuItem(_("Back to the site"), reverse("desks:home"), name="site", icon_name="home", order=9900)
    if room_of(request.user):
        items[:] = [
            MenuItem(
                _("Course pages"), reverse("wagtailadmin_explore_root"), name="pages", icon_name="folder-open-inverse"
            ),
            MenuItem(
                _("Course files"), reverse("wagtaildocs:index"), name="files", icon_name="doc-full-inverse", order=1100
            ),
            MenuItem(_("Pictures"), reverse("wagtailimages:index"), name="pictures", icon_name="image", order=1200),
            MenuItem(_("Reviews"), reverse("wagtailadmin_home"), name="reviews", icon_name="tasks", order=1300),
        ]
    items.append(back)


@hooks.register("insert_global_admin_css")
def styles() -> str:
    """What has no use in the editor is not shown."""
    return format_html('<link rel="stylesheet" href="{}">', static("css/editor.css"))


class Beginning(Component):
    """Where she works, and how a lesson comes to the public."""

    name = "beginning"
    template_name = "cms/editor/beginning.html"
    order = 500

    def get_context_data(self, parent_context: Any) -> Any:
        room = room_of(parent_context["request"].user)
        return {"heading": _("How a lesson comes to the public"), "rooms": room.institutions}


class _OwnInReview(UserObjectsInWorkflowModerationPanel):
    def get_context_data(self, parent_context: Any) -> Any:
        context = super().get_context_data(parent_context)
        room = room_of(parent_context["request"].user)
        context["workflow_states"] = [each for each in context["workflow_states"] if room.holds(each.content_object)]
        return context


class _OwnRecentEdits(RecentEditsPanel):
    def get_context_data(self, parent_context: Any) -> Any:
        context = super().get_context_data(parent_context)
        room = room_of(parent_context["request"].user)
        context["last_edits"] = [(when, page) for when, page in context["last_edits"] if room.holds(page)]
        return context


class _OwnLocked(LockedPagesPanel):
    def get_context_data(self, parent_context: Any) -> Any:
        context = super().get_context_data(parent_context)
        room = room_of(parent_context["request"].user)
        context["locked_pages"] = [each for each in context["locked_pages"] if room.holds(each)]
        return context


@hooks.register("construct_homepage_panels")
def home_panels(request: HttpRequest, panels: list[Component]) -> None:
    """What waits for her review and what of hers waits, as far as it lies in her institutions: what she wrote for one
    where her office has ended stays behind."""
    if room_of(request.user):
        panels[:] = [WorkflowObjectsToModeratePanel(), _OwnInReview(), _OwnRecentEdits(), _OwnLocked(), Beginning()]


@hooks.register("construct_homepage_summary_items", order=1000)
def home_summary(request: HttpRequest, items: list[SummaryItem]) -> None:
    """No figures."""
    if room_of(request.user):
        items.clear()


class _PageFilters(GenericPageFilterSet):
    """Without those that list people and sites of the whole installation."""

    owner = None
    edited_by = None
    site = None


class Pages(PageViewSet):
    """The listing of pages."""

    filterset_class = _PageFilters


@hooks.register("register_admin_viewset", order=1000)
def page_listing() -> PageViewSet:
    return Pages()


# Publishing goes through the review


class SendToReview(SubmitForModerationMenuItem):
    """The first of the buttons."""

    label = _("Send to review")
    order = 5

    def get_context_data(self, parent_context: Any) -> Any:
        return {**super().get_context_data(parent_context), "label": self.label}


@hooks.register("construct_page_action_menu", order=1000)
def page_actions(items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]) -> None:
    """Keep, send to review, decide on a review; nobody publishes past it (cms/doors.py refuses it too)."""
    if room_of(request.user):
        items[:] = [
            SendToReview() if isinstance(each, SubmitForModerationMenuItem) else each
            for each in items
            if each.name not in ("action-publish", "action-restart-workflow")
        ]


# What can be chosen


@hooks.register("construct_page_chooser_queryset")
def pages_to_choose(pages: PageQuerySet, request: HttpRequest) -> PageQuerySet:
    """Pages of one's own institutions, and the way to them."""
    room = room_of(request.user)
    if room is None:
        return pages
    inside = Q(pk__in=[])
    for each in room.institutions:
        inside |= Q(path__startswith=each.path)
    return pages.filter(inside)


@hooks.register("construct_document_chooser_queryset")
@hooks.register("construct_image_chooser_queryset")
def files_to_choose(files: QuerySet, request: HttpRequest) -> QuerySet:
    """Files and pictures of one's own institutions."""
    room = room_of(request.user)
    return files if room is None else files.filter(collection__in=room.collections)


# What can be written


def _link(props: dict[str, Any]) -> Any:
    """A link to a page of the site, or to an address that begins with https; of any other its words stay."""
    number, address = props.get("id"), str(props.get("url") or "").strip()
    if number is not None and str(number).isdigit():
        return DOM.create_element("a", {"linktype": "page", "id": number}, props["children"])
    if _is_https(address):
        return DOM.create_element("a", {"href": address}, props["children"])
    return props["children"]


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname)


@hooks.register("register_rich_text_features", order=1000)
def links(features: FeatureRegistry) -> None:
    """The feature "link" leads to pages of the site and to https addresses; no mail, telephone, anchor or script."""
    features.register_editor_plugin(
        "draftail",
        "link",
        EntityFeature(
            {
                "type": "LINK",
                "icon": "link",
                "description": _("Link"),
                "attributes": ["url", "id", "parentId"],
                "allowlist": {"href": "^(https:|undefined$)"},
                "chooserUrls": {
                    "pageChooser": reverse_lazy("wagtailadmin_choose_page"),
                    "externalLinkChooser": reverse_lazy("wagtailadmin_choose_page_external_link"),
                },
            },
            js=["wagtailadmin/js/page-chooser-modal.js"],
        ),
    )
    features.register_converter_rule(
        "contentstate",
        "link",
        {
            "from_database_format": {
                "a[href]": ExternalLinkElementHandler("LINK"),
                'a[linktype="page"]': PageLinkElementHandler("LINK"),
            },
            "to_database_format": {"entity_decorators": {"LINK": _link}},
        },
    )
