"""The forms by which files and pictures come in through the editor: one by one, several at once, and in a chooser.

What a file is, its content says (cms/contents.py). A picture is decoded and written anew, so that what is kept has
its pixels and nothing else: no place, no time, no device, no second file behind the first.
"""

import io
import warnings
from pathlib import PurePosixPath
from typing import IO, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from cms import contents, tasks
from cms.contents import BadFile
from cms.models import CourseFile, CourseImage
from lms.lib.queueing import after_commit

MOST_PICTURE_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2560  # more no page shows
# What a picture may be, and how its name may end.
_FORMATS = {"JPEG": ("jpg", "jpeg"), "PNG": ("png",), "WEBP": ("webp",)}
_QUALITY = 88


class NoPicture(BadFile):
    sentence = _("By its content this is no picture that is taken in. Choose a JPEG, PNG or WebP picture.")


class PictureTooLarge(BadFile):
    sentence = _("The picture has more than {most} million points. Make it smaller and try again.")


def picture(file: IO[bytes], name: str, size: int) -> bytes:
    """A picture turned upright, at most LONGEST_SIDE long, written anew in its own format with nothing but its pixels.
    The figures in its head are looked at before anything is decoded.

    Refuses (BadFile): TooHeavy (10 MB), NoPicture, EndingDiffers, PictureTooLarge (40 million points).
    """
    if size > MOST_PICTURE_BYTES:
        raise contents.TooHeavy(most=MOST_PICTURE_BYTES // (1024 * 1024))
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow thinks of its head is judged below
            with Image.open(io.BytesIO(file.read()), formats=tuple(_FORMATS)) as opened:
                width, height = opened.size
                if width * height > MOST_PIXELS:
                    raise PictureTooLarge(most=MOST_PIXELS // 1_000_000)
                endings = _FORMATS[opened.format]
                if PurePosixPath(name).suffix.lower().lstrip(".") not in endings:
                    raise contents.EndingDiffers(ending=endings[0])
                return _written_anew(opened, opened.format)
    except BadFile:
        raise
    except Exception as error:  # a decoder meets whatever strangers send: anything it raises is a bad file
        raise NoPicture() from error


def _written_anew(opened: Image.Image, form: str) -> bytes:
    opened.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))  # a JPEG of a phone need not be decoded in full
    upright = ImageOps.exif_transpose(opened)
    see_through = form != "JPEG" and (upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info)
    mode = "RGBA" if see_through else "RGB"
    plain = upright.convert(mode)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    bare = Image.frombytes(mode, plain.size, plain.tobytes())
    bare.save(written, form, quality=_QUALITY, optimize=True)
    return written.getvalue()


class PictureField(WagtailImageField):
    """Takes a picture in as `picture` does; a refusal is the field's error."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help_text = _("JPEG, PNG or WebP, at most 10 MB. What the camera wrote into it is left out.")

    def to_python(self, data: Any) -> SimpleUploadedFile | None:
        given = forms.FileField.to_python(self, data)
        if given is None:
            return None
        try:
            content = picture(given, given.name, given.size)
        except BadFile as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return SimpleUploadedFile(given.name, content)


class _Careful(forms.ModelForm):
    """Whatever is wrong with a new file, its field says so: Wagtail keeps a file that seems to lack something else,
    to ask for the rest later, and what is kept there nobody has looked at."""

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and "file" in self.fields and self.errors and "file" not in self.errors:
            self.add_error("file", _("Nothing was kept: %(why)s") % {"why": next(iter(self.errors.values()))[0]})


class PictureForm(_Careful, BaseImageForm):
    """A picture of a course."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if given := self.fields.get("file"):
            field = PictureField(label=given.label, required=given.required, widget=given.widget)
            field.widget.attrs["accept"] = ",".join(f".{each}" for each in settings.WAGTAILIMAGES_EXTENSIONS)
            self.fields["file"] = field

    def save(self, commit: bool = True) -> CourseImage:
        with transaction.atomic():
            return super().save(commit)


class FileForm(_Careful, BaseDocumentForm):
    """A file of a course; what it is its content says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            self.fields["file"].help_text = _(
                "PDF (50 MB, 300 pages), MP4 (500 MB), MP3 or M4A (100 MB), WebVTT, Word, Excel, PowerPoint (50 MB)."
            )

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if "file" not in self.changed_data or not given:
            return given
        try:
            self.instance.kind = contents.kind_of(given, given.name, given.size)
        except BadFile as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return given

    def save(self, commit: bool = True) -> CourseFile:
        with transaction.atomic():
            if "file" in self.changed_data and self.instance.pk:
                forget_slides(self.instance)
            saved = super().save(commit)
            if commit:
                draw_soon(saved)
            return saved


def draw_soon(file: CourseFile) -> None:
    """Have the pages of a PDF drawn once it is there for good."""
    if file.kind == CourseFile.Kind.PDF:
        after_commit(tasks.draw, file.pk)


def forget_slides(file: CourseFile) -> None:
    """A file got other content: its pages are drawn anew."""
    for slide in file.slides.all():
        stored = slide.file
        transaction.on_commit(lambda stored=stored: stored.storage.delete(stored.name))
    file.slides.all().delete()
    file.drawing_tries = 0
