"""Pictures and sounds of a bank as files: made harmless, kept once, read back."""

import datetime as dt
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from exams.models import Attempt, Paper, Question, QuestionMedia
from lms.lib import scans
from lms.lib.scans import BadScan, Scan
from lms.people.models import Organisation, User
from lms.questions.items import MEDIA_MARK, Item, Media, NotWhole

_PICTURE = "image/jpeg"  # what every picture is once it has been drawn anew
_ENDINGS = {_PICTURE: ".jpg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/ogg": ".ogg", "audio/wav": ".wav"}


def known_to(organisation: Organisation, every: Iterable[Item]) -> set[str]:
    """Those of the items' media that the bank already has."""
    wanted = {media.id for item in every for media in item.media}
    return set(_of(organisation, wanted).values_list("media_id", flat=True))


def cleaned(item: Item, known: set[str]) -> Item:
    """The item with its pictures drawn anew, free of all that is no picture, and its marks after them; what the bank
    has stays as it is. Raises NotWhole("media_kind")."""
    renamed: dict[str, str] = {}
    kept = []
    for media in item.media:
        harmless = media if media.id in known else _harmless(media)
        renamed[media.id] = harmless.id
        kept.append(harmless)
    if all(old == new for old, new in renamed.items()):
        return item
    return replace(
        item,
        stem=_renamed(item.stem, renamed),
        explanation=_renamed(item.explanation, renamed),
        body=_renamed(item.body, renamed),
        key=_renamed(item.key, renamed),
        media=tuple({each.id: each for each in kept}.values()),
    )


def _harmless(media: Media) -> Media:
    if media.content_type in _ENDINGS and media.content_type.startswith("audio/"):
        return media
    try:
        drawn = scans.clean(io.BytesIO(media.content))
    except BadScan as why:
        raise NotWhole("media_kind", name=media.name) from why
    if drawn.ending != scans.JPEG:
        raise NotWhole("media_kind", name=media.name)
    return Media(media.name, _PICTURE, drawn.content)


def _renamed(part: Any, names: dict[str, str]) -> Any:
    text = json.dumps(part, ensure_ascii=False)
    for old, new in names.items():
        text = text.replace(f"](media:{old})", f"](media:{new})")
    return json.loads(text)


def store(organisation: Organisation, every: Iterable[Item]) -> dict[str, tuple[Media, str]]:
    """Write what the bank does not have yet into private storage: id → what it is, and its name there."""
    media = {each.id: each for item in every for each in item.media}
    known = set(_of(organisation, media).values_list("media_id", flat=True))
    return {
        name: (each, scans.write(Scan(each.content, _ENDINGS[each.content_type])))
        for name, each in media.items()
        if name not in known
    }


def rows_of(organisation: Organisation, stored: dict[str, tuple[Media, str]], at: Any) -> list[QuestionMedia]:
    """The rows that name what was stored."""
    return [
        QuestionMedia(
            organisation=organisation,
            media_id=name,
            name=media.name,
            content_type=media.content_type,
            file=file,
            digest=Scan(media.content, "").digest,
            collected_at=at,
        )
        for name, (media, file) in stored.items()
    ]


def forget(stored: dict[str, tuple[Media, str]]) -> None:
    """Remove what was stored and is named by no row."""
    for _media, file in stored.values():
        scans.forget(file)


def ids_in(*parts: Any) -> list[str]:
    """The media that texts, bodies or keys show, in order, each once."""
    found = (match[2] for part in parts for match in MEDIA_MARK.finditer(json.dumps(part, ensure_ascii=False)))
    return list(dict.fromkeys(found))


def read(organisation_id: int, wanted: Iterable[str]) -> dict[str, Media]:
    """The media of a bank by their ids; what was lost or is not the one that was kept is left out."""
    rows = QuestionMedia.objects.filter(organisation=organisation_id, media_id__in=list(wanted))
    found = ((row, scans.read(row.file, row.digest)) for row in rows)
    return {row.media_id: Media(row.name, row.content_type, kept.content) for row, kept in found if kept}


def shown_to(user: User, organisation_id: int, media_id: str, at: dt.datetime) -> QuestionMedia | None:
    """A picture or sound as this user may see it, else None: who reads the bank, who has to mark an answer to a paper
    that shows it, and who sits or sat such a paper, from the bell on."""
    bank = Organisation.objects.filter(pk=organisation_id).first()
    found = QuestionMedia.objects.filter(organisation=bank, media_id=media_id).first() if bank else None
    if found is None:
        return None
    if Question.objects.visible_to(user, at).filter(organisation=organisation_id).exists():
        return found
    papers = Paper.objects.filter(module__stage__exam__organisation=organisation_id)
    sat = papers.filter(attempts__in=Attempt.objects.sat_by(user)).distinct()
    marked = papers.filter(attempts__answers__marks__marker=user).distinct()
    if any(media_id in ids_in(each.items) for each in sat):
        return found
    return found if any(media_id in ids_in(each.items, each.keys) for each in marked) else None


def _of(organisation: Organisation, wanted: Iterable[str]) -> Any:
    return QuestionMedia.objects.filter(organisation=organisation, media_id__in=list(wanted))
