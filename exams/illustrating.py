"""A picture or a sound that is put into a question by hand: made harmless, said in words, kept once."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from exams import question_media
from exams.models import QuestionMedia
from lms.lib.refusals import Refusal
from lms.people.models import Organisation
from lms.questions import items
from lms.questions.items import Item, Media, NotWhole

MOST_BYTES = 10 * 1024 * 1024
_MB = 1024 * 1024


class MediaUnreadable(Refusal):
    sentence = _("This is neither a picture (JPEG, PNG, WebP) nor a sound (MP3, M4A, OGG, WAV). Choose another file.")
    field = "media"
    status = 422


class MediaTooBig(Refusal):
    sentence = _("The file is larger than {limit} MB. Choose a smaller one.")
    field = "media"
    status = 422


class WordsMissing(Refusal):
    sentence = _(
        "Write what the picture shows, or what is said in the recording: who cannot see or hear it reads this."
    )
    field = "says"
    status = 422


class MediaUnknown(Refusal):
    sentence = _("The text names a picture or a sound that this bank does not have. Add it below instead.")
    field = "stem"
    status = 422


@dataclass(frozen=True)
class Upload:
    """A file as it was chosen, and what it says to who cannot see or hear it."""

    file: IO[bytes]
    name: str
    says: str


@dataclass(frozen=True)
class Kept:
    """What a question gets: the mark for its text, and what was stored for it."""

    mark: str
    stored: dict[str, tuple[Media, str]]

    def enter(self, bank: Organisation, at: dt.datetime) -> None:
        """Name what was stored, inside the act's transaction, where the bank does not have it yet."""
        rows = question_media.rows_of(bank, self.stored, at)
        QuestionMedia.objects.bulk_create(rows, ignore_conflicts=True)


@contextmanager
def stored_for(bank: Organisation, upload: Upload | None) -> Iterator[Kept | None]:
    """Keep an upload for a bank while an act runs; what fails leaves no file behind. Refuses: WordsMissing,
    MediaTooBig, MediaUnreadable."""
    if upload is None:
        yield None
        return
    item = _item(upload)
    stored = question_media.store(bank, [item])
    try:
        yield Kept(item.stem, stored)
    except BaseException:
        question_media.forget(stored)
        raise


def require_known(bank: Organisation, *parts: Any) -> None:
    """Refuse (MediaUnknown) where texts, bodies or keys show what the bank does not have."""
    wanted = question_media.ids_in(*parts)
    if wanted and QuestionMedia.objects.filter(organisation=bank, media_id__in=wanted).count() < len(wanted):
        raise MediaUnknown()


def _item(upload: Upload) -> Item:
    """The upload as an item whose text shows it, harmless."""
    content = upload.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise MediaTooBig(limit=MOST_BYTES // _MB)
    kind = items.content_type(content)
    if not kind:
        raise MediaUnreadable()
    if not upload.says.strip():
        raise WordsMissing()
    media = Media(upload.name[:100], kind, content)
    item = Item("", media.mark(upload.says), {}, {}, Decimal(1), media=(media,))
    try:
        return question_media.cleaned(item, set())
    except NotWhole as why:
        raise MediaUnreadable() from why
