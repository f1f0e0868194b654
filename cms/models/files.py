"""Files of courses: videos, slides, pictures. All are private and come through one door (cms/views/files.py), which
asks who may read them; their storage gives no other address."""

from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.urls import reverse
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument
from wagtail.images.models import AbstractImage, AbstractRendition


@deconstructible
class PrivateStorage(FileSystemStorage):
    """Below PRIVATE_ROOT/course, out of reach of a web server; the address of a file is that of the door."""

    @property
    def base_location(self) -> Path:
        return Path(settings.PRIVATE_ROOT) / "course"

    @property
    def location(self) -> str:
        return str(self.base_location.absolute())

    def url(self, name: str | None) -> str:
        return reverse("cms:file", args=[name])


class CourseFile(AbstractDocument):
    """A video, a sound, captions, slides or a paper of a course, by what its content says it is (`kind`)."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        VIDEO = "video", _("video")
        AUDIO = "audio", _("audio")
        CAPTIONS = "captions", _("captions")
        OFFICE = "office", _("Office file")

    file = models.FileField(_("file"), upload_to="files", storage=PrivateStorage)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, editable=False)
    # How often somebody began to draw its pages (cms/drawing.py).
    drawing_tries = models.PositiveSmallIntegerField(default=0, editable=False)

    admin_form_fields = ("title", "file", "collection")

    class Meta(AbstractDocument.Meta):
        verbose_name = _("course file")
        verbose_name_plural = _("course files")

    @property
    def url(self) -> str:
        return self.file.url

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.file.name).suffix.lstrip(".").upper()


class CourseImage(AbstractImage):
    """A picture of a course, re-encoded when it came, so that it carries nothing but its pixels. `alt` is what a
    screen reader says in its stead."""

    file = models.ImageField(
        _("picture"), upload_to="pictures", storage=PrivateStorage, width_field="width", height_field="height"
    )
    alt = models.CharField(_("what it shows, for those who do not see it"), max_length=255, blank=True)

    admin_form_fields = ("title", "file", "alt", "collection")

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")

    @property
    def default_alt_text(self) -> str:
        return self.alt


class CourseRendition(AbstractRendition):
    """A picture in one size."""

    image = models.ForeignKey(CourseImage, models.CASCADE, related_name="renditions")
    file = models.ImageField(upload_to="sizes", storage=PrivateStorage, width_field="width", height_field="height")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["image", "filter_spec", "focal_point_key"], name="courserendition_once_per_size"
            )
        ]


class SlidePicture(models.Model):
    """One page of a PDF, drawn when the file came: what a telephone can show, and no code of the file's can run in."""

    source = models.ForeignKey(CourseFile, models.CASCADE, related_name="slides")
    number = models.PositiveSmallIntegerField(_("page"))
    file = models.ImageField(upload_to="slides", storage=PrivateStorage, width_field="width", height_field="height")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="slidepicture_once_per_page")]
