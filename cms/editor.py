"""The editor's addresses: there for who writes or reviews an institution's courses, each in her own institutions, and
for superusers who signed in at the site; for nobody else."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.i18n import JavaScriptCatalog
from wagtail.admin import urls
from wagtail.admin.auth import require_admin_access
from wagtail.admin.forms.choosers import ExternalLinkChooserForm
from wagtail.admin.localization import get_localized_response
from wagtail.admin.views.chooser import BrowseView, ExternalLinkView
from wagtail.documents.views.multiple import AddView as AddFilesView
from wagtail.models import Page
from wagtail.utils.urlpatterns import decorate_urlpatterns

from cms import doors, granting, uploading
from cms.models import CourseFile
from cms.reading import AUTHORS
from lms.lib import clock
from lms.people import access

View = Callable[..., HttpResponse]
# What the editor's pages may load and run. It writes scripts and styles into its pages; nothing comes from elsewhere.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
_words_of_scripts = JavaScriptCatalog.as_view(packages=["wagtail.admin", "cms"])
# Kinds of link that the chooser would offer beside pages and addresses.
_OTHER_LINKS = ("allow_email_link", "allow_phone_link", "allow_anchor_link")


def for_those_who_work_here(view: View) -> View:
    """For anyone else the address does not exist, as for one that was mistyped; nor does any door for those who work
    here that leads out of their institutions (cms/doors.py)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.is_authenticated and request.user.is_active):
            raise Http404
        if not request.user.is_superuser:
            at = clock.now()
            room = doors.Room(granting.grant(request.user, at), at)
            if not room.institutions and doors.is_front(request) and access.offices(request.user, at, *AUTHORS):
                return render(request, "cms/editor/no_room.html")
            if not room.institutions or not doors.opens(room, request):
                raise Http404
            request.user.editor_room = room
            request.GET = _without(request.GET, *_OTHER_LINKS)
        request.user.first_name = str(request.user)  # so the editor calls people by their names
        try:
            response = view(request, *args, **kwargs)
        except MultiValueDictKeyError:  # what Wagtail's own forms always send was not sent
            return HttpResponseBadRequest()
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        return response

    return guarded


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Out of the editor and out of the site."""
    logout(request)
    return redirect("desks:front")


def account(request: HttpRequest) -> HttpResponse:
    """One's account is looked after at the site, not here."""
    return redirect("people:my_offices")


def words_of_scripts(request: HttpRequest) -> HttpResponse:
    """What the editor's scripts say, with the words that Wagtail lacks (cms/locale)."""
    return get_localized_response(_words_of_scripts, request)


def explore(request: HttpRequest) -> HttpResponse:
    """The listing of pages begins at one's own institution."""
    return redirect("wagtailadmin_explore", _start(request).pk)


def choose_page(request: HttpRequest) -> HttpResponse:
    """And so does the choosing of one: by itself Wagtail begins where the pages of the wanted kind have their root,
    be they whose they may."""
    return BrowseView.as_view()(request, parent_page_id=_start(request).pk)


class AddFiles(AddFilesView):
    """Several files at once; the pages of a PDF are drawn then."""

    def save_object(self, form: uploading.FileForm) -> CourseFile:
        saved = super().save_object(form)
        uploading.draw_soon(saved)
        return saved


class HttpsLinkForm(ExternalLinkChooserForm):
    """An address elsewhere. What does not begin with https no text may lead to (cms/wagtail_hooks.py)."""

    def clean_url(self) -> str:
        if not self.cleaned_data["url"].startswith("https://"):
            raise ValidationError(_("Links lead to addresses that begin with https://."))
        return self.cleaned_data["url"]


class LinkElsewhere(ExternalLinkView):
    form_class = HttpsLinkForm


def _without(asked: QueryDict, *names: str) -> QueryDict:
    if not any(name in asked for name in names):
        return asked
    kept = asked.copy()
    for name in names:
        kept.pop(name, None)
    return kept


def _start(request: HttpRequest) -> Page:
    room = doors.room_of(request.user)
    return room.start if room else Page.get_first_root_node()


# These come before Wagtail's own of the same addresses.
_OURS = [
    path("logout/", leave, name="wagtailadmin_logout"),
    path("account/", account, name="wagtailadmin_account"),
    path("jsi18n/", words_of_scripts, name="wagtailadmin_javascript_catalog"),
    path("pages/", explore, name="wagtailadmin_explore_root"),
    path("choose-page/", require_admin_access(choose_page), name="wagtailadmin_choose_page"),
    path(
        "choose-external-link/",
        require_admin_access(LinkElsewhere.as_view()),
        name="wagtailadmin_choose_page_external_link",
    ),
    path("documents/multiple/add/", require_admin_access(AddFiles.as_view()), name="editor_add_files"),
]
urlpatterns = decorate_urlpatterns([*_OURS, *urls.urlpatterns], for_those_who_work_here)
