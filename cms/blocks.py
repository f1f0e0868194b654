"""The blocks of a lesson: what a trainer may put into it. No markup of her own, nothing that a foreign server sends."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from cms import asking
from cms.models.files import CourseFile

# What an editor may do with text.
TEXT = ["h2", "h3", "h4", "bold", "italic", "ol", "ul", "link", "hr"]


class KindOfFileBlock(DocumentChooserBlock):
    """A file whose content is of one of these kinds."""

    def __init__(self, *kinds: str, **kwargs: Any) -> None:
        self.kinds = kinds
        super().__init__(**kwargs)

    def clean(self, value: CourseFile | None) -> CourseFile | None:
        chosen = super().clean(value)
        if chosen is not None and chosen.kind not in self.kinds:
            wanted = ", ".join(str(CourseFile.Kind(each).label) for each in self.kinds)
            raise ValidationError(_("This place needs a file of this kind: %(kinds)s.") % {"kinds": wanted})
        return chosen

    def deconstruct(self):
        return "wagtail.documents.blocks.DocumentChooserBlock", (), {"required": self.required}


class PictureBlock(blocks.StructBlock):
    """A picture with what it shows and a caption."""

    image = ImageChooserBlock(label=_("picture"))
    alt = blocks.CharBlock(label=_("what it shows, for those who do not see it"), max_length=255)
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=255)

    class Meta:
        label = _("picture")
        icon = "image"
        template = "cms/blocks/picture.html"


class VideoBlock(blocks.StructBlock):
    """A video of the institution's own, with captions and a picture to show before it plays."""

    file = KindOfFileBlock("video", label=_("video file (MP4)"))
    captions = KindOfFileBlock("captions", label=_("captions (WebVTT)"), required=False)
    poster = ImageChooserBlock(label=_("picture before it plays"), required=False)
    transcript = blocks.TextBlock(label=_("what is said, as text"), required=False)

    class Meta:
        label = _("video")
        icon = "media"
        template = "cms/blocks/video.html"


class AudioBlock(blocks.StructBlock):
    """Something to listen to, with its words."""

    file = KindOfFileBlock("audio", label=_("audio file (MP3, M4A)"))
    transcript = blocks.TextBlock(label=_("what is said, as text"))

    class Meta:
        label = _("audio")
        icon = "media"
        template = "cms/blocks/audio.html"


class SlidesBlock(blocks.StructBlock):
    """Slides or a paper, shown page by page in the lesson."""

    file = KindOfFileBlock("pdf", label=_("PDF; save slides as PDF first"))
    title = blocks.CharBlock(label=_("title"), max_length=120)
    may_download = blocks.BooleanBlock(label=_("may be downloaded"), required=False, default=True)

    class Meta:
        label = _("slides or PDF")
        icon = "doc-full"
        template = "cms/blocks/slides.html"


class DownloadBlock(blocks.StructBlock):
    """A file to take along."""

    file = DocumentChooserBlock(label=_("file"))
    title = blocks.CharBlock(label=_("title"), max_length=120)
    note = blocks.CharBlock(label=_("what it is for"), required=False, max_length=200)

    class Meta:
        label = _("file to download")
        icon = "download"
        template = "cms/blocks/download.html"


class RegulationBlock(blocks.StructBlock):
    """A passage of a regulation in its own words."""

    number = blocks.CharBlock(label=_("document number"), max_length=80, required=False)
    title = blocks.CharBlock(label=_("title of the document"), max_length=160)
    article = blocks.CharBlock(label=_("article"), max_length=40, required=False)
    text = blocks.TextBlock(label=_("passage"))

    class Meta:
        label = _("quotation of a regulation")
        icon = "openquote"
        template = "cms/blocks/regulation.html"


class CalloutBlock(blocks.StructBlock):
    """Something not to be missed."""

    text = blocks.RichTextBlock(label=_("text"), features=["bold", "ul", "ol"])

    class Meta:
        label = _("callout")
        icon = "warning"
        template = "cms/blocks/callout.html"


class ReflectionBlock(blocks.StructBlock):
    """An invitation to write something down; it stays on the teacher's record."""

    prompt = blocks.TextBlock(label=_("what to think about"))

    class Meta:
        label = _("reflection")
        icon = "edit"
        template = "cms/blocks/reflection.html"


class OptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(label=_("option"), max_length=400)
    is_right = blocks.BooleanBlock(label=_("right"), required=False)

    class Meta:
        label = _("option")


class QuestionBlock(blocks.StructBlock):
    """A question with its key; which of them are asked is drawn anew for each try (cms/asking.py)."""

    kind = blocks.ChoiceBlock(label=_("kind"), choices=asking.KINDS, default="single")
    stem = blocks.TextBlock(label=_("question"), help_text=_("Fill-in: write ____ for each blank."))
    options = blocks.ListBlock(
        OptionBlock(), label=_("options"), min_num=0, max_num=8, default=[], collapsed=False, required=False
    )
    is_true = blocks.BooleanBlock(label=_("true or false: the sentence is true"), required=False)
    blanks = blocks.TextBlock(
        label=_("fill-in: what belongs into the blanks"),
        help_text=_("One line for each blank; accepted variants parted by /."),
        required=False,
    )
    explanation = blocks.TextBlock(label=_("explanation, shown after answering"))

    class Meta:
        label = _("question")
        icon = "help"
        template = "cms/blocks/question.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        faults = asking.faults(cleaned)
        if faults:
            raise blocks.StructBlockValidationError(
                block_errors={name: ValidationError(sentences) for name, sentences in faults.items()}
            )
        return cleaned


class LessonBody(blocks.StreamBlock):
    """Everything a lesson may hold, in any order."""

    text = blocks.RichTextBlock(label=_("text"), features=TEXT, template="cms/blocks/text.html")
    picture = PictureBlock()
    video = VideoBlock()
    audio = AudioBlock()
    slides = SlidesBlock()
    download = DownloadBlock()
    regulation = RegulationBlock()
    callout = CalloutBlock()
    question = QuestionBlock()
    reflection = ReflectionBlock()
