"""Pages that people read: announcements and documents for everybody; programmes and their courses.

The tree: home > announcements, the library, and one page for each training institution; below an institution its
programmes and its courses; below a course its modules and their lessons. Who may edit what follows that tree.
"""

import datetime as dt
import uuid
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Collection, Orderable, Page, PagePermissionTester, Site

from cms.blocks import TEXT, LessonBody
from cms.models.files import CourseFile
from lms.people.models import Organisation
from lms.training.models import Programme


class Addressed(Page):
    """A page with an address of this site (`address`), where the editor's "view live" leads. Its form is that of
    cms/page_forms.py; it has nothing to say to search engines."""

    # Without Wagtail's own panel of the title, whose script looks for a field of the address: ours are numbers.
    content_panels: list[Any] = [FieldPanel("title", classname="title")]
    promote_panels: list[Any] = []

    class Meta:
        abstract = True

    @property
    def address(self) -> str:
        raise NotImplementedError

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        site = Site.objects.filter(is_default_site=True).first()
        return (site.pk, site.root_url, self.address) if site else None


class HomePage(Addressed):
    """The root of everything that is read; there is one."""

    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["cms.AnnouncementPage", "cms.LibraryPage", "cms.InstitutionPage"]
    template = "cms/announcements.html"

    class Meta:
        verbose_name = _("home page")

    @property
    def address(self) -> str:
        return reverse("cms:announcements")


class AnnouncementPage(Addressed):
    """One announcement. Below the home page it is public while it is live; below an institution it is for those who
    are enrolled there."""

    body = RichTextField(_("text"), features=TEXT)

    parent_page_types = ["cms.HomePage", "cms.InstitutionPage"]
    subpage_types: list[str] = []
    template = "cms/announcement.html"
    content_panels = [*Addressed.content_panels, FieldPanel("body")]

    class Meta:
        verbose_name = _("announcement")

    @property
    def published_on(self) -> dt.date | None:
        """The day it first became public."""
        return timezone.localdate(self.first_published_at) if self.first_published_at else None

    @property
    def address(self) -> str:
        return reverse("cms:announcement", args=[self.pk])


class LibraryPage(Addressed):
    """The library of policy documents, open to everybody."""

    max_count = 1
    parent_page_types = ["cms.HomePage"]
    subpage_types: list[str] = []
    template = "cms/library.html"
    content_panels = [*Addressed.content_panels, InlinePanel("documents", label=_("policy document"))]

    class Meta:
        verbose_name = _("library of policy documents")

    @property
    def address(self) -> str:
        return reverse("cms:library")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The editor's preview shows all documents, with nothing to narrow them by."""
        documents = sorted(self.documents.all(), key=lambda each: each.issued_on, reverse=True)
        return {**super().get_context(request, *args, **kwargs), "documents": documents}


class PolicyDocument(Orderable):
    """A regulation or circular: its number, who issued it and when, what it is about, and its file where there is
    one."""

    page = ParentalKey(LibraryPage, on_delete=models.CASCADE, related_name="documents")
    title = models.CharField(_("title of the document"), max_length=200)
    number = models.CharField(_("document number"), max_length=80, blank=True)
    issuer = models.CharField(_("issued by"), max_length=120)
    issued_on = models.DateField(_("issued on"))
    summary = models.TextField(_("what it is about"), blank=True)
    file = models.ForeignKey(CourseFile, models.PROTECT, null=True, blank=True, related_name="+")

    panels = [
        FieldPanel("title"),
        FieldRowPanel([FieldPanel("number"), FieldPanel("issuer"), FieldPanel("issued_on")]),
        FieldPanel("summary"),
        FieldPanel("file"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("policy document")

    def __str__(self) -> str:
        return self.title


class InstitutionTester(PagePermissionTester):
    """What may be done with an institution's own page: work below it. The page itself the bureau founded, and only a
    superuser changes it."""

    def _never(self) -> bool:
        return self.user.is_active and self.user.is_superuser

    can_edit = can_unpublish = can_publish = can_lock = can_unlock = can_view_revisions = can_copy = _never

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        return self._never()


class InstitutionPage(Addressed):
    """The room of one training institution: its trainers write below it, and nowhere else."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="+")
    # Where its files and pictures lie.
    collection = models.OneToOneField(Collection, models.PROTECT, related_name="+", editable=False)

    parent_page_types = ["cms.HomePage"]
    subpage_types = ["cms.ProgrammePage", "cms.CoursePage", "cms.AnnouncementPage"]
    template = "cms/institution.html"

    class Meta:
        verbose_name = _("training institution")

    def permissions_for_user(self, user: Any) -> InstitutionTester:
        return InstitutionTester(user, self)

    @property
    def address(self) -> str:
        return reverse("cms:programmes")


class ProgrammePage(Addressed):
    """What a programme is, for whom, and the courses it consists of; one for each programme of the domain."""

    programme = models.OneToOneField(Programme, models.PROTECT, related_name="+")
    introduction = RichTextField(_("introduction"), features=TEXT, blank=True)

    parent_page_types = ["cms.InstitutionPage"]
    subpage_types: list[str] = []
    template = "cms/programme.html"
    content_panels = [
        *Addressed.content_panels,
        FieldPanel("programme"),
        FieldPanel("introduction"),
        InlinePanel("courses", label=_("course")),
    ]

    class Meta:
        verbose_name = _("programme")

    @property
    def address(self) -> str:
        return reverse("cms:programme", args=[self.pk])


class ProgrammeCourse(Orderable):
    """A course of a programme; several programmes may use the same."""

    page = ParentalKey(ProgrammePage, on_delete=models.CASCADE, related_name="courses")
    course = models.ForeignKey("cms.CoursePage", models.PROTECT, related_name="used_by")

    panels = [PageChooserPanel("course", "cms.CoursePage")]

    class Meta(Orderable.Meta):
        constraints = [models.UniqueConstraint(fields=["page", "course"], name="programmecourse_once")]


class CoursePage(Addressed):
    """A course: modules with lessons."""

    title_en = models.CharField(_("title in English"), max_length=255, blank=True)
    summary = models.TextField(_("for whom, and what one can do afterwards"), blank=True)
    # What was not understood when it came in from a folder: [{file, line, found, why, facts}].
    remarks = models.JSONField(default=list, blank=True, editable=False)

    parent_page_types = ["cms.InstitutionPage"]
    subpage_types = ["cms.ModulePage"]
    template = "cms/course.html"
    content_panels = [
        *Addressed.content_panels,
        FieldPanel("title_en"),
        FieldPanel("summary"),
    ]

    class Meta:
        verbose_name = _("course")

    @property
    def address(self) -> str:
        return reverse("cms:course", args=[self.pk])


class ModulePage(Addressed):
    """A part of a course."""

    title_en = models.CharField(_("title in English"), max_length=255, blank=True)
    summary = models.TextField(_("what it is about"), blank=True)

    parent_page_types = ["cms.CoursePage"]
    subpage_types = ["cms.LessonPage"]
    template = "cms/module.html"
    content_panels = [*Addressed.content_panels, FieldPanel("title_en"), FieldPanel("summary")]

    class Meta:
        verbose_name = _("module")

    @property
    def address(self) -> str:
        return f"{reverse('cms:course', args=[self.get_parent().pk])}#module-{self.pk}"


class LessonPage(Addressed):
    """A lesson. It is finished when its least minutes were really spent on it and its questions are passed: of those
    in the body, `ask` are drawn for each try (0: all), and `pass_percent` of their points pass."""

    title_en = models.CharField(_("title in English"), max_length=255, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("least minutes"), default=10, validators=[MinValueValidator(1), MaxValueValidator(360)]
    )
    ask = models.PositiveSmallIntegerField(_("questions in one try"), default=3, validators=[MaxValueValidator(50)])
    pass_percent = models.PositiveSmallIntegerField(
        _("percent of the points that pass"), default=60, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    body = StreamField(LessonBody(), verbose_name=_("content"))
    sources = models.TextField(_("sources, one a line"), blank=True)
    # What was published last: a change of it tells those who finished before that the lesson is newer.
    version = models.CharField(max_length=64, blank=True, editable=False)

    parent_page_types = ["cms.ModulePage"]
    subpage_types: list[str] = []
    template = "cms/lesson.html"
    preview_modes: list[Any] = [("", _("as a teacher sees it"))]
    content_panels = [
        *Addressed.content_panels,
        FieldPanel("title_en"),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("minutes"), FieldPanel("ask"), FieldPanel("pass_percent")])],
            heading=_("finished when"),
        ),
        FieldPanel("body"),
        FieldPanel("sources"),
    ]

    class Meta:
        verbose_name = _("lesson")

    @property
    def key(self) -> uuid.UUID:
        """What the records know the lesson by; a copy has another."""
        return self.translation_key

    @property
    def address(self) -> str:
        return reverse("cms:lesson", args=[self.pk])

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The editor's preview shows the lesson as a teacher sees it, with nothing counted."""
        return {**super().get_context(request, *args, **kwargs), "is_preview": True}
